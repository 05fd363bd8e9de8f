//! `models inspect` and `models render`: files in, text out, nothing kept.
#![allow(clippy::unwrap_used)]

mod terminal;

use terminal::{Account, starter};

const MESSAGES: &str = r#"[{"role":"system","content":"Be brief."},{"role":"user","content":"Hé?\n漢"}]"#;
const PROMPT: &str =
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHé?\n漢<|im_end|>\n<|im_start|>assistant\n";

fn text(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_model_file_is_described() {
    let account = Account::new();
    let ended = account.run(["models", "inspect", text(&starter())]).done();
    let expected = "\
Name           Drawbridge Starter
Architecture   llama
Weights        2.8 million
Quantisation   Q8_0
Size           3.1 MB
Context        2048 tokens
Chat template  its own
Licence        apache-2.0
Format         GGUF version 3, 56 tensors
";
    assert_eq!(ended.out, expected);
    assert_eq!(ended.err, "");
    let json = account.run(["models", "inspect", "--json", text(&starter())]).done().json();
    assert_eq!(json["file"]["quantisation"], "Q8_0");
    assert_eq!(json["file"]["bytes"], 3_076_576);
    assert!(json["template"].as_str().unwrap().contains("<|im_start|>"));
}

#[test]
fn a_file_that_is_no_model_is_refused_with_a_sentence() {
    let account = Account::new();
    account.run(["models", "inspect", "/nowhere/model.gguf"]).refused(3, "There is no file /nowhere/model.gguf");
    account.run(["models", "inspect", "/"]).refused(3, "is not a file");
    let text_file = account.file("notes.gguf", "Dear diary");
    account.run(["models", "inspect", text(&text_file)]).refused(3, "not a GGUF file");
    let whole = std::fs::read(starter()).unwrap();
    let cut = account.file("cut.gguf", &whole[..whole.len() / 2]);
    account.run(["models", "inspect", text(&cut)]).refused(3, "may not have finished downloading");
    account.run(["ask", "Hello", "--model", text(&cut)]).refused(3, "may not have finished downloading");
}

#[test]
fn hostile_files_end_with_a_sentence_and_not_with_a_crash() {
    let account = Account::new();
    let cases = gguf::hostile::refused();
    // A start of the program costs more than a look at a header: every tenth is enough here, all are tried in `gguf`.
    for case in cases.iter().step_by(10) {
        let path = account.file("hostile.gguf", &case.bytes);
        let ended = account.run(["models", "inspect", text(&path)]);
        assert_eq!(ended.code, Some(3), "{}: {ended:?}", case.name);
        assert!(!ended.err.contains("panicked") && ended.err.lines().count() == 1, "{}: {ended:?}", case.name);
    }
}

#[test]
fn a_prompt_is_printed_to_the_last_byte() {
    let account = Account::new();
    let list = account.file("messages.json", MESSAGES);
    let ended = account.run(["models", "render", text(&starter()), "--messages", text(&list)]).done();
    assert_eq!(ended.out, PROMPT);
    assert_eq!(ended.err, "");
    let from_stdin = account.run_with(["models", "render", text(&starter()), "--messages", "-"], MESSAGES).done();
    assert_eq!(from_stdin.out, PROMPT);
    let object = format!(r#"{{"messages":{MESSAGES},"add_generation_prompt":false}}"#);
    let object = account.file("object.json", object);
    let ended = account.run(["models", "render", text(&starter()), "--messages", text(&object)]).done();
    assert_eq!(ended.out, PROMPT.strip_suffix("<|im_start|>assistant\n").unwrap());
}

#[test]
fn a_template_is_rendered_without_a_model() {
    let account = Account::new();
    let list = account.file("messages.json", MESSAGES);
    let template = account.file(
        "t.jinja",
        "{{ bos_token }}{% for m in messages %}[{{ m.role|upper }}] {{ m['content'] }}{{ eos_token }}{% endfor %}",
    );
    let arguments =
        ["models", "render", "--template", text(&template), "--bos", "<s>", "--eos", "</s>", "--messages", text(&list)];
    assert_eq!(account.run(arguments).done().out, "<s>[SYSTEM] Be brief.</s>[USER] Hé?\n漢</s>");
}

#[test]
fn a_template_that_refuses_says_so_in_its_own_words() {
    let account = Account::new();
    let list = account.file("messages.json", MESSAGES);
    let template = account.file("t.jinja", "{{ raise_exception('Only one voice is allowed') }}");
    let arguments = ["models", "render", "--template", text(&template), "--messages", text(&list)];
    account.run(arguments).refused(3, "Only one voice is allowed");
}

#[test]
fn messages_that_are_none_are_refused() {
    let account = Account::new();
    for wrong in ["", "{", "42", r#"{"message":"hello"}"#] {
        let file = account.file("wrong.json", wrong);
        account
            .run(["models", "render", text(&starter()), "--messages", text(&file)])
            .refused(2, "The messages cannot be used");
    }
    account.run(["models", "render", text(&starter()), "--messages", "/nowhere.json"]).refused(2, "/nowhere.json");
    account.run(["models", "render", "--messages", "/nowhere.json"]).refused(2, "required");
}

#[test]
fn neither_touches_the_data_folder() {
    let account = Account::new();
    let list = account.file("messages.json", MESSAGES);
    account.run(["models", "inspect", text(&starter())]).done();
    account.run(["models", "render", text(&starter()), "--messages", text(&list)]).done();
    account.run(["models", "inspect", "/nowhere.gguf"]).refused(3, "nowhere");
    assert!(!account.data_folder().exists());
    assert_eq!(std::fs::read_dir(account.home()).unwrap().count(), 1, "only the messages lie in the account");
}
