//! A server with films that it serves.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::http::Request;
use ureq::http::request::Builder;

use crate::scanning::films::Films;
use crate::scanning::server::{ended_scans, serve};
use crate::support::binary::{Answer, PATIENCE, Server};

/// Films that were scanned, and the server that serves them.
pub struct Theatre {
    pub films: Films,
    pub server: Server,
    /// The key of an admin; empty where everyone may do everything.
    key: String,
}

impl Theatre {
    /// Serves these films, with their names and contents.
    pub fn showing(films: &[(&str, &str)], arguments: &[&str]) -> Self {
        let theatre = Films::new();
        films.iter().for_each(|(name, content)| theatre.write(name, content));
        Self::of(theatre, arguments)
    }

    /// Serves these films to everyone.
    pub fn of(films: Films, arguments: &[&str]) -> Self {
        let server = serve(&films, "films", arguments);
        ended_scans(&server, 1);
        Self { films, server, key: String::new() }
    }

    /// Serves these films to those with a key.
    pub fn locked(films: &[(&str, &str)], arguments: &[&str]) -> Self {
        let theatre = Films::new();
        films.iter().for_each(|(name, content)| theatre.write(name, content));
        theatre.scan(&[]).with_code(0);
        let create = ["key", "create", "--name", "owner", "--role", "admin"];
        let made = theatre.folder.run("library.db", &create).with_code(0);
        let key = made.stdout.trim_end().to_owned();
        Self { server: serve(&theatre, "films", arguments), films: theatre, key }.scanned(2)
    }

    /// Ends the server and starts it again.
    pub fn restarted(self, arguments: &[&str]) -> Self {
        let scans = self.scans("");
        let Self { films, server, key } = self;
        drop(server);
        Self { server: serve(&films, "films", arguments), films, key }.scanned(scans + 1)
    }

    /// Waits until there have been so many scans and none is left: they change answers.
    fn scanned(self, count: u64) -> Self {
        let begun = Instant::now();
        while self.scans("") < count || self.scans("(states: [QUEUED, RUNNING])") > 0 {
            assert!(begun.elapsed() < PATIENCE, "{}", self.server);
        }
        self
    }

    /// The number of scans with these arguments.
    fn scans(&self, arguments: &str) -> u64 {
        let jobs = self.ask(&format!("{{ scanJobs{arguments} {{ totalCount }} }}"));
        jobs["scanJobs"]["totalCount"].as_u64().unwrap()
    }

    /// A request to this address by somebody with the key.
    pub fn request(&self, address: &str) -> Builder {
        let request = Request::get(self.server.url(address));
        match self.key.is_empty() {
            true => request,
            false => request.header("authorization", format!("Bearer {}", self.key)),
        }
    }

    /// Asks a GraphQL document.
    #[track_caller]
    pub fn ask(&self, document: &str) -> Value {
        let mut request =
            Request::post(self.server.url("/graphql")).header("content-type", "application/json");
        if !self.key.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.key));
        }
        let body = json!({ "query": document }).to_string();
        let mut answer = self.server.send(request.body(body).unwrap()).json();
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        answer["data"].take()
    }

    /// These fields of the video with this filename.
    #[track_caller]
    pub fn video(&self, filename: &str, fields: &str) -> Value {
        let filter = format!("filter: {{ filename: {{ eq: \"{filename}\" }} }}");
        let mut data = self.ask(&format!("{{ videos({filter}) {{ nodes {{ {fields} }} }} }}"));
        data["videos"]["nodes"][0].take()
    }

    /// The address of the file with this name.
    #[track_caller]
    pub fn file_url(&self, filename: &str) -> String {
        let video = self.video(filename, "fileUrl");
        video["fileUrl"].as_str().unwrap_or_else(|| panic!("{filename}: {video}")).to_owned()
    }

    /// Gets what is at an address, without a credential.
    #[track_caller]
    pub fn get(&self, address: &str) -> Answer {
        self.server.get(address)
    }

    /// Gets it until the answer has this status: what other processes do is not noticed at once.
    #[track_caller]
    pub fn get_until(&self, address: &str, status: u16) -> Answer {
        let begun = Instant::now();
        loop {
            let answer = self.get(address);
            if answer.status == status {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{answer}\n{}", self.server);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Begins to get what is at an address, on a connection of its own.
    pub fn begin(&self, address: &str) -> TcpStream {
        let mut stream = self.server.connect();
        let head =
            format!("GET {address} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }
}
