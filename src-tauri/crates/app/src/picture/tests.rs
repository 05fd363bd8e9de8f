use image::{GrayImage, Rgba, RgbaImage, codecs::gif::GifEncoder};

use super::*;

fn drawing(width: u32, height: u32) -> DynamicImage {
    RgbaImage::from_fn(width, height, |x, y| if x < y { Rgba([200, 10, 10, 255]) } else { Rgba([0, 0, 0, 0]) }).into()
}

/// What no encoder makes short.
fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    image::RgbImage::from_fn(width, height, |_, _| image::Rgb([next(), next(), next()])).into()
}

fn size(bytes: &[u8]) -> (u32, u32) {
    let read = image::load_from_memory(bytes).unwrap();
    (read.width(), read.height())
}

/// A photo as a telephone writes it: lying on its side, with where and by what it was taken.
fn photo() -> Vec<u8> {
    let jpeg = jpeg(&noise(60, 40)).unwrap();
    // TIFF, little-endian: one directory with the orientation (0x0112, SHORT, "turn right") and the maker (0x010f, ASCII).
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend(*b"\x0f\x01\x02\0\x13\0\0\0\x26\0\0\0");
    tiff.extend(*b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
    tiff.extend(*b"\0\0\0\0N 51.5007 W 0.1246\0");
    let exif = [&b"Exif\0\0"[..], &tiff].concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn a_photo_is_turned_upright_and_says_no_more_where_it_was_taken() {
    let photo = photo();
    let (facts, files) = read(&photo).unwrap();
    assert_eq!((facts.format, facts.width, facts.height), (ImageFormat::Jpeg, 40, 60));
    assert_eq!((size(&files.data), size(&files.preview)), ((40, 60), (40, 60)));
    assert!(photo.windows(7).any(|seen| seen == b"51.5007"));
    for data in [&files.data, &files.preview] {
        assert!(!data.windows(7).any(|seen| seen == b"51.5007"));
        assert!(!data.windows(4).any(|seen| seen == b"Exif"));
    }
}

#[test]
fn a_drawing_keeps_every_dot_and_what_shines_through() {
    let (facts, files) = read(&png(&drawing(300, 200)).unwrap()).unwrap();
    assert_eq!((facts.format, facts.width, facts.height), (ImageFormat::Png, 300, 200));
    assert_eq!(image::load_from_memory(&files.data).unwrap(), drawing(300, 200));
}

#[test]
fn a_large_one_becomes_as_large_as_anybody_looks_at_and_no_longer_than_it_need_be() {
    let (facts, files) = read(&png(&noise(3_000, 1_500)).unwrap()).unwrap();
    assert_eq!((facts.format, facts.width, facts.height), (ImageFormat::Jpeg, 2_000, 1_000));
    assert_eq!((size(&files.data), size(&files.preview)), ((2_000, 1_000), (480, 240)));
    let (facts, _) = read(&png(&drawing(10, 4_000)).unwrap()).unwrap();
    assert_eq!((facts.width, facts.height), (5, 2_000));
}

#[test]
fn every_kind_that_is_read_is_known_by_its_beginning() {
    let mut gif = Vec::new();
    GifEncoder::new(&mut gif).encode_frames([image::Frame::new(drawing(9, 7).into_rgba8())]).unwrap();
    let in_format = |format| {
        let mut data = Cursor::new(Vec::new());
        noise(9, 7).write_to(&mut data, format).unwrap();
        data.into_inner()
    };
    for data in [
        gif,
        in_format(image::ImageFormat::Bmp),
        in_format(image::ImageFormat::WebP),
        in_format(image::ImageFormat::Jpeg),
    ] {
        assert!(is_image(&data));
        assert_eq!(read(&data).map(|(facts, _)| (facts.width, facts.height)), Ok((9, 7)));
    }
    let mut gray = Cursor::new(Vec::new());
    GrayImage::from_pixel(9, 7, image::Luma([9])).write_to(&mut gray, image::ImageFormat::Png).unwrap();
    assert_eq!(read(&gray.into_inner()).unwrap().0.width, 9);
    assert!(!is_image(b"plain text") && !is_image(b"") && !is_image(b"BMW sold more cars than ever"));
    assert_eq!(unread(b"\0\0\0\x18ftypheic\0\0\0\0"), Some("HEIC"));
    assert_eq!(unread(b"plain text, long enough"), None);
}

#[test]
fn what_is_cut_damaged_or_pretends_to_be_huge_is_refused_and_nothing_else_happens() {
    for whole in [png(&drawing(60, 40)).unwrap(), photo()] {
        for end in (0..whole.len()).step_by(7) {
            let _ = read(&whole[..end]);
        }
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x5a;
            let _ = read(&damaged);
        }
    }
    for (edge, says) in [(70_000_u32, "is larger than"), (19_000, "is larger than"), (9_000, "is a damaged picture")] {
        let mut huge = png(&drawing(8, 8)).unwrap();
        // Width and height stand behind the signature and the head of the first chunk, its sum behind what else it says.
        huge[16..24].copy_from_slice(&[edge.to_be_bytes(), edge.to_be_bytes()].concat());
        let mut sum = flate2::Crc::new();
        sum.update(&huge[12..29]);
        huge[29..33].copy_from_slice(&sum.sum().to_be_bytes());
        assert!(read(&huge).unwrap_err().starts_with(says), "{edge}");
    }
    let mut cut = photo();
    cut.truncate(40);
    assert!(read(&cut).unwrap_err().starts_with("is a damaged picture"));
}
