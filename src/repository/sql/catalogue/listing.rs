//! The statements that read a catalogue, whose plans the stores verify.

use super::database::Dialect;
use super::{files, problems, roots, scans};
use crate::domain::catalogue::{FileNumber, RootId, ScanId, ScanState};
use crate::domain::file::Fingerprint;
use crate::domain::{PageRequest, Timestamp, VideoId};
use crate::repository::catalogue::{ScanFilter, ScanPlace};
use crate::repository::sql::Sql;

/// Those that look something up, or walk along an index, for the root of the bytes 1.
pub(in crate::repository) fn look_ups(dialect: Dialect) -> Vec<(&'static str, Sql)> {
    let root = RootId::from_bytes([1; 16]);
    let at = Timestamp::from_micros(1_000_000_000).expect("it is in 1970");
    let id = ScanId::from_bytes([1; 16]);
    let place = PageRequest::Forward { limit: 10, after: Some(ScanPlace { created_at: at, id }) };
    let all = ScanFilter::default();
    let fingerprints = [1, 2].map(Fingerprint::from_hash);
    let videos = [1, 2].map(|number: u128| VideoId::from_bytes(number.to_be_bytes()));
    let paths = ["1.mkv", "2.mkv"].map(str::as_bytes);
    let running = ScanFilter { states: Some(vec![ScanState::Running]), ..ScanFilter::default() };
    let first = PageRequest::first(10);
    vec![
        ("roots", roots::every().sql),
        ("files at paths", files::at(dialect, root, paths.into_iter()).sql),
        ("files with contents", files::like(dialect, &fingerprints).sql),
        ("the first files", files::after(root, None, 10).sql),
        ("more files", files::after(root, Some(FileNumber(5)), 10).sql),
        ("files of videos", files::of(dialect, &videos).sql),
        ("missing videos", files::missing(root, at, 10).sql),
        ("a scan", scans::one(id).sql),
        ("the first scans", scans::page(dialect, &all, &first).sql),
        ("more scans", scans::page(dialect, &all, &place).sql),
        ("running scans", scans::page(dialect, &running, &first).sql),
        ("the number of problems", problems::count(root).sql),
    ]
}
