//! Characters from bytes that arrive in pieces: a token may end in the middle of one.

/// Bytes in, whole characters out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Utf8 {
    held: Vec<u8>,
}

impl Utf8 {
    /// The characters that are whole now. Bytes that can never become one are U+FFFD.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let mut text = String::new();
        loop {
            match std::str::from_utf8(&self.held) {
                Ok(whole) => {
                    text.push_str(whole);
                    self.held.clear();
                    return text;
                }
                Err(error) => {
                    let (whole, rest) = self.held.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(whole));
                    let Some(bad) = error.error_len() else {
                        self.held = rest.to_vec();
                        return text;
                    };
                    text.push(char::REPLACEMENT_CHARACTER);
                    self.held = rest[bad..].to_vec();
                }
            }
        }
    }

    /// What is left at the end: a character that was never finished.
    pub(crate) fn finish(&mut self) -> String {
        let left = !self.held.is_empty();
        self.held.clear();
        if left { char::REPLACEMENT_CHARACTER.to_string() } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn however_it_is_cut_the_text_is_the_same(text in "\\PC{0,40}", size in 1_usize..5) {
            let mut utf8 = Utf8::default();
            let joined: String = text.as_bytes().chunks(size).map(|bytes| utf8.push(bytes)).collect();
            prop_assert_eq!(joined, text);
            prop_assert_eq!(utf8.finish(), "");
        }

        #[test]
        fn any_bytes_become_what_the_standard_library_makes_of_them(bytes: Vec<u8>, size in 1_usize..5) {
            let mut utf8 = Utf8::default();
            let mut joined: String = bytes.chunks(size).map(|bytes| utf8.push(bytes)).collect();
            joined.push_str(&utf8.finish());
            prop_assert_eq!(joined, String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn half_a_character_waits() {
        let mut utf8 = Utf8::default();
        assert_eq!(utf8.push("a😀".as_bytes().split_at(3).0), "a");
        assert_eq!(utf8.push(&"😀".as_bytes()[2..]), "😀");
    }
}
