//! What of a conversation a model is asked: attachments folded in, sampler resolved, the start left out where the
//! context is too small. The decision is pure; only counting asks the model.

use std::{collections::HashSet, sync::Arc};

use domain::{
    AttachmentId, Chat, ChatSettings, Content, EngineError, Image, Model, OpenAnswer, Prompt, PromptSize, Role,
    Sampling, Turn,
};
use store::PromptSource;

/// Turns are left out in steps of this many, so that the prompt keeps its beginning, and with it the engine's cache,
/// over several questions.
const STEP: usize = 4;
/// Most bytes of pictures in a prompt: in base64 they still pass the strictest provider (20 MB a request, Gemini). Older
/// ones are only named.
pub(crate) const MOST_IMAGE_BYTES: u64 = 13 << 20;

/// The sampler: what the chat sets, else what the model's makers advise.
pub(crate) fn sampling(settings: &ChatSettings, model: &Sampling, fresh_seed: u32) -> Sampling {
    Sampling {
        temperature: settings.temperature.unwrap_or(model.temperature),
        top_k: settings.top_k.unwrap_or(model.top_k),
        top_p: settings.top_p.unwrap_or(model.top_p),
        min_p: settings.min_p.unwrap_or(model.min_p),
        repeat_penalty: settings.repeat_penalty.unwrap_or(model.repeat_penalty),
        seed: settings.seed.unwrap_or(fresh_seed),
        max_tokens: settings.max_tokens,
    }
}

/// The whole conversation of a chat as a prompt, its pictures without their data; only named where the model sees none.
pub(crate) fn prompt(
    chat: &Chat,
    sources: Vec<PromptSource>,
    sees_images: bool,
    sampling: Sampling,
    open: Option<OpenAnswer>,
) -> Prompt {
    let system = chat.settings.system_prompt.trim();
    let system = (!system.is_empty()).then(|| Turn::said(Role::System, system));
    let sight = if sees_images { Sight::newest(&sources) } else { Sight::None };
    let turns = system.into_iter().chain(sources.into_iter().map(|source| turn(source, &sight))).collect();
    Prompt { cache_key: chat.id.to_string(), turns, open, sampling }
}

/// How many pictures a prompt holds.
pub(crate) fn images(prompt: &Prompt) -> usize {
    prompt.turns.iter().map(|turn| turn.images.len()).sum()
}

/// Which pictures a model is given.
pub(crate) enum Sight {
    /// None: it sees none.
    None,
    /// These.
    Of(HashSet<AttachmentId>),
}

impl Sight {
    /// The newest pictures of a conversation that fit a request together.
    fn newest(sources: &[PromptSource]) -> Self {
        let (mut left, mut seen) = (MOST_IMAGE_BYTES, HashSet::new());
        for file in sources.iter().rev().flat_map(|source| source.attachments.iter().rev()) {
            let Content::Image { bytes, .. } = &file.content else { continue };
            let Some(rest) = left.checked_sub(*bytes) else { break };
            left = rest;
            seen.insert(file.id);
        }
        Self::Of(seen)
    }
}

/// A message as a turn: its attached texts stand before its own, each between marks that name it. Pictures go with it as
/// far as the model is given them.
pub(crate) fn turn(source: PromptSource, sight: &Sight) -> Turn {
    let mut said = Turn { reasoning: source.reasoning, ..Turn::said(source.role, "") };
    for file in &source.attachments {
        match &file.content {
            Content::Text(text) => {
                let fence = fence_for(text);
                let text = text.trim_end_matches('\n');
                said.text.push_str(&format!("File “{}”:\n{fence}\n{text}\n{fence}\n\n", file.name));
            }
            Content::Image { facts, .. } if matches!(sight, Sight::Of(seen) if seen.contains(&file.id)) => {
                said.images.push(Image { id: file.id, facts: *facts, data: Arc::default() });
            }
            Content::Image { .. } => {
                let why = match sight {
                    Sight::Of(_) => "left out, as newer ones took its room",
                    Sight::None => "which this model cannot see",
                };
                said.text.push_str(&format!("[Image “{}”, {why}]\n\n", file.name));
            }
        }
    }
    said.text.push_str(&source.text);
    said
}

/// A row of backticks longer than any in the text (CommonMark 0.31, fenced code blocks).
fn fence_for(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// A prompt that fits.
pub(crate) struct Fitted {
    /// Prompt, without what is left out.
    pub(crate) prompt: Prompt,
    /// Its size.
    pub(crate) size: PromptSize,
    /// Messages left out at the start.
    pub(crate) left_out: u32,
}

/// Room that an answer needs in a context.
fn room(sampling: &Sampling, context_tokens: u32) -> u32 {
    sampling.max_tokens.unwrap_or(512).min(context_tokens / 4)
}

/// Leaves out whole turns at the start until the rest, and room for an answer, fits the model's context.
pub(crate) async fn fit(model: &dyn Model, prompt: Prompt) -> Result<Fitted, EngineError> {
    fit_by(prompt, async |prompt| model.measure(prompt).await).await
}

/// Like [`fit`], by [`Model::count`].
pub(crate) async fn fit_exactly(model: &dyn Model, prompt: Prompt) -> Result<Fitted, EngineError> {
    fit_by(prompt, async |prompt| model.count(prompt).await).await
}

/// Like [`fit`], in a context of this many tokens instead of the model's own.
pub(crate) async fn fit_in(
    model: &dyn Model,
    prompt: Prompt,
    context_tokens: Option<u32>,
) -> Result<Fitted, EngineError> {
    let size = async |prompt| {
        let measured = model.measure(prompt).await?;
        Ok(PromptSize { context_tokens: context_tokens.unwrap_or(measured.context_tokens), ..measured })
    };
    fit_by(prompt, size).await
}

async fn fit_by<F: Future<Output = Result<PromptSize, EngineError>> + Send>(
    prompt: Prompt,
    measure: impl Fn(Prompt) -> F,
) -> Result<Fitted, EngineError> {
    let mut choices = starts(&prompt.turns).into_iter().peekable();
    while let Some(start) = choices.next() {
        let candidate = from(&prompt, start);
        let size = measure(candidate.clone()).await?;
        let last = choices.peek().is_none();
        let spare = if last { 1 } else { room(&prompt.sampling, size.context_tokens) };
        if size.tokens + spare <= size.context_tokens {
            return Ok(Fitted { left_out: left_out(&prompt.turns, start), prompt: candidate, size });
        }
        if last {
            return Err(EngineError::ContextTooLong { needed: size.tokens, limit: size.context_tokens });
        }
        // A long way to go is not gone step by step: skip to where the rest should fit by its share of the text.
        let target = f64::from(size.context_tokens - room(&prompt.sampling, size.context_tokens))
            / f64::from(size.tokens.max(1));
        let weight = |turn: &Turn| {
            let images = turn.images.iter().map(|image| image.facts.tokens() as usize * 4);
            images.sum::<usize>() + turn.text.len() + 16
        };
        let length = |start: usize| from(&prompt, start).turns.iter().map(weight).sum::<usize>() as f64;
        let now = length(start);
        while choices.peek().is_some_and(|next| *next < last_start(&prompt.turns) && length(*next) > now * target * 1.1)
        {
            choices.next();
        }
    }
    Err(EngineError::ContextTooLong { needed: 0, limit: 0 })
}

/// Index of the first turn that is not the system's.
fn body(turns: &[Turn]) -> usize {
    usize::from(turns.first().is_some_and(|turn| turn.role == Role::System))
}

fn last_start(turns: &[Turn]) -> usize {
    turns.iter().rposition(|turn| turn.role == Role::User).unwrap_or(0)
}

/// Where the kept part may begin: at the start, then at every [`STEP`]th turn that is the user's, at last at the
/// question itself.
fn starts(turns: &[Turn]) -> Vec<usize> {
    let first = body(turns);
    let last = last_start(turns).max(first);
    let mut starts: Vec<usize> = (first..last).filter(|i| turns[*i].role == Role::User || *i == first).collect();
    starts = starts.into_iter().enumerate().filter(|(n, _)| n * 2 % STEP == 0).map(|(_, start)| start).collect();
    starts.push(last);
    starts
}

fn from(prompt: &Prompt, start: usize) -> Prompt {
    let mut turns = prompt.turns[..body(&prompt.turns)].to_vec();
    turns.extend_from_slice(&prompt.turns[start..]);
    Prompt { turns, ..prompt.clone() }
}

fn left_out(turns: &[Turn], start: usize) -> u32 {
    (start - body(turns)) as u32
}

/// Tokens of a text where no tokenizer is at hand: four bytes each, one for each character outside ASCII.
pub(crate) fn estimate(turns: &[Turn]) -> u32 {
    let tokens = |text: &str| {
        let wide = text.chars().filter(|c| !c.is_ascii()).count();
        text.len().saturating_sub(wide * 3) / 4 + wide
    };
    let images = |turn: &Turn| turn.images.iter().map(|image| image.facts.tokens()).sum::<u32>();
    turns.iter().map(|turn| tokens(&turn.text) as u32 + images(turn) + 4).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, LazyLock};

    use domain::{Attachment, BoxFuture, BoxStream, Delta, ImageFacts, ImageFormat, ModelFacts};

    use super::*;

    /// A model whose tokens are the words, and that holds a number of them.
    struct Words(u32, Arc<std::sync::atomic::AtomicU32>);

    static FACTS: LazyLock<ModelFacts> = LazyLock::new(|| ModelFacts {
        engine_build: String::new(),
        context_tokens: 0,
        trained_context_tokens: 0,
        template_sha256: String::new(),
        template_fallback: false,
        default_sampling: Sampling::default(),
        vocabulary_only: true,
    });

    impl Model for Words {
        fn facts(&self) -> &ModelFacts {
            &FACTS
        }
        fn answer(&self, _: Prompt) -> BoxStream<Result<Delta, EngineError>> {
            unreachable!("only counted")
        }
        fn stop(&self, _: &str) {}
        fn measure(&self, prompt: Prompt) -> BoxFuture<'_, Result<PromptSize, EngineError>> {
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let tokens = prompt.turns.iter().map(|turn| turn.text.split_whitespace().count() as u32).sum();
            Box::pin(async move { Ok(PromptSize { tokens, context_tokens: self.0 }) })
        }
        fn is_alive(&self) -> bool {
            true
        }
    }

    fn conversation(exchanges: usize, words: usize, system: bool) -> Prompt {
        let text = "word ".repeat(words);
        let turn = |role| Turn::said(role, &text);
        let mut turns = Vec::new();
        if system {
            turns.push(turn(Role::System));
        }
        for _ in 1..exchanges {
            turns.extend([turn(Role::User), turn(Role::Assistant)]);
        }
        turns.push(turn(Role::User));
        Prompt { cache_key: String::new(), turns, open: None, sampling: Sampling::default() }
    }

    async fn fitted(prompt: Prompt, context: u32) -> (Result<Fitted, EngineError>, u32) {
        let asked = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let outcome = fit(&Words(context, asked.clone()), prompt).await;
        (outcome, asked.load(std::sync::atomic::Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_short_conversation_is_kept_whole() {
        let (outcome, asked) = fitted(conversation(5, 10, true), 1_000).await;
        let fitted = outcome.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((fitted.left_out, fitted.prompt.turns.len(), asked), (0, 10, 1));
    }

    #[tokio::test]
    async fn a_long_one_loses_its_start_and_keeps_system_prompt_and_room_for_an_answer() {
        let (outcome, asked) = fitted(conversation(1_000, 10, true), 2_048).await;
        let fitted = outcome.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fitted.prompt.turns[0].role, Role::System);
        assert_eq!(fitted.prompt.turns[1].role, Role::User);
        assert!(fitted.size.tokens + 512 <= 2_048 && fitted.size.tokens > 1_200, "{} tokens", fitted.size.tokens);
        assert_eq!(fitted.left_out as usize + fitted.prompt.turns.len(), 2_000);
        assert!(asked < 12, "counted {asked} times");
    }

    #[tokio::test]
    async fn the_kept_start_is_the_same_for_the_next_question() {
        let mut kept = Vec::new();
        for exchanges in 200..204 {
            let (outcome, _) = fitted(conversation(exchanges, 10, false), 1_024).await;
            kept.push(outcome.unwrap_or_else(|error| panic!("{error}")).left_out);
        }
        kept.dedup();
        assert!(kept.len() <= 3, "the start moved with every question: {kept:?}");
    }

    #[tokio::test]
    async fn a_question_that_alone_is_too_long_is_refused_with_figures() {
        let (outcome, _) = fitted(conversation(3, 5_000, false), 2_048).await;
        assert_eq!(outcome.err(), Some(EngineError::ContextTooLong { needed: 5_000, limit: 2_048 }));
    }

    fn with(name: &str, content: Content) -> PromptSource {
        let file = Attachment { id: AttachmentId::new(), name: name.to_owned(), content };
        let text = "Why?".to_owned();
        PromptSource { role: Role::User, text, reasoning: String::new(), attachments: vec![file] }
    }

    #[test]
    fn attachments_stand_in_fences_that_their_text_cannot_close() {
        let source = with("a.md", Content::Text("```\ncode\n```\n".to_owned()));
        assert_eq!(turn(source, &Sight::None).text, "File “a.md”:\n````\n```\ncode\n```\n````\n\nWhy?");
    }

    #[test]
    fn pictures_are_named_to_a_model_that_sees_none_and_the_newest_go_along_to_one_that_does() {
        let picture = |megabytes: u64| {
            let facts = ImageFacts { format: ImageFormat::Jpeg, width: 750, height: 10 };
            Content::Image { facts, bytes: megabytes << 20 }
        };
        let sources = || vec![with("old.png", picture(9)), with("newer.png", picture(6)), with("new.png", picture(7))];
        let chat = Chat {
            id: domain::ChatId::new(),
            title: String::new(),
            title_source: domain::TitleSource::None,
            folder: None,
            pinned: false,
            model: None,
            assistant: None,
            settings: ChatSettings::default(),
            leaf: None,
            draft: String::new(),
            created_at: domain::Timestamp(0),
            updated_at: domain::Timestamp(0),
            deleted_at: None,
            temporary: false,
        };
        let blind = prompt(&chat, sources(), false, Sampling::default(), None);
        assert!(blind.turns.iter().all(|turn| turn.images.is_empty()));
        assert_eq!(blind.turns[2].text, "[Image “new.png”, which this model cannot see]\n\nWhy?");
        let seeing = prompt(&chat, sources(), true, Sampling::default(), None);
        assert_eq!(seeing.turns.iter().map(|turn| turn.images.len()).collect::<Vec<_>>(), [0, 1, 1]);
        assert_eq!(seeing.turns[0].text, "[Image “old.png”, left out, as newer ones took its room]\n\nWhy?");
        assert_eq!(seeing.turns[2].text, "Why?");
        assert_eq!(
            estimate(&seeing.turns) - estimate(&[Turn::said(Role::User, &seeing.turns[0].text)]),
            2 * (1 + 4 + 10)
        );
    }
}
