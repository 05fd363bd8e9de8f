use proptest::prelude::*;

use super::*;

fn read(pieces: &[&[u8]]) -> Vec<Event> {
    let (mut events, mut out) = (Events::default(), Vec::new());
    for piece in pieces {
        events.push(piece, &mut out).unwrap();
    }
    out
}

fn data(text: &str) -> Event {
    Event { name: String::new(), data: text.to_owned() }
}

#[test]
fn every_line_end_comment_and_field_is_read_as_the_standard_says() {
    let text =
        "\u{feff}data: one\ndata:two\r\n\r\n: ping\revent: end\rdata: 3\rid: 7\rretry: 9\r\rdata\n\nevent: x\n\n";
    let last = Event { name: "end".to_owned(), data: "3".to_owned() };
    assert_eq!(read(&[text.as_bytes()]), [data("one\ntwo"), last, data("")]);
}

#[test]
fn it_reads_the_same_wherever_it_is_cut() {
    let text = "data: Grüße 🌉\r\n\r\ndata: 二\n\nevent: a\rdata: b\r\r".as_bytes();
    let whole = read(&[text]);
    assert_eq!(whole.len(), 3);
    for cut in 0..=text.len() {
        assert_eq!(read(&[&text[..cut], &text[cut..]]), whole, "cut at {cut}");
    }
    assert_eq!(read(&text.chunks(1).collect::<Vec<_>>()), whole);
}

#[test]
fn what_never_ends_is_given_up() {
    let mut events = Events::default();
    let piece = vec![b'x'; 1 << 20];
    let mut given_up = false;
    for _ in 0..8 {
        given_up |= events.push(&piece, &mut Vec::new()).is_err();
        assert!(events.line.len() <= LONGEST_EVENT);
    }
    assert!(given_up);
    let mut events = Events::default();
    let line = [b"data: ".as_slice(), &vec![b'x'; 1 << 20], b"\n"].concat();
    assert!((0..8).any(|_| events.push(&line, &mut Vec::new()).is_err()), "many lines of one event");
}

#[test]
fn a_long_line_that_is_no_text_is_given_up_before_it_grows() {
    let line = |byte: u8| [b"data: ".as_slice(), &vec![byte; 1 << 20], b"\n\n"].concat();
    assert_eq!(Events::default().push(&line(0xff), &mut Vec::new()), Err(TooLong));
    assert_eq!(Events::default().push(&line(b'x'), &mut Vec::new()), Ok(()));
}

#[test]
fn every_recorded_stream_is_the_same_wherever_it_is_cut() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/fixtures/streams");
    let mut streams = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sse") {
            continue;
        }
        streams += 1;
        let bytes = std::fs::read(&path).unwrap();
        let whole = read(&[&bytes]);
        for cut in 0..=bytes.len() {
            assert_eq!(read(&[&bytes[..cut], &bytes[cut..]]), whole, "{} cut at {cut}", path.display());
        }
    }
    assert!(streams >= 50, "{streams}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn whatever_comes_it_neither_panics_nor_depends_on_the_cut(
        bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), Just(b' '), Just(b'd'), any::<u8>()], 0..60),
        cut in 0_usize..60,
    ) {
        let cut = cut.min(bytes.len());
        prop_assert_eq!(read(&[&bytes]), read(&[&bytes[..cut], &bytes[cut..]]));
    }
}
