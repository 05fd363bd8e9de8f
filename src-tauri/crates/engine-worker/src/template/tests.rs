#![allow(clippy::unwrap_used)]
use serde_json::json;

use super::*;

fn now() -> Now {
    // 2024-03-05T10:45:09Z
    Now::standing(|| domain::Timestamp(1_709_635_509_000))
}

fn render(source: &str, request: &Json) -> Result<String, EngineError> {
    Template::new(source, "<s>", "</s>", now()).render(request)
}

fn says(source: &str) -> String {
    let request =
        json!({ "messages": [{ "role": "user", "content": " Hi " }], "d": { "b": 1, "a": [true, null, 1.5] } });
    render(source, &request).unwrap()
}

fn fails(source: &str) -> String {
    render(source, &json!({ "messages": [] })).unwrap_err().to_string()
}

#[test]
fn what_templates_call_is_there() {
    for (source, expected) in [
        ("{{ messages[0].content.strip() }}|{{ messages[0]['content'] | trim }}", "Hi|Hi"),
        ("{{ '</think>a'.split('</think>')[-1].lstrip('\\n') }}", "a"),
        (
            "{% set ns = namespace(found=false) %}{% for m in messages %}{% set ns.found = true %}{% endfor %}{{ ns.found }}",
            "True",
        ),
        ("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "b=1;a=[True, None, 1.5];"),
        ("{{ d | tojson }}", r#"{"b": 1, "a": [true, null, 1.5]}"#),
        ("{{ [1] | tojson(indent=4) }}", "[\n    1\n]"),
        (
            "{{ tools is none }} {{ tools is defined }} {{ nothing is defined }} {{ d is mapping }} {{ none is iterable }}",
            "True True False True False",
        ),
        (
            "{{ messages[::-1] | length }}{{ range(3) | list }}{{ 'a' in 'cat' }}{{ 'x'.startswith('x') }}",
            "1[0, 1, 2]TrueTrue",
        ),
        ("{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | first }}", " Hi "),
        ("{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "01"),
        ("{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(1) ~ m('a') }}", "[1][a]"),
        ("{{ strftime_now('%d %b %Y') }}", "05 Mar 2024"),
        ("a{% generation %}b{% endgeneration %}c", "abc"),
        ("{{ nothing }}{{ d.missing }}{{ d.get('missing', 'no') }}", "no"),
        ("  {% if true %}\n    x\n  {% endif %}\n", "    x\n"),
        ("{{ bos_token }}{{ add_generation_prompt }}", "<s>True"),
        ("{{ '%s-%d' % ('a', 1) if false else 'b' }}", "b"),
    ] {
        assert_eq!(says(source), expected, "{source}");
    }
}

#[test]
fn a_raised_sentence_is_the_error() {
    let error = fails("{{ raise_exception('Conversation roles must alternate user/assistant') }}");
    assert_eq!(error, "The model's chat template failed: Conversation roles must alternate user/assistant");
}

#[test]
fn a_hostile_template_comes_to_an_end() {
    let endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
    assert!(fails(endless).contains("does not come to an end"), "{}", fails(endless));
    let writes = "{% set x = 'a' * 999999 %}{% for a in range(99999) %}{{ x }}{% endfor %}";
    assert!(fails(writes).contains("more than 16 MiB"), "{}", fails(writes));
    let recurses = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}";
    assert!(fails(recurses).contains("recurs"), "{}", fails(recurses));
    for nested in ["(".repeat(50_000), "[".repeat(50_000), "{% if 1 %}".repeat(50_000)] {
        let source = format!("{{{{ {nested} }}}}");
        assert!(render(&source, &json!({ "messages": [] })).is_err());
    }
    for broken in
        ["{% if", "{{ 1 +", "{% endfor %}", "{{ x.y.z }}", "{{ nosuch() }}", "{{ 1 | nosuch }}", "{% include 'x' %}"]
    {
        assert!(fails(broken).starts_with("The model's chat template failed: "), "{broken}");
    }
}
