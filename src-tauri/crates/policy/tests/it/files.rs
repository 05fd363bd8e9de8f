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
fn what_a_later_file_replaces_is_named() {
    let computer = Computer::new();
    computer
        .file("recommended/10.json", r#"{"lock.idle_minutes": 30}"#)
        .file("managed/10-base.json", "{\n  \"ui.banner\": \"base\",\n  \"mode\": \"sealed\"\n}")
        .file("managed/50-team.json", r#"{"ui.banner": "team", "lock.idle_minutes": 5}"#)
        .file("managed/60-site.json", r#"{"ui.banner": "site"}"#);
    let policy = computer.policy();
    let replaced = |key: &str| -> Vec<_> {
        let entry = policy.entries().into_iter().find(|entry| entry.key == key).unwrap();
        entry.replaces.into_iter().map(|origin| (origin.managed, origin.file, origin.line)).collect()
    };
    assert_eq!(replaced("lock.idle_minutes"), [(false, computer.path("recommended/10.json"), Some(1))]);
    let expected = [
        (true, computer.path("managed/10-base.json"), Some(2)),
        (true, computer.path("managed/50-team.json"), Some(1)),
    ];
    assert_eq!(replaced("ui.banner"), expected);
    assert_eq!(policy.banner(), Some("site"));
    assert_eq!(replaced("mode"), []);
    assert_eq!(policy.problems(), []);
}

#[test]
fn a_later_file_does_not_unsay_a_mistake() {
    let computer = Computer::new();
    computer
        .file("managed/10.json", r#"{"export.allowed": "no", "mode": "open", "mode": "open"}"#)
        .file("managed/20.json", r#"{"export.allowed": true}"#);
    let policy = computer.policy();
    assert!(policy.fails_closed() && !policy.export_allowed());
    let mode = policy.entries().into_iter().find(|entry| entry.key == "mode").unwrap();
    assert_eq!((&mode.value[..], mode.replaces.len()), ("\"sealed\"", 0), "twice in one file replaces nothing");
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
        ("{\n\"ä\": x}".as_bytes(), "managed/10.json:2:6: This is not JSON: expected value."),
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
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
    };

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
    fn only_an_ordinary_file_is_read() {
        let computer = Computer::new();
        fs::create_dir(computer.path("managed/10.json")).unwrap();
        allow(&computer, "managed/10.json", 0o755);
        // Nobody ever writes to this pipe: a reader that waits for its other end would wait for ever.
        let made = std::process::Command::new("mkfifo").arg(computer.path("managed/20.json")).status().unwrap();
        assert!(made.success());
        allow(&computer, "managed/20.json", 0o644);
        let expected = ["10", "20"].map(|name| {
            format!("managed/{name}.json: It is not obeyed, because it is not an ordinary file or folder.")
        });
        assert_eq!(computer.problems(), expected);
        assert!(computer.policy().fails_closed());
    }

    #[test]
    fn a_link_is_refused_wherever_it_leads() {
        for target in ["nowhere", "../sound.json", "/dev/null"] {
            let computer = Computer::new();
            computer.file("sound.json", r#"{"mode": "open"}"#).file("managed/20.json", r#"{"ui.banner": "kept"}"#);
            symlink(target, computer.path("managed/10.json")).unwrap();
            let expected = "managed/10.json: It is not obeyed, because it is a symbolic link. Put the file or folder \
                itself there.";
            assert_eq!(computer.problems(), [expected]);
            let policy = computer.policy();
            assert_eq!((policy.mode(), policy.banner()), (Some(policy::Mode::Sealed), Some("kept")));
        }
        let computer = Computer::new();
        computer.file("managed/10.json", r#"{"mode": "open"}"#);
        fs::rename(computer.path("managed"), computer.path("elsewhere")).unwrap();
        symlink("elsewhere", computer.path("managed")).unwrap();
        assert!(computer.problems()[0].starts_with("managed: It is not obeyed, because it is a symbolic link."));
        assert!(computer.policy().fails_closed());
    }

    /// A computer whose `managed` lies two folders below one that the administrator made.
    fn deep() -> (Computer, policy::Sources) {
        let computer = Computer::new();
        for folder in ["etc", "etc/drawbridge", "etc/drawbridge/managed"] {
            fs::create_dir(computer.path(folder)).unwrap();
            allow(&computer, folder, 0o755);
        }
        computer.file("etc/drawbridge/managed/10.json", r#"{"mode": "open"}"#);
        let sources = policy::Sources { managed: vec![computer.path("etc/drawbridge/managed")], ..computer.sources() };
        (computer, sources)
    }

    #[test]
    fn every_folder_above_is_looked_at() {
        let (_computer, sources) = deep();
        assert_eq!(policy::Policy::load(&sources).problems(), []);

        for (name, mode) in [("etc", 0o777), ("etc", 0o1777), ("etc/drawbridge", 0o775), ("etc/drawbridge", 0o757)] {
            let (computer, sources) = deep();
            allow(&computer, name, mode);
            let policy = policy::Policy::load(&sources);
            let [problem] = policy.problems() else { panic!("{name} {mode:o}: {:?}", policy.problems()) };
            assert_eq!(problem.file, computer.path(name));
            assert!(problem.sentence.contains("others than its owner may write to it"), "{problem}");
            assert_eq!(policy.mode(), Some(policy::Mode::Sealed));
        }

        let (computer, sources) = deep();
        fs::rename(computer.path("etc"), computer.path("other")).unwrap();
        symlink("other", computer.path("etc")).unwrap();
        let policy = policy::Policy::load(&sources);
        assert_eq!(policy.problems()[0].file, computer.path("etc"));
        assert!(policy.fails_closed(), "{:?}", policy.problems());
    }

    #[test]
    fn nothing_above_is_passed_over_on_a_real_computer() {
        // The folder that temporary files lie in is everybody's, so nothing below it binds anybody.
        let (computer, sources) = deep();
        let sources = policy::Sources { unchecked: std::path::PathBuf::new(), ..sources };
        assert_eq!(policy::Sources::system().unchecked, sources.unchecked);
        let policy = policy::Policy::load(&sources);
        assert!(policy.fails_closed(), "{}", computer.path("").display());
        assert_eq!(policy.mode(), Some(policy::Mode::Sealed));
    }

    #[test]
    fn who_could_have_taken_the_folder_away_is_noticed() {
        let (computer, sources) = deep();
        fs::rename(computer.path("etc/drawbridge/managed"), computer.path("etc/drawbridge/mine")).unwrap();
        assert_eq!(policy::Policy::load(&sources).problems(), []);
        allow(&computer, "etc/drawbridge", 0o777);
        assert!(policy::Policy::load(&sources).fails_closed());
        // Nothing of ours is there at all: no policy, whoever may write above.
        fs::remove_dir_all(computer.path("etc/drawbridge")).unwrap();
        allow(&computer, "etc", 0o777);
        assert_eq!(policy::Policy::load(&sources).problems(), []);
    }

    #[test]
    fn a_file_in_a_folders_place_is_no_absence() {
        let (computer, sources) = deep();
        fs::remove_dir_all(computer.path("etc/drawbridge")).unwrap();
        computer.file("etc/drawbridge", "");
        assert!(policy::Policy::load(&sources).fails_closed());
    }
}
