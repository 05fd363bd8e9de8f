//! The conversation as every provider takes it: roles that alternate, nothing empty, and an open answer that goes on.

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Image, Prompt, Role, Turn};
use serde_json::Value;

/// Asks for the rest of an answer. No provider of today goes on with an open answer by itself.
const GO_ON: &str =
    "Your last answer was cut off. Go on exactly where it stops. Repeat nothing and say nothing about it.";

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conversation<'a> {
    /// Instructions; empty where there are none.
    pub(crate) system: String,
    /// Turns, the user's and the model's in turn; the first and the last are the user's.
    pub(crate) turns: Vec<Spoken<'a>>,
}

/// What one of the two says in a turn: text, pictures or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spoken<'a> {
    pub(crate) speaker: Speaker,
    pub(crate) text: String,
    pub(crate) images: Vec<&'a Image>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    User,
    Model,
}

impl<'a> Conversation<'a> {
    /// Of a prompt. Reasoning is not given back: it belongs to the model that thought it.
    pub(crate) fn of(prompt: &'a Prompt) -> Self {
        let mut system = String::new();
        let mut turns: Vec<Spoken<'a>> = Vec::new();
        let mut say = |speaker: Speaker, text: &str, images: &'a [Image]| {
            let text = if text.trim().is_empty() { "" } else { text };
            if text.is_empty() && images.is_empty() {
                return;
            }
            match turns.last_mut() {
                Some(last) if last.speaker == speaker => {
                    let gap = if last.text.is_empty() || text.is_empty() { "" } else { "\n\n" };
                    last.text.push_str(gap);
                    last.text.push_str(text);
                    last.images.extend(images);
                }
                // Where the start of a chat is left out, its first turn may be the model's: no provider begins so.
                None if speaker == Speaker::Model => {}
                _ => turns.push(Spoken { speaker, text: text.to_owned(), images: images.iter().collect() }),
            }
        };
        for turn in &prompt.turns {
            match turn.role {
                Role::System if system.is_empty() => system.clone_from(&turn.text),
                Role::System => {
                    system.push_str("\n\n");
                    system.push_str(&turn.text);
                }
                Role::User => say(Speaker::User, &turn.text, &turn.images),
                Role::Assistant => say(Speaker::Model, &turn.text, &[]),
            }
        }
        if let Some(open) = prompt.open.as_ref().filter(|open| !open.text.trim().is_empty()) {
            say(Speaker::Model, &open.text, &[]);
            say(Speaker::User, GO_ON, &[]);
        }
        Self { system, turns }
    }
}

impl Spoken<'_> {
    /// Who speaks, as a format calls them.
    pub(crate) fn role(&self, model: &'static str) -> &'static str {
        if self.speaker == Speaker::User { "user" } else { model }
    }

    /// As parts of a format, the pictures before what is said of them.
    pub(crate) fn parts(&self, image: fn(&Image) -> Value, text: fn(&str) -> Value) -> Value {
        let said = (!self.text.is_empty()).then(|| text(&self.text));
        self.images.iter().map(|one| image(one)).chain(said).collect()
    }

    /// As its text alone where nothing else is there, else in parts.
    pub(crate) fn content(&self, image: fn(&Image) -> Value, text: fn(&str) -> Value) -> Value {
        if self.images.is_empty() { self.text.as_str().into() } else { self.parts(image, text) }
    }
}

/// A picture's file in base64.
pub(crate) fn base64(image: &Image) -> String {
    BASE64_STANDARD.encode(&image.data)
}

/// A picture as a data URL (RFC 2397).
pub(crate) fn data_url(image: &Image) -> String {
    format!("data:{};base64,{}", image.facts.format.media_type(), base64(image))
}

/// Tokens of a text where nobody counts them: four bytes each, one for each character outside ASCII.
#[must_use]
pub fn estimate_tokens(text: &str) -> u32 {
    let wide = text.chars().filter(|c| !c.is_ascii()).count();
    let narrow = text.chars().count() - wide;
    u32::try_from(narrow.div_ceil(4) + wide).unwrap_or(u32::MAX)
}

/// Tokens of a prompt, by the same rule.
pub(crate) fn estimate(prompt: &Prompt) -> u32 {
    let open = prompt.open.as_ref().map_or(0, |open| estimate_tokens(&open.text));
    let turn = |turn: &Turn| {
        let images = turn.images.iter().map(|image| image.facts.tokens());
        images.fold(estimate_tokens(&turn.text).saturating_add(4), u32::saturating_add)
    };
    prompt.turns.iter().map(turn).fold(open, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use domain::{OpenAnswer, Sampling};

    use super::*;

    fn prompt(turns: &[(Role, &str)], open: Option<&str>) -> Prompt {
        let turn = |(role, text): &(Role, &str)| Turn::said(*role, *text);
        let open = open.map(|text| OpenAnswer { text: text.to_owned(), ..OpenAnswer::default() });
        Prompt {
            cache_key: String::new(),
            turns: turns.iter().map(turn).collect(),
            open,
            sampling: Sampling::default(),
        }
    }

    #[test]
    fn roles_alternate_and_what_is_empty_is_left_out() {
        use Role::{Assistant, System, User};
        let asked = prompt(
            &[
                (System, "Be brief."),
                (Assistant, "left over"),
                (User, "a"),
                (Assistant, " "),
                (User, "b"),
                (Assistant, "c"),
                (User, "d"),
            ],
            None,
        );
        let made = Conversation::of(&asked);
        assert_eq!(made.system, "Be brief.");
        let turns: Vec<_> = made.turns.iter().map(|turn| (turn.speaker, turn.text.as_str())).collect();
        assert_eq!(turns, [(Speaker::User, "a\n\nb"), (Speaker::Model, "c"), (Speaker::User, "d")]);
    }

    #[test]
    fn an_open_answer_is_given_back_with_the_wish_to_go_on() {
        let asked = prompt(&[(Role::User, "Tell me.")], Some("Once upon"));
        let made = Conversation::of(&asked);
        assert_eq!((made.turns[1].speaker, made.turns[1].text.as_str()), (Speaker::Model, "Once upon"));
        assert_eq!(made.turns[2].speaker, Speaker::User);
        assert_eq!(Conversation::of(&prompt(&[(Role::User, "Tell me.")], Some(""))).turns.len(), 1);
    }
}
