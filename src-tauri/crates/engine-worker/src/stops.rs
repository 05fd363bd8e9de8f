//! End marks that reach the text: a model whose vocabulary has no token for its template's end of turn spells it out.

/// Looks for end marks in text that arrives in pieces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stops {
    marks: Vec<String>,
    held: String,
}

impl Stops {
    /// Looks for these.
    pub(crate) fn new(marks: Vec<String>) -> Self {
        Self { marks, held: String::new() }
    }

    /// The text that is certainly none of a mark, and whether a mark followed.
    pub(crate) fn push(&mut self, text: &str) -> (String, bool) {
        if self.marks.is_empty() {
            return (text.to_owned(), false);
        }
        self.held.push_str(text);
        if let Some(at) = self.marks.iter().filter_map(|mark| self.held.find(mark)).min() {
            self.held.truncate(at);
            return (std::mem::take(&mut self.held), true);
        }
        let keep = held_back(&self.held, &self.marks);
        let rest = self.held.split_off(self.held.len() - keep);
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What was held back and became no mark.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// Length in bytes of the longest end of `text` that begins one of the marks and is none yet.
pub(crate) fn held_back(text: &str, marks: &[impl AsRef<str>]) -> usize {
    let longest = |mark: &str| {
        (1..mark.len())
            .rev()
            .filter(|length| mark.is_char_boundary(*length))
            .find(|length| text.ends_with(&mark[..*length]))
    };
    marks.iter().filter_map(|mark| longest(mark.as_ref())).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn however_it_is_cut_it_stops_at_the_first_mark(cuts in prop::collection::vec(0_usize..30, 0..6)) {
            let text = "a <|im_ b <|im_end|> c";
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let mut stops = Stops::new(vec!["</s>".into(), "<|im_end|>".into()]);
            let mut before = String::new();
            let mut stopped = false;
            for pair in cuts.windows(2) {
                let (text, stop) = stops.push(&text[pair[0]..pair[1]]);
                before.push_str(&text);
                stopped = stop;
                if stop {
                    break;
                }
            }
            prop_assert!(stopped);
            prop_assert_eq!(before, "a <|im_ b ");
        }
    }

    #[test]
    fn what_only_looks_like_a_mark_comes_out_at_the_end() {
        let mut stops = Stops::new(vec!["<|im_end|>".into()]);
        assert_eq!(stops.push("a <|im"), ("a ".into(), false));
        assert_eq!(stops.finish(), "<|im");
    }
}
