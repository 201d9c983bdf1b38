//! What filters match, one video or one value at a time.

use super::*;

#[test]
fn a_missing_text_is_unequal_to_every_other() {
    let text = |text: &str| text.to_owned();
    for (test, of_aac, of_none) in [
        (TextTest::Eq(text("aac")), true, false),
        (TextTest::Eq(text("AAC")), false, false),
        (TextTest::Eq(text("")), false, false),
        (TextTest::Ne(text("aac")), false, true),
        (TextTest::Ne(text("")), true, true),
        (TextTest::In(vec![text("x"), text("aac")]), true, false),
        (TextTest::In(vec![]), false, false),
        (TextTest::NotIn(vec![text("x"), text("aac")]), false, true),
        (TextTest::NotIn(vec![text("x"), text("")]), true, true),
        (TextTest::NotIn(vec![]), true, true),
        (TextTest::EndsWith(text("ac")), true, false),
        (TextTest::EndsWith(text("aa")), false, false),
        (TextTest::EndsWith(text("")), true, false),
        (TextTest::StartsWith(text("aa")), true, false),
        (TextTest::StartsWith(text("ac")), false, false),
        (TextTest::StartsWith(text("")), true, false),
        (TextTest::Contains(text("ac")), true, false),
        (TextTest::Contains(text("ca")), false, false),
        (TextTest::IsNull(true), false, true),
        (TextTest::IsNull(false), true, false),
    ] {
        assert_eq!(test.holds(Some("aac")), of_aac, "{test:?}");
        assert_eq!(test.holds(None), of_none, "{test:?}");
    }
}

#[test]
fn an_id_is_one_of_those_that_are_named() {
    let [one, other] = [1, 2].map(|byte| VideoId::from_bytes([byte; 16]));
    for (test, expected) in [
        (IdTest::In(vec![other, one]), true),
        (IdTest::In(vec![other]), false),
        (IdTest::In(vec![]), false),
        (IdTest::NotIn(vec![other, one]), false),
        (IdTest::NotIn(vec![other]), true),
        (IdTest::NotIn(vec![]), true),
        (IdTest::IsNull(true), false),
        (IdTest::IsNull(false), true),
    ] {
        assert_eq!(test.holds(one), expected, "{test:?}");
    }
}

#[test]
fn whole_numbers_are_tested_exactly() {
    for (test, expected) in [
        (IntegerTest::Eq(7), true),
        (IntegerTest::Eq(8), false),
        (IntegerTest::Ne(7), false),
        (IntegerTest::Ne(i64::MIN), true),
        (IntegerTest::In(vec![6, 7]), true),
        (IntegerTest::In(vec![]), false),
        (IntegerTest::Is(Comparison::Gt, 7), false),
        (IntegerTest::Is(Comparison::Gt, 6), true),
        (IntegerTest::Is(Comparison::Gte, 7), true),
        (IntegerTest::Is(Comparison::Gte, 8), false),
        (IntegerTest::Is(Comparison::Lt, 7), false),
        (IntegerTest::Is(Comparison::Lt, i64::MAX), true),
        (IntegerTest::Is(Comparison::Lte, 7), true),
        (IntegerTest::Is(Comparison::Lte, 6), false),
        (IntegerTest::IsNull(true), false),
        (IntegerTest::IsNull(false), true),
    ] {
        assert_eq!(test.holds(Some(7)), expected, "{test:?}");
    }
}

#[test]
fn a_missing_number_is_unequal_to_every_other() {
    for (test, expected) in [
        (IntegerTest::Eq(0), false),
        (IntegerTest::Ne(0), true),
        (IntegerTest::In(vec![0]), false),
        (IntegerTest::Is(Comparison::Gt, i64::MIN), false),
        (IntegerTest::Is(Comparison::Lte, i64::MAX), false),
        (IntegerTest::IsNull(true), true),
        (IntegerTest::IsNull(false), false),
    ] {
        assert_eq!(test.holds(None), expected, "{test:?}");
    }
}

#[test]
fn the_two_zeros_are_equal_and_nothing_compares_with_nan() {
    for comparison in Comparison::ALL {
        let admits_equal = matches!(comparison, Comparison::Gte | Comparison::Lte);
        assert_eq!(comparison.holds(&0.0, &-0.0), admits_equal, "{comparison:?}");
        assert!(!comparison.holds(&0.0, &f64::NAN), "{comparison:?}");
    }
}

#[test]
fn only_conjunctions_of_nothing_are_everything() {
    use VideoFilter::{All, Any};
    let everything = VideoFilter::everything;
    for (filter, expected) in [
        (everything(), true),
        (All(vec![everything(), All(vec![everything()])]), true),
        (Any(vec![]), false),
        (VideoFilter::except(everything()), false),
        (All(vec![everything(), Any(vec![])]), false),
    ] {
        assert_eq!(filter.is_everything(), expected, "{filter:?}");
    }
}

fn search(text: &str) -> VideoFilter {
    VideoFilter::Search(SearchQuery::parse(text).unwrap())
}

#[test]
fn a_search_matches_what_it_finds() {
    let video = crate::domain::samples::video();
    let filename = video.values.filename.as_str();
    for (text, expected) in [(filename, true), ("nosuchword", false), ("", false), ("-a", false)] {
        let filter = search(text);
        assert_eq!(filter.matches(&video, None), expected, "{text}");
        assert_eq!(VideoFilter::except(filter).matches(&video, None), !expected, "{text}");
    }
}

#[test]
fn only_a_search_that_must_hold_can_be_split_off() {
    use VideoFilter::{All, Any};
    let wide = || VideoFilter::Integer(IntegerField::Width, IntegerTest::Eq(1));
    for filter in [wide(), Any(vec![search("a")]), VideoFilter::except(search("a")), All(vec![])] {
        assert_eq!(filter.split_search(), None, "{filter:?}");
    }
    let nested = All(vec![wide(), All(vec![wide(), search("a"), search("b")]), search("c")]);
    let (query, rest) = nested.split_search().unwrap();
    assert_eq!(query, SearchQuery::parse("a").unwrap());
    assert_eq!(rest, All(vec![wide(), search("b"), wide(), search("c")]));
    assert_eq!((nested.searches(), rest.searches(), nested.conditions()), (3, 2, 5));
    assert_eq!(search("a").split_search().unwrap().1, VideoFilter::everything());
}
