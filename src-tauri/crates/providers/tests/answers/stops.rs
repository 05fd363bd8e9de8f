//! Who stops listening closes the connection.

use domain::{FinishReason, Model};
use futures_util::StreamExt;
use providers::Chosen;

use crate::{
    double::{Double, Piece, Turn},
    endings::begun,
    listener::{FORMATS, Heard, prompt, remote, rest_of},
};

#[tokio::test(start_paused = true)]
async fn stopped_an_answer_ends_with_its_figures_and_its_connection_is_closed_by_then() {
    for format in FORMATS {
        let body = vec![Piece::Bytes(begun(format).into_bytes()), Piece::Silence];
        let double = Double::new([Turn::of(body)]);
        let remote = remote(format, &double, Chosen::default());
        let mut answer = remote.answer(prompt());
        let mut heard = Heard::default();
        while heard.text.is_empty() {
            // A small server's text is held back until it is sure that no thought begins it.
            heard.take(answer.next().await.unwrap());
        }
        assert_eq!(double.open(), 1);
        let before = tokio::time::Instant::now();
        remote.stop("chat");
        let heard = rest_of(answer, heard).await;
        assert_eq!((heard.text.as_str(), heard.finish), ("Calm", Some(FinishReason::Stopped)), "{format:?}");
        let usage = heard.usage.unwrap();
        assert!(usage.estimated && usage.output_tokens > 0);
        assert_eq!((double.open(), before.elapsed().as_millis()), (0, 0), "{format:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_an_answer_closes_its_connection() {
    for format in FORMATS {
        let body = vec![Piece::Bytes(begun(format).into_bytes()), Piece::Silence];
        let double = Double::new([Turn::of(body)]);
        let remote = remote(format, &double, Chosen::default());
        let mut answer = remote.answer(prompt());
        assert!(answer.next().await.unwrap().is_ok());
        assert_eq!(double.open(), 1);
        drop(answer);
        // The runtime's own turn, once.
        tokio::task::yield_now().await;
        assert_eq!(double.open(), 0, "{format:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn stopped_while_it_waits_to_ask_again_it_asks_no_more() {
    let double = Double::new([Turn::status(429, "{}").header("retry-after", "9")]);
    let remote = remote(FORMATS[0], &double, Chosen::default());
    let answer = remote.answer(prompt());
    let listening = tokio::spawn(rest_of(answer, Heard::default()));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    remote.stop("chat");
    let heard = listening.await.unwrap();
    assert_eq!(heard.finish, Some(FinishReason::Stopped));
    assert_eq!(double.asked().len(), 1);
    let usage = heard.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.output_tokens), (0, 0), "what was never asked costs nothing");
}
