//! Frame rates as the API shows them.

use async_graphql::{Description, Object};

use crate::domain;
use crate::graphql::execution::direct::direct;

/// An exact frame rate, e.g. 30000/1001, kept as it was given: 60/2 stays 60/2.
#[derive(Description)]
pub struct FrameRate(pub domain::FrameRate);

direct!(
    #[Object(use_type_description)]
    impl FrameRate {
        /// Number of frames in `denominator` seconds.
        fn numerator(&self) -> i32 {
            self.0.numerator()
        }

        /// Seconds that `numerator` frames last.
        fn denominator(&self) -> i32 {
            self.0.denominator()
        }

        /// Frames per second.
        fn fps(&self) -> f64 {
            self.0.fps()
        }
    }
);
