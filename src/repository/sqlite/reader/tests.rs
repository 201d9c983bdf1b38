//! What readers do with statements and moments.

use std::sync::Mutex;

use rusqlite::StatementStatus;
use tempfile::TempDir;

use super::*;

/// A reader of a table of numbers in a file of this mode, and a connection that writes to it.
fn reader(mode: &str) -> (TempDir, Reader, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("library.db");
    let writer = Connection::open(&path).unwrap();
    writer.pragma_update(None, "journal_mode", mode).unwrap();
    writer.execute_batch("CREATE TABLE numbers (number)").unwrap();
    let file = File::new(path, Duration::ZERO);
    (directory, Reader::open(&file, Arc::default()).unwrap(), writer)
}

#[test]
fn another_limit_does_not_prepare_a_statement_anew() {
    let (_directory, reader, _) = reader("WAL");
    let text = "SELECT number FROM numbers ORDER BY number LIMIT ?";
    for limit in 1..4 {
        reader.for_each(&Sql::new(text).bind(limit), |_| Ok(())).unwrap();
    }
    let statement = reader.statement(text).unwrap().0;
    assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    assert_eq!(statement.get_status(StatementStatus::Run), 3);
}

#[test]
fn what_is_read_at_once_gives_up_soon_and_waits_for_no_lock() {
    let (_directory, mut reader, writer) = reader("DELETE");
    let for_ever = Duration::from_secs(3600);
    reader.busy_timeout = for_ever;
    writer.execute_batch("INSERT INTO numbers VALUES (7)").unwrap();
    let count = |reader: &Reader| reader.number(&Sql::new("SELECT count(*) FROM numbers"));
    assert_eq!(reader.read_at_once(for_ever, &count), Some(1));
    let endless = |reader: &Reader| {
        let ones = "SELECT 1 UNION ALL SELECT number FROM ones";
        let sql = format!("WITH RECURSIVE ones (number) AS ({ones}) SELECT count(*) FROM ones");
        reader.number(&Sql::new(sql))
    };
    assert_eq!(reader.read_at_once(Duration::from_millis(1), &endless), None);
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(reader.read_at_once(for_ever, &count), None);
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!(reader.read_at_once(for_ever, &count), Some(1));
}

#[test]
fn what_is_given_up_at_any_step_lets_go_of_its_moment() {
    let (_directory, reader, writer) = reader("WAL");
    let count = |reader: &Reader| reader.number(&Sql::new("SELECT count(*) FROM numbers"));
    let at_one_moment = move |reader: &Reader| {
        reader.stay_at_this_moment()?;
        count(reader)
    };
    // Statements look after so many steps of all their runs together, so that in some of these
    // every one of them looks.
    let given_up = (0..500).filter(|written| {
        let found = reader.read_at_once(Duration::ZERO, &at_one_moment);
        assert!(found.is_none_or(|count| count == *written));
        writer.execute("INSERT INTO numbers VALUES (7)", ()).unwrap();
        found.is_none()
    });
    assert_ne!(given_up.count(), 0);
}

#[test]
fn statements_at_one_moment_see_no_change() {
    let (_directory, reader, writer) = reader("WAL");
    let writer = Mutex::new(writer);
    let count = |reader: &Reader| reader.number(&Sql::new("SELECT count(*) FROM numbers"));
    let write = move || writer.lock().unwrap().execute("INSERT INTO numbers VALUES (7)", ());
    let counts = move |reader: &Reader| {
        reader.stay_at_this_moment()?;
        let before = count(reader)?;
        write()?;
        reader.stay_at_this_moment()?;
        Ok([before, count(reader)?])
    };
    let for_ever = Duration::from_secs(3600);
    for before in 0..2 {
        assert_eq!(reader.read_at_once(for_ever, &counts), Some([before, before]));
    }
    reader.begin().unwrap();
    for _ in 0..2 {
        assert_eq!(reader.read_at_once(for_ever, &counts), Some([2, 2]));
    }
    reader.let_go().unwrap();
    assert_eq!(reader.read_at_once(for_ever, &count), Some(4));
}
