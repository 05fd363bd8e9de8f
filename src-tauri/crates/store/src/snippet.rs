//! Where in a text the searched words stand, whatever their case and accents, and the text around the first of them.

use std::ops::Range;

use domain::SnippetPart;
use unicode_normalization::UnicodeNormalization;

use crate::index::stands_alone;

/// Characters shown on each side of the first hit, rounded to whole words.
const AROUND: usize = 60;

/// The text in the form in which texts are compared: small letters, without accents.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(folded).collect()
}

/// The text around the first of the terms that it holds, with every term in sight marked; else its beginning.
pub(crate) fn snippet(text: &str, terms: &[String]) -> Vec<SnippetPart> {
    let hits = hits(text, terms);
    let first = hits.first().cloned().unwrap_or(0..0);
    let (start, end) = (window_start(text, first.start), window_end(text, first.end));
    let mut parts = Parts::default();
    if start > 0 {
        parts.push("…", false);
    }
    let mut at = start;
    for hit in hits.iter().filter(|hit| hit.start >= start && hit.end <= end) {
        parts.push(&text[at..hit.start], false);
        parts.push(&text[hit.clone()], true);
        at = hit.end;
    }
    parts.push(&text[at..end], false);
    if end < text.len() {
        parts.push("…", false);
    }
    parts.0
}

/// Pieces with runs of white space as one space.
#[derive(Default)]
struct Parts(Vec<SnippetPart>);

impl Parts {
    fn push(&mut self, text: &str, hit: bool) {
        let mut blank = self.0.last().is_none_or(|last| last.text.ends_with(' '));
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            let space = character.is_whitespace();
            if !(space && blank) {
                shown.push(if space { ' ' } else { character });
            }
            blank = space;
        }
        match self.0.last_mut() {
            _ if shown.is_empty() => {}
            Some(last) if last.hit == hit => last.text.push_str(&shown),
            _ => self.0.push(SnippetPart { text: shown, hit }),
        }
    }
}

/// Where the terms stand, in order, without overlaps: at the beginnings of words, else within them.
fn hits(text: &str, terms: &[String]) -> Vec<Range<usize>> {
    let folded = Folded::of(text);
    let mut found = Vec::new();
    for term in terms {
        let term = fold(term);
        let whole = folded.find(&term);
        if whole.is_empty() {
            let words = term.split(|character: char| !character.is_alphanumeric());
            found.extend(words.flat_map(|word| folded.find(word)));
        } else {
            found.extend(whole);
        }
    }
    found.sort_by_key(|hit| (hit.start, hit.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for hit in found {
        match merged.last_mut() {
            Some(last) if hit.start < last.end => last.end = last.end.max(hit.end),
            _ => merged.push(hit),
        }
    }
    merged
}

/// A folded text that knows where each of its bytes came from.
struct Folded {
    text: String,
    /// For each byte of the folded text, and for its end, where in the original its character begins.
    origin: Vec<usize>,
}

impl Folded {
    fn of(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut origin = Vec::with_capacity(original.len() + 1);
        for (at, character) in original.char_indices() {
            text.extend(folded(character));
            origin.resize(text.len(), at);
        }
        origin.push(original.len());
        Self { text, origin }
    }

    fn find(&self, needle: &str) -> Vec<Range<usize>> {
        let Some(first) = needle.chars().next() else { return Vec::new() };
        let begins_word = |at: usize| {
            let before = self.text[..at].chars().next_back();
            !first.is_alphanumeric()
                || stands_alone(first)
                || before.is_none_or(|before| !before.is_alphanumeric() || stands_alone(before))
        };
        let everywhere: Vec<usize> = self.text.match_indices(needle).map(|(at, _)| at).collect();
        let at_words: Vec<usize> = everywhere.iter().copied().filter(|at| begins_word(*at)).collect();
        let chosen = if at_words.is_empty() { everywhere } else { at_words };
        chosen
            .into_iter()
            .map(|at| self.origin[at]..self.origin[at + needle.len()])
            .filter(|hit| !hit.is_empty())
            .collect()
    }
}

fn folded(character: char) -> impl Iterator<Item = char> {
    let alone = stands_alone(character);
    let whole = alone.then_some(character);
    let taken_apart = (!alone).then(|| {
        let small = character.to_lowercase();
        small.nfd().filter(|part| !('\u{300}'..='\u{36F}').contains(part))
    });
    whole.into_iter().chain(taken_apart.into_iter().flatten())
}

/// So many characters before a place, then forward to the beginning of a word.
fn window_start(text: &str, hit: usize) -> usize {
    let Some((far, _)) = text[..hit].char_indices().rev().nth(AROUND) else { return 0 };
    let lead = &text[far..hit];
    lead.find(char::is_whitespace)
        .map_or(far, |space| far + space + lead[space..].chars().next().map_or(0, char::len_utf8))
}

/// So many characters after a place, then back to the end of a word.
fn window_end(text: &str, hit: usize) -> usize {
    let Some((far, _)) = text[hit..].char_indices().nth(AROUND) else { return text.len() };
    let tail = &text[hit..hit + far];
    tail.rfind(char::is_whitespace).map_or(hit + far, |space| hit + space)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(text: &str, terms: &[&str]) -> String {
        let terms: Vec<String> = terms.iter().map(|term| (*term).to_owned()).collect();
        snippet(text, &terms)
            .iter()
            .map(|part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() })
            .collect()
    }

    #[test]
    fn marks_whatever_the_case_and_the_accents() {
        assert_eq!(marked("Ein CAFÉ, zwei cafe\u{301}s", &["café"]), "Ein [CAFÉ], zwei [cafe\u{301}]s");
        assert_eq!(marked("İstanbul und ISTANBUL", &["istanbul"]), "[İstanbul] und [ISTANBUL]");
        assert_eq!(marked("naïve Ångström", &["angstrom", "NAIVE"]), "[naïve] [Ångström]");
    }

    #[test]
    fn marks_beginnings_of_words_before_their_insides() {
        assert_eq!(marked("cart and art", &["art"]), "cart and [art]");
        assert_eq!(marked("cart", &["art"]), "c[art]");
    }

    #[test]
    fn marks_scripts_without_spaces_and_emoji() {
        assert_eq!(marked("東京タワーに行く", &["タワー"]), "東京[タワー]に行く");
        assert_eq!(marked("한국어를 배운다", &["국어"]), "한[국어]를 배운다");
        assert_eq!(marked("gut🙂gemacht", &["🙂"]), "gut[🙂]gemacht");
    }

    #[test]
    fn a_term_of_several_words_is_marked_word_by_word_where_it_does_not_stand_as_typed() {
        assert_eq!(marked("snake case", &["snake-case"]), "[snake] [case]");
    }

    #[test]
    fn cuts_between_words() {
        let text = format!("{}needle {}", "before ".repeat(20), "after ".repeat(20));
        let shown = marked(&text, &["needle"]);
        assert!(shown.starts_with("…before ") && shown.ends_with(" after…"), "{shown}");
        assert!(shown.contains(" [needle] "), "{shown}");
    }

    #[test]
    fn shows_the_beginning_where_nothing_is_found_and_lines_as_one() {
        assert_eq!(marked("first\n\n  second", &["third"]), "first second");
        assert_eq!(marked("", &["third"]), "");
    }

    proptest! {
        #[test]
        fn never_fails_and_marks_only_what_was_searched(text in ".{0,200}", term in ".{1,8}") {
            for part in snippet(&text, std::slice::from_ref(&term)) {
                prop_assert!(!part.text.is_empty());
                if part.hit {
                    prop_assert!(text.contains(&part.text) || part.text.contains(' '));
                }
            }
        }
    }
}
