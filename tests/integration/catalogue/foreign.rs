//! Files that try to make ffprobe open others.

use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use reelgraph::catalogue::program::Limits;
use reelgraph::catalogue::{NotProbed, Prober};

use super::media;

/// Contents that refer to a file and to a server, with names that are read.
pub fn traps(pipe: &Path, address: &str) -> Vec<(String, String)> {
    let pipe = pipe.display();
    let playlist = |segment: &str| {
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{segment}\n#EXT-X-ENDLIST\n")
    };
    let dash = |base: &str| {
        format!(
            "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" \
             mediaPresentationDuration=\"PT1S\" \
             profiles=\"urn:mpeg:dash:profile:isoff-live:2011\"><Period><AdaptationSet \
             mimeType=\"video/mp4\"><Representation id=\"1\" bandwidth=\"1\" width=\"1\" height=\"1\" \
             codecs=\"avc1\"><BaseURL>{base}</BaseURL><SegmentBase/></Representation>\
             </AdaptationSet></Period></MPD>"
        )
    };
    let port = address.rsplit(':').next().unwrap();
    let sdp = format!(
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n\
         m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    );
    let mut traps = vec![("sdp".to_owned(), sdp)];
    for (kind, target) in [
        ("file", format!("file://{pipe}")),
        ("path", pipe.to_string()),
        ("name", "pipe.ts".to_owned()),
        ("http", format!("http://{address}/x.ts")),
        ("tcp", format!("tcp://{address}")),
        ("nested", format!("concat:{pipe}|{pipe}")),
        ("crypto", format!("crypto:{pipe}")),
        ("subfile", format!("subfile,,start,0,end,0,,:{pipe}")),
    ] {
        traps.push((format!("hls-{kind}"), playlist(&target)));
        traps.push((format!("concat-{kind}"), format!("ffconcat version 1.0\nfile '{target}'\n")));
        traps.push((format!("dash-{kind}"), dash(&target)));
    }
    traps
}

/// The files wait for a pipe that nobody writes into, so whoever opens it never comes back.
#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn no_file_leads_to_another_one_or_to_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.ts");
    let made = Command::new("mkfifo").arg(&pipe).stdin(Stdio::null()).status().unwrap();
    assert!(made.success());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let address = server.local_addr().unwrap().to_string();

    let limits = Limits { time: Duration::from_secs(20), ..Limits::default() };
    let ffprobe = Arc::new(media::ffprobe().await.with_limits(limits));
    let tree = media::root(folder.path());
    for (name, content) in traps(&pipe, &address) {
        // One extension is enough: ffprobe never learns the name.
        let name = format!("{name}.mp4");
        std::fs::write(folder.path().join(&name), &content).unwrap();
        let file = tree.open_file(name.as_bytes()).unwrap();
        let code = match ffprobe.probe(&*file, name.as_bytes()).await {
            Err(NotProbed::Problem(problem)) => problem.code.as_str(),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(code, "NOT_READABLE_AS_MEDIA", "{name}");
    }
    let visit = server.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(visit, Err(io::ErrorKind::WouldBlock));
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_file_that_is_replaced_by_a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("mkfifo").arg(folder.path().join("a.mkv")).status().unwrap();
    assert!(made.success());
    let reading = media::read(folder.path(), &["a.mkv"]).await.remove(0);
    let line = super::videos::line(&reading);
    assert!(line.contains("NotAFile"), "{line}");
}
