//! Who uses the library beside a scan.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reelgraph::domain::{
    Clock, Dimension, FrameRate, IdSource, NewVideo, PageRequest, Quantity, RandomIds, SystemClock,
    Text, VideoFilter, VideoId, VideoOrder, VideoPatch, VideoValues,
};
use reelgraph::repository::{ChangeContext, VideoRepository};

/// The p99 of a page and of an update, in milliseconds.
#[derive(Clone, Copy)]
pub struct Times {
    pub page: f64,
    pub update: f64,
}

/// The same alone, and beside a scan.
pub struct Round {
    pub alone: Times,
    pub beside: Times,
}

/// Somebody who reads pages and changes a video.
pub struct Company {
    repository: Arc<dyn VideoRepository>,
    video: VideoId,
}

impl Company {
    /// Adds the video that is changed.
    pub async fn new(repository: Arc<dyn VideoRepository>) -> Self {
        let text = |text| Text::new(text).expect("a text");
        let values = VideoValues {
            path: text("/by/hand.mkv"),
            filename: text("hand.mkv"),
            duration_frames: Quantity::new(1).expect("frames"),
            frame_rate: FrameRate::new(25, 1).expect("a rate"),
            width: Dimension::new(1).expect("pixels"),
            height: Dimension::new(1).expect("pixels"),
            video_codec: text("h264"),
            audio_codec: None,
            file_size: Quantity::new(1).expect("bytes"),
            thumbnail_path: None,
            file: None,
        };
        let video = VideoId::from(RandomIds.next_id());
        let new = NewVideo {
            id: video,
            values,
            created_at: None,
            updated_at: None,
            is_known_by_path: false,
        };
        repository.insert(new, by()).await.expect("a new video");
        Self { repository, video }
    }

    /// Uses the library for a while.
    pub async fn p99(&self, duration: Duration) -> Times {
        let begin = Instant::now();
        self.measure(|| begin.elapsed() < duration).await
    }

    /// Uses the library until something is over.
    pub async fn p99_until(&self, is_over: &AtomicBool) -> Times {
        self.measure(|| !is_over.load(Ordering::Relaxed)).await
    }

    async fn measure(&self, goes_on: impl Fn() -> bool) -> Times {
        let (mut pages, mut updates) = (Vec::new(), Vec::new());
        let (filter, order) = (VideoFilter::everything(), VideoOrder::default());
        let mut width = 1;
        while goes_on() {
            let begin = Instant::now();
            let page = self.repository.list(&filter, &order, &PageRequest::first(50)).await;
            page.expect("a page");
            pages.push(begin.elapsed().as_secs_f64() * 1e3);
            width += 1;
            let width = Some(Dimension::new(width).expect("pixels"));
            let patch = VideoPatch { width, ..VideoPatch::default() };
            let begin = Instant::now();
            self.repository.update(self.video, patch, None, by()).await.expect("an update");
            updates.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        Times { page: p99(pages), update: p99(updates) }
    }
}

fn by() -> ChangeContext {
    ChangeContext { at: SystemClock.now(), actor: None, request_id: None }
}

fn p99(mut times: Vec<f64>) -> f64 {
    assert!(times.len() >= 100, "only {} rounds", times.len());
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}

/// The number in the middle.
pub fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Prints the times of all rounds. Returns which promises were broken.
pub fn report(rounds: &[Round], max_ratio: f64, always_allowed: f64) -> Vec<String> {
    println!("| p99 in ms | page alone | beside a scan | update alone | beside a scan |");
    println!("|--:|--:|--:|--:|--:|");
    for (number, Round { alone, beside }) in (1..).zip(rounds) {
        println!(
            "| {number} | {:.2} | {:.2} | {:.2} | {:.2} |",
            alone.page, beside.page, alone.update, beside.update
        );
    }
    let mut broken = Vec::new();
    type Which = fn(&Times) -> f64;
    let which: [(&str, Which); 2] = [("page", |it| it.page), ("update", |it| it.update)];
    for (name, of) in which {
        let alone = median(rounds.iter().map(|round| of(&round.alone)));
        let beside = median(rounds.iter().map(|round| of(&round.beside)));
        println!("\nMedian of a {name}: {alone:.2} alone, {beside:.2} beside a scan.");
        if beside > (max_ratio * alone).max(always_allowed) {
            broken.push(format!("a {name} took {beside:.2} ms beside a scan, alone {alone:.2}"));
        }
    }
    broken
}
