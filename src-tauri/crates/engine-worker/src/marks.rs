//! Spellings of special tokens in what people and models say: they are text and must stay text, for a turn that could
//! write `<|im_end|>` could speak in everybody's name.
//!
//! Only templates may write special tokens. Where a turn spells one, the conversation is rendered once more with every
//! letter of such spellings masked. The two renderings have the same letters but for those, so it is known where in
//! the prompt they stand, whatever the template does with a turn, and there the tokenizer is kept from seeing them
//! whole. All other text, and every prompt without such a spelling, is tokenised as ever.

use aho_corasick::AhoCorasick;
use domain::{OpenAnswer, Turn};

use crate::stops::held_back;

/// A letter that no alphabet has. Where somebody uses it nevertheless, it stands in both renderings and masks nothing.
const MASK: char = '\u{E000}';

/// Spellings that are looked for.
#[derive(Debug)]
pub(crate) struct Marks {
    finder: AhoCorasick,
    spellings: Vec<String>,
}

impl Marks {
    /// These spellings; what is a single letter long is passed over, as it cannot be taken apart.
    pub(crate) fn new(spellings: impl IntoIterator<Item = String>) -> Self {
        let mut spellings: Vec<String> =
            spellings.into_iter().filter(|spelling| spelling.chars().count() > 1).collect();
        spellings.sort_unstable();
        spellings.dedup();
        let finder = AhoCorasick::new(&spellings).expect("BUG: a vocabulary is far smaller than a finder may be");
        Self { finder, spellings }
    }

    /// The turns with their spellings masked; none where there is nothing to mask.
    pub(crate) fn masked_turns(&self, turns: &[Turn]) -> Option<Vec<Turn>> {
        let turn = |turn: &Turn| Turn {
            reasoning: self.masked(&turn.reasoning),
            ..Turn::said(turn.role, self.masked(&turn.text))
        };
        Some(turns.iter().map(turn).collect::<Vec<_>>()).filter(|masked| masked != turns)
    }

    /// The same for an answer that goes on, its tokens left out.
    pub(crate) fn masked_answer(&self, open: &OpenAnswer) -> OpenAnswer {
        OpenAnswer { reasoning: self.masked(&open.reasoning), text: self.masked(&open.text), tokens: Vec::new() }
    }

    /// Where to cut `text` so that no spelling that somebody said stays whole; `masked` is the same text with what was
    /// said masked. None where the two do not correspond letter by letter.
    pub(crate) fn cuts(&self, text: &str, masked: &str) -> Option<Vec<usize>> {
        let mut said = Vec::new();
        let mut others = masked.chars();
        for (at, letter) in text.char_indices() {
            match others.next()? {
                other if other == letter => {}
                MASK => said.push(at),
                _ => return None,
            }
        }
        if others.next().is_some() {
            return None;
        }
        let is_said = |range: std::ops::Range<usize>| {
            let first = said.partition_point(|at| *at < range.start);
            said.get(first).is_some_and(|at| *at < range.end)
        };
        let mut cuts: Vec<usize> = self
            .finder
            .find_overlapping_iter(text)
            .filter(|found| is_said(found.range()))
            .map(|found| found.start() + text[found.start()..].chars().next().map_or(0, char::len_utf8))
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        Some(cuts)
    }

    /// The turns with a space in each spelling, for a template that changes what it is given so much that nothing
    /// else can be done.
    pub(crate) fn broken_turns(&self, turns: &[Turn]) -> Vec<Turn> {
        let broken = |said: &str| {
            let mut starts: Vec<usize> = self.finder.find_overlapping_iter(said).map(|found| found.start()).collect();
            starts.sort_unstable();
            starts.dedup();
            let mut text = String::with_capacity(said.len() + starts.len());
            for (at, letter) in said.char_indices() {
                text.push(letter);
                if starts.binary_search(&at).is_ok() {
                    text.push(' ');
                }
            }
            text
        };
        let turn =
            |turn: &Turn| Turn { reasoning: broken(&turn.reasoning), ..Turn::said(turn.role, broken(&turn.text)) };
        turns.iter().map(turn).collect()
    }

    /// Spellings masked, and at either end what a template could complete to one.
    fn masked(&self, said: &str) -> String {
        let trimmed = said.trim();
        let start = said.len() - said.trim_start().len();
        let end = start + trimmed.len();
        let mut ranges: Vec<_> = self.finder.find_overlapping_iter(said).map(|found| found.range()).collect();
        ranges.push(start..start + self.begun(trimmed));
        ranges.push(end - held_back(trimmed, &self.spellings)..end);
        ranges.sort_unstable_by_key(|range| range.start);
        let mut ranges = ranges.into_iter().peekable();
        let mut covered = 0;
        let letter = |(at, letter): (usize, char)| {
            while let Some(range) = ranges.next_if(|range| range.start <= at) {
                covered = covered.max(range.end);
            }
            if at < covered { MASK } else { letter }
        };
        said.char_indices().map(letter).collect()
    }

    /// Length in bytes of the longest beginning of `text` that ends one of the spellings and is none yet.
    fn begun(&self, text: &str) -> usize {
        let longest = |spelling: &String| {
            (1..spelling.len())
                .filter(|from| spelling.is_char_boundary(*from))
                .find(|from| text.starts_with(&spelling[*from..]))
                .map(|from| spelling.len() - from)
        };
        self.spellings.iter().filter_map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::Role;
    use proptest::prelude::*;

    use super::*;

    fn marks() -> Marks {
        Marks::new(["<|im_start|>", "<|im_end|>", "[INST]", "</s>", "<s>", "x"].map(str::to_owned))
    }

    /// Where it is cut as the words of a user in a template.
    fn pieces(before: &str, said: &str, after: &str) -> Vec<String> {
        let text = format!("{before}{said}{after}");
        let turns = [Turn::said(Role::User, said)];
        let Some(masked) = marks().masked_turns(&turns) else { return vec![text] };
        let masked = format!("{before}{}{after}", masked[0].text);
        let mut from = 0;
        let mut pieces = Vec::new();
        for cut in marks().cuts(&text, &masked).unwrap() {
            pieces.push(text[from..cut].to_owned());
            from = cut;
        }
        pieces.push(text[from..].to_owned());
        pieces
    }

    #[test]
    fn what_was_said_is_taken_apart_and_the_template_s_own_is_not() {
        assert_eq!(pieces("<|im_start|>", "Hello x", "<|im_end|>"), ["<|im_start|>Hello x<|im_end|>"]);
        assert_eq!(
            pieces("<|im_start|>", "a<|im_end|>b[INST]", "<|im_end|>"),
            ["<|im_start|>a<", "|im_end|>b[", "INST]<|im_end|>"]
        );
        assert_eq!(pieces("<s>", "</s><s>", "</s>"), ["<s><", "/s><", "s></s>"]);
    }

    #[test]
    fn what_a_template_would_complete_is_taken_apart_too() {
        assert_eq!(pieces("<s>", "a <|im_end|", ">"), ["<s>a <", "|im_end|>"]);
        assert_eq!(pieces("<|", "im_end|> a", "</s>"), ["<", "|im_end|> a</s>"]);
        // An end that could be completed and is not.
        assert_eq!(pieces("<s>", "a <", "</s>"), ["<s>a <</s>"]);
    }

    #[test]
    fn a_template_that_changes_what_was_said_is_told_from_one_that_does_not() {
        assert_eq!(marks().cuts("<s>a<s>b", "<s>a\u{E000}\u{E000}\u{E000}b"), Some(vec![5]));
        for other in ["<s>a\u{E000}\u{E000}b", "<s>a\u{E000}\u{E000}\u{E000}", "<s>b\u{E000}\u{E000}\u{E000}b", ""] {
            assert_eq!(marks().cuts("<s>a<s>b", other), None, "{other}");
        }
    }

    #[test]
    fn the_last_resort_leaves_no_spelling() {
        let turn = Turn { reasoning: "[INST]".into(), ..Turn::said(Role::User, "a<s><|im_end|></s>") };
        let broken = marks().broken_turns(&[turn]);
        assert_eq!((&*broken[0].text, &*broken[0].reasoning), ("a< s>< |im_end|>< /s>", "[ INST]"));
    }

    #[test]
    fn a_private_letter_in_a_text_is_not_taken_for_the_mask() {
        assert_eq!(pieces("<s>", "\u{E000}<s>\u{E000}", "</s>"), ["<s>\u{E000}<", "s>\u{E000}</s>"]);
    }

    proptest! {
        #[test]
        fn no_spelling_that_was_said_stays_whole(
            said in "(<|\\||>|im_end|s|/|\\[INST\\]|<s>|<\\|im_end\\|>| |é|\n){0,12}",
            before in prop::sample::select(vec!["<|im_start|>user\n", "<s>[INST] ", "<|", ""]),
            after in prop::sample::select(vec!["<|im_end|>\n", " [/INST]", ">", ""]),
        ) {
            let pieces = pieces(before, &said, after);
            prop_assert_eq!(pieces.concat(), format!("{before}{said}{after}"));
            let own = |text: &str| marks().finder.find_overlapping_iter(text).count();
            let whole: usize = pieces.iter().map(|piece| own(piece)).sum();
            prop_assert_eq!(whole, own(before) + own(after));
        }
    }
}
