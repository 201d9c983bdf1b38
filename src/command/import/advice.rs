//! What to do about an import that stopped.

use crate::causes::with_causes;
use crate::command::Failure;
use crate::repository::OnConflict;
use crate::transfer::ImportError;

/// How an import that was interrupted is completed.
pub(super) const RUN_AGAIN: &str =
    "Run the import again to complete it: existing records are not written twice.";

/// Why an import stopped, after so many records had been written, and what to do.
pub(super) fn with_advice(error: &ImportError, written: u64, on_conflict: OnConflict) -> Failure {
    let advice = match error {
        ImportError::BadLines(_) => "Correct these lines and run the import again",
        ImportError::Conflicts(_) if on_conflict == OnConflict::Fail => {
            "Correct these lines, or run the import with --on-conflict skip, which keeps the \
             existing videos, or with --on-conflict update, which overwrites them with the \
             records' values"
        }
        ImportError::Conflicts(_) => {
            "Correct these lines, or run the import with --on-conflict skip, which keeps the \
             existing videos"
        }
        ImportError::Interrupted | ImportError::Read { .. } | ImportError::Store { .. } => {
            return match written {
                0 => format!("{}\nNothing was written.", with_causes(error)),
                _ => format!("{}\n{RUN_AGAIN}", with_causes(error)),
            }
            .into();
        }
    };
    let rest = match written {
        0 => "; nothing was written.",
        _ => "; the batches before them were written and will not be written twice.",
    };
    format!("{}\n{advice}{rest}", with_causes(error)).into()
}
