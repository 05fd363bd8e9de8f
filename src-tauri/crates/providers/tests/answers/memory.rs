//! What is no stream of an answer is refused before it costs memory.

use domain::{Delta, FaultKind, Model};
use futures_util::StreamExt;
use providers::Chosen;

use crate::{
    double::{Double, Piece, Turn},
    formats::word,
    listener::{FORMATS, Format, ask, prompt, remote},
};

#[tokio::test(start_paused = true)]
async fn a_line_without_an_end_is_given_up_after_at_most_8_mebibytes() {
    for format in FORMATS {
        let endless = || Turn::of((0..64).map(|_| Piece::Bytes(vec![b'x'; 1 << 20])).collect());
        let double = Double::new([endless(), endless()]);
        let fault = ask(format, &double).await.fault.unwrap();
        assert_eq!(fault.kind, FaultKind::Broken);
        assert!(double.taken() <= 2 * (8 << 20), "{format:?} {}", double.taken());
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_listen_holds_the_stream_back() {
    let piece = word(Format::Chat, &"x".repeat(1_000)).replace("\"stop\"", "null").replace("data: [DONE]\n\n", "");
    let body = (0..10_000).map(|_| Piece::Bytes(piece.clone().into_bytes())).collect();
    let double = Double::new([Turn::of(body)]);
    let remote = remote(Format::Chat, &double, Chosen::default());
    let mut answer = remote.answer(prompt());
    assert!(answer.next().await.is_some());
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(double.taken() < 1 << 20, "{}", double.taken());
}

#[tokio::test(start_paused = true)]
async fn what_is_packed_or_a_web_page_is_not_opened() {
    for format in FORMATS {
        let packed = || Turn::stream(vec![0x1f, 0x8b, 8, 0]).header("content-encoding", "gzip");
        let page = || Turn::stream("<html>Log in</html>").header("content-type", "text/html; charset=utf-8");
        for (turns, words) in [([packed(), packed()], "packed form"), ([page(), page()], "log in")] {
            let fault = ask(format, &Double::new(turns)).await.fault.unwrap();
            assert!(fault.kind == FaultKind::Broken && fault.message.contains(words), "{format:?} {}", fault.message);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_error_is_read_to_a_border_and_one_that_never_ends_is_not_waited_for() {
    let long = Turn::of((0..64).map(|_| Piece::Bytes(vec![b' '; 64 << 10])).collect());
    let double = Double::new([long.with_status(401)]);
    assert_eq!(ask(Format::Chat, &double).await.fault.unwrap().kind, FaultKind::KeyRejected);
    assert!(double.taken() <= 128 << 10, "{}", double.taken());
    let double = Double::new([Turn::of(vec![Piece::Silence]).with_status(401)]);
    assert_eq!(ask(Format::Chat, &double).await.fault.unwrap().kind, FaultKind::KeyRejected);
}

#[tokio::test(start_paused = true)]
async fn space_without_an_end_is_not_held_back_for_ever() {
    let space = word(Format::Compatible, " ").replace("\"stop\"", "null").replace("data: [DONE]\n\n", "");
    let body = [Piece::Bytes(space.repeat(2_000).into_bytes()), Piece::Silence];
    let double = Double::new([Turn::of(body.to_vec())]);
    let remote = remote(Format::Compatible, &double, Chosen::default());
    let first = remote.answer(prompt()).next().await.unwrap().unwrap();
    assert!(matches!(first, Delta::Piece { text, .. } if text.len() > 1_000 && text.trim().is_empty()));
}
