//! Files: their order, what stands wrong in them and where, who may own them.

use crate::Computer;

#[test]
fn files_are_read_in_the_order_of_their_names() {
    let computer = Computer::new();
    computer
        .file("managed/20.json", r#"{"ui.banner": "second"}"#)
        .file("managed/10.json", r#"{"ui.banner": "first", "mode": "sealed"}"#)
        .file("managed/30.json.bak", "this is no policy");
    let policy = computer.policy();
    assert_eq!((policy.banner(), policy.problems().len()), (Some("second"), 0));
    assert_eq!(policy.origin("ui.banner").unwrap().file, computer.path("managed/20.json"));
    assert_eq!(policy.origin("mode").unwrap().file, computer.path("managed/10.json"));
}

#[test]
fn a_mark_of_byte_order_is_passed_over() {
    let computer = Computer::new();
    computer.file("managed/10.json", "\u{feff}{\"ui.banner\": 1}");
    assert_eq!(
        computer.problems(),
        [r#"managed/10.json:1:15: "ui.banner" must be a text of 1 to 300 characters on one line."#]
    );
}

#[test]
fn every_problem_has_its_place() {
    let text = "{\n  \"$schema\": \"drawbridge.schema.json\",\n  \"mode\": \"seeled\", \"ui.banner\": \"ä\", \"Export-Allowed\": 1,\n  \"colour\": {},\n  \"mode\": \"open\",\n  \"models.allowed_sha256\": [\"12\"]\n}";
    let computer = Computer::new();
    computer.file("managed/10.json", text);
    assert_eq!(
        computer.problems(),
        [
            r#"managed/10.json:3:11: "mode" must be one of "sealed", "guarded", "open"."#,
            r#"managed/10.json:3:39: There is no key "Export-Allowed". Is "export.allowed" meant?"#,
            r#"managed/10.json:4:3: There is no key "colour" in this version."#,
            r#"managed/10.json:5:3: "mode" is set already in line 3."#,
            r#"managed/10.json:6:28: "models.allowed_sha256" has an item, number 1, that must be a SHA-256 in 64 hexadecimal digits."#,
        ]
    );
    let policy = computer.policy();
    assert_eq!(policy.mode(), Some(policy::Mode::Sealed));
    assert_eq!(policy.allowed_sha256(), Some(&[][..]), "a bad list of models allows none");
    assert!(policy.export_allowed() && policy.clipboard_copy(), "nothing is forbidden that was not meant");
}

#[test]
fn a_file_that_is_no_policy_seals() {
    let deep = format!("{{\"mode\": {}", "[".repeat(100_000));
    let large = format!("{{\"ui.banner\": \"{}\"}}", "x".repeat(1 << 20));
    for (text, expected) in [
        (&b"{\n  \"mode\": sealed\n}"[..], "managed/10.json:2:11: This is not JSON: expected value."),
        (b"{\"mode\": \"sealed\",}", "managed/10.json:1:19: This is not JSON: trailing comma."),
        (b"// mode\n{}", "managed/10.json:1:1: This is not JSON: expected value."),
        (b"", "managed/10.json:1:1: This is not JSON: EOF while parsing a value."),
        (b"[]", "managed/10.json:1:1: The file must hold one object of keys and values: { … }."),
        (b"{\"ui.banner\": \"\xff\"}", "managed/10.json:1:16: The file is not UTF-8."),
        (deep.as_bytes(), "managed/10.json:1:136: This is not JSON: recursion limit exceeded."),
        (large.as_bytes(), "managed/10.json: The file is larger than 1 MiB. Split it."),
    ] {
        let computer = Computer::new();
        computer.file("managed/10.json", text);
        assert_eq!(computer.problems(), [expected]);
        let policy = computer.policy();
        assert!(policy.fails_closed() && policy.sealed_lock() && policy.entries().is_empty());
    }
}

#[test]
fn a_computer_without_the_folders_has_no_policy() {
    let computer = Computer::new();
    let missing = policy::Sources { managed: vec![computer.path("none")], ..computer.sources() };
    let policy = policy::Policy::load(&missing);
    assert!(!policy.is_managed() && policy.problems().is_empty());
    assert_eq!(policy::Sources::none(), policy::Sources::default());
}

#[cfg(unix)]
mod owners {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::Computer;

    fn allow(computer: &Computer, name: &str, mode: u32) {
        fs::set_permissions(computer.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_another_owns_is_not_obeyed() {
        let computer = Computer::new();
        computer.file("managed/10.json", r#"{"mode": "open", "ui.banner": "mine"}"#);
        let mut sources = computer.sources();
        sources.owner_uid += 1;
        let policy = policy::Policy::load(&sources);
        // Both folders are refused; the managed one seals.
        assert_eq!(policy.problems().len(), 2);
        let text = policy.problems()[1].to_string();
        assert!(text.contains(&format!("chown {}", sources.owner_uid)), "{text}");
        assert_eq!((policy.mode(), policy.banner()), (Some(policy::Mode::Sealed), None));
        assert_eq!(policy.problems().iter().filter(|problem| problem.seals).count(), 1);
    }

    #[test]
    fn what_others_may_write_is_not_obeyed() {
        for (name, mode) in
            [("managed/10.json", 0o664), ("managed/10.json", 0o646), ("managed", 0o775), ("managed", 0o1777)]
        {
            let computer = Computer::new();
            computer.file("managed/10.json", r#"{"mode": "open", "ui.banner": "mine"}"#);
            allow(&computer, name, mode);
            let expected =
                format!("{name}: It is not obeyed, because others than its owner may write to it: chmod go-w.");
            assert_eq!(computer.problems(), [expected]);
            let policy = computer.policy();
            assert_eq!((policy.mode(), policy.banner()), (Some(policy::Mode::Sealed), None));
        }
    }

    #[test]
    fn one_file_that_is_refused_does_not_take_the_others_along() {
        let computer = Computer::new();
        computer
            .file("managed/10.json", r#"{"ui.banner": "kept"}"#)
            .file("managed/20.json", r#"{"ui.banner": "refused"}"#);
        allow(&computer, "managed/20.json", 0o666);
        let policy = computer.policy();
        assert_eq!((policy.banner(), policy.fails_closed()), (Some("kept"), true));
    }

    #[test]
    fn a_folder_or_a_dead_link_by_the_name_of_a_file_is_a_problem() {
        let computer = Computer::new();
        fs::create_dir(computer.path("managed/10.json")).unwrap();
        allow(&computer, "managed/10.json", 0o755);
        std::os::unix::fs::symlink("nowhere", computer.path("managed/20.json")).unwrap();
        let problems = computer.problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems.iter().all(|problem| problem.contains("It cannot be read")), "{problems:?}");
        assert!(computer.policy().fails_closed());
    }
}
