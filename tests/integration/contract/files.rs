//! The facts of files: how they change, and how they are found.

use reelgraph::domain::filter::{Comparison, IntegerField, IntegerTest, TextField, TextTest};
use reelgraph::domain::{OnConflict, Timestamp, VideoField, VideoFilter, VideoPatch};
use reelgraph::repository::VideoRepository;

use super::found::find;
use super::{add, changed};
use crate::support::videos::{FACTS_OF_EACH_KIND, by, facts_of, video, video_with};

use Comparison::{Gt, Gte, Lte};
use TextTest::{Eq, In, IsNull, Ne, NotIn, StartsWith};

contract_suite! {
    cases:
        every_fact_can_be_changed_alone,
        facts_that_are_not_given_stay,
        facts_may_be_missing;
}

async fn every_fact_can_be_changed_alone(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    let whole = facts_of(FACTS_OF_EACH_KIND).unwrap();
    let whole = serde_json::from_str::<serde_json::Map<_, _>>(whole.as_str()).unwrap();
    let mut given = serde_json::Map::new();
    for (name, value) in &whole {
        given.insert(name.clone(), value.clone());
        let file = Some(facts_of(&serde_json::to_string(&given).unwrap()));
        let patch = VideoPatch { file: file.clone(), ..VideoPatch::default() };
        let (after, entry) = changed(store.update(id, patch, None, by(5)).await.unwrap());
        let [change] = &entry.changes[..] else { panic!("{:?}", entry.changes) };
        assert_eq!((change.field.name(), &change.old), (name.as_str(), &None));
        assert_eq!(change.new.as_ref().unwrap().to_json(), *value);
        assert_eq!(Some(&after.values.file), file.as_ref());
        assert_eq!(store.get(id).await.unwrap().as_ref(), Some(&after));
    }
    assert_eq!(given.len(), VideoField::OF_FILE.len());
    let cleared = VideoPatch { file: Some(None), ..VideoPatch::default() };
    let (after, entry) = changed(store.update(id, cleared, None, by(6)).await.unwrap());
    assert_eq!((after.values.file, entry.changes.len()), (None, given.len()));
}

async fn facts_that_are_not_given_stay(store: &dyn VideoRepository) {
    let mut video = video(1);
    let without = video.clone();
    video.values.file = facts_of(FACTS_OF_EACH_KIND);
    store.insert(video.clone(), by(1)).await.unwrap();
    let again = store.insert(without.clone(), by(2)).await.unwrap();
    assert_eq!((again.entry, &again.video.values), (None, &video.values));
    let updated = store.insert_many(vec![without], OnConflict::Update, by(3)).await.unwrap();
    assert_eq!((&updated[0].entry, &updated[0].video.values), (&None, &video.values));
}

async fn facts_may_be_missing(store: &dyn VideoRepository) {
    use IntegerField::MissingSince;
    use TextField::Fingerprint;
    let prints = [1, 2].map(|number| format!("x3p1:{number:032x}"));
    let facts = [
        None,
        facts_of(&format!(r#"{{"fingerprint":"{}"}}"#, prints[0])),
        facts_of(&format!(
            r#"{{"missingSince":"2026-01-01T00:00:05Z","fingerprint":"{}"}}"#,
            prints[1]
        )),
        facts_of(r#"{"missingSince":"2026-01-01T00:00:06.000001Z"}"#),
    ];
    for (file, number) in facts.into_iter().zip(1..) {
        let video = video_with(number, |values| values.file = file);
        store.insert(video, by(1)).await.unwrap();
    }
    let since = |time: &str| time.parse::<Timestamp>().unwrap();
    let fifth = since("2026-01-01T00:00:05Z");
    let missing = |test| VideoFilter::Integer(MissingSince, test);
    let print = |test| VideoFilter::Text(Fingerprint, test);
    let cases: [(VideoFilter, &[u64]); 14] = [
        (missing(IntegerTest::IsNull(true)), &[1, 2]),
        (missing(IntegerTest::IsNull(false)), &[3, 4]),
        (missing(IntegerTest::Eq(fifth.as_micros())), &[3]),
        (missing(IntegerTest::Ne(fifth.as_micros())), &[1, 2, 4]),
        (missing(IntegerTest::In(vec![0, fifth.as_micros()])), &[3]),
        (VideoFilter::time(MissingSince, Gt, fifth), &[4]),
        (VideoFilter::time(MissingSince, Lte, fifth), &[3]),
        (VideoFilter::time(MissingSince, Gte, Timestamp::MIN), &[3, 4]),
        (print(Eq(prints[0].clone())), &[2]),
        (print(Ne(prints[0].clone())), &[1, 3, 4]),
        (print(In(prints.to_vec())), &[2, 3]),
        (print(NotIn(prints[1..].to_vec())), &[1, 2, 4]),
        (print(StartsWith("x3p1:".into())), &[2, 3]),
        (print(IsNull(true)), &[1, 4]),
    ];
    find(store, cases).await;
}
