//! A collector of traces that keeps what it is sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message;

pub use opentelemetry_proto::tonic::trace::v1::Span;

use super::binary::read_until;

/// A collector on a free port.
pub struct Collector {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    /// Listens from now on, and answers every post of traces.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::<Mutex<Vec<_>>>::default();
        let kept = Arc::clone(&bodies);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || take(stream.unwrap(), &kept));
            }
        });
        Self { address, bodies }
    }

    /// What to set `--otlp-endpoint` to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that was sent, as it was.
    pub fn bytes(&self) -> Vec<u8> {
        self.bodies.lock().unwrap().concat()
    }

    /// The spans that were sent, in the order of their begin.
    pub fn spans(&self) -> Vec<Span> {
        let requests = self.requests();
        let resources = requests.into_iter().flat_map(|request| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        let mut spans: Vec<Span> = scopes.flat_map(|scope| scope.spans).collect();
        spans.sort_by_key(|span| span.start_time_unix_nano);
        spans
    }

    /// What is told of the program by which the spans were sent.
    pub fn resource(&self, name: &str) -> String {
        let requests = self.requests();
        let mut resources = requests.iter().flat_map(|request| &request.resource_spans);
        let resource = resources.next().and_then(|spans| spans.resource.as_ref()).unwrap();
        text_of(&resource.attributes, name)
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let bodies = self.bodies.lock().unwrap();
        bodies.iter().map(|body| ExportTraceServiceRequest::decode(&**body).unwrap()).collect()
    }
}

/// The value of an attribute as text; empty where there is none.
pub fn attribute(span: &Span, name: &str) -> String {
    text_of(&span.attributes, name)
}

fn text_of(attributes: &[KeyValue], name: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.as_ref()) {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => text.clone(),
        Some(AnyValue { value: Some(Value::IntValue(number)) }) => number.to_string(),
        None => String::new(),
        Some(other) => panic!("{other:?}"),
    }
}

/// Takes all that comes by one connection.
fn take(mut stream: TcpStream, kept: &Mutex<Vec<Vec<u8>>>) {
    while stream.peek(&mut [0]).is_ok_and(|count| count > 0) {
        let head = read_until(&mut stream, "\r\n\r\n").to_lowercase();
        assert!(head.starts_with("post /v1/traces "), "{head}");
        assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        kept.lock().unwrap().push(body);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    }
}
