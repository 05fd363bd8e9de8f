//! Pictures on their way in: read, turned upright, brought to a size that every provider takes, and written anew. What a
//! camera writes beside the dots (place, date, maker) stays outside, whoever is asked later.

use std::io::Cursor;

use domain::{ImageFacts, ImageFormat};
use image::{
    DynamicImage, ImageDecoder, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
};
use store::ImageFiles;

/// Largest file that is read.
pub(crate) const LARGEST_BYTES: u64 = 40 * 1024 * 1024;
/// Longest edge of what is kept, in pixels: what the providers look at; they make larger ones smaller, and Anthropic
/// refuses them where there are more than 20 (<https://docs.claude.com/en/docs/build-with-claude/vision>).
const LONGEST_EDGE: u32 = 2_000;
/// Longest edge of the small one.
const PREVIEW_EDGE: u32 = 480;
/// Longest edge of a picture that is read, and most memory for it: 12,000 × 12,000 pixels in colour, half in 16 bits.
const LONGEST_READ: u32 = 20_000;
const MOST_MEMORY: u64 = 12_000 * 12_000 * 4;
/// What is longer than this as PNG becomes a JPEG.
const LONGEST_PNG: usize = 2 * 1024 * 1024;
/// Quality of a JPEG: artefacts around letters are hardly seen any more.
const QUALITY: u8 = 88;

/// Whether a file begins like a picture of a kind that is read. Two letters do not make a bitmap: four empty bytes follow
/// its length.
pub(crate) fn is_image(bytes: &[u8]) -> bool {
    match image::guess_format(bytes) {
        Ok(image::ImageFormat::Bmp) => bytes.get(6..10) == Some(&[0; 4]),
        Ok(format) => format.reading_enabled(),
        Err(_) => false,
    }
}

/// A kind of picture that is known and not read, for the sentence.
pub(crate) fn unread(bytes: &[u8]) -> Option<&'static str> {
    match bytes.get(4..12) {
        Some(b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftypmsf1") => Some("HEIC"),
        Some(b"ftypavif") => Some("AVIF"),
        _ if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") => Some("TIFF"),
        _ => None,
    }
}

/// A picture as it is kept, with a small one.
///
/// # Errors
/// Why it cannot be read, to follow its name in a sentence.
pub(crate) fn read(bytes: &[u8]) -> Result<(ImageFacts, ImageFiles), String> {
    let broken = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => "is larger than 20,000 pixels on a side, or than 144 megapixels".to_owned(),
        error => format!("is a damaged picture ({error})"),
    };
    let mut reader = ImageReader::new(Cursor::new(bytes));
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST_READ), Some(LONGEST_READ));
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits.clone());
    let reader = reader.with_guessed_format().map_err(|error| error.to_string())?;
    let is_photo = reader.format() == Some(image::ImageFormat::Jpeg);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    // The readers themselves hold the sides only.
    limits.reserve(decoder.total_bytes()).map_err(broken)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    let picture = within(picture, LONGEST_EDGE);
    let drawn = if is_photo { None } else { Some(png(&picture)?).filter(|data| data.len() <= LONGEST_PNG) };
    let small = within(picture.clone(), PREVIEW_EDGE);
    let (format, data, preview) = match drawn {
        Some(data) => (ImageFormat::Png, data, png(&small)?),
        None => (ImageFormat::Jpeg, jpeg(&picture)?, jpeg(&small)?),
    };
    let facts = ImageFacts { format, width: picture.width(), height: picture.height() };
    Ok((facts, ImageFiles { data, preview }))
}

/// The picture in 8 bits a colour, its edges no longer than this.
fn within(picture: DynamicImage, edge: u32) -> DynamicImage {
    let picture = match picture.color().has_alpha() {
        true => DynamicImage::ImageRgba8(picture.into_rgba8()),
        false => DynamicImage::ImageRgb8(picture.into_rgb8()),
    };
    if picture.width().max(picture.height()) <= edge {
        return picture;
    }
    picture.resize(edge, edge, FilterType::CatmullRom)
}

/// Without loss, as drawings and screens want it.
fn png(picture: &DynamicImage) -> Result<Vec<u8>, String> {
    let mut data = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut data)).map_err(|error| error.to_string())?;
    Ok(data)
}

fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, String> {
    let mut data = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut data, QUALITY);
    on_white(picture).write_with_encoder(encoder).map_err(|error| error.to_string())?;
    Ok(data)
}

/// What shines through is white: JPEG knows no transparency.
fn on_white(picture: &DynamicImage) -> DynamicImage {
    let Some(clear) = picture.as_rgba8() else { return picture.clone() };
    let mut solid = image::RgbImage::new(clear.width(), clear.height());
    for (to, from) in solid.pixels_mut().zip(clear.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        to.0 = [red, green, blue].map(|colour| ((colour * alpha + 255 * (255 - alpha)) / 255) as u8);
    }
    DynamicImage::ImageRgb8(solid)
}

#[cfg(test)]
mod tests;
