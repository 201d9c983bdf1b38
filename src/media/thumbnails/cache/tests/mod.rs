//! Folders in every state.

mod damaged;
mod foreign;
mod keeping;
mod scene;
