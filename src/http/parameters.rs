//! The parameters of a GraphQL request, from a JSON body or a query string.
//!
//! Source: [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/#sec-Request), with
//! its appendices on persisted documents and on request batching.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value, Variables};

use super::refusal::Rejection;
use crate::graphql::PLACE;
use crate::graphql::document::json;

/// The fields of an object in JSON.
pub(super) type Fields = IndexMap<Name, Value>;

/// The parameters of a request.
#[derive(Debug)]
pub(super) struct Parameters {
    /// The document.
    pub document: DocumentName,
    /// The name of the operation to execute; none if the document has only one.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Variables,
    /// The place in the log that the client has seen, as it sent it.
    pub place: Option<String>,
}

/// How a request names its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DocumentName {
    /// It brings the document.
    Text(String),
    /// By an ID that was agreed upon before.
    Id(String),
    /// By its SHA-256 hash in hexadecimal digits, as automatic persisted queries do, or by another
    /// ID in the same place; with its text if the server should cache it.
    Hash {
        /// The hash or the ID.
        hash: String,
        /// The document.
        text: Option<String>,
    },
}

/// The requests in a body.
#[derive(Debug)]
pub(super) enum Body {
    /// One operation.
    One(Box<Parameters>),
    /// Several, one after another. One that is no request has its refusal.
    Batch(Vec<Result<Parameters, Rejection>>),
}

impl Body {
    /// Gives every request without a place of its own this one.
    pub fn not_before(&mut self, place: &str) {
        let add =
            |request: &mut Parameters| _ = request.place.get_or_insert_with(|| place.to_owned());
        match self {
            Self::One(request) => add(request),
            Self::Batch(requests) => requests.iter_mut().flatten().for_each(add),
        }
    }
}

/// The parameters of a query string that are texts. The others are JSON.
const TEXTS: [&str; 4] = ["query", "documentId", "doc_id", "operationName"];
const JSON: [&str; 2] = ["variables", "extensions"];

/// The requests in a JSON body: a batch has at most `max_batch`.
///
/// # Errors
/// When it is not JSON, or not valid GraphQL over HTTP.
pub(super) fn from_body(body: &[u8], max_batch: usize) -> Result<Body, Rejection> {
    let json =
        json::parse(body).map_err(|error| Rejection::bad_request(format!("the body {error}")))?;
    match json {
        Value::Object(parameters) => Ok(Body::One(Box::new(from_object(parameters)?))),
        Value::List(requests) => batch(requests, max_batch),
        _ => Err(Rejection::bad_request("the body must be a JSON object with a \"query\"")),
    }
}

fn batch(requests: Vec<Value>, max_batch: usize) -> Result<Body, Rejection> {
    check_count(requests.len(), max_batch)?;
    let read = |request| match request {
        Value::Object(parameters) => Ok(from_object(parameters)),
        _ => Err(Rejection::bad_request("each request in a batch must be a JSON object")),
    };
    requests.into_iter().map(read).collect::<Result<_, _>>().map(Body::Batch)
}

fn check_count(count: usize, max_batch: usize) -> Result<(), Rejection> {
    let message = match count {
        _ if max_batch == 0 => format!(
            "the body is a batch of {count} requests, but batching is disabled (--max-batch is 0): \
             send one request at a time, as a JSON object"
        ),
        0 => "the body is an empty list: send at least one request".to_owned(),
        _ if count > max_batch => format!(
            "the body is a batch of {count} requests, more than the maximum of {max_batch} \
             (--max-batch): send fewer at a time"
        ),
        _ => return Ok(()),
    };
    Err(Rejection::bad_request(message))
}

/// Whether a query string contains the ID of a document, whose text a page could not show.
pub(super) fn names_known_document(query_string: &str) -> bool {
    let mut parameters = form_urlencoded::parse(query_string.as_bytes());
    parameters.any(|(name, value)| {
        !value.is_empty() && ["documentId", "doc_id", "extensions"].contains(&&*name)
    })
}

/// The request in a query string, with `variables` and `extensions` as JSON.
///
/// # Errors
/// When a parameter is given twice, or is not valid GraphQL over HTTP.
pub(super) fn from_query_string(text: &str) -> Result<Parameters, Rejection> {
    let mut parameters = Fields::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let value = if TEXTS.contains(&&*name) {
            Value::String(value.into_owned())
        } else if JSON.contains(&&*name) && value.is_empty() {
            // Clients that build an address from a form send empty ones.
            Value::Null
        } else if JSON.contains(&&*name) {
            json::parse(value.as_bytes()).map_err(|error| {
                Rejection::bad_request(format!("the parameter \"{name}\" {error}"))
            })?
        } else {
            continue;
        };
        if parameters.insert(Name::new(&name), value).is_some() {
            let message = format!("the parameter \"{name}\" is given twice: give it once");
            return Err(Rejection::bad_request(message));
        }
    }
    from_object(parameters)
}

/// The request that these parameters make.
///
/// # Errors
/// When they are not valid GraphQL over HTTP.
pub(super) fn from_object(mut parameters: Fields) -> Result<Parameters, Rejection> {
    let mut extensions = object(&mut parameters, "extensions")?.unwrap_or_default();
    Ok(Parameters {
        document: document(&mut parameters, &mut extensions)?,
        // Clients that have no name to give send an empty one.
        operation_name: text(&mut parameters, "operationName")?.filter(|name| !name.is_empty()),
        variables: object(&mut parameters, "variables")?
            .map(|variables| Variables::from_value(Value::Object(variables)))
            .unwrap_or_default(),
        place: place(&mut extensions)?,
    })
}

/// How the document is named, which must be one way.
fn document(parameters: &mut Fields, extensions: &mut Fields) -> Result<DocumentName, Rejection> {
    let hash = hash(extensions)?;
    // Clients that name a document in another way may have a text that is empty.
    let query = text(parameters, "query")?.filter(|text| hash.is_none() || !text.is_empty());
    let document_id = text(parameters, "documentId")?;
    // The name that Relay's documentation gives it.
    let doc_id = text(parameters, "doc_id")?;
    match (query, document_id.or(doc_id), hash) {
        (Some(text), None, None) => Ok(DocumentName::Text(text)),
        (None, Some(id), None) => Ok(DocumentName::Id(id)),
        (text, None, Some(hash)) => Ok(DocumentName::Hash { hash, text }),
        (None, None, None) => Err(Rejection::bad_request(
            "the parameter \"query\" is missing: send the GraphQL document in it, or the ID of a \
             trusted document in \"documentId\"",
        )),
        (_, Some(_), _) => Err(Rejection::bad_request(
            "the document is given twice: send one of \"query\", \"documentId\" and the extension \
             \"persistedQuery\"",
        )),
    }
}

/// The hash in the extension of automatic persisted queries, if it is used.
fn hash(extensions: &mut Fields) -> Result<Option<String>, Rejection> {
    let mut extension = match extensions.swap_remove("persistedQuery") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(extension)) => extension,
        Some(_) => Fields::new(),
    };
    match (extension.swap_remove("version"), extension.swap_remove("sha256Hash")) {
        (Some(Value::Number(version)), Some(Value::String(hash)))
            if version.as_u64() == Some(1) =>
        {
            Ok(Some(hash))
        }
        _ => Err(Rejection::bad_request(
            "the extension \"persistedQuery\" must be an object with the \"version\" 1 and a \
             \"sha256Hash\", which is a string",
        )),
    }
}

/// The place in the extensions.
fn place(extensions: &mut Fields) -> Result<Option<String>, Rejection> {
    match extensions.swap_remove(PLACE) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(place)) => Ok(Some(place)),
        Some(_) => Err(Rejection::bad_request("the extension \"place\" must be a string")),
    }
}

fn text(parameters: &mut Fields, name: &str) -> Result<Option<String>, Rejection> {
    match parameters.swap_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => {
            Err(Rejection::bad_request(format!("the parameter \"{name}\" must be a string")))
        }
    }
}

fn object(parameters: &mut Fields, name: &str) -> Result<Option<Fields>, Rejection> {
    match parameters.swap_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => {
            Err(Rejection::bad_request(format!("the parameter \"{name}\" must be an object")))
        }
    }
}
