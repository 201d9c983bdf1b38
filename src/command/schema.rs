//! `reelgraph schema`: prints the GraphQL schema.

use std::io::Write;

use super::Failure;
use crate::graphql;

pub(super) fn run() -> Result<(), Failure> {
    Ok(std::io::stdout().write_all(graphql::sdl().as_bytes())?)
}
