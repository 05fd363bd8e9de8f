#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

const HARMONY: &str = "<|start|>system<|message|>x<|end|> <|channel|>";

/// Reasoning and text of an answer that arrives in these pieces.
fn split(template: &str, prompt: &str, pieces: &[&str]) -> (String, String) {
    let mut reasoning = Reasoning::after(template, prompt);
    let mut stretches: Vec<Stretch> = pieces.iter().flat_map(|piece| reasoning.push(piece)).collect();
    stretches.extend(reasoning.finish());
    let of = |kind| stretches.iter().filter(|(of, _)| *of == kind).map(|(_, text)| text.as_str()).collect();
    (of(PartKind::Reasoning), of(PartKind::Text))
}

/// Template, prompt, answer, then the reasoning and the text in it.
const CASES: [(&str, &str, &str, &str, &str); 17] = [
    ("", "", "Plain *answer*.\n", "", "Plain *answer*.\n"),
    ("", "", "  <- an arrow", "", "  <- an arrow"),
    ("", "", "<think>\nHm, é.\n</think>\n\nYes.", "Hm, é.", "Yes."),
    ("", "", "\n<think>a < b </thin </think>Yes", "a < b </thin", "Yes"),
    ("", "", "<think>\n\n</think>\n\nYes.", "", "Yes."),
    ("", "", "<think>never ends\n", "never ends", ""),
    ("", "", "<thin ice>", "", "<thin ice>"),
    ("", "", "Say <think>so</think>.", "", "Say <think>so</think>."),
    ("", "", "<thinking>a</thinking> b", "a", "b"),
    ("", "", "[THINK]a[/THINK]b", "a", "b"),
    ("", "", "<|START_THINKING|>a<|END_THINKING|>b", "a", "b"),
    ("", "", "<seed:think>a</seed:think>b", "a", "b"),
    ("", "…assistant\n<think>\n", "a\n</think>\n\nb", "a", "b"),
    ("", "…<think>\n\n</think>\n\n", "b", "", "b"),
    (
        HARMONY,
        "<|start|>assistant",
        "<|channel|>analysis<|message|>a < b<|end|><|start|>assistant<|channel|>final<|message|>c\n\nd",
        "a < b",
        "c\n\nd",
    ),
    (HARMONY, "<|start|>assistant", "<|channel|>final<|message|>c", "", "c"),
    (HARMONY, "<|start|>assistant", "Plain.", "", "Plain."),
];

#[test]
fn each_way_to_mark_reasoning_is_known() {
    for (template, prompt, answer, reasoning, text) in CASES {
        assert_eq!(split(template, prompt, &[answer]), (reasoning.to_owned(), text.to_owned()), "{answer}");
    }
}

#[test]
fn every_cut_in_two_gives_the_same() {
    for (template, prompt, answer, reasoning, text) in CASES {
        for cut in (0..=answer.len()).filter(|cut| answer.is_char_boundary(*cut)) {
            let (head, tail) = answer.split_at(cut);
            let got = split(template, prompt, &[head, tail]);
            assert_eq!(got, (reasoning.to_owned(), text.to_owned()), "{head}|{tail}");
        }
    }
}

proptest! {
    #[test]
    fn every_cut_in_many_gives_the_same(case in 0..CASES.len(), sizes in prop::collection::vec(1_usize..7, 1..40)) {
        let (template, prompt, answer, reasoning, text) = CASES[case];
        let letters: Vec<char> = answer.chars().collect();
        let mut pieces = Vec::new();
        let mut sizes = sizes.into_iter().cycle();
        let mut rest = letters.as_slice();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
            pieces.push(piece.iter().collect::<String>());
            rest = after;
        }
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        prop_assert_eq!(split(template, prompt, &pieces), (reasoning.to_owned(), text.to_owned()));
    }

    #[test]
    fn no_text_is_lost_where_nothing_is_marked(text in "[^<\\[\\s]\\PC{0,60}", at in 0_usize..60) {
        let cut = (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)).nth(at).unwrap_or(text.len());
        let (head, tail) = text.split_at(cut);
        prop_assert_eq!(split("", "", &[head, tail]), (String::new(), text.clone()));
    }
}

#[test]
fn what_is_spelled_reads_back_as_what_was_meant() {
    for (template, prompt) in [("", ""), ("", "<think>\n"), (HARMONY, "<|start|>assistant")] {
        for (reasoning, text) in [("a\nb", "c"), ("a", ""), ("", "c d")] {
            let open = OpenAnswer { reasoning: reasoning.into(), text: text.into(), tokens: Vec::new() };
            let spelled = Reasoning::after(template, prompt).spelled(&open);
            assert_eq!(split(template, prompt, &[&spelled]), (reasoning.to_owned(), text.to_owned()), "{spelled}");
        }
    }
}
