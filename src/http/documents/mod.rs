//! Documents that a request names instead of bringing them.
//!
//! There are two kinds: those of the operator's [`Manifest`], which are trusted and known from the
//! start, and those that clients made known ([`automatic`]). Whatever the transport, a request's
//! document is found here.
//!
//! Sources: [persisted documents](https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md),
//! and the [protocol](https://www.apollographql.com/docs/apollo-server/performance/apq) that Apollo
//! gave automatic persisted queries.

mod automatic;
mod manifest;

use async_graphql::{Request, ServerError};

use self::automatic::AutomaticDocuments;
use super::parameters::{DocumentName, Parameters};
use crate::config::RequestSettings;
use crate::error_code::ErrorCode;
use crate::graphql::Api;
use crate::graphql::error::refused;

pub use manifest::{Manifest, ManifestError};

/// All documents that requests can name.
pub struct Documents {
    trusted: Manifest,
    accepted: Accepted,
}

/// What is accepted in addition to trusted documents.
enum Accepted {
    /// Nothing.
    Nothing,
    /// Any document.
    Text,
    /// Any document, and the hashes of those that clients made known.
    TextAndHashes(AutomaticDocuments),
}

impl Documents {
    /// The trusted documents, and those that the settings accept besides.
    pub fn new(trusted: Manifest, settings: &RequestSettings) -> Self {
        let accepted = match settings.max_automatic_document_bytes {
            _ if settings.documents_only => Accepted::Nothing,
            0 => Accepted::Text,
            max_bytes => Accepted::TextAndHashes(AutomaticDocuments::new(max_bytes)),
        };
        Self { trusted, accepted }
    }

    /// The request that these parameters make, with its document.
    ///
    /// # Errors
    /// When the document is not known, or not accepted.
    pub(super) fn find(&self, parameters: Parameters, api: &Api) -> Result<Request, ServerError> {
        let mut request = Request::new(self.document(parameters.document, api)?);
        request.operation_name = parameters.operation_name;
        request.variables = parameters.variables;
        Ok(request)
    }

    fn document(&self, name: DocumentName, api: &Api) -> Result<String, ServerError> {
        let id = match &name {
            DocumentName::Text(_) => None,
            DocumentName::Id(id) | DocumentName::Hash { hash: id, .. } => Some(id),
        };
        if let Some(document) = id.and_then(|id| self.trusted.get(id)) {
            return Ok(document.to_owned());
        }
        match (name, &self.accepted) {
            (_, Accepted::Nothing) => Err(not_trusted()),
            (DocumentName::Id(_), _) => Err(not_found()),
            (DocumentName::Text(text), _) => Ok(text),
            (DocumentName::Hash { hash, text: Some(text) }, Accepted::TextAndHashes(automatic)) => {
                automatic.register(&hash, &text, || api.check_document(&text).is_ok())?;
                Ok(text)
            }
            (DocumentName::Hash { hash, text: None }, Accepted::TextAndHashes(automatic)) => {
                automatic.get(&hash).ok_or_else(hash_not_found)
            }
            (DocumentName::Hash { text: Some(text), .. }, Accepted::Text) => Ok(text),
            (DocumentName::Hash { text: None, .. }, Accepted::Text) => Err(hashes_not_supported()),
        }
    }
}

fn not_trusted() -> ServerError {
    let message = "this server executes trusted documents only (--documents-only): send the ID of \
                   one of them as \"documentId\"";
    refused(ErrorCode::DocumentNotTrusted, message, None)
}

fn not_found() -> ServerError {
    let message = "unknown document ID: send the ID of a trusted document (--documents), or the \
                   document itself as \"query\"";
    refused(ErrorCode::DocumentNotFound, message, None)
}

/// Clients look for exactly this message or code, and then send the document.
fn hash_not_found() -> ServerError {
    refused(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound", None)
}

/// Clients look for exactly this message or code, and then stop sending hashes.
fn hashes_not_supported() -> ServerError {
    refused(ErrorCode::PersistedQueryNotSupported, "PersistedQueryNotSupported", None)
}
