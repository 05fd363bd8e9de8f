//! What OpenAI's two formats have in common.

/// Ids of OpenAI's models that reason: they refuse the old name of the limit, and most of them a temperature.
pub(crate) fn reasons(model: &str) -> bool {
    let id = model.rsplit('/').next().unwrap_or(model);
    let after_o = id.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let generation = id.strip_prefix("gpt-").and_then(|rest| rest.chars().next()).and_then(|c| c.to_digit(10));
    after_o || generation.is_some_and(|generation| generation >= 5)
}

/// Ids of OpenAI's models that chat.
pub(crate) fn chats(model: &str) -> bool {
    const OTHERS: &[&str] = &[
        "audio",
        "realtime",
        "transcribe",
        "tts",
        "image",
        "search",
        "embedding",
        "moderation",
        "instruct",
        "whisper",
        "dall-e",
        "sora",
        "computer-use",
        "deep-research",
        "babbage",
        "davinci",
    ];
    let id = model.strip_prefix("ft:").unwrap_or(model);
    let family = id.starts_with("gpt-") || id.starts_with("chatgpt-") || id.starts_with('o') && reasons(id);
    family && !OTHERS.iter().any(|other| id.contains(other))
}

/// Ids of OpenAI's models that answer on Responses alone.
pub(crate) fn wants_responses(model: &str) -> bool {
    let id = model.strip_prefix("ft:").unwrap_or(model);
    id.contains("-codex") || id.split('-').any(|part| part == "pro")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_what_reasons_and_what_chats() {
        for (id, reasoning) in [
            ("gpt-5-mini", true),
            ("o4-mini", true),
            ("gpt-6-sol", true),
            ("gpt-4o", false),
            ("openai/gpt-5", true),
            ("omni", false),
        ] {
            assert_eq!(reasons(id), reasoning, "{id}");
        }
        for (id, chat) in [
            ("gpt-4.1", true),
            ("o3", true),
            ("ft:gpt-4o-mini:acme::x1", true),
            ("gpt-4o-audio-preview", false),
            ("text-embedding-3-small", false),
            ("omni-moderation-latest", false),
            ("whisper-1", false),
            ("chatgpt-4o-latest", true),
        ] {
            assert_eq!(chats(id), chat, "{id}");
        }
    }
}
