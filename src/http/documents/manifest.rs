//! The operator's list of documents, as the build of a client writes it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::graphql::Api;

/// Documents by their IDs.
#[derive(Debug, Default)]
pub struct Manifest(BTreeMap<String, String>);

/// Why a file is no manifest that can be used, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is not JSON, or other JSON.
    #[error(
        "it must be a JSON object that maps IDs to documents, as graphql-codegen and Relay write \
         it, or an Apollo persisted query manifest of version 1"
    )]
    Form(#[from] serde_json::Error),
    /// It is of another version of Apollo's form.
    #[error("it is a persisted query manifest of version {0}, but only version 1 is supported")]
    Version(u64),
    /// Two documents have the same ID.
    #[error("it has two documents with the ID {0:?}")]
    Duplicate(String),
    /// A document could not be executed.
    #[error("its document {id:?} is not valid: {fault}")]
    Invalid {
        /// The document's ID.
        id: String,
        /// What is wrong with it.
        fault: String,
    },
}

/// The forms of files.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Apollo { format: ApolloFormat, version: u64, operations: Vec<ApolloOperation> },
    Map(BTreeMap<String, String>),
}

#[derive(Deserialize)]
enum ApolloFormat {
    #[serde(rename = "apollo-persisted-query-manifest")]
    Manifest,
}

#[derive(Deserialize)]
struct ApolloOperation {
    id: String,
    body: String,
}

impl Manifest {
    /// Parses a file, detecting its format.
    ///
    /// # Errors
    /// When it has another form, or two documents with one ID.
    pub fn read(text: &str) -> Result<Self, ManifestError> {
        // Programs on Windows begin a file with a byte order mark.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let documents: Vec<(String, String)> = match serde_json::from_str(text)? {
            Form::Map(documents) => documents.into_iter().collect(),
            Form::Apollo { format: ApolloFormat::Manifest, version: 1, operations } => {
                operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
            }
            Form::Apollo { version, .. } => return Err(ManifestError::Version(version)),
        };
        let mut manifest = Self::default();
        for (id, document) in documents {
            if manifest.0.insert(bare(&id).to_owned(), document).is_some() {
                return Err(ManifestError::Duplicate(id));
            }
        }
        Ok(manifest)
    }

    /// Holds every document to the schema.
    ///
    /// # Errors
    /// When one of them could not be executed.
    pub fn verify(&self, api: &Api) -> Result<(), ManifestError> {
        for (id, document) in &self.0 {
            if let Err(errors) = api.check_document(document) {
                let fault = errors.into_iter().next().map(|error| error.message);
                let fault = fault.unwrap_or_default();
                return Err(ManifestError::Invalid { id: id.clone(), fault });
            }
        }
        Ok(())
    }

    /// The number of documents.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The document with this ID.
    pub(super) fn get(&self, id: &str) -> Option<&str> {
        self.0.get(bare(id)).map(String::as_str)
    }
}

/// An ID without the optional prefix that names its hash function.
fn bare(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "{ __typename }";

    #[track_caller]
    fn fault(text: &str) -> String {
        Manifest::read(text).unwrap_err().to_string()
    }

    #[test]
    fn every_form_gives_documents_by_their_ids() {
        let operation = r#"{"id":"b","name":"B","type":"query","body":"{ __typename }"}"#;
        let apollo = format!(
            r#"{{"format":"apollo-persisted-query-manifest","version":1,"operations":[{operation}]}}"#
        );
        for (text, id) in [
            (r#"{"a":"{ __typename }"}"#, "a"),
            (r#"{"sha256:a":"{ __typename }"}"#, "a"),
            ("\u{FEFF}{\"a\":\"{ __typename }\"}", "a"),
            (r#"{"a":"{ __typename }"}"#, "sha256:a"),
            (&apollo, "b"),
        ] {
            let manifest = Manifest::read(text).unwrap();
            assert_eq!((manifest.len(), manifest.get(id)), (1, Some(QUERY)), "{text}");
            assert_eq!(manifest.get("c"), None);
        }
        assert!(Manifest::read("{}").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_manifest_is_told() {
        for text in ["", "[]", r#"{"a":1}"#, r#"{"format":"other","version":1,"operations":[]}"#] {
            assert!(fault(text).starts_with("it must be a JSON object that maps IDs"), "{text}");
        }
        let newer = r#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#;
        assert!(fault(newer).contains("version 2"), "{}", fault(newer));
        let twice = r#"{"a":"{ __typename }","sha256:a":"{ __typename }"}"#;
        assert!(fault(twice).contains("it has two documents"), "{}", fault(twice));
    }
}
