//! The parameters of a GraphQL request, from a JSON body or a query string.
//!
//! Source: [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/#sec-Request).

use async_graphql::{Request, Variables};
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The request that a JSON body asks for.
///
/// # Errors
/// When it is not JSON, or not what GraphQL over HTTP asks for.
pub(super) fn from_body(body: &[u8]) -> Result<Request, Refusal> {
    let value = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("the body is not valid JSON: {error}")))?;
    match value {
        Value::Object(parameters) => from_object(parameters),
        Value::Array(_) => Err(Refusal::bad_request(
            "the body is a list: send one request at a time, as a JSON object",
        )),
        _ => Err(Refusal::bad_request("the body must be a JSON object with a \"query\"")),
    }
}

/// The request that a query string asks for, where `variables` and `extensions` are JSON text.
///
/// # Errors
/// When a parameter is given twice, or not what GraphQL over HTTP asks for.
pub(super) fn from_query_string(text: &str) -> Result<Request, Refusal> {
    let mut parameters = Map::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let value = match &*name {
            "query" | "operationName" => Value::String(value.into_owned()),
            "variables" | "extensions" => serde_json::from_str(&value).map_err(|error| {
                Refusal::bad_request(format!("the parameter \"{name}\" is not valid JSON: {error}"))
            })?,
            _ => continue,
        };
        if parameters.insert(name.to_string(), value).is_some() {
            let message = format!("the parameter \"{name}\" is given twice: give it once");
            return Err(Refusal::bad_request(message));
        }
    }
    from_object(parameters)
}

/// The request that these parameters make.
///
/// # Errors
/// When they are not what GraphQL over HTTP asks for.
pub(super) fn from_object(mut parameters: Map<String, Value>) -> Result<Request, Refusal> {
    let query = text(&mut parameters, "query")?.ok_or_else(|| {
        Refusal::bad_request("the parameter \"query\" is missing: put the GraphQL document there")
    })?;
    let mut request = Request::new(query);
    // Clients that have no name to give send an empty one.
    request.operation_name =
        text(&mut parameters, "operationName")?.filter(|name| !name.is_empty());
    if let Some(variables) = object(&mut parameters, "variables")? {
        request.variables = Variables::from_json(variables);
    }
    // None is known, so that they are only held to their form.
    object(&mut parameters, "extensions")?;
    Ok(request)
}

fn text(parameters: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match parameters.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::bad_request(format!("the parameter \"{name}\" must be a string"))),
    }
}

fn object(parameters: &mut Map<String, Value>, name: &str) -> Result<Option<Value>, Refusal> {
    match parameters.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(object @ Value::Object(_)) => Ok(Some(object)),
        Some(_) => Err(Refusal::bad_request(format!("the parameter \"{name}\" must be an object"))),
    }
}
