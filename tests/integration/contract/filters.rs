//! What filters mean, each operator on few videos of which all is known.

use reelgraph::domain::filter::{
    Comparison, IdTest, IntegerField, IntegerTest, RealField, TextField, TextTest,
};
use reelgraph::domain::{NewVideo, Quantity, Timestamp, VideoFilter};
use reelgraph::repository::VideoRepository;

use super::found::find;
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, quantity, rate, second, text, video_with};

use Comparison::{Gt, Gte, Lt, Lte};
use TextField::{AudioCodec, Filename, Path, VideoCodec};
use TextTest::{Contains, EndsWith, Eq, In, IsNull, Ne, NotIn, StartsWith};

contract_suite! {
    cases:
        a_text_compares_byte_by_byte,
        the_characters_of_patterns_and_quotes_stand_for_themselves,
        strange_texts_are_found_as_they_are,
        a_missing_text_is_unequal_to_every_text,
        a_text_with_a_nul_is_like_no_text,
        a_text_is_found_by_its_end_and_by_what_it_is_not,
        an_id_is_found_or_left_out,
        whole_numbers_compare_up_to_their_ends,
        times_compare_as_instants,
        real_numbers_compare_to_the_last_bit,
        parts_are_joined_and_turned_round,
        the_largest_filter_is_answered;
}

/// Videos 1 to 4, added in the seconds 1 to 4, but the last one at the beginning of time.
///
/// | | path                | video codec | audio codec | width    | bytes    | seconds            |
/// |-|---------------------|-------------|-------------|----------|----------|--------------------|
/// |1| `/a/100%_sure.mkv`  | `h264`      | –           | 1        | 0        | 0                  |
/// |2| `/a/It's "so".mkv`  | `hevc`      | `aac`       | 1920     | 1000     | 48 at 24000/1001   |
/// |3| `/b/Ünï 映画 🎬.mkv` | `H264`      | `AAC`       | 1920     | 1001     | 1 at 3/1           |
/// |4| `/A/100xysure.mkv`  | `h265`      | `aac_latm`  | 2^31 − 1 | 2^53 − 1 | 2^53 − 1 at 1/1    |
fn videos() -> Vec<NewVideo> {
    let video = |number, path: &str, codec: &str, audio: Option<&str>| {
        video_with(number, |values| {
            values.path = text(path);
            values.filename = text(path.rsplit('/').next().unwrap());
            values.video_codec = text(codec);
            values.audio_codec = audio.map(text);
            values.height = pixels(1080);
        })
    };
    let mut videos = vec![
        video(1, "/a/100%_sure.mkv", "h264", None),
        video(2, "/a/It's \"so\".mkv", "hevc", Some("aac")),
        video(3, "/b/Ünï 映画 🎬.mkv", "H264", Some("AAC")),
        video(4, "/A/100xysure.mkv", "h265", Some("aac_latm")),
    ];
    let numbers = [
        (1, 0, 0, rate(25, 1)),
        (1920, 1000, 48, rate(24000, 1001)),
        (1920, 1001, 1, rate(3, 1)),
        (i32::MAX, Quantity::MAX, Quantity::MAX, rate(1, 1)),
    ];
    for (video, (width, bytes, frames, frame_rate)) in videos.iter_mut().zip(numbers) {
        video.values.width = pixels(width);
        video.values.file_size = quantity(bytes);
        video.values.duration_frames = quantity(frames);
        video.values.frame_rate = frame_rate;
    }
    videos[3].created_at = Some(Timestamp::MIN);
    videos[3].updated_at = Some(Timestamp::MAX);
    videos
}

async fn fill(store: &dyn VideoRepository) {
    for (video, at) in videos().into_iter().zip(1..) {
        store.insert(video, by(at)).await.unwrap();
    }
}

fn is(field: TextField, test: fn(String) -> TextTest, value: &str) -> VideoFilter {
    VideoFilter::Text(field, test(value.into()))
}

fn is_in(field: TextField, values: &[&str]) -> VideoFilter {
    VideoFilter::Text(field, In(values.iter().map(|value| (*value).into()).collect()))
}

fn number(field: IntegerField, test: IntegerTest) -> VideoFilter {
    VideoFilter::Integer(field, test)
}

fn real(field: RealField, comparison: Comparison, bound: f64) -> VideoFilter {
    VideoFilter::Real(field, comparison, bound)
}

async fn a_text_compares_byte_by_byte(store: &dyn VideoRepository) {
    fill(store).await;
    let cases: [(VideoFilter, &[u64]); 22] = [
        (is(VideoCodec, Eq, "h264"), &[1]),
        (is(VideoCodec, Ne, "h264"), &[2, 3, 4]),
        (is(VideoCodec, Eq, "H264"), &[3]),
        (is(VideoCodec, Eq, ""), &[]),
        (is(VideoCodec, Eq, "h264 "), &[]),
        (is(VideoCodec, StartsWith, "h26"), &[1, 4]),
        (is(VideoCodec, StartsWith, "h264"), &[1]),
        (is(VideoCodec, StartsWith, "h264x"), &[]),
        (is(VideoCodec, StartsWith, ""), &[1, 2, 3, 4]),
        (is(VideoCodec, Contains, "26"), &[1, 3, 4]),
        (is(VideoCodec, Contains, "4"), &[1, 3]),
        (is(VideoCodec, Contains, ""), &[1, 2, 3, 4]),
        (is_in(VideoCodec, &["hevc", "h265", "hevc"]), &[2, 4]),
        (is_in(VideoCodec, &[]), &[]),
        (is(Path, StartsWith, "/a/"), &[1, 2]),
        (is(Filename, StartsWith, "Ünï 映"), &[3]),
        (is(Filename, StartsWith, "u"), &[]),
        (is(Filename, StartsWith, "U\u{308}"), &[]),
        (is(Filename, Contains, "映画"), &[3]),
        (is(Filename, Contains, "🎬"), &[3]),
        (is(Filename, Contains, "Sure"), &[]),
        (is(Filename, Eq, "Ünï 映画 🎬.mkv"), &[3]),
    ];
    find(store, cases).await;
}

async fn the_characters_of_patterns_and_quotes_stand_for_themselves(store: &dyn VideoRepository) {
    fill(store).await;
    let cases: [(VideoFilter, &[u64]); 12] = [
        (is(Filename, Contains, "%"), &[1]),
        (is(Filename, Contains, "_"), &[1]),
        (is(Filename, Contains, "100%_"), &[1]),
        (is(Filename, StartsWith, "100__"), &[]),
        (is(Filename, StartsWith, "%"), &[]),
        (is(Filename, Contains, "*"), &[]),
        (is(Filename, Contains, "?"), &[]),
        (is(Filename, Contains, "\\"), &[]),
        (is(Filename, Contains, "'"), &[2]),
        (is(Filename, StartsWith, "It's \""), &[2]),
        (is(Filename, Eq, "' OR 1=1 --"), &[]),
        (is_in(Filename, &["It's \"so\".mkv", "\"],[\"", "\\u0000"]), &[2]),
    ];
    find(store, cases).await;
}

async fn strange_texts_are_found_as_they_are(store: &dyn VideoRepository) {
    for (number, name) in (1..).zip(["[a-c]*?", "\u{fffd}", "\u{ffff}", "]^a", "b"]) {
        let video = video_with(number, |values| {
            values.path = text(&format!("/{number}"));
            values.filename = text(name);
        });
        store.insert(video, by(1)).await.unwrap();
    }
    let endless = "a".repeat(100_000);
    let cases: [(VideoFilter, &[u64]); 13] = [
        (is(Filename, EndsWith, "\u{fffd}"), &[2]),
        (is(Filename, EndsWith, "\u{fffe}"), &[]),
        (is(Filename, EndsWith, &endless), &[]),
        (is(Filename, Contains, "["), &[1]),
        (is(Filename, Contains, "[a-c]"), &[1]),
        (is(Filename, Contains, "*?"), &[1]),
        (is(Filename, Contains, "]^"), &[4]),
        (is(Filename, Contains, "?"), &[1]),
        (is(Filename, Contains, "\u{fffd}"), &[2]),
        (is(Filename, Contains, "\u{fffe}"), &[]),
        (is(Filename, Contains, "\u{ffff}"), &[3]),
        (is(Filename, Contains, &endless), &[]),
        (is(Filename, StartsWith, &endless), &[]),
    ];
    find(store, cases).await;
}

async fn a_missing_text_is_unequal_to_every_text(store: &dyn VideoRepository) {
    fill(store).await;
    let cases: [(VideoFilter, &[u64]); 15] = [
        (VideoFilter::Text(AudioCodec, IsNull(true)), &[1]),
        (VideoFilter::Text(AudioCodec, IsNull(false)), &[2, 3, 4]),
        (VideoFilter::Text(Path, IsNull(true)), &[]),
        (VideoFilter::Text(Path, IsNull(false)), &[1, 2, 3, 4]),
        (is(AudioCodec, Eq, "aac"), &[2]),
        (is(AudioCodec, Eq, ""), &[]),
        (is(AudioCodec, Ne, "aac"), &[1, 3, 4]),
        (is(AudioCodec, Ne, ""), &[1, 2, 3, 4]),
        (is_in(AudioCodec, &["aac", "AAC"]), &[2, 3]),
        (is_in(AudioCodec, &[]), &[]),
        (is(AudioCodec, StartsWith, "aac"), &[2, 4]),
        (is(AudioCodec, StartsWith, ""), &[2, 3, 4]),
        (is(AudioCodec, Contains, ""), &[2, 3, 4]),
        (VideoFilter::except(VideoFilter::except(is(AudioCodec, Contains, "a"))), &[2, 4]),
        (VideoFilter::Any(vec![is(AudioCodec, Eq, "x"), is(AudioCodec, Ne, "AAC")]), &[1, 2, 4]),
    ];
    find(store, cases).await;
}

async fn a_text_with_a_nul_is_like_no_text(store: &dyn VideoRepository) {
    fill(store).await;
    let cases: [(VideoFilter, &[u64]); 10] = [
        (is(VideoCodec, Eq, "h264\0"), &[]),
        (is(VideoCodec, Eq, "\0"), &[]),
        (is(VideoCodec, Ne, "h264\0"), &[1, 2, 3, 4]),
        (is(VideoCodec, StartsWith, "h\0"), &[]),
        (is(VideoCodec, StartsWith, "\0"), &[]),
        (is(VideoCodec, Contains, "\0"), &[]),
        (is(VideoCodec, Contains, "26\0x"), &[]),
        (is(AudioCodec, Ne, "\0"), &[1, 2, 3, 4]),
        (is_in(VideoCodec, &["h264\0", "h265"]), &[4]),
        (is_in(VideoCodec, &["\0"]), &[]),
    ];
    find(store, cases).await;
}

async fn a_text_is_found_by_its_end_and_by_what_it_is_not(store: &dyn VideoRepository) {
    fill(store).await;
    let not_in = |field, values: &[&str]| {
        VideoFilter::Text(field, NotIn(values.iter().map(|value| (*value).into()).collect()))
    };
    let cases: [(VideoFilter, &[u64]); 12] = [
        (is(Filename, EndsWith, "sure.mkv"), &[1, 4]),
        (is(Filename, EndsWith, "画 🎬.mkv"), &[3]),
        (is(Filename, EndsWith, ".MKV"), &[]),
        (is(Filename, EndsWith, "100%_sure.mkv"), &[1]),
        (is(Filename, EndsWith, "/100%_sure.mkv"), &[]),
        (is(AudioCodec, EndsWith, ""), &[2, 3, 4]),
        (is(AudioCodec, EndsWith, "c"), &[2]),
        (is(VideoCodec, EndsWith, "4\0"), &[]),
        (not_in(VideoCodec, &["h264", "hevc", "x"]), &[3, 4]),
        (not_in(VideoCodec, &[]), &[1, 2, 3, 4]),
        (not_in(VideoCodec, &["h264\0", "\0"]), &[1, 2, 3, 4]),
        (not_in(AudioCodec, &["aac"]), &[1, 3, 4]),
    ];
    find(store, cases).await;
}

async fn an_id_is_found_or_left_out(store: &dyn VideoRepository) {
    fill(store).await;
    let ids = |numbers: &[u64]| numbers.iter().map(|number| counted_id(*number)).collect();
    let cases: [(VideoFilter, &[u64]); 5] = [
        (VideoFilter::Id(IdTest::In(ids(&[1, 3, 9, 3]))), &[1, 3]),
        (VideoFilter::Id(IdTest::In(vec![])), &[]),
        (VideoFilter::Id(IdTest::NotIn(ids(&[1, 9]))), &[2, 3, 4]),
        (VideoFilter::Id(IdTest::IsNull(true)), &[]),
        (VideoFilter::Id(IdTest::IsNull(false)), &[1, 2, 3, 4]),
    ];
    find(store, cases).await;
}

async fn whole_numbers_compare_up_to_their_ends(store: &dyn VideoRepository) {
    use IntegerField::{FileSize, Height, Width};
    use IntegerTest::{Eq, In, Is, Ne};
    fill(store).await;
    let cases: [(VideoFilter, &[u64]); 20] = [
        (number(Width, Eq(1920)), &[2, 3]),
        (number(Width, Ne(1920)), &[1, 4]),
        (number(Width, In(vec![1, i64::from(i32::MAX), 7])), &[1, 4]),
        (number(Width, In(vec![])), &[]),
        (number(Height, Eq(1080)), &[1, 2, 3, 4]),
        (number(Width, Is(Gt, 1920)), &[4]),
        (number(Width, Is(Gte, 1920)), &[2, 3, 4]),
        (number(Width, Is(Lt, 1920)), &[1]),
        (number(Width, Is(Lte, 1920)), &[1, 2, 3]),
        (number(FileSize, Eq(Quantity::MAX)), &[4]),
        (number(FileSize, Eq(Quantity::MAX - 1)), &[]),
        (number(FileSize, Is(Lt, Quantity::MAX)), &[1, 2, 3]),
        (number(FileSize, Is(Gt, 1000)), &[3, 4]),
        (number(FileSize, Is(Gt, i64::MIN)), &[1, 2, 3, 4]),
        (number(FileSize, Is(Gte, i64::MAX)), &[]),
        (number(FileSize, Is(Lte, i64::MAX)), &[1, 2, 3, 4]),
        (number(FileSize, Is(Lt, i64::MIN)), &[]),
        (number(FileSize, Ne(i64::MIN)), &[1, 2, 3, 4]),
        (number(FileSize, In(vec![i64::MIN, i64::MAX, 0, 0])), &[1]),
        // As doubles these two are one number.
        (number(FileSize, In(vec![i64::MAX, i64::MAX - 1])), &[]),
    ];
    find(store, cases).await;
}

async fn times_compare_as_instants(store: &dyn VideoRepository) {
    use IntegerField::{CreatedAt, UpdatedAt};
    let time = VideoFilter::time;
    fill(store).await;
    let cases: [(VideoFilter, &[u64]); 12] = [
        (number(CreatedAt, IntegerTest::IsNull(true)), &[]),
        (number(UpdatedAt, IntegerTest::IsNull(false)), &[1, 2, 3, 4]),
        (time(CreatedAt, Gt, second(2)), &[3]),
        (time(CreatedAt, Gte, second(2)), &[2, 3]),
        (time(CreatedAt, Lt, second(2)), &[1, 4]),
        (time(CreatedAt, Lte, second(2)), &[1, 2, 4]),
        (time(CreatedAt, Lt, Timestamp::MIN), &[]),
        (time(CreatedAt, Lte, Timestamp::MIN), &[4]),
        (time(CreatedAt, Gt, Timestamp::MIN), &[1, 2, 3]),
        (time(UpdatedAt, Gte, Timestamp::MAX), &[4]),
        (time(UpdatedAt, Gt, Timestamp::MAX), &[]),
        (time(UpdatedAt, Lt, Timestamp::MAX), &[1, 2, 3]),
    ];
    find(store, cases).await;
}

async fn real_numbers_compare_to_the_last_bit(store: &dyn VideoRepository) {
    use RealField::{DurationSeconds, FrameRate};
    fill(store).await;
    let third = 1.0 / 3.0;
    let film = 24000.0 / 1001.0;
    let largest = 9_007_199_254_740_991.0;
    let cases: [(VideoFilter, &[u64]); 26] = [
        (real(DurationSeconds, Gte, third), &[2, 3, 4]),
        (real(DurationSeconds, Gt, third), &[2, 4]),
        (real(DurationSeconds, Gt, f64::next_down(third)), &[2, 3, 4]),
        (real(DurationSeconds, Lte, third), &[1, 3]),
        (real(DurationSeconds, Lt, third), &[1]),
        (real(DurationSeconds, Lt, f64::next_up(third)), &[1, 3]),
        (real(DurationSeconds, Gte, 2.002), &[2, 4]),
        (real(DurationSeconds, Gt, 2.002), &[4]),
        (real(DurationSeconds, Gt, 0.0), &[2, 3, 4]),
        (real(DurationSeconds, Gt, -0.0), &[2, 3, 4]),
        (real(DurationSeconds, Gte, -0.0), &[1, 2, 3, 4]),
        (real(DurationSeconds, Lt, 0.0), &[]),
        (real(DurationSeconds, Lte, -0.0), &[1]),
        (real(DurationSeconds, Lt, f64::MIN_POSITIVE), &[1]),
        (real(DurationSeconds, Lt, 5e-324), &[1]),
        (real(DurationSeconds, Lt, largest), &[1, 2, 3]),
        (real(DurationSeconds, Gte, largest), &[4]),
        (real(DurationSeconds, Lt, f64::MAX), &[1, 2, 3, 4]),
        (real(DurationSeconds, Lt, f64::INFINITY), &[1, 2, 3, 4]),
        (real(DurationSeconds, Lte, f64::NEG_INFINITY), &[]),
        (real(DurationSeconds, Gt, f64::NAN), &[]),
        (real(FrameRate, Lte, f64::NAN), &[]),
        (real(FrameRate, Gte, film), &[1, 2]),
        (real(FrameRate, Gt, film), &[1]),
        (real(FrameRate, Lte, 3.0), &[3, 4]),
        (real(FrameRate, Lt, f64::next_up(film)), &[2, 3, 4]),
    ];
    find(store, cases).await;
}

async fn parts_are_joined_and_turned_round(store: &dyn VideoRepository) {
    use VideoFilter::{All, Any};
    fill(store).await;
    let one = || is(VideoCodec, Eq, "h264");
    let silent = || VideoFilter::Text(AudioCodec, IsNull(true));
    let full = || number(IntegerField::Width, IntegerTest::Eq(1920));
    let cases: [(VideoFilter, &[u64]); 12] = [
        (VideoFilter::everything(), &[1, 2, 3, 4]),
        (All(vec![]), &[1, 2, 3, 4]),
        (Any(vec![]), &[]),
        (All(vec![one(), silent()]), &[1]),
        (All(vec![one(), full()]), &[]),
        (Any(vec![one(), full()]), &[1, 2, 3]),
        (Any(vec![Any(vec![]), All(vec![])]), &[1, 2, 3, 4]),
        (All(vec![All(vec![]), Any(vec![])]), &[]),
        (All(vec![VideoFilter::except(one()), VideoFilter::except(full())]), &[4]),
        (Any(vec![VideoFilter::except(silent()), one()]), &[1, 2, 3, 4]),
        (VideoFilter::except(VideoFilter::except(full())), &[2, 3]),
        (
            VideoFilter::except(All(vec![
                VideoFilter::except(Any(vec![one(), full()])),
                VideoFilter::except(silent()),
            ])),
            &[1, 2, 3],
        ),
    ];
    find(store, cases).await;
}

/// As deep, as wide and with as many values as a client may ask for.
async fn the_largest_filter_is_answered(store: &dyn VideoRepository) {
    fill(store).await;
    let paths = videos().into_iter().map(|video| video.values.path.to_string());
    let many: Vec<String> = (0..996).map(|n| format!("/nowhere/{n}")).chain(paths).collect();
    let lists = vec![VideoFilter::Text(Path, In(many)); 100];
    let sizes = (0..1000).map(|bytes| bytes * 1000).collect();
    let sizes = vec![number(IntegerField::FileSize, IntegerTest::In(sizes)); 100];
    let wide = VideoFilter::All([lists, sizes].concat());
    let deep = (0..10).fold(is(VideoCodec, Eq, "hevc"), |inner, _| {
        VideoFilter::except(VideoFilter::Any(vec![VideoFilter::except(VideoFilter::All(vec![
            VideoFilter::except(inner),
        ]))]))
    });
    let long = is(Path, Contains, &"x".repeat(1_000_000));
    let cases: [(VideoFilter, &[u64]); 3] = [(wide, &[1, 2]), (deep, &[2]), (long, &[])];
    find(store, cases).await;
}
