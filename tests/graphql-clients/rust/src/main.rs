//! Runs a client against a server, like `check.ts`: `clients CLIENT VIDEO TAKEN FREE`.

#![deny(warnings)]

mod socket;
#[expect(dead_code, reason = "shows more fields than are printed here")]
mod via_cynic;
mod via_graphql_client;

use std::env;

use socket::Error;

fn changed(id: &str) {
    println!("changed {id}");
}

async fn with_graphql_client(
    url: String,
    key: String,
    [id, taken, free]: [&str; 3],
) -> Result<(), Error> {
    use crate::via_graphql_client::{Library, changes, update, videos};
    let library = Library { url, key, http: reqwest::Client::new() };
    let path =
        videos::StringFilter { starts_with: Some("/films/".to_owned()), ..Default::default() };
    let films = videos::VideoFilter { path: Some(path), ..Default::default() };
    for video in library.videos(films).await? {
        println!("listed {}", video.path);
    }
    for video in library.search("common").await? {
        println!("found {}", video.path);
    }
    for path in [taken, free] {
        let input = update::UpdateVideoInput {
            id: id.to_owned(),
            path: Some(path.to_owned()),
            ..Default::default()
        };
        let updated = library.update(input).await?;
        for error in &updated.user_errors {
            let code = serde_json::to_value(&error.code)?;
            println!(
                "refused {} {}",
                code.as_str().unwrap_or_default(),
                error.field.clone().unwrap_or_default().join(".")
            );
        }
        if let (Some(video), []) = (updated.video, &*updated.user_errors) {
            println!("updated {}", video.path);
        }
    }
    let error = library.follow(None, |event| match event.kind {
        changes::VideoChangeKind::CAUGHT_UP => println!("following"),
        _ => event.audit_entry.iter().for_each(|entry| changed(&entry.id)),
    });
    Err(error.await)
}

async fn with_cynic(url: String, key: String, [id, taken, free]: [&str; 3]) -> Result<(), Error> {
    use crate::via_cynic::{
        Library, StringFilter, UpdateVideoInput, UserErrorCode, VideoChangeKind, VideoFilter,
    };
    let library = Library { url, key, http: reqwest::Client::new() };
    let path = StringFilter { starts_with: Some("/films/".to_owned()), ..Default::default() };
    for video in library.videos(VideoFilter { path: Some(path), ..Default::default() }).await? {
        println!("listed {}", video.path);
    }
    for video in library.search("common").await? {
        println!("found {}", video.path);
    }
    for path in [taken, free] {
        let input = UpdateVideoInput {
            id: cynic::Id::new(id),
            path: Some(path.to_owned()),
            thumbnail_path: None,
        };
        let updated = library.update(input).await?;
        for error in &updated.user_errors {
            let code =
                if let UserErrorCode::PathTaken = error.code { "PATH_TAKEN" } else { "another" };
            println!("refused {code} {}", error.field.clone().unwrap_or_default().join("."));
        }
        if let (Some(video), []) = (updated.video, &*updated.user_errors) {
            println!("updated {}", video.path);
        }
    }
    let error = library.follow(None, |event| match event.kind {
        VideoChangeKind::CaughtUp => println!("following"),
        _ => event.audit_entry.iter().for_each(|entry| changed(entry.id.inner())),
    });
    Err(error.await)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [client, id, taken, free] = &arguments[..] else {
        return Err("four arguments, please".into());
    };
    let (url, key) = (env::var("API_URL")?, env::var("API_KEY")?);
    match &**client {
        "graphql_client" => with_graphql_client(url, key, [id, taken, free]).await,
        "cynic" => with_cynic(url, key, [id, taken, free]).await,
        other => Err(format!("there is no {other}").into()),
    }
}
