//! Titles of chats: the first words of the first question at once, then what the model makes of the first exchange.

use std::time::Duration;

use domain::{Delta, Message, MessageState, Model, PartKind, Prompt, Role, Sampling, TitleSource, Turn};
use futures_util::StreamExt;

use crate::{Core, answerer::Answerer};

/// A model with fewer weights is no good at titles.
const SMALLEST: u64 = 400_000_000;
/// A title that takes longer is not worth the wait of the next question.
const PATIENCE: Duration = Duration::from_secs(60);

impl Core {
    /// Names a chat by the first words of its first question; by its first file where it has none.
    pub(crate) async fn title_by_words(&self, question: &Message) {
        let mut title = first_words(&question.text);
        if let Some(file) = question.attachments.first().filter(|_| title.is_empty()) {
            title = first_words(&file.name);
        }
        if !title.is_empty() && question.parent.is_none() {
            let _ = self.store_of(question.chat).set_title(question.chat, &title, TitleSource::Words).await;
        }
    }

    /// Lets the model that answered name the chat after the first exchange.
    pub(crate) async fn title_if_new(&self, answer: &Message) {
        let Some(question) = answer.parent else { return };
        let store = self.store_of(answer.chat);
        let (Ok(question), Ok(chat)) = (store.message(question).await, store.chat(answer.chat).await) else {
            return;
        };
        let first = question.parent.is_none() && answer.state == MessageState::Complete;
        // Nothing but the user's own questions crosses: a provider is not asked for a title.
        let Ok(Answerer::Here(model)) = self.answerer_of(answer.chat).await else { return };
        if !first || chat.title_source > TitleSource::Words || model.file.parameters < SMALLEST {
            return;
        }
        let Ok(loaded) = self.load_for(&model, answer.chat, None).await else { return };
        let prompt = title_prompt(answer.chat.to_string(), &question.text, &answer.text);
        let Ok(Some(title)) = tokio::time::timeout(PATIENCE, ask_for_title(loaded.as_ref(), prompt)).await else {
            return;
        };
        if self.store_of(answer.chat).set_title(answer.chat, &title, TitleSource::Model).await.unwrap_or(false) {
            self.tell_chat(answer.chat).await;
        }
    }
}

fn title_prompt(chat: String, question: &str, answer: &str) -> Prompt {
    let cut = |text: &str| text.chars().take(1_500).collect::<String>();
    let text = format!(
        "Name this conversation in at most six words, in its own language. Reply with the name alone, without quotation marks.\n\nQuestion: {}\n\nAnswer: {}",
        cut(question),
        cut(answer)
    );
    Prompt {
        cache_key: format!("title {chat}"),
        turns: vec![Turn::said(Role::User, text)],
        open: None,
        sampling: Sampling { temperature: 0.2, max_tokens: Some(512), ..Sampling::default() },
    }
}

async fn ask_for_title(model: &dyn Model, prompt: Prompt) -> Option<String> {
    let mut text = String::new();
    let mut deltas = model.answer(prompt);
    while let Some(delta) = deltas.next().await {
        match delta.ok()? {
            Delta::Piece { kind: PartKind::Text, text: more, .. } => text.push_str(&more),
            Delta::Finish { .. } => break,
            Delta::Piece { .. } | Delta::Reading { .. } | Delta::Spent { .. } | Delta::ToolCall { .. } => {}
        }
        if text.trim().contains('\n') || text.len() > 200 {
            break;
        }
    }
    let line = text.trim().lines().next().unwrap_or_default();
    let title = line.trim().trim_matches(|c: char| c.is_whitespace() || "\"'“”„«»*#`.".contains(c));
    (!title.is_empty()).then(|| shorten(title, 60))
}

/// The first words of a text, at most 48 characters, cut between words.
fn first_words(text: &str) -> String {
    let line = text
        .lines()
        .map(|line| line.trim().trim_start_matches(['#', '>', '*', '-', '`', ' ']))
        .find(|line| !line.is_empty());
    shorten(line.unwrap_or_default(), 48)
}

fn shorten(text: &str, longest: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= longest {
        return text;
    }
    let cut: String = text.chars().take(longest).collect();
    let whole = cut.rsplit_once(' ').map(|(words, _)| words).filter(|words| words.chars().count() > longest / 2);
    format!("{}…", whole.unwrap_or(&cut).trim_end_matches([',', ';', ':', '.']))
}

#[cfg(test)]
mod tests {
    use super::first_words;

    #[test]
    fn a_title_is_the_first_words_and_never_half_a_word_where_that_can_be_helped() {
        assert_eq!(first_words("What is Drawbridge?"), "What is Drawbridge?");
        assert_eq!(first_words("\n\n# Plan\nmore"), "Plan");
        assert_eq!(
            first_words("Please explain to me in detail, how the routing works"),
            "Please explain to me in detail, how the routing…"
        );
        assert_eq!(first_words(&"長".repeat(100)).chars().count(), 49);
        assert_eq!(first_words("   "), "");
    }
}
