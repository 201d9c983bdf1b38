//! Changes of a library that cannot be written for now.

use std::time::Instant;

use super::binary::{Answer, PATIENCE, Server};

/// Adds the video with this number.
pub fn add(server: &Server, number: usize) -> Answer {
    server.ask(&format!(
        r#"mutation {{
            addVideo(input: {{
                path: "/media/{number}.mkv", durationFrames: 1, videoCodec: "h264", fileSize: 1,
                frameRate: {{ numerator: 25, denominator: 1 }}, width: 1920, height: 1080
            }}) {{ video {{ id }} }}
        }}"#
    ))
}

/// Adds videos until that is refused, and answers how many were added, and the refusal.
pub fn fill(server: &Server) -> (usize, Answer) {
    for number in 0..10_000 {
        let answer = add(server, number);
        if answer.status != 200 {
            return (number, answer);
        }
        assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}");
    }
    panic!("there is room for everything")
}

#[track_caller]
pub fn assert_unavailable(answer: &Answer) {
    assert_eq!((answer.status, &*answer.code()), (503, "SERVICE_UNAVAILABLE"), "{answer}");
    let seconds = &answer.json()["errors"][0]["extensions"]["retryAfterSeconds"];
    assert_eq!(answer.header("retry-after"), seconds.to_string(), "{answer}");
    assert!(answer.body.contains("try again later"), "{answer}");
    assert!(!answer.body.contains("SQLite"), "{answer}");
}

/// Adds the video with this number as soon as that is possible, and returns its ID.
#[track_caller]
pub fn add_when_back(server: &Server, number: usize) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = add(server, number);
        if answer.status == 200 {
            let id = answer.json()["data"]["addVideo"]["video"]["id"].take();
            return id.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        }
        assert_unavailable(&answer);
        assert!(Instant::now() < deadline, "{answer}\n{server}");
    }
}
