//! The `reelgraph` program.

fn main() {}
