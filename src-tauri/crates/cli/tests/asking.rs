//! `ask`, and what becomes of it: the real worker with the starter model.
#![allow(clippy::unwrap_used)]

mod terminal;

use std::{
    io::Read,
    process::{Child, Command, Stdio},
};

use terminal::{Account, Ended, starter};

fn ask_for_ever(account: &Account) -> Command {
    let model = account.endless_model();
    account.command(["ask", "Tell me a story", "--temperature", "0", "--model", model.to_str().unwrap()])
}

#[test]
fn a_question_is_answered_and_kept() {
    let account = Account::new();
    let ended = account.ask("What is Drawbridge?");
    assert!(ended.out.contains("Drawbridge") && ended.out.ends_with('\n'), "{ended:?}");
    let plain = "drawbridge-cli: Chats are kept unencrypted. This computer offers no keychain that can keep a key.\n";
    assert_eq!(ended.err, plain, "a first start says how chats are kept, and nothing else where nobody watches");
    let chats = account.chats();
    assert_eq!(chats.len(), 1);
    let messages = account.messages(&chats[0]);
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["text"], "What is Drawbridge?");
    assert_eq!(messages[1]["text"].as_str().unwrap(), ended.out.trim_end());
    assert_eq!(messages[1]["state"], "complete");

    let listed = account.run(["chats", "list"]).done().out;
    let id = chats[0]["id"].as_str().unwrap();
    assert!(listed.starts_with(id) && listed.lines().count() == 1, "{listed}");
    let found = account.run(["chats", "search", "drawbridge"]).done().out;
    assert!(found.contains(id), "{found}");
    assert!(!account.run(["chats", "search", "drawbridge", "--json"]).done().json().as_array().unwrap().is_empty());
    let shown = account.run(["chats", "show", &id[..id.len() - 1]]).done().out;
    assert!(shown.contains("What is Drawbridge?") && shown.contains(ended.out.trim_end()), "{shown}");
    let file = account.home().join("chat.md");
    let exported = account.run(["chats", "export", id, "--output", file.to_str().unwrap()]).done();
    assert_eq!(exported.out, "");
    assert!(std::fs::read_to_string(file).unwrap().contains("written by"), "what a model wrote says so");
    assert_eq!(account.run(["chats", "export", id, "--format", "json"]).done().json()["chat"]["id"], id);
    assert_eq!(account.ask("Hello").err, "", "nothing but the answer is said from then on");
    account.run(["chats", "show", "ffff"]).refused(5, "There is no chat");
    account.run(["chats", "export", id, "--output", "/nowhere/chat.md"]).refused(1, "/nowhere/chat.md");
}

#[test]
fn an_answer_comes_as_json_with_its_figures() {
    let account = Account::new();
    let json = account.run(["ask", "What is Drawbridge?", "--seed", "3", "--max-tokens", "5", "--json"]).done().json();
    assert_eq!(json["finish"], "max_tokens");
    assert_eq!(json["usage"]["output_tokens"], 5);
    assert_eq!(json["sampling"]["seed"], 3);
    assert_eq!(json["place"], "this_computer");
    assert_eq!(json["error"], serde_json::Value::Null);
    assert_eq!(json["chat"], account.chats()[0]["id"]);
    let again = account.run(["ask", "What is Drawbridge?", "--seed", "3", "--max-tokens", "5", "--json"]).done().json();
    assert_eq!(again["text"], json["text"], "the same seed gives the same answer");
}

#[test]
fn what_is_piped_in_is_asked() {
    let account = Account::new();
    let question = |account: &Account| account.messages(&account.chats()[0])[0]["text"].as_str().unwrap().to_owned();
    account.run_with(["ask", "-"], "What is\nDrawbridge?\n").done();
    assert_eq!(question(&account), "What is\nDrawbridge?");
    account.run_with(["ask"], "Who are you?").done();
    assert_eq!(question(&account), "Who are you?");
    account.run_with(["ask", "Say", "this", "again:"], "one\ntwo\n").done();
    assert_eq!(question(&account), "Say this again:\n\none\ntwo");
}

#[test]
fn a_pipe_that_nobody_closes_is_not_waited_for() {
    let account = Account::new();
    let mut child =
        account.command(["ask", "Who are you?", "--max-tokens", "5"]).stdin(Stdio::piped()).spawn().unwrap();
    let open = child.stdin.take();
    let ended: Ended = child.wait_with_output().unwrap().into();
    drop(open);
    assert!(ended.done().err.contains("Nothing came on stdin"));
}

#[test]
fn what_cannot_be_understood_is_refused_as_usage() {
    let account = Account::new();
    account.run(["ask"]).refused(2, "The question is empty");
    account.run(["ask", "  "]).refused(2, "The question is empty");
    account.run(["ask", "Hello", "--temperature", "9"]).refused(2, "a number from 0 to 2");
    account.run(["ask", "Hello", "--max-tokens", "0"]).refused(2, "max-tokens");
    account.run(["sing"]).refused(2, "sing");
    account.run(["ask", "Hello", "--model", "/nowhere/model.gguf"]).refused(3, "/nowhere/model.gguf");
    let help = account.run(["--help"]).done().out;
    assert!(help.contains("130  interrupted"), "{help}");
}

#[test]
fn a_model_file_is_added_where_it_lies_and_answers() {
    let account = Account::new();
    let copy = account.home().join("my model.gguf");
    std::fs::copy(starter(), &copy).unwrap();
    let path = copy.to_str().unwrap();
    let added = account.run(["models", "import", path]).done().out;
    assert!(added.starts_with("Drawbridge Starter is in the library"), "{added}");
    let models = account.run(["models", "list", "--json"]).done().json();
    assert_eq!(models.as_array().unwrap().len(), 2, "the starter model and this one: {models}");
    assert!(account.run(["models", "list"]).done().out.contains(path));
    account.run(["ask", "Who are you?", "--temperature", "0", "--model", path]).done();
    let models = account.run(["models", "list", "--json"]).done().json();
    assert_eq!(models.as_array().unwrap().len(), 2, "asking it does not add it again");
}

#[test]
fn each_data_folder_keeps_its_own() {
    let account = Account::new();
    let other = account.home().join("other place");
    let other = other.to_str().unwrap();
    account.run(["ask", "Who are you?", "--max-tokens", "5", "--data-dir", other]).done();
    assert!(!account.data_folder().exists(), "the account's own folder was touched");
    account.ask("What is Drawbridge?");
    let there = account.run(["--data-dir", other, "chats", "list", "--json"]).done().json();
    assert_eq!(there.as_array().unwrap().len(), 1);
    assert_ne!(there[0]["id"], account.chats()[0]["id"]);
}

#[test]
fn several_at_once_on_one_folder_all_answer_and_all_keep() {
    let account = Account::new();
    let children: Vec<Child> = (0..3)
        .map(|n| account.command(["ask", &format!("Question {n}?"), "--max-tokens", "40"]).spawn().unwrap())
        .collect();
    for child in children {
        Ended::from(child.wait_with_output().unwrap()).done();
    }
    let chats = account.chats();
    assert_eq!(chats.len(), 3);
    for chat in &chats {
        let answer = &account.messages(chat)[1];
        assert_eq!(answer["state"], "complete", "one start does not interrupt another's answer: {answer}");
    }
}

#[test]
fn a_reader_that_has_enough_ends_the_answer_and_is_no_error() {
    let account = Account::new();
    let mut child = ask_for_ever(&account).spawn().unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.done().err, "");
    let answer = &account.messages(&account.chats()[0])[1];
    assert!(!answer["text"].as_str().unwrap().is_empty(), "what was written is kept: {answer}");
    assert_eq!(answer["answer"]["finish"], "stopped", "{answer}");
}

#[cfg(unix)]
#[test]
fn signals_end_an_answer_early_and_keep_what_is_written() {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    use std::os::unix::process::CommandExt;
    // Ctrl+C in a terminal reaches every process of the group, so the worker too.
    for (signal, to_all) in [(Signal::INT, true), (Signal::INT, false), (Signal::TERM, false), (Signal::HUP, false)] {
        let account = Account::new();
        let mut child = ask_for_ever(&account).process_group(0).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut first = [0; 1];
        out.read_exact(&mut first).unwrap();
        let program = Pid::from_child(&child);
        if to_all { kill_process_group(program, signal) } else { kill_process(program, signal) }.unwrap();
        let mut rest = Vec::new();
        out.read_to_end(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal:?}");
        let seen = String::from_utf8([&first[..], &rest].concat()).unwrap();
        let answer = &account.messages(&account.chats()[0])[1];
        let kept = answer["text"].as_str().unwrap();
        assert_eq!(kept.trim_end(), seen.trim_end(), "{signal:?}: all that was shown is kept");
        assert_eq!(answer["answer"]["finish"], "stopped", "{signal:?} {to_all} {answer}");
    }
}
