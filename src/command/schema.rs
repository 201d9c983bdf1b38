//! `reelgraph schema`: prints the GraphQL schema.

use super::Failure;
use super::output::print;
use crate::graphql;

pub(super) fn run() -> Result<(), Failure> {
    print(graphql::sdl())
}
