//! Running a property on random inputs: the same ones each time, so that a failure can be repeated.

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

/// Runs `property` on 64 inputs, and shows the smallest one that was found to break it.
///
/// `PROPTEST_RNG_SEED` asks for other inputs; `PROPTEST_CASES` for more of them, a quarter of which
/// are run, because every one of them is many questions to a store.
#[track_caller]
pub fn check<S: Strategy>(
    runtime: &Runtime,
    inputs: S,
    property: impl AsyncFn(S::Value) -> Result<(), TestCaseError>,
) {
    let asked_for = ProptestConfig::default();
    let config = ProptestConfig {
        cases: asked_for.cases / 4,
        rng_seed: match asked_for.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            seed => seed,
        },
        failure_persistence: None,
        ..asked_for
    };
    let seed = config.rng_seed;
    let outcome = TestRunner::new(config).run(&inputs, |input| runtime.block_on(property(input)));
    if let Err(failure) = outcome {
        panic!("with the seed {seed}: {failure}");
    }
}
