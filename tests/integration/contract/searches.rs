//! What a search finds and in which order, on few videos of which all is known; on each of them the
//! result is also walked either way, and compared with the definition.

use reelgraph::domain::filter::{TextField, TextTest};
use reelgraph::domain::search::Tier;
use reelgraph::domain::{
    NewVideo, PageRequest, SearchQuery, Timestamp, VideoFilter, VideoId, VideoPatch,
};
use reelgraph::repository::{OnConflict, VideoRepository};

use super::contents;
use super::definition::{Defined, Search, walk};
use crate::support::clock::counted_id;
use crate::support::queries::STRANGE;
use crate::support::videos::{by, pixels, sample, second, text, video_with};

contract_suite! {
    cases:
        a_word_is_a_run_of_letters_and_digits,
        case_accents_and_width_do_not_count,
        scripts_without_spaces_are_found_anywhere_in_a_run,
        words_in_quotes_follow_one_another_whole,
        an_excluded_word_does_not_occur_whole,
        compounds_match_either_way,
        every_pair_of_a_file_and_a_query_holds,
        names_of_the_sample_find_themselves_first,
        every_text_is_a_query,
        the_longest_queries_are_answered,
        the_longest_words_are_found_by_their_start,
        the_filename_ranks_above_the_path_and_whole_words_above_starts,
        ties_go_to_the_newest_and_then_to_the_highest_id,
        common_words_of_the_whole_sample_are_walked_either_way,
        a_filter_leaves_out_what_does_not_pass,
        every_change_is_found_at_once;
}

/// The video of this number at this path, added in the second of this number.
pub fn at(number: u64, path: &str) -> NewVideo {
    let mut video = video_with(number, |values| {
        values.path = text(path);
        values.filename = text(path.rsplit('/').next().unwrap());
    });
    video.created_at = Some(second(i64::try_from(number).unwrap()));
    video
}

/// Adds videos 1, 2, 3 and so on at these paths, each one second newer than the one before.
pub async fn fill(store: &dyn VideoRepository, paths: &[&str]) {
    let videos = (1..).zip(paths).map(|(number, path)| at(number, path));
    store.insert_many(videos.collect(), OnConflict::Fail, by(1)).await.unwrap();
}

/// Asserts that each query finds the videos of these numbers in this order.
async fn find<const N: usize>(store: &dyn VideoRepository, cases: [(&str, &[u64]); N]) {
    let (videos, _) = contents(store).await;
    for (query, numbers) in cases {
        let search = Search::for_text(query);
        let page = search.list(store, &PageRequest::first(100)).await.unwrap();
        let found: Vec<VideoId> = page.items.iter().map(|hit| hit.video.id).collect();
        let expected: Vec<VideoId> = numbers.iter().map(|number| counted_id(*number)).collect();
        assert_eq!(found, expected, "{query}");
        walk(store, &search, &[2, 1], &videos).await.unwrap();
    }
}

async fn a_word_is_a_run_of_letters_and_digits(store: &dyn VideoRepository) {
    fill(store, &["/m/S01E02.1080p_x265-GRP.mkv", "/m/(S01E021) x265GRP~1080.mkv"]).await;
    let cases: [(&str, &[u64]); 8] = [
        ("s01e02", &[1, 2]),
        ("1080", &[2, 1]),
        ("x265 grp 1080p s01e02", &[1]),
        ("S01E02.1080p_x265-GRP", &[1]),
        ("x265grp", &[2]),
        ("265", &[]),
        ("s01e02 1081", &[]),
        ("m", &[2, 1]),
    ];
    find(store, cases).await;
}

async fn case_accents_and_width_do_not_count(store: &dyn VideoRepository) {
    let paths = [
        "/m/Hôtel Straße.mkv",
        "/m/HOTEL œuvre STRASSE.mkv",
        "/m/Ho\u{302}tel ＯＥＵＶＲＥ.mkv",
        "/m/Łódź Ёлка Ünï.mkv",
    ];
    fill(store, &paths).await;
    let cases: [(&str, &[u64]); 8] = [
        ("hotel", &[3, 2, 1]),
        ("HÔTEL", &[3, 2, 1]),
        ("ｈｏｔ", &[3, 2, 1]),
        ("strasse", &[2, 1]),
        ("STRAẞE", &[2, 1]),
        ("Oeuvre", &[3, 2]),
        ("lodz елка uni", &[4]),
        ("\"hotel œu\" strasse", &[]),
    ];
    find(store, cases).await;
}

async fn scripts_without_spaces_are_found_anywhere_in_a_run(store: &dyn VideoRepository) {
    let paths = [
        "/m/劇場版 ペンギン・ハイウェイ.mkv",
        "/m/ペンギンHighway第12話.mkv",
        "/映画/ภาษาไทย.mkv",
        "/m/ンギペ.mkv",
        "/m/한국 영화.mkv",
    ];
    fill(store, &paths).await;
    let cases: [(&str, &[u64]); 13] = [
        ("ペンギン", &[2, 1]),
        ("ギ", &[4, 2, 1]),
        ("ンギ", &[4, 2, 1]),
        ("ﾍﾟﾝｷﾞﾝ", &[2, 1]),
        ("ンハ", &[]),
        ("ハイ ペン", &[1]),
        ("high", &[2]),
        ("話 12", &[2]),
        ("画", &[3]),
        ("ษาไ", &[3]),
        ("한", &[5]),
        ("국", &[5]),
        ("영화", &[5]),
    ];
    find(store, cases).await;
}

async fn words_in_quotes_follow_one_another_whole(store: &dyn VideoRepository) {
    let paths =
        ["/m/The Two Towers.mkv", "/m/Towers Two.mkv", "/two/towers", "/m/two.towers's.mkv"];
    fill(store, &paths).await;
    let cases: [(&str, &[u64]); 9] = [
        ("\"two towers\"", &[4, 1, 3]),
        ("“Two—Towers”", &[4, 1, 3]),
        ("\"two towers", &[4, 1, 3]),
        ("\"two\" towers", &[4, 2, 1, 3]),
        ("\"two tow\"", &[]),
        ("\"wo towers\"", &[]),
        ("\"the towers\"", &[]),
        ("\"towers mkv\" tw", &[1]),
        ("\"m the two\"", &[1]),
    ];
    find(store, cases).await;
}

async fn an_excluded_word_does_not_occur_whole(store: &dyn VideoRepository) {
    let paths = ["/m/Two Towers CAM.mkv", "/cam/Two Towers.mkv", "/m/Two Towers Camera.mkv"];
    fill(store, &paths).await;
    let cases: [(&str, &[u64]); 10] = [
        ("towers", &[3, 2, 1]),
        ("towers -cam", &[3]),
        ("-cam towers -CÀM", &[3]),
        ("towers-cam", &[1, 3, 2]),
        ("towers -ca", &[3, 2, 1]),
        ("towers -\"towers cam\"", &[3, 2]),
        ("towers -m/two", &[2]),
        ("towers --cam", &[3]),
        ("towers - cam", &[1, 3, 2]),
        ("towers -two", &[]),
    ];
    find(store, cases).await;
}

async fn compounds_match_either_way(store: &dyn VideoRepository) {
    let paths = [
        "/m/Spider-Man.mkv",
        "/m/Spiderman.mkv",
        "/x-ray/Man Spider.mkv",
        "/m/R.E.M & AC⁄DC 1x02.mkv",
        "/m/REM and ACDC S01E02.mkv",
    ];
    fill(store, &paths).await;
    let cases: [(&str, &[u64]); 11] = [
        ("spiderman", &[2, 1]),
        ("Spider-Man", &[1, 3, 2]),
        ("spider-m", &[3, 2, 1]),
        ("\"spider-man\"", &[2, 1]),
        ("mkv -spider-man", &[5, 4, 3]),
        ("xray", &[3]),
        ("rem & ac/dc s1e2", &[5, 4]),
        ("r.e.m acdc", &[5, 4]),
        ("manspider", &[]),
        ("Spiderman", &[2, 1]),
        ("Man Spider", &[3, 1]),
    ];
    find(store, cases).await;
}

/// A name, and a query with whether it finds that.
#[derive(serde::Deserialize)]
pub struct Pair {
    pub filename: String,
    path: Option<String>,
    pub query: String,
    pub found: bool,
}

/// Adds a video with each filename of the pairs.
pub async fn fill_with_pairs(store: &dyn VideoRepository) -> Vec<Pair> {
    let pairs = include_str!("../../data/search-pairs.json");
    let pairs: Vec<Pair> = serde_json::from_str(pairs).unwrap();
    let mut added = Vec::new();
    for pair in &pairs {
        if !added.contains(&&pair.filename) {
            added.push(&pair.filename);
            let number = added.len() as u64;
            let path = pair.path.clone().unwrap_or_else(|| format!("/{number}/{}", pair.filename));
            let mut video = at(number, &path);
            video.values.filename = text(&pair.filename);
            store.insert(video, by(1)).await.unwrap();
        }
    }
    pairs
}

async fn every_pair_of_a_file_and_a_query_holds(store: &dyn VideoRepository) {
    for Pair { filename, query, found, .. } in fill_with_pairs(store).await {
        let page = Search::for_text(&query).list(store, &PageRequest::first(100)).await.unwrap();
        let mut names = page.items.iter().map(|hit| hit.video.values.filename.as_str());
        assert_eq!(names.any(|name| name == filename), found, "{filename} by {query}");
    }
}

async fn names_of_the_sample_find_themselves_first(store: &dyn VideoRepository) {
    store.insert_many(sample().to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    let is_odd = |number: usize, name: &str| number.is_multiple_of(16) || name.contains(" -");
    let odd = sample().iter().enumerate();
    let odd = odd.filter(|(number, video)| is_odd(*number, video.values.filename.as_str()));
    for (_, video) in odd {
        for name in [&video.values.filename, &video.values.path] {
            let page =
                Search::for_text(name.as_str()).list(store, &PageRequest::first(1)).await.unwrap();
            let hit = &page.items[0];
            assert_eq!(hit.tier, Tier::Exact, "{name}");
            let found = &hit.video.values;
            assert!(found.filename == *name || found.path == *name, "{name}");
        }
    }
}

async fn every_text_is_a_query(store: &dyn VideoRepository) {
    let paths = ["/m/a.mkv", "/m/NEAR a and b or not path.mkv", "/m/a OR b.mkv", "/m/日本.mkv"];
    fill(store, &paths).await;
    let (videos, _) = contents(store).await;
    for strange in STRANGE {
        for query in [strange.to_owned(), format!("{strange} mkv"), format!("mkv\"{strange}")] {
            walk(store, &Search::for_text(&query), &[3], &videos).await.unwrap();
        }
    }
    let nothing = ["", " ", "...", "-a", "-\"a b\" -c", "\0", "\"-\"", "\u{301}"];
    find(store, nothing.map(|query| (query, &[][..]))).await;
}

async fn the_longest_queries_are_answered(store: &dyn VideoRepository) {
    let run = "日".repeat(SearchQuery::MAX_CHARACTERS);
    let word = "a".repeat(SearchQuery::MAX_CHARACTERS);
    let letters = (0..2).flat_map(|_| ('a'..='z').chain('0'..='5'));
    let letters: Vec<String> =
        letters.enumerate().map(|(index, letter)| format!("{letter}{}", index / 32)).collect();
    assert_eq!(letters.len(), SearchQuery::MAX_WORDS);
    let paths = [format!("/{run}"), format!("/{word}a"), format!("/{}", letters.join("x "))];
    fill(store, &paths.each_ref().map(String::as_str)).await;
    let asterisks = "*".repeat(SearchQuery::MAX_CHARACTERS);
    let excluded = format!("a -{}", letters[1..].join(" -"));
    let quoted = format!("\"{}x\"", letters.join("x "));
    let cases: [(&str, &[u64]); 7] = [
        (&run, &[1]),
        (&word, &[2]),
        (&letters.join(" "), &[3]),
        (&letters.join(" \""), &[]),
        (&quoted, &[]),
        (&excluded, &[2]),
        (&asterisks, &[]),
    ];
    find(store, cases).await;
}

async fn the_longest_words_are_found_by_their_start(store: &dyn VideoRepository) {
    // Of letters of one byte and of four: 4,000 bytes in all.
    let (narrow, wide) = ("x".repeat(4000), "𐐨".repeat(1000));
    let paths = [format!("/m/{narrow}"), format!("/m/{wide}"), format!("/{narrow}/a")];
    // Of which no index may have the end.
    let alike = ["a", "b"].map(|end| format!("/n/{}{end}", "y".repeat(150)));
    fill(store, &[&paths[0], &paths[1], &paths[2], "/m/x", &alike[0], &alike[1]]).await;
    let starts = [("x", SearchQuery::MAX_CHARACTERS), ("𐐨", 999)];
    let [narrow, wide] = starts.map(|(letter, count)| letter.repeat(count));
    let cases: [(&str, &[u64]); 8] = [
        (&narrow, &[1, 3]),
        (&wide, &[2]),
        (&alike[0][3..], &[5]),
        (&alike[0][..], &[5]),
        ("x", &[4, 1, 3]),
        ("\"x\"", &[4]),
        ("x -a", &[4, 1]),
        ("m 𐐨", &[2]),
    ];
    find(store, cases).await;
}

async fn the_filename_ranks_above_the_path_and_whole_words_above_starts(
    store: &dyn VideoRepository,
) {
    let paths = [
        "/m/Hotel.mkv",
        "/m/Hotels.mkv",
        "/hotel/a.mkv",
        "/hotels/b.mkv",
        "/m/Hotel.avi",
        "/m/b.mkv",
        "/hotel/Hotels.mkv",
    ];
    fill(store, &paths).await;
    let cases: [(&str, &[u64]); 6] = [
        ("hotel", &[5, 1, 7, 2, 3, 4]),
        ("hotel mkv", &[1, 7, 2, 3, 4]),
        ("hotel m", &[7, 2, 1, 5, 4, 3]),
        ("hotels m", &[7, 2, 4]),
        ("\"hotel\"", &[5, 1, 7, 3]),
        ("a hot", &[5, 3]),
    ];
    find(store, cases).await;
}

async fn ties_go_to_the_newest_and_then_to_the_highest_id(store: &dyn VideoRepository) {
    let times = [second(5), Timestamp::MIN, second(5), Timestamp::MAX, second(5), second(-5)];
    for (number, time) in (1..).zip(times) {
        let path = format!("/{}/Two{}", number % 2, if number > 4 { "s" } else { "" });
        let video = NewVideo { created_at: Some(time), ..at(number, &format!("{path} {number}")) };
        // The first one comes last.
        store.insert(video, by(10)).await.unwrap();
    }
    let cases: [(&str, &[u64]); 3] =
        [("two", &[4, 3, 1, 2, 5, 6]), ("tw", &[4, 5, 3, 1, 6, 2]), ("1 tw", &[1, 5, 3])];
    find(store, cases).await;
}

async fn common_words_of_the_whole_sample_are_walked_either_way(store: &dyn VideoRepository) {
    store.insert_many(sample().to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    let (videos, _) = contents(store).await;
    for query in ["media", "x", "mkv -x264", "s0 hdtv", "\"web dl\" 1080p", "m s"] {
        let search = Search::for_text(query);
        assert!(search.rows_of(&videos).len() > 20, "{query} finds too few to be walked");
        walk(store, &search, &[100, 7, 61], &videos).await.unwrap();
    }
}

async fn a_filter_leaves_out_what_does_not_pass(store: &dyn VideoRepository) {
    fill(store, &["/a/Two.mkv", "/b/Twos.mkv", "/a/Two.avi", "/a/twos.avi", "/a/b.mkv"]).await;
    let (videos, _) = contents(store).await;
    let in_folder = VideoFilter::Text(TextField::Path, TextTest::StartsWith("/a".into()));
    let none = VideoFilter::Any(vec![]);
    for (filter, numbers) in [(in_folder, &[3, 1, 4][..]), (none, &[])] {
        let search = Search { filter, ..Search::for_text("two") };
        let page = search.list(store, &PageRequest::first(9)).await.unwrap();
        let expected: Vec<_> = numbers.iter().map(|number| counted_id(*number)).collect();
        assert_eq!(page.items.iter().map(|hit| hit.video.id).collect::<Vec<_>>(), expected);
        walk(store, &search, &[1], &videos).await.unwrap();
    }
}

async fn every_change_is_found_at_once(store: &dyn VideoRepository) {
    fill(store, &["/m/One.mkv", "/m/Two.mkv"]).await;
    let patch = |change: fn(&mut VideoPatch)| {
        let mut patch = VideoPatch::default();
        change(&mut patch);
        patch
    };
    let update = async |change| {
        store.update(counted_id(1), patch(change), None, by(5)).await.unwrap();
    };
    find(store, [("one", &[1]), ("m", &[2, 1])]).await;
    update(|patch| patch.filename = Some(text("Three.mkv"))).await;
    find(store, [("three", &[1]), ("one", &[1]), ("m one mkv", &[1])]).await;
    update(|patch| patch.path = Some(text("/n/Four.mkv"))).await;
    find(store, [("three", &[1]), ("one", &[]), ("four", &[1]), ("n", &[1]), ("m", &[2, 1])]).await;
    update(|patch| patch.width = Some(pixels(1))).await;
    find(store, [("three", &[1]), ("four mkv", &[1])]).await;
    store.delete(counted_id(1), None, by(6)).await.unwrap();
    find(store, [("three", &[]), ("four", &[]), ("mkv", &[2])]).await;
    store.insert(at(1, "/m/Five.mkv"), by(7)).await.unwrap();
    find(store, [("three", &[]), ("four", &[]), ("five", &[1]), ("mkv", &[2, 1])]).await;
    let replaced = vec![at(2, "/m/Six.mkv"), at(3, "/m/Five.mkv")];
    store.insert_many(replaced, OnConflict::Update, by(8)).await.unwrap();
    find(store, [("two", &[]), ("six", &[2]), ("five", &[1]), ("mkv", &[2, 1])]).await;
}
