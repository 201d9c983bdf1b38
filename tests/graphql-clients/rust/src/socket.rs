//! Subscriptions over a WebSocket, for `graphql_client` and cynic alike.

use std::time::Duration;

use graphql_ws_client::graphql::GraphqlOperation;
use graphql_ws_client::{Client, ClientBuilder};
use serde::Serialize;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Opens a WebSocket to the server at this HTTP address.
pub async fn connect(url: &str, key: &str) -> Result<ClientBuilder, Error> {
    let mut request = url.replacen("http", "ws", 1).into_client_request()?;
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (socket, _) = connect_async(request).await?;
    Ok(Client::build(socket).payload(json!({ "Authorization": format!("Bearer {key}") }))?)
}

/// After these, the same subscription may succeed.
const TEMPORARY: [&str; 3] = ["SLOW_CONSUMER", "SERVICE_UNAVAILABLE", "TIMEOUT"];

/// A subscription that yields `None` after an error that is temporary.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Resumable<Operation>(pub Operation);

impl<Operation: GraphqlOperation> GraphqlOperation for Resumable<Operation> {
    type Response = Option<Operation::Response>;
    type Error = Operation::Error;

    fn decode(&self, response: Value) -> Result<Self::Response, Self::Error> {
        let code = response["errors"][0]["extensions"]["code"].as_str();
        match code.is_some_and(|code| TEMPORARY.contains(&code)) {
            true => Ok(None),
            false => self.0.decode(response).map(Some),
        }
    }
}

/// Exponential backoff between attempts to connect, up to ten seconds.
pub async fn pause(attempts: u32) {
    let milliseconds = 100 * 2_u64.pow(attempts.min(10));
    tokio::time::sleep(Duration::from_millis(milliseconds.min(10_000))).await;
}
