//! Classes of reads, by the rows that they may have to examine.
//!
//! Reads that may have to examine every row of the library wait for one another, and nothing else
//! waits for them. If the indexes do not bound the number of rows, that counts as every row.

use crate::domain::filter::{IdTest, TextField, TextTest, VideoFilter};
use crate::domain::{AuditFilter, SearchQuery, VideoOrder};

/// The way of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadClass {
    /// It finds a few rows by key or along an index, immediately.
    LookUp,
    /// An index finds its rows, but they can take a while.
    Read,
    /// It may find its rows immediately, and otherwise has to examine every one.
    TryLookUp,
    /// It may have to examine every row.
    LookThrough,
}

/// The maximum number of paths or IDs in a filter that is a look-up.
const FEW: usize = 1000;

/// The maximum number of conditions in a filter on kinds, so that reading them, a few thousand, is
/// quick.
const FEW_CONDITIONS: u64 = 8;

/// The way of a page of videos.
pub(super) fn of_page(filter: &VideoFilter, order: &VideoOrder) -> ReadClass {
    if filter.is_everything() {
        // An index has no more than the first key. Where all videos have the same, all are sorted.
        return if order.keys().len() > 1 { ReadClass::TryLookUp } else { ReadClass::LookUp };
    }
    // Before a filter can be asked to end, it may have to look through long lists for one row: so
    // none is tried where it is asked for.
    if names_few(filter) { ReadClass::Read } else { ReadClass::LookThrough }
}

/// The class of a page of videos that skips rows, and of the number of videos before a page. Where all
/// match, rows are found along an index from landmarks, as far as these are known.
pub(super) fn of_skipping_page(filter: &VideoFilter, order: &VideoOrder) -> ReadClass {
    match of_page(filter, order) {
        ReadClass::LookUp => ReadClass::TryLookUp,
        class => class,
    }
}

/// The class of statistics.
pub(super) fn of_sums(filter: &VideoFilter) -> ReadClass {
    let is_of_kinds = filter.is_on_kinds() && filter.conditions() <= FEW_CONDITIONS;
    if is_of_kinds || names_few(filter) { ReadClass::Read } else { ReadClass::LookThrough }
}

/// The class of statistics by groups, which are not among those of kinds.
pub(super) fn of_groups(filter: &VideoFilter) -> ReadClass {
    if names_few(filter) { ReadClass::Read } else { ReadClass::LookThrough }
}

/// The class of the smallest and the largest numbers. Those of all videos are at the ends of indexes.
pub(super) fn of_extremes(filter: &VideoFilter) -> ReadClass {
    if filter.is_everything() { ReadClass::LookUp } else { of_groups(filter) }
}

/// The class of a page of a search. Several words, or excluded ones, can make it examine all videos
/// with one of them.
pub(super) fn of_search(query: &SearchQuery, filter: &VideoFilter) -> ReadClass {
    let is_quick = query.requires_nothing() || query.is_one_word() && filter.is_everything();
    if is_quick { ReadClass::Read } else { ReadClass::LookThrough }
}

/// The way of the number of videos that a search finds.
pub(super) fn of_number_found(query: &SearchQuery) -> ReadClass {
    if query.requires_nothing() { ReadClass::Read } else { ReadClass::LookThrough }
}

/// The way of a stretch of the log.
pub(super) fn of_log(filter: &AuditFilter) -> ReadClass {
    if filter.is_everything() || filter.names_videos() {
        ReadClass::LookUp
    } else {
        ReadClass::TryLookUp
    }
}

/// The class of the number of entries. Without a filter, it is that of an index's rows, all of
/// which are counted.
pub(super) fn of_number_of_entries(filter: &AuditFilter) -> ReadClass {
    if filter.names_videos() { ReadClass::Read } else { ReadClass::LookThrough }
}

/// The way of a page of requests. Those with one ID are few, but within a filter's times, all changes
/// of one of them may have to be examined.
pub(super) fn of_requests(filter: &AuditFilter) -> ReadClass {
    let has_id = filter.request_id.is_some() && filter.timestamp.is_empty();
    if has_id { ReadClass::LookUp } else { of_log(filter) }
}

/// The way of the number of requests.
pub(super) fn of_number_of_requests(filter: &AuditFilter) -> ReadClass {
    if filter.is_by_origin() { ReadClass::Read } else { ReadClass::LookThrough }
}

/// Whether it only matches videos with one of a few IDs or paths, which are unique.
fn names_few(filter: &VideoFilter) -> bool {
    match filter {
        VideoFilter::All(parts) => parts.iter().any(names_few),
        VideoFilter::Id(IdTest::In(ids)) => ids.len() <= FEW,
        VideoFilter::Text(TextField::Path, TextTest::Eq(_)) => true,
        VideoFilter::Text(TextField::Path, TextTest::In(paths)) => paths.len() <= FEW,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::{Comparison, IntegerField, IntegerTest};
    use crate::domain::{AuditOperation, Direction, OrderField, OrderKey, Timestamp, VideoId};

    fn path(test: TextTest) -> VideoFilter {
        VideoFilter::Text(TextField::Path, test)
    }

    fn contains(part: &str) -> VideoFilter {
        path(TextTest::Contains(part.to_owned()))
    }

    fn is_wide() -> VideoFilter {
        VideoFilter::Integer(IntegerField::Width, IntegerTest::Is(Comparison::Gt, 1920))
    }

    #[test]
    fn a_filter_looks_through_the_library_unless_it_names_videos_or_is_on_kinds() {
        use ReadClass::{LookThrough, Read};
        let (named, id) = (path(TextTest::Eq("/a".to_owned())), VideoId::from_bytes([1; 16]));
        for (filter, page, sums) in [
            (named.clone(), Read, Read),
            (VideoFilter::All(vec![contains("a"), named.clone()]), Read, Read),
            (VideoFilter::Any(vec![contains("a"), named.clone()]), LookThrough, LookThrough),
            (VideoFilter::except(named), LookThrough, LookThrough),
            (path(TextTest::In(vec![String::new(); FEW])), Read, Read),
            (path(TextTest::In(vec![String::new(); FEW + 1])), LookThrough, LookThrough),
            (path(TextTest::NotIn(vec![String::new()])), LookThrough, LookThrough),
            (VideoFilter::Id(IdTest::In(vec![id; FEW])), Read, Read),
            (VideoFilter::Id(IdTest::In(vec![id; FEW + 1])), LookThrough, LookThrough),
            (VideoFilter::Id(IdTest::NotIn(vec![id])), LookThrough, LookThrough),
            (contains("a"), LookThrough, LookThrough),
            (is_wide(), LookThrough, Read),
            (VideoFilter::All(vec![is_wide(), contains("a")]), LookThrough, LookThrough),
            (VideoFilter::All(vec![is_wide(); 9]), LookThrough, LookThrough),
        ] {
            let order = VideoOrder::default();
            assert_eq!((of_page(&filter, &order), of_sums(&filter)), (page, sums), "{filter:?}");
        }
    }

    #[test]
    fn a_page_of_everything_is_looked_up_in_an_order_by_one_key() {
        let key = |field| OrderKey { field, direction: Direction::Asc };
        let everything = VideoFilter::everything();
        let (one, two) = (key(OrderField::FileSize), key(OrderField::UpdatedAt));
        assert_eq!(of_page(&everything, &VideoOrder::default()), ReadClass::LookUp);
        assert_eq!(of_page(&everything, &VideoOrder::by(vec![one])), ReadClass::LookUp);
        assert_eq!(of_page(&everything, &VideoOrder::by(vec![two, one])), ReadClass::TryLookUp);
        assert_eq!(of_sums(&everything), ReadClass::Read);
        for (filter, class) in
            [(everything, ReadClass::TryLookUp), (is_wide(), ReadClass::LookThrough)]
        {
            assert_eq!(of_skipping_page(&filter, &VideoOrder::default()), class, "{filter:?}");
        }
    }

    #[test]
    fn a_search_looks_through_the_library_unless_it_is_for_one_word_among_all() {
        let everything = VideoFilter::everything();
        for (text, page, number) in [
            ("", ReadClass::Read, ReadClass::Read),
            ("-left", ReadClass::Read, ReadClass::Read),
            ("word", ReadClass::Read, ReadClass::LookThrough),
            ("two words", ReadClass::LookThrough, ReadClass::LookThrough),
            ("\"a phrase\"", ReadClass::LookThrough, ReadClass::LookThrough),
            ("word -left", ReadClass::LookThrough, ReadClass::LookThrough),
        ] {
            let query = SearchQuery::parse(text).unwrap();
            let ways = (of_search(&query, &everything), of_number_found(&query));
            assert_eq!(ways, (page, number), "{text:?}");
        }
        let word = SearchQuery::parse("word").unwrap();
        assert_eq!(of_search(&word, &is_wide()), ReadClass::LookThrough);
    }

    #[test]
    fn the_log_is_looked_up_by_videos_and_tried_by_all_else() {
        let video = Some(VideoId::from_bytes([1; 16]));
        let of_video = AuditFilter { entity_id: video, ..AuditFilter::default() };
        let operations = Some(vec![AuditOperation::Delete]);
        let deletions = AuditFilter { operations, ..AuditFilter::default() };
        let of_videos = AuditFilter { entity_ids: Some(vec![]), ..AuditFilter::default() };
        for (filter, page, number) in [
            (AuditFilter::default(), ReadClass::LookUp, ReadClass::LookThrough),
            (of_video, ReadClass::LookUp, ReadClass::Read),
            (of_videos, ReadClass::LookUp, ReadClass::Read),
            (deletions, ReadClass::TryLookUp, ReadClass::LookThrough),
        ] {
            let ways = (of_log(&filter), of_number_of_entries(&filter));
            assert_eq!(ways, (page, number), "{filter:?}");
            let ways = (of_requests(&filter), of_number_of_requests(&filter));
            assert_eq!(ways, (page, number), "{filter:?}");
        }
    }

    #[test]
    fn a_request_is_looked_up_by_its_id_unless_its_times_matter() {
        let request_id = Some("a".to_owned());
        let by_id = AuditFilter { request_id, ..AuditFilter::default() };
        assert_eq!(of_requests(&by_id), ReadClass::LookUp);
        assert_eq!(of_number_of_requests(&by_id), ReadClass::Read);
        let timestamp = vec![(Comparison::Gt, Timestamp::MIN)];
        assert_eq!(of_requests(&AuditFilter { timestamp, ..by_id }), ReadClass::TryLookUp);
    }
}
