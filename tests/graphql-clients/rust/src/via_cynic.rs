//! All pages of a list, a search, an update and the changes of a library, with cynic.

use cynic::http::ReqwestExt;
use cynic::{GraphQlResponse, MutationBuilder, QueryBuilder, SubscriptionBuilder};
use futures_util::StreamExt;

use crate::socket::{self, Error, Resumable};

#[cynic::schema("reelgraph")]
mod schema {}

cynic::impl_scalar!(i64, schema::SafeInt);
cynic::impl_scalar!(serde_json::Value, schema::JSON);

#[derive(cynic::Scalar, Debug)]
pub struct DateTime(pub String);

#[derive(cynic::QueryVariables)]
pub struct VideosVariables {
    after: Option<String>,
    filter: VideoFilter,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "VideosVariables")]
pub struct Videos {
    #[arguments(first: 20, after: $after, filter: $filter)]
    videos: VideoConnection,
}

#[derive(cynic::QueryFragment)]
pub struct VideoConnection {
    edges: Vec<VideoEdge>,
    page_info: PageInfo,
}

#[derive(cynic::QueryFragment)]
pub struct VideoEdge {
    node: Video,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct Video {
    pub id: cynic::Id,
    pub path: String,
    pub duration_frames: i64,
    pub created_at: DateTime,
    pub version: i32,
}

#[derive(cynic::QueryFragment)]
pub struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(cynic::QueryVariables)]
pub struct SearchVariables<'a> {
    query: &'a str,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "SearchVariables")]
pub struct Search {
    #[arguments(query: $query, first: 20)]
    search_videos: VideoSearchConnection,
}

#[derive(cynic::QueryFragment)]
pub struct VideoSearchConnection {
    edges: Vec<VideoSearchEdge>,
}

#[derive(cynic::QueryFragment)]
pub struct VideoSearchEdge {
    node: Video,
}

/// The conditions that this program needs. Without `skip_serializing_if`, each one that is `None` would
/// be an explicit null.
#[derive(cynic::InputObject, Clone, Default)]
pub struct VideoFilter {
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub path: Option<StringFilter>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub filename: Option<StringFilter>,
}

#[derive(cynic::InputObject, Clone, Default)]
pub struct StringFilter {
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<String>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
}

#[derive(cynic::QueryVariables)]
pub struct UpdateVariables {
    input: UpdateVideoInput,
}

#[derive(cynic::InputObject)]
pub struct UpdateVideoInput {
    pub id: cynic::Id,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub thumbnail_path: Option<String>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation", variables = "UpdateVariables")]
pub struct Update {
    #[arguments(input: $input)]
    update_video: Option<UpdateVideoPayload>,
}

#[derive(cynic::QueryFragment)]
pub struct UpdateVideoPayload {
    pub video: Option<Video>,
    pub user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct UserError {
    pub code: UserErrorCode,
    pub message: String,
    pub field: Option<Vec<String>>,
}

#[derive(cynic::Enum, Clone, Debug)]
#[cynic(non_exhaustive)]
pub enum UserErrorCode {
    Invalid,
    NotFound,
    IdTaken,
    PathTaken,
    VersionConflict,
    /// More codes may come.
    #[cynic(fallback)]
    Other(String),
}

#[derive(cynic::QueryVariables)]
pub struct ChangesVariables {
    after: Option<String>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Subscription", variables = "ChangesVariables")]
pub struct Changes {
    #[arguments(after: $after, marks: true)]
    video_changes: VideoChange,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct VideoChange {
    pub kind: VideoChangeKind,
    pub cursor: String,
    pub audit_entry: Option<AuditEntry>,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq)]
pub enum VideoChangeKind {
    Change,
    CaughtUp,
    Progress,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct AuditEntry {
    pub id: cynic::Id,
    pub entity_id: cynic::Id,
    pub changes: Vec<FieldChange>,
}

#[derive(cynic::QueryFragment, Debug)]
pub struct FieldChange {
    pub field: String,
    pub old: Option<serde_json::Value>,
    pub new: Option<serde_json::Value>,
}

pub struct Library {
    pub url: String,
    pub key: String,
    pub http: reqwest::Client,
}

impl Library {
    fn request(&self) -> reqwest::RequestBuilder {
        self.http.post(&self.url).bearer_auth(&self.key)
    }

    /// All videos, fetched page by page.
    pub async fn videos(&self, filter: VideoFilter) -> Result<Vec<Video>, Error> {
        let mut nodes = Vec::new();
        let mut after = None;
        loop {
            let variables = VideosVariables { after, filter: filter.clone() };
            let response = self.request().run_graphql(Videos::build(variables)).await?;
            let page = data(response)?.videos;
            nodes.extend(page.edges.into_iter().map(|edge| edge.node));
            if !page.page_info.has_next_page {
                return Ok(nodes);
            }
            after = page.page_info.end_cursor;
        }
    }

    /// The best matches.
    pub async fn search(&self, query: &str) -> Result<Vec<Video>, Error> {
        let search = Search::build(SearchVariables { query });
        let found = data(self.request().run_graphql(search).await?)?.search_videos;
        Ok(found.edges.into_iter().map(|edge| edge.node).collect())
    }

    /// Updates the fields that are `Some`; all others stay as they are.
    pub async fn update(&self, input: UpdateVideoInput) -> Result<UpdateVideoPayload, Error> {
        let update = Update::build(UpdateVariables { input });
        let updated = data(self.request().run_graphql(update).await?)?;
        updated.update_video.ok_or_else(|| "the server failed".into())
    }

    /// Calls `next` with every change, across reconnections, until the server rejects the subscription.
    pub async fn follow(
        &self,
        mut after: Option<String>,
        mut next: impl FnMut(VideoChange),
    ) -> Error {
        let mut attempts = 0;
        loop {
            let operation = Changes::build(ChangesVariables { after: after.clone() });
            if let Ok(client) = socket::connect(&self.url, &self.key).await
                && let Ok(mut events) = client.subscribe(Resumable(operation)).await
            {
                while let Some(Ok(Some(response))) = events.next().await {
                    match data(response) {
                        Ok(Changes { video_changes }) => {
                            attempts = 0;
                            after = Some(video_changes.cursor.clone());
                            next(video_changes);
                        }
                        Err(error) => return error,
                    }
                }
            }
            socket::pause(attempts).await;
            attempts += 1;
        }
    }
}

fn data<Data>(response: GraphQlResponse<Data>) -> Result<Data, Error> {
    let GraphQlResponse { data, errors } = response;
    data.ok_or_else(|| format!("{errors:?}").into())
}
