//! Processes that do what they should not.

use super::*;

async fn run(script: &str, keep: Keep, limits: &Limits) -> Result<Finished, Unfinished> {
    let arguments = vec!["-c".into(), script.into()];
    launch(Path::new("/bin/sh"), arguments, Stdio::null(), keep, limits).await
}

async fn output(script: &str) -> String {
    let run = run(script, Keep::First(10_000), &Limits::default()).await.unwrap();
    String::from_utf8(run.output).unwrap()
}

#[tokio::test]
async fn a_process_knows_nothing_and_stands_back() {
    assert_eq!(output("pwd; /usr/bin/env | grep -v '^PWD='").await, "/\n");
    assert_eq!(output("/usr/bin/wc -c").await.trim(), "0");
    // Its limits come in its first moments.
    let until = "while [ $(/usr/bin/nice) != 10 ]; do :; done; echo done";
    assert_eq!(output(until).await, "done\n");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_has_little_memory_and_little_time() {
    let until = |limit: &str, most: u64| {
        format!("while [ \"$(ulimit {limit})\" != {most} ]; do :; done; echo done")
    };
    assert_eq!(output(&until("-v", 1 << 20)).await, "done\n");
    assert_eq!(output(&until("-St", 30)).await, "done\n");
    assert_eq!(output(&until("-Ht", 31)).await, "done\n");
}

#[tokio::test]
async fn a_process_that_takes_too_long_is_killed_with_all_that_it_started() {
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    // Whoever still has the pipe could write into it: it ends once all of them are gone.
    let (reader, writer) = io::pipe().unwrap();
    let script = "exec 3<&0; /bin/sleep 90 <&3 & wait";
    let arguments = vec!["-c".into(), script.into()];
    let run = launch(Path::new("/bin/sh"), arguments, writer.into(), Keep::First(9), &limits).await;
    assert!(matches!(run.map(drop), Err(Unfinished::TimedOut)));
    let end = tokio::task::spawn_blocking(|| io::read_to_string(reader).unwrap());
    assert_eq!(timeout(Duration::from_secs(60), end).await.unwrap().unwrap(), "");
}

#[tokio::test]
async fn nobody_waiting_for_a_process_is_its_end() {
    let (mut reader, writer) = io::pipe().unwrap();
    let script = "exec 3<&0; /bin/sleep 90 <&3 & echo up >&3; wait";
    let arguments = vec!["-c".into(), script.into()];
    let running = tokio::spawn(async move {
        let limits = Limits::default();
        launch(Path::new("/bin/sh"), arguments, writer.into(), Keep::First(9), &limits)
            .await
            .map(drop)
    });
    let started = tokio::task::spawn_blocking(move || {
        io::Read::read_exact(&mut reader, &mut [0; 3]).unwrap();
        reader
    });
    let reader = started.await.unwrap();
    running.abort();
    let end = tokio::task::spawn_blocking(|| io::read_to_string(reader).unwrap());
    assert_eq!(timeout(Duration::from_secs(60), end).await.unwrap().unwrap(), "");
}

#[tokio::test]
async fn output_is_limited() {
    let limits = Limits::default();
    let endless = "while :; do echo 0123456789; done";
    let run_of = |script, keep| run(script, keep, &limits);
    let endless = run_of(endless, Keep::First(1_000)).await;
    assert!(matches!(endless.map(drop), Err(Unfinished::TooLong)));
    let all = run_of("printf 0123456789", Keep::First(10)).await.unwrap();
    assert_eq!(all.output, b"0123456789");
    let last = run_of("printf 0123456789", Keep::Last(4)).await.unwrap();
    assert_eq!(last.output, b"6789");
    // Complaints never stop a process.
    let loud =
        "i=0; while [ $i -lt 9000 ]; do echo 0123456789 >&2; i=$((i+1)); done; echo done; exit 3";
    let loud = run_of(loud, Keep::First(10)).await.unwrap();
    assert_eq!((loud.output.as_slice(), loud.status.code()), (&b"done\n"[..], Some(3)));
    assert!((16_000..=16_384).contains(&loud.complaints.len()), "{}", loud.complaints.len());
}
