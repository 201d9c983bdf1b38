//! Videos to test with: one, many, and random ones.
