//! Asking the schema, and short ways to say what the answer must be.
