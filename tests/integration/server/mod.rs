//! The program itself as a black box: its commands, its HTTP, its death.
