//! All pages of a list, a search, an update and the changes of a library, with `graphql_client`.

use futures_util::StreamExt;
use graphql_client::{GraphQLQuery, Response};
use graphql_ws_client::graphql::StreamingOperation;

use crate::socket::{self, Error, Resumable};

type SafeInt = i64;
type DateTime = String;
type JSON = serde_json::Value;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "schema.graphql",
    query_path = "operations.graphql",
    variables_derives = "Clone, Default",
    response_derives = "Debug",
    // Otherwise, each field that is `None` would be an explicit null.
    skip_serializing_none
)]
pub struct Videos;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "schema.graphql",
    query_path = "operations.graphql",
    response_derives = "Debug",
    skip_serializing_none
)]
pub struct Search;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "schema.graphql",
    query_path = "operations.graphql",
    variables_derives = "Default",
    response_derives = "Debug",
    skip_serializing_none
)]
pub struct Update;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "schema.graphql",
    query_path = "operations.graphql",
    response_derives = "Debug",
    skip_serializing_none
)]
pub struct Changes;

pub struct Library {
    pub url: String,
    pub key: String,
    pub http: reqwest::Client,
}

impl Library {
    async fn ask<Q: GraphQLQuery>(
        &self,
        variables: Q::Variables,
    ) -> Result<Q::ResponseData, Error> {
        let request = self.http.post(&self.url).bearer_auth(&self.key);
        let response = request.json(&Q::build_query(variables)).send().await?;
        let Response { data, errors, .. } = response.json().await?;
        data.ok_or_else(|| format!("{errors:?}").into())
    }

    /// All videos, fetched page by page.
    pub async fn videos(
        &self,
        filter: videos::VideoFilter,
    ) -> Result<Vec<videos::VideosVideosEdgesNode>, Error> {
        let mut nodes = Vec::new();
        let mut after = None;
        loop {
            let variables = videos::Variables { after, filter: Some(filter.clone()) };
            let page = self.ask::<Videos>(variables).await?.videos;
            nodes.extend(page.edges.into_iter().map(|edge| edge.node));
            if !page.page_info.has_next_page {
                return Ok(nodes);
            }
            after = page.page_info.end_cursor;
        }
    }

    /// The best matches.
    pub async fn search(
        &self,
        query: &str,
    ) -> Result<Vec<search::SearchSearchVideosEdgesNode>, Error> {
        let variables = search::Variables { query: query.to_owned() };
        let found = self.ask::<Search>(variables).await?.search_videos;
        Ok(found.edges.into_iter().map(|edge| edge.node).collect())
    }

    /// Updates the fields that are `Some`; all others stay as they are.
    pub async fn update(
        &self,
        input: update::UpdateVideoInput,
    ) -> Result<update::UpdateUpdateVideo, Error> {
        let updated = self.ask::<Update>(update::Variables { input }).await?;
        updated.update_video.ok_or_else(|| "the server failed".into())
    }

    /// Calls `next` with every change, across reconnections, until the server rejects the subscription.
    pub async fn follow(
        &self,
        mut after: Option<String>,
        mut next: impl FnMut(changes::ChangesVideoChanges),
    ) -> Error {
        let mut attempts = 0;
        loop {
            let operation =
                StreamingOperation::<Changes>::new(changes::Variables { after: after.clone() });
            if let Ok(client) = socket::connect(&self.url, &self.key).await
                && let Ok(mut events) = client.subscribe(Resumable(operation)).await
            {
                while let Some(Ok(Some(Response { data, errors, .. }))) = events.next().await {
                    match data {
                        Some(changes::ResponseData { video_changes }) => {
                            attempts = 0;
                            after = Some(video_changes.cursor.clone());
                            next(video_changes);
                        }
                        None => return format!("{errors:?}").into(),
                    }
                }
            }
            socket::pause(attempts).await;
            attempts += 1;
        }
    }
}
