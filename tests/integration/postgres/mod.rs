//! What only the store in PostgreSQL has.

mod search_index;
mod searches;
