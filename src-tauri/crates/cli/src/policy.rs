//! `policy`: what an administrator has set, and whether a file of theirs is sound. Neither opens the chats.

use std::{fmt::Write, fs, io::Read, path::Path};

use policy::{Entry, Policy, Sources};
use serde_json::{Value, json};
use wire::Failure;

use crate::{arguments::PolicyCommand, exit::Ending, output};

pub(crate) fn run(command: PolicyCommand) -> Result<(), Ending> {
    match command {
        PolicyCommand::Check { file, recommended, .. } => check(&file, !recommended),
        PolicyCommand::Show { json } => {
            let policy = Policy::load(&Sources::system());
            if json { output::json(&as_json(&policy)) } else { output::result(&as_text(&policy)) }
        }
    }
}

fn check(file: &Path, managed: bool) -> Result<(), Ending> {
    let bytes =
        read(file).map_err(|error| Failure::not_found(format!("{} cannot be read: {error}.", file.display())))?;
    let problems = policy::check(file, &bytes, managed);
    for problem in &problems {
        output::result(&format!("{problem}\n"))?;
    }
    match problems.len() {
        0 => Ok(()),
        1 => Err(Ending::Unsound("1 problem".to_owned())),
        many => Err(Ending::Unsound(format!("{many} problems"))),
    }
}

/// At most one byte more than a policy may have, so that a wrong file does not fill the memory.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(policy::MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn as_text(policy: &Policy) -> String {
    let mut text = String::new();
    if policy.fails_closed() {
        text.push_str("Sealed and locked, because the policy has a mistake that touches security.\n\n");
    }
    for problem in policy.problems() {
        let _ = writeln!(text, "{problem}");
    }
    if !policy.problems().is_empty() {
        text.push('\n');
    }
    let entries = policy.entries();
    if entries.is_empty() {
        text.push_str("Nothing is set for this computer.\n");
        return text;
    }
    for Entry { key, value, words, origin, replaces } in entries {
        let binding = if origin.managed { "binding" } else { "recommended" };
        let _ = writeln!(text, "{key} = {value}\n  {words}\n  {binding}, {origin}");
        for before in replaces {
            let _ = writeln!(text, "  replaces {before}");
        }
    }
    if let Some(sha256) = policy.sha256() {
        let _ = writeln!(text, "\nSHA-256 of what binds  {}", hex::encode(sha256));
    }
    text
}

fn as_json(policy: &Policy) -> Value {
    let entries: Vec<_> = policy
        .entries()
        .into_iter()
        .map(|Entry { key, value, words, origin, replaces }| {
            let value: Value = serde_json::from_str(&value).expect("BUG: an entry's value is JSON");
            json!({"key": key, "value": value, "words": words, "managed": origin.managed, "file": origin.file,
                "line": origin.line, "replaces": replaces})
        })
        .collect();
    json!({"managed": policy.is_managed(), "fails_closed": policy.fails_closed(), "sha256": policy.sha256().map(hex::encode),
        "entries": entries, "problems": policy.problems()})
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn policy(folder: &Path, text: &str) -> Policy {
        let file = folder.join("10.json");
        fs::write(&file, text).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let owner_uid = rustix::process::getuid().as_raw();
        let unchecked = folder.parent().unwrap().to_owned();
        Policy::load(&Sources { managed: vec![folder.to_owned()], owner_uid, unchecked, ..Sources::none() })
    }

    #[test]
    fn what_is_set_is_listed_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let policy = policy(folder.path(), "{\n  \"lock.idle_minutes\": 15,\n  \"mode\": \"seeled\"\n}");
        let file = folder.path().join("10.json").display().to_string();
        let sha256 = hex::encode(policy.sha256().unwrap());
        let expected = format!(
            "Sealed and locked, because the policy has a mistake that touches security.\n\n\
             {file}:3:11: \"mode\" must be one of \"sealed\", \"guarded\", \"open\".\n\n\
             mode = \"sealed\"\n  Where the bridge stands: nothing crosses, or each chat asks first, or rules decide.\n  \
             binding, {file}:3\n\
             lock.idle_minutes = 15\n  Minutes without a key or a click after which the chats are locked.\n  \
             binding, {file}:2\n\n\
             SHA-256 of what binds  {sha256}\n"
        );
        assert_eq!(as_text(&policy), expected);
        let json = as_json(&policy);
        assert_eq!(json["entries"][1]["value"], 15);
        assert_eq!(json["entries"][1]["line"], 2);
        assert_eq!(json["problems"][0]["line"], 3);
        assert_eq!((&json["managed"], &json["fails_closed"]), (&Value::Bool(true), &Value::Bool(true)));
    }

    #[test]
    fn what_a_later_file_replaces_is_said() {
        let folder = tempfile::tempdir().unwrap();
        policy(folder.path(), r#"{"mode": "open"}"#);
        fs::rename(folder.path().join("10.json"), folder.path().join("05.json")).unwrap();
        let policy = policy(folder.path(), r#"{"mode": "guarded"}"#);
        let (early, late) = (folder.path().join("05.json"), folder.path().join("10.json"));
        let expected = format!("  binding, {}:1\n  replaces {}:1\n", late.display(), early.display());
        assert!(as_text(&policy).contains(&expected), "{}", as_text(&policy));
        assert_eq!(as_json(&policy)["entries"][0]["replaces"][0]["file"], early.display().to_string());
    }

    #[test]
    fn no_policy_is_said_in_words() {
        assert_eq!(as_text(&Policy::default()), "Nothing is set for this computer.\n");
    }
}
