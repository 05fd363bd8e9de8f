//! Where the members of a JSON object stand in its text.
//!
//! It looks at text that serde_json has read already, so it checks nothing: quotes close and brackets match.

/// A member of the outermost object, as byte offsets into the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name, still quoted and escaped.
    pub(crate) name: std::ops::Range<usize>,
    /// Its value.
    pub(crate) value: std::ops::Range<usize>,
}

/// The members of the outermost object, in order, those with the same name too.
pub(crate) fn members(text: &str) -> Vec<Member> {
    let bytes = text.as_bytes();
    let mut members = Vec::new();
    let mut name = None;
    let mut at = next(bytes, 0) + 1;
    loop {
        at = next(bytes, at);
        match bytes.get(at) {
            Some(b':' | b',') => at += 1,
            Some(b'}') | None => return members,
            Some(_) => {
                let end = end_of_value(bytes, at);
                match name.take() {
                    None => name = Some(at..end),
                    Some(name) => members.push(Member { name, value: at..end }),
                }
                at = end;
            }
        }
    }
}

/// Line and column, both from 1; a column counts characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn next(bytes: &[u8], from: usize) -> usize {
    let gap = bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    from + gap
}

fn end_of_value(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_text(bytes, at) - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            b',' | b':' if depth == 0 => return at,
            byte if depth == 0 && byte.is_ascii_whitespace() => return at,
            _ => {}
        }
        at += 1;
        if depth == 0 && matches!(bytes[at - 1], b'"' | b'}' | b']') {
            return at;
        }
    }
    at
}

fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_with_their_values() {
        let text = "{ \"a\\\"}\" : [1, {\"b\": \"]\"}],\n\"ä\":true , \"c\":\"x\\\\\",\"c\":-1.5e3}";
        let found: Vec<_> =
            members(text).into_iter().map(|Member { name, value }| (&text[name], &text[value])).collect();
        assert_eq!(
            found,
            [(r#""a\"}""#, r#"[1, {"b": "]"}]"#), ("\"ä\"", "true"), ("\"c\"", r#""x\\""#), ("\"c\"", "-1.5e3"),]
        );
        assert_eq!(members(" {} "), []);
        let at = text.find("true").unwrap();
        assert_eq!(line_and_column(text, at), (2, 5));
        assert_eq!(line_and_column(text, 0), (1, 1));
    }
}
