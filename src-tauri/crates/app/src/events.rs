//! Events on their way to the windows: text is coalesced, order is kept, and a watcher that comes late or again first
//! gets a snapshot of every running answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{ChatId, MessageId, PartKind};
use tokio::sync::Notify;
use wire::{AnswerEvent, Event, EventBatch};

/// Pause between batches while text streams: one frame at 30 Hz.
const TICK: Duration = Duration::from_millis(33);
/// Longest batch as JSON: below this Tauri's channel takes its fast way.
const BATCH_BYTES: usize = 8 * 1024;

type Sink = Arc<dyn Fn(EventBatch) + Send + Sync>;

/// What a running answer holds so far.
#[derive(Debug, Clone, Default)]
struct Running {
    chat: Option<ChatId>,
    text: String,
    reasoning: String,
}

#[derive(Default)]
struct Shared {
    watchers: BTreeMap<u64, Arc<Queue>>,
    running: BTreeMap<MessageId, Running>,
    next_watcher: u64,
}

/// All watchers.
#[derive(Clone, Default)]
pub(crate) struct Events {
    shared: Arc<Mutex<Shared>>,
}

/// What one watcher has not been told yet. Text is joined, so its length is bounded by the answers themselves.
#[derive(Default)]
struct Queue {
    pending: Mutex<Vec<Event>>,
    wake: Notify,
    hurry: Notify,
}

/// A watcher; dropping it detaches.
pub struct Watch {
    id: u64,
    events: Events,
    flusher: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.events.lock().watchers.remove(&self.id);
        self.flusher.abort();
    }
}

impl Events {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Attaches a watcher. It first gets a snapshot of each running answer.
    pub(crate) fn watch(&self, sink: Sink) -> Watch {
        let queue = Arc::new(Queue::default());
        let id = {
            let mut shared = self.lock();
            let id = shared.next_watcher;
            shared.next_watcher += 1;
            for (message, running) in &shared.running {
                let Some(chat) = running.chat else { continue };
                let event = AnswerEvent::Snapshot { text: running.text.clone(), reasoning: running.reasoning.clone() };
                queue.push(Event::Answer { chat, message: *message, event });
            }
            shared.watchers.insert(id, queue.clone());
            id
        };
        let flusher = tokio::spawn(flush(queue, sink));
        Watch { id, events: self.clone(), flusher }
    }

    /// Tells every watcher.
    pub(crate) fn tell(&self, event: Event) {
        for queue in self.lock().watchers.values() {
            queue.push(event.clone());
        }
    }

    /// An answer runs from here on; what it holds already is what it goes on from.
    pub(crate) fn begin(&self, chat: ChatId, message: MessageId, text: &str, reasoning: &str) {
        let running = Running { chat: Some(chat), text: text.to_owned(), reasoning: reasoning.to_owned() };
        self.lock().running.insert(message, running);
    }

    /// More of an answer. Remembered and told under one lock, so that a snapshot never misses or doubles a piece.
    pub(crate) fn add(&self, chat: ChatId, message: MessageId, part: PartKind, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut shared = self.lock();
        let running = shared.running.entry(message).or_default();
        running.chat = Some(chat);
        let first = running.text.is_empty() && running.reasoning.is_empty();
        match part {
            PartKind::Text => running.text.push_str(text),
            PartKind::Reasoning => running.reasoning.push_str(text),
        }
        for queue in shared.watchers.values() {
            queue.push(Event::Answer { chat, message, event: AnswerEvent::Text { part, text: text.to_owned() } });
            if first {
                queue.hurry.notify_one();
            }
        }
    }

    /// An answer ended.
    pub(crate) fn end(&self, message: domain::Message) {
        let mut shared = self.lock();
        shared.running.remove(&message.id);
        for queue in shared.watchers.values() {
            let event = AnswerEvent::Ended { message: Box::new(message.clone()) };
            queue.push(Event::Answer { chat: message.chat, message: message.id, event });
            queue.hurry.notify_one();
        }
    }
}

impl Queue {
    fn push(&self, event: Event) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let streaming = is_streaming(&event);
        join(&mut pending, event);
        drop(pending);
        self.wake.notify_one();
        if !streaming {
            self.hurry.notify_one();
        }
    }

    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// True for what comes many times a second and may wait for the tick.
fn is_streaming(event: &Event) -> bool {
    matches!(
        event,
        Event::Answer {
            event: AnswerEvent::Text { .. } | AnswerEvent::Reading { .. } | AnswerEvent::Loading { .. },
            ..
        }
    )
}

/// Adds an event, merging it with the last one of the same answer where that says no less.
fn join(pending: &mut Vec<Event>, event: Event) {
    if let (Some(Event::Answer { message: last, event: old, .. }), Event::Answer { message, event: new, .. }) =
        (pending.last_mut(), &event)
        && *last == *message
    {
        match (old, new) {
            (AnswerEvent::Text { part: a, text }, AnswerEvent::Text { part: b, text: more }) if *a == *b => {
                text.push_str(more);
                return;
            }
            (AnswerEvent::Reading { read, total }, AnswerEvent::Reading { read: r, total: t }) => {
                (*read, *total) = (*r, *t);
                return;
            }
            (AnswerEvent::Loading { share }, AnswerEvent::Loading { share: s }) => {
                *share = *s;
                return;
            }
            _ => {}
        }
    }
    pending.push(event);
}

async fn flush(queue: Arc<Queue>, sink: Sink) {
    let mut seq = 0;
    // The first piece after a pause goes out at once; only what follows within a tick waits to be joined.
    let mut due = tokio::time::Instant::now();
    loop {
        queue.wake.notified().await;
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            () = queue.hurry.notified() => {}
        }
        due = tokio::time::Instant::now() + TICK;
        for events in batches(queue.take()) {
            sink(EventBatch { seq, events });
            seq += 1;
        }
    }
}

/// Cuts events into batches below [`BATCH_BYTES`] where their kind allows it: only text is cut, between characters.
fn batches(events: Vec<Event>) -> Vec<Vec<Event>> {
    let mut all: Vec<Vec<Event>> = Vec::new();
    let mut bytes = usize::MAX;
    for event in events.into_iter().flat_map(cut) {
        let size = serde_json::to_string(&event).map_or(BATCH_BYTES, |json| json.len());
        if bytes.saturating_add(size) > BATCH_BYTES - 64 {
            all.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        all.last_mut().expect("BUG: a batch was just begun").push(event);
    }
    all
}

/// Longest text in one event: each byte may become six in JSON (`\u0000`).
const TEXT_BYTES: usize = BATCH_BYTES / 8;

fn cut(event: Event) -> Vec<Event> {
    let Event::Answer { chat, message, event: AnswerEvent::Text { part, text } } = event else { return vec![event] };
    let mut rest = text.as_str();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let mut end = rest.len().min(TEXT_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, more) = rest.split_at(end);
        pieces.push(Event::Answer { chat, message, event: AnswerEvent::Text { part, text: piece.to_owned() } });
        rest = more;
    }
    pieces
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn text(message: MessageId, chat: ChatId, text: &str) -> Event {
        Event::Answer { chat, message, event: AnswerEvent::Text { part: PartKind::Text, text: text.to_owned() } }
    }

    fn collected(batches: &[Vec<Event>]) -> String {
        let mut all = String::new();
        for event in batches.iter().flatten() {
            if let Event::Answer { event: AnswerEvent::Text { text, .. }, .. } = event {
                all.push_str(text);
            }
        }
        all
    }

    #[test]
    fn text_of_one_answer_is_joined_and_nothing_else_is() {
        let (chat, one, two) = (ChatId::new(), MessageId::new(), MessageId::new());
        let mut pending = Vec::new();
        for event in [text(one, chat, "a"), text(one, chat, "b"), text(two, chat, "c"), text(one, chat, "d")] {
            join(&mut pending, event);
        }
        assert_eq!(pending, vec![text(one, chat, "ab"), text(two, chat, "c"), text(one, chat, "d")]);
    }

    #[test]
    fn long_text_is_cut_between_characters_and_stays_whole() {
        let (chat, message) = (ChatId::new(), MessageId::new());
        let long = "こんにちは\u{0}🌉".repeat(3_000);
        let cut = batches(vec![text(message, chat, &long)]);
        assert!(cut.len() > 1);
        assert!(cut.iter().all(|batch| serde_json::to_string(batch).unwrap().len() < BATCH_BYTES));
        assert_eq!(collected(&cut), long);
    }

    #[tokio::test]
    async fn a_late_watcher_gets_a_snapshot_and_then_only_what_is_new() {
        let events = Events::default();
        let (chat, message) = (ChatId::new(), MessageId::new());
        events.begin(chat, message, "", "");
        events.add(chat, message, PartKind::Text, "Once there ");
        let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
        let _watch = events.watch(Arc::new(move |batch| send.send(batch).unwrap()));
        events.add(chat, message, PartKind::Text, "was a town.");
        let mut seen = Vec::new();
        while seen.len() < 2 {
            seen.extend(receive.recv().await.unwrap().events);
        }
        let snapshot = AnswerEvent::Snapshot { text: "Once there ".to_owned(), reasoning: String::new() };
        assert_eq!(seen, vec![Event::Answer { chat, message, event: snapshot }, text(message, chat, "was a town.")]);
    }
}
