//! Reading one line of a library's text.

use super::faults;
use super::record::{BadRecord, Record};
use crate::domain::{IdSource, NewVideo};

/// The video of a line; `ids` generates its ID if the line has none.
///
/// # Errors
/// All that is wrong with the line.
pub fn read(line: &[u8], ids: &dyn IdSource) -> Result<NewVideo, BadRecord> {
    match serde_json::from_slice::<Record>(line) {
        Ok(record) => record.into_new_video(ids, Vec::new()),
        // serde reports the first fault alone, and in words for programmers.
        Err(error) => {
            let (record, faults) = faults::explain(line, &error).map_err(BadRecord)?;
            record.into_new_video(ids, faults)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Quantity, RandomIds, Text, Video, VideoValues, samples};

    const LEAST: &str = r#""path":"/a","durationFrames":1,"frameRate":{"numerator":25},"width":1,"height":1,"videoCodec":"h264","fileSize":1"#;

    fn read(line: &str) -> Result<NewVideo, BadRecord> {
        super::read(line.as_bytes(), &RandomIds)
    }

    #[track_caller]
    fn refused(line: &str, message: &str) {
        assert_eq!(read(line).unwrap_err().to_string(), message);
    }

    #[test]
    fn the_least_that_a_line_must_have() {
        let video = read(&format!("{{{LEAST}}}")).unwrap();
        assert_eq!(video.values.filename.as_str(), "a");
        assert_eq!(video.values.frame_rate.denominator(), 1);
        assert_eq!((video.created_at, video.updated_at), (None, None));
    }

    /// A line of an export, which every later version has to read.
    const EXPORTED: &str = concat!(
        r#"{"id":"0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2","path":"/média/\"日本\"\\.mkv","#,
        r#""filename":"b.mkv","durationFrames":300,"#,
        r#""frameRate":{"numerator":30000,"denominator":1001},"width":1920,"height":1080,"#,
        r#""videoCodec":"h264","audioCodec":"aac","fileSize":9007199254740991,"#,
        r#""thumbnailPath":"/thumbs/1.jpg","createdAt":"1970-01-01T00:00:00.000007Z","#,
        r#""updatedAt":"9999-12-31T23:59:59.999999Z"}"#,
    );

    #[test]
    fn a_line_stays_as_exports_have_it() {
        let least = EXPORTED
            .replace(r#""audioCodec":"aac""#, r#""audioCodec":null"#)
            .replace(r#""thumbnailPath":"/thumbs/1.jpg""#, r#""thumbnailPath":null"#);
        for line in [EXPORTED, &least] {
            let new = read(line).unwrap();
            let video = Video {
                id: new.id,
                values: new.values,
                created_at: new.created_at.unwrap(),
                updated_at: new.updated_at.unwrap(),
                version: 1,
            };
            assert_eq!(serde_json::to_string(&Record::from(&video)).unwrap(), line);
        }
        let Video { values, .. } = samples::video();
        let read = read(EXPORTED).unwrap();
        let path = Text::new("/média/\"日本\"\\.mkv").unwrap();
        let thumbnail_path = Some(Text::new("/thumbs/1.jpg").unwrap());
        let file_size = Quantity::new(9_007_199_254_740_991).unwrap();
        assert_eq!(read.values, VideoValues { path, thumbnail_path, file_size, ..values });
    }

    #[test]
    fn every_fault_of_a_line_is_told() {
        refused(
            &format!(r#"{{"id":"7","createdAt":"now",{}}}"#, LEAST.replace("/a", "")),
            "id: must be a hyphenated UUID such as 0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2; \
             createdAt: must be an RFC 3339 date and time such as 2026-11-22T10:15:30.123456Z; \
             path: must not be empty",
        );
    }

    #[test]
    fn faults_of_form_are_told_together_with_those_of_value() {
        refused(
            r#"{"width":"1920","height":0,"frameRate":{"numerator":25.5,"denominator":0},"videoCodec":null,"id":7,"fileSize":1e999,"file_name":"a","createdAt":"now"}"#,
            "id: must be a string, not 7; path: is missing; durationFrames: is missing; \
             frameRate.numerator: must be a whole number, not 25.5; \
             width: must be a whole number, not \"1920\"; videoCodec: must be a string, not null; \
             fileSize: must be a whole number, not 1e999; \
             file_name: is not a field of a record; did you mean filename?; \
             createdAt: must be an RFC 3339 date and time such as 2026-11-22T10:15:30.123456Z; \
             frameRate.denominator: must be 1 or more, not 0; height: must be 1 or more, not 0",
        );
        refused(
            "{}",
            "path: is missing; durationFrames: is missing; frameRate: is missing; width: is \
             missing; height: is missing; videoCodec: is missing; fileSize: is missing",
        );
    }

    /// Holds a line that differs from a right one to this message.
    #[track_caller]
    fn refused_with(right: &str, wrong: &str, message: &str) {
        assert!(LEAST.contains(right));
        refused(&format!("{{{}}}", LEAST.replace(right, wrong)), message);
    }

    #[test]
    fn every_fault_of_form_has_its_words() {
        let digits = "99999999999999999999";
        for (right, wrong, message) in [
            ("\"width\":1", "\"width\":1,\"width\":2", "width: is given 2 times"),
            (
                "\"width\":1",
                "\"width\":3000000000",
                "width: must be from 1 to 2147483647, not 3000000000",
            ),
            (
                "\"fileSize\":1",
                &format!("\"fileSize\":{digits}"),
                &format!("fileSize: must be from 0 to 9007199254740991, not {digits}"),
            ),
            ("\"path\":\"/a\"", "\"path\":[\"/a\"]", "path: must be a string, not [\"/a\"]"),
            (
                "\"path\":\"/a\"",
                r#""path":"\ud83d""#,
                r#"path: must be a string without lone surrogates, not "\ud83d""#,
            ),
            (
                "{\"numerator\":25}",
                "25",
                "frameRate: must be an object such as {\"numerator\":24000,\"denominator\":1001}, \
                 not 25",
            ),
            ("{\"numerator\":25}", "{\"denominator\":1}", "frameRate.numerator: is missing"),
            (
                "{\"numerator\":25}",
                "{\"numerator\":25,\"denominator\":null}",
                "frameRate.denominator: must be a whole number, not null",
            ),
            (
                "{\"numerator\":25}",
                "{\"numerator\":25,\"num\":1}",
                "frameRate.num: is not a field of a record",
            ),
            ("\"height\":1", "\"height\":1,\"colour\":1", "colour: is not a field of a record"),
        ] {
            refused_with(right, wrong, message);
        }
        let long = "x".repeat(100);
        refused_with(
            "\"width\":1",
            &format!("\"width\":\"{long}\""),
            &format!("width: must be a whole number, not \"{}…", &long[..39]),
        );
    }

    #[test]
    fn a_line_that_is_no_json_object_is_told_with_the_column() {
        let cut = "ends before the JSON is complete: write one record per line";
        for (line, message) in [
            ("{\"path\":", cut),
            ("{", cut),
            ("{\"path\":\"/a", cut),
            ("[]", "must be a JSON object, not []"),
            ("7", "must be a JSON object, not 7"),
            ("null", "must be a JSON object, not null"),
            ("{\"path\" \"/a\"}", "is not JSON at column 9: expected a colon"),
            (
                "{\"path\":\"/a\" \"width\":1}",
                "is not JSON at column 14: expected a comma or a closing brace",
            ),
            ("{path:1}", "is not JSON at column 2: expected the name of a field in double quotes"),
            (
                "{\"a\":1,}",
                "is not JSON at column 8: expected the name of a field in double quotes",
            ),
            ("{} {}", "is not JSON at column 4: there is text after the JSON object"),
            (
                "{\"path\":\"C:\\media\"}",
                "is not JSON at column 13: invalid escape; write a backslash as \\\\",
            ),
            (
                "{\"path\":\"a\tb\"}",
                "is not JSON at column 10: unescaped control character in a string; write it as an \
                 escape such as \\t",
            ),
            ("{\"path\":}", "is not JSON at column 9: expected a value"),
            ("{\"path\":None}", "is not JSON at column 9: expected a value"),
            ("hello", "is not JSON at column 1: expected a value"),
        ] {
            refused(line, message);
        }
        assert_eq!(
            super::read(b"{\"path\":\"\xE9\"}", &RandomIds).unwrap_err().to_string(),
            "is not UTF-8 at column 10"
        );
    }

    #[test]
    fn a_time_is_cut_to_microseconds() {
        let at = r#""createdAt":"2026-01-02T03:04:05.123456789Z""#;
        let video = read(&format!("{{{at},{LEAST}}}")).unwrap();
        assert_eq!(video.created_at.unwrap().to_string(), "2026-01-02T03:04:05.123456Z");
    }

    #[test]
    fn a_record_without_an_id_is_known_by_its_path() {
        assert!(read(&format!("{{{LEAST}}}")).unwrap().is_known_by_path);
        let id = r#""id":"c78bce5b-65ee-4465-bf77-675b13c4be39""#;
        assert!(!read(&format!("{{{id},{LEAST}}}")).unwrap().is_known_by_path);
    }

    #[test]
    fn a_video_is_not_changed_before_it_was_added() {
        let message = "updatedAt: must be given together with a createdAt that is not later";
        refused(&format!(r#"{{"updatedAt":"2026-01-01T00:00:00Z",{LEAST}}}"#), message);
        let before = r#""createdAt":"2026-01-02T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z""#;
        refused(&format!("{{{before},{LEAST}}}"), message);
    }
}
