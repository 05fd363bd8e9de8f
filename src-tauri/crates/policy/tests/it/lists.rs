//! Property lists, as macOS lays them down for managed preferences.

use policy::{Mode, Policy, Sources, document::documents};

use crate::Computer;

fn list(rows: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>{rows}</dict></plist>")
}

fn load(computer: &Computer, names: &[&str]) -> Policy {
    let property_lists = names.iter().map(|name| computer.path(name)).collect();
    Policy::load(&Sources { property_lists, managed: Vec::new(), ..computer.sources() })
}

#[test]
fn every_key_of_the_profile_is_obeyed() {
    let profile = documents("").into_iter().find(|document| document.path.ends_with("mobileconfig")).unwrap().text;
    // What a profile carries for us becomes the property list.
    let start = profile.find("<dict>\n\t\t\t<key>PayloadDisplayName").unwrap();
    let end = start + profile[start..].find("\t\t</dict>\n\t</array>").unwrap();
    let computer = Computer::new();
    computer.file("all.plist", format!("<plist version=\"1.0\">{}</dict></plist>", &profile[start..end]));
    let policy = load(&computer, &["all.plist"]);
    assert_eq!(policy.problems(), []);
    let set: Vec<_> = policy.entries().into_iter().map(|entry| (entry.key, entry.value)).collect();
    let expected = policy::KEYS.iter().filter_map(|key| {
        let value: serde_json::Value = serde_json::from_str(key.obeyed_example()?).unwrap();
        Some((key.name, domain::canonical_json(&value)))
    });
    assert_eq!(set, Vec::from_iter(expected));
    assert!(policy.entries().iter().all(|entry| entry.origin.managed && entry.origin.line.is_none()));
}

#[test]
fn a_binary_list_says_the_same() {
    let computer = Computer::new();
    let rows = plist::Value::from_reader_xml(list("<key>lock.idle_minutes</key><integer>5</integer>").as_bytes());
    let mut bytes = Vec::new();
    rows.unwrap().to_writer_binary(&mut bytes).unwrap();
    computer.file("p.plist", bytes);
    assert_eq!(load(&computer, &["p.plist"]).lock_idle_minutes(), Some(5));
}

#[test]
fn the_later_list_wins_and_says_what_it_replaces() {
    let computer = Computer::new();
    computer
        .file("user.plist", list("<key>mode</key><string>open</string><key>ui.banner</key><string>Ada</string>"))
        .file("all.plist", list("<key>mode</key><string>guarded</string>"));
    let policy = load(&computer, &["user.plist", "all.plist", "missing.plist", "no/folder.plist"]);
    assert_eq!((policy.mode(), policy.banner()), (Some(Mode::Guarded), Some("Ada")));
    assert_eq!(policy.entries()[0].replaces[0].to_string(), computer.path("user.plist").display().to_string());
    assert_eq!(policy.problems(), []);
}

#[test]
fn what_is_wrong_in_a_list_fails_closed() {
    for (text, expected) in [
        (list("<key>mode</key><integer>1</integer>"), "\"mode\" must be one of \"sealed\", \"guarded\", \"open\"."),
        (list("<key>colour</key><true/>"), "There is no key \"colour\" in this version."),
        ("<plist><array/></plist>".to_owned(), "The property list must hold one dictionary of keys and values."),
        ("bplist00".to_owned(), "This is not a property list."),
        (String::new(), "This is not a property list."),
        ("x".repeat((1 << 20) + 1), "The file is larger than 1 MiB."),
    ] {
        let computer = Computer::new();
        computer.file("p.plist", text);
        let policy = load(&computer, &["p.plist"]);
        assert_eq!(policy.problems()[0].to_string(), format!("{}: {expected}", computer.path("p.plist").display()));
        assert!(policy.fails_closed() && policy.mode() == Some(Mode::Sealed));
    }
}

#[cfg(unix)]
#[test]
fn a_list_that_others_could_have_written_is_not_obeyed() {
    use std::os::unix::fs::PermissionsExt;
    for name in ["lists/p.plist", "lists"] {
        let computer = Computer::new();
        std::fs::create_dir(computer.path("lists")).unwrap();
        crate::private(&computer.path("lists"));
        computer.file("lists/p.plist", list("<key>mode</key><string>open</string>"));
        std::fs::set_permissions(computer.path(name), std::fs::Permissions::from_mode(0o777)).unwrap();
        let policy = load(&computer, &["lists/p.plist"]);
        assert_eq!(policy.problems()[0].file, computer.path(name));
        assert_eq!(policy.mode(), Some(Mode::Sealed));
    }
}
