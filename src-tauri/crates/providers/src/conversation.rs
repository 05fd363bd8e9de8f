//! The conversation as every provider takes it: roles that alternate, nothing empty, and an open answer that goes on.

use domain::{Prompt, Role};

/// Asks for the rest of an answer. No provider of today goes on with an open answer by itself.
const GO_ON: &str =
    "Your last answer was cut off. Go on exactly where it stops. Repeat nothing and say nothing about it.";

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conversation {
    /// Instructions; empty where there are none.
    pub(crate) system: String,
    /// Turns, the user's and the model's in turn; the first and the last are the user's.
    pub(crate) turns: Vec<(Speaker, String)>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    User,
    Model,
}

impl Conversation {
    /// Of a prompt. Reasoning is not given back: it belongs to the model that thought it.
    pub(crate) fn of(prompt: &Prompt) -> Self {
        let mut system = String::new();
        let mut turns: Vec<(Speaker, String)> = Vec::new();
        let mut say = |speaker: Speaker, text: &str| {
            if text.trim().is_empty() {
                return;
            }
            match turns.last_mut() {
                Some((last, said)) if *last == speaker => {
                    said.push_str("\n\n");
                    said.push_str(text);
                }
                // Where the start of a chat is left out, its first turn may be the model's: no provider begins so.
                None if speaker == Speaker::Model => {}
                _ => turns.push((speaker, text.to_owned())),
            }
        };
        for turn in &prompt.turns {
            match turn.role {
                Role::System if system.is_empty() => system.clone_from(&turn.text),
                Role::System => {
                    system.push_str("\n\n");
                    system.push_str(&turn.text);
                }
                Role::User => say(Speaker::User, &turn.text),
                Role::Assistant => say(Speaker::Model, &turn.text),
            }
        }
        if let Some(open) = prompt.open.as_ref().filter(|open| !open.text.trim().is_empty()) {
            say(Speaker::Model, &open.text);
            say(Speaker::User, GO_ON);
        }
        Self { system, turns }
    }
}

impl Conversation {
    /// The turns with their roles as a format calls them.
    pub(crate) fn turns_as<'a>(&'a self, model: &'static str) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.turns
            .iter()
            .map(move |(speaker, text)| (if *speaker == Speaker::User { "user" } else { model }, text.as_str()))
    }
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
    prompt.turns.iter().map(|turn| estimate_tokens(&turn.text).saturating_add(4)).fold(open, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use domain::{OpenAnswer, Sampling, Turn};

    use super::*;

    fn prompt(turns: &[(Role, &str)], open: Option<&str>) -> Prompt {
        let turn =
            |(role, text): &(Role, &str)| Turn { role: *role, text: (*text).to_owned(), reasoning: String::new() };
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
        let made = Conversation::of(&prompt(
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
        ));
        assert_eq!(made.system, "Be brief.");
        let turns: Vec<_> = made.turns.iter().map(|(speaker, text)| (*speaker, text.as_str())).collect();
        assert_eq!(turns, [(Speaker::User, "a\n\nb"), (Speaker::Model, "c"), (Speaker::User, "d")]);
    }

    #[test]
    fn an_open_answer_is_given_back_with_the_wish_to_go_on() {
        let made = Conversation::of(&prompt(&[(Role::User, "Tell me.")], Some("Once upon")));
        assert_eq!(made.turns[1], (Speaker::Model, "Once upon".to_owned()));
        assert_eq!(made.turns[2].0, Speaker::User);
        assert_eq!(Conversation::of(&prompt(&[(Role::User, "Tell me.")], Some(""))).turns.len(), 1);
    }
}
