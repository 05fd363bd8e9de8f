//! What jinja2 with Hugging Face's extensions reads and minijinja does not.

/// A template's text with `{% generation %}` blocks, which only mark what a model writes, as plain blocks.
pub(super) fn adapted(source: &str) -> String {
    let mut adapted = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let (before, tag) = rest.split_at(start);
        adapted.push_str(before);
        let end = tag.find("%}").map_or(tag.len(), |end| end + 2);
        let (tag, after) = tag.split_at(end);
        let inside = tag.trim_start_matches("{%").trim_end_matches("%}");
        match inside.trim_matches(|mark: char| mark == '-' || mark == '+' || mark.is_whitespace()) {
            "generation" => adapted.push_str(&tag.replace("generation", "if true")),
            "endgeneration" => adapted.push_str(&tag.replace("endgeneration", "endif")),
            _ => adapted.push_str(tag),
        }
        rest = after;
    }
    adapted.push_str(rest);
    adapted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_generation_marks_change() {
        let source = "a {%- generation -%} b {% endgeneration %} {% if generation %}c{% endif %} {{ '{%' }}";
        let expected = "a {%- if true -%} b {% endif %} {% if generation %}c{% endif %} {{ '{%' }}";
        assert_eq!(adapted(source), expected);
    }
}
