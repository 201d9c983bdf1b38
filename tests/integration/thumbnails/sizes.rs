//! How large pictures are, of every file that a scan adds.

use reelgraph::domain::catalogue::Probed;
use reelgraph::domain::file::ThumbnailWidth;
use reelgraph::media::thumbnails::NotMade;

use super::scene::{colour, difference, make, make_all, read};
use crate::catalogue::{media, table};

/// No decoder knows what is in it.
const UNKNOWN: &str = "codec-unknown.mp4";

/// The size of a picture as players show it, no wider than so many pixels.
fn shown(probed: &Probed, width: f64) -> (f64, f64) {
    let pixel = probed.facts.pixel_aspect_ratio;
    let pixel = pixel.map_or(1.0, |it| f64::from(it.numerator()) / f64::from(it.denominator()));
    let stored = (f64::from(probed.width.get()) * pixel, f64::from(probed.height.get()));
    let turned = match probed.facts.rotation.unwrap().degrees() {
        90 | 270 => (stored.1, stored.0),
        _ => stored,
    };
    let width = width.min(turned.0);
    (width, width * turned.1 / turned.0)
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn every_video_has_a_picture_in_its_own_shape() {
    let names: Vec<&str> =
        table::VIDEOS.iter().map(|(name, ..)| *name).filter(|name| *name != UNKNOWN).collect();
    let names: Vec<&str> =
        names.into_iter().filter(|name| media::folder().join(name).exists()).collect();
    assert!(names.len() > 50, "{}", names.len());
    let videos = read(media::folder(), &names, ThumbnailWidth::W320).await;
    let files: Vec<_> = names.iter().copied().zip(videos.iter().map(|(_, it)| *it)).collect();
    let pictures = make_all(media::folder(), &files).await;
    for ((name, (probed, _)), picture) in names.iter().zip(&videos).zip(&pictures) {
        let (width, height) = shown(probed, 320.0);
        let size = (f64::from(picture.width()), f64::from(picture.height()));
        // Sizes are even.
        assert!(
            size.0 <= width && size.0 > width - 2.0 && (size.1 - height).abs() <= 1.5,
            "{name}: {size:?} instead of {width} by {height}"
        );
        let is_black = colour(picture) == [0, 0, 0];
        assert_eq!(is_black, *name == "all-black.mp4", "{name}: {:?}", colour(picture));
    }
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn odd_shapes_are_shown_as_players_show_them() {
    for (name, width, expected) in [
        ("rotated-90.mp4", ThumbnailWidth::W160, (160, 284)),
        ("rotated-90.mp4", ThumbnailWidth::W320, (180, 320)),
        ("anamorphic-sar-16-11.mkv", ThumbnailWidth::W320, (320, 176)),
        ("anamorphic-sar-16-11.mkv", ThumbnailWidth::W1280, (1046, 576)),
        ("dv-pal.dv", ThumbnailWidth::W320, (320, 240)),
        ("odd-size-321x181.mkv", ThumbnailWidth::W640, (320, 180)),
        ("mp4-h264-aac.mp4", ThumbnailWidth::W1280, (320, 180)),
        ("mp4-h264-aac.mp4", ThumbnailWidth::W160, (160, 90)),
        // The cover is a square.
        ("streams-attached-picture.mp4", ThumbnailWidth::W320, (320, 180)),
        ("streams-cover-and-font.mkv", ThumbnailWidth::W320, (320, 180)),
    ] {
        let (_, wanted) = read(media::folder(), &[name], width).await.remove(0);
        // Also if nobody knows which stream it is.
        for stream in [wanted.stream, None] {
            let wanted = reelgraph::media::thumbnails::Wanted { stream, ..wanted };
            let picture = make(media::folder(), name, &wanted).await.unwrap();
            assert_eq!((picture.width(), picture.height()), expected, "{name} {stream:?}");
        }
    }
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_picture_is_turned_the_way_players_turn_it() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["rotated-90.mp4", "mp4-h264-no-audio.mp4"];
    let files = read(media::folder(), &names, ThumbnailWidth::W320).await;
    let turned = make(media::folder(), names[0], &files[0].1).await.unwrap();
    let upright = make(media::folder(), names[1], &files[1].1).await.unwrap();
    std::fs::write(folder.path().join("a.jpg"), &upright.bytes()[..]).unwrap();
    let turn = match files[0].0.facts.rotation.unwrap().degrees() {
        90 => "clock",
        270 => "cclock",
        other => panic!("{other}"),
    };
    super::scene::run_ffmpeg(folder.path(), &format!("-i a.jpg -vf transpose={turn} b.jpg"));
    let bytes = std::fs::read(folder.path().join("b.jpg")).unwrap();
    let expected = reelgraph::media::thumbnails::Picture::read(&bytes, 320).unwrap();
    assert!(difference(&turned, &expected) < 4, "{}", difference(&turned, &expected));
    let other_way = if turn == "clock" { "cclock" } else { "clock" };
    super::scene::run_ffmpeg(folder.path(), &format!("-i a.jpg -vf transpose={other_way} c.jpg"));
    let bytes = std::fs::read(folder.path().join("c.jpg")).unwrap();
    let wrong = reelgraph::media::thumbnails::Picture::read(&bytes, 320).unwrap();
    assert!(difference(&turned, &wrong) > 20);
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn damaged_files_give_what_is_left_of_them_and_others_nothing() {
    let wanted = super::scene::wanted(std::time::Duration::from_secs(2));
    for (name, ..) in table::DAMAGED {
        let picture = make(media::folder(), name, &wanted).await.unwrap();
        assert_eq!((picture.width(), picture.height()), (320, 180), "{name}");
    }
    let refused = table::REFUSED.iter().map(|(name, _)| *name);
    for name in refused.chain([UNKNOWN]).filter(|name| media::folder().join(name).exists()) {
        let made = make(media::folder(), name, &wanted).await;
        assert_eq!(made, Err(NotMade::NotInFile), "{name}");
    }
}
