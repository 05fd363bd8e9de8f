//! A gibibyte in a mebibyte.

use std::iter;

use flate2::{Compress, Compression, FlushCompress};

/// Bytes in a part of the bomb before they are compressed.
const PART_BYTES: usize = 1024 * 1024;
/// Parts of the bomb.
const PARTS: usize = 1024;

/// Pieces of a gzip file with one event whose line is a gibibyte long. Its check value is wrong: whoever reads so far
/// has lost already.
pub(super) fn bomb() -> impl Iterator<Item = Vec<u8>> {
    let head = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff][..], &part(b"data: {\"bomb\":\"")].concat();
    let same = part(&vec![b'a'; PART_BYTES]);
    iter::once(head).chain(iter::repeat_n(same, PARTS)).chain(iter::once(vec![3, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
}

/// Compressed bytes that end at a byte and refer to nothing before them, so that they can be repeated.
fn part(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(PART_BYTES);
    Compress::new(Compression::best(), false).compress_vec(bytes, &mut out, FlushCompress::Full).unwrap();
    out
}
