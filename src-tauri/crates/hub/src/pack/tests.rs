#![allow(clippy::unwrap_used)]
//! Packs that are right, and many that are not.

use gguf::{
    TensorType,
    write::{Datum, Outline},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

const TEMPLATE: &str = "{{ messages }}";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn model(extra: Outline) -> Vec<u8> {
    extra
        .with("general.architecture", "llama")
        .with("tokenizer.chat_template", TEMPLATE)
        .tensor("weights", TensorType::F32, &[64])
        .to_bytes()
}

fn entry(name: &str, bytes: &[u8], role: &str) -> Value {
    json!({"name": name, "size": bytes.len(), "sha256": sha256(bytes), "role": role})
}

/// A pack and a folder of models.
struct Fixture {
    folder: TempDir,
    statement: Value,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bytes = model(Outline::default());
        fs::create_dir(folder.path().join("source")).unwrap();
        fs::write(folder.path().join("source/a.gguf"), &bytes).unwrap();
        let statement = json!({
            "schema": 1, "id": "pack-1", "files": [entry("a.gguf", &bytes, "model")], "base": "o/base",
            "licence": "apache-2.0", "chat_template_sha256": sha256(TEMPLATE.as_bytes()), "min_app": "0.1.0",
            "created": "2026-11-21T00:00:00Z",
        });
        Self { folder, statement }
    }

    fn split() -> Self {
        let mut fixture = Self::new();
        let part =
            |no: u16| model(Outline::default().with("split.no", Datum::U16(no)).with("split.count", Datum::U16(2)));
        let mut files = vec![fixture.statement["files"][0].clone()];
        for (no, role) in [(0, "model"), (1, "part")] {
            let name = format!("m-0000{}-of-00002.gguf", no + 1);
            fs::write(fixture.source().join(&name), part(no)).unwrap();
            files.insert(0, entry(&name, &part(no), role));
        }
        let eyes = model(Outline::default());
        fs::write(fixture.source().join("mmproj.gguf"), &eyes).unwrap();
        files.push(entry("mmproj.gguf", &eyes, "projector"));
        fixture.statement["files"] = Value::Array(files);
        fixture
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn layout(&self) -> Layout {
        Layout::new(self.folder.path().join("models"))
    }

    fn install(&self) -> Result<Option<Installed>, HubError> {
        fs::write(self.source().join(STATEMENT), self.statement.to_string()).unwrap();
        install(&self.source(), &self.layout(), &mut |_, _| {})
    }

    /// Nothing is installed, and nothing lies about.
    fn assert_untouched(&self, what: &str) {
        let packs = self.folder.path().join("models/packs");
        assert!(!packs.exists() || fs::read_dir(packs).unwrap().next().is_none(), "{what}");
        let partial: Vec<_> = fs::read_dir(self.layout().partial()).into_iter().flatten().flatten().collect();
        assert!(partial.iter().all(|entry| entry.file_name() == LOCK), "{what}: {partial:?}");
    }

    fn refused(&self, what: &str) -> HubError {
        let error = self.install().map(|_| ()).expect_err(what);
        self.assert_untouched(what);
        error
    }
}

#[test]
fn a_pack_is_installed_as_it_states_itself() {
    let fixture = Fixture::split();
    fs::write(fixture.source().join("readme.txt"), "not listed").unwrap();
    fs::write(fixture.source().join(STATEMENT), fixture.statement.to_string()).unwrap();
    let mut told = Vec::new();
    let installed =
        install(&fixture.source(), &fixture.layout(), &mut |done, of| told.push((done, of))).unwrap().unwrap();
    let place = fixture.layout().models().join("packs/pack-1");
    assert_eq!((installed.id.as_str(), installed.base.as_deref()), ("pack-1", Some("o/base")));
    assert_eq!(installed.licence.as_deref(), Some("apache-2.0"));
    let names: Vec<_> = installed
        .files
        .iter()
        .map(|(first, hashes)| (first.clone(), hashes.iter().map(|hash| hash.file.as_str()).collect::<Vec<_>>()))
        .collect();
    let split = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"];
    assert_eq!(names, [(place.join(split[0]), split.to_vec()), (place.join("a.gguf"), vec!["a.gguf"])]);
    for (_, hashes) in &installed.files {
        assert!(hashes.iter().all(|hash| hash.sha256 == sha256(&fs::read(place.join(&hash.file)).unwrap())));
    }
    assert!(place.join("mmproj.gguf").exists() && !place.join("readme.txt").exists());
    assert!(fixture.layout().owns(&place.join("a.gguf")));
    let (done, of) = *told.last().unwrap();
    assert!(done == of && told.is_sorted());
    assert_eq!(fs::read_dir(fixture.layout().partial()).unwrap().count(), 1, "its lock alone");
}

#[test]
fn a_folder_without_a_statement_is_no_pack() {
    let fixture = Fixture::new();
    assert_eq!(install(&fixture.source(), &fixture.layout(), &mut |_, _| {}).unwrap(), None);
    assert_eq!(install(&fixture.source().join("a.gguf"), &fixture.layout(), &mut |_, _| {}).unwrap(), None);
    assert!(!fixture.layout().models().exists());
}

#[test]
fn the_same_pack_is_installed_once_and_another_one_of_its_name_is_not() {
    let fixture = Fixture::new();
    let first = fixture.install().unwrap().unwrap();
    assert_eq!(fixture.install().unwrap().unwrap(), first);
    fs::write(&first.files[0].0, "spoilt").unwrap();
    let error = fixture.install().expect_err("other files");
    assert!(matches!(&error, HubError::BadName(sentence) if sentence.contains("pack-1")), "{error:?}");
    assert_eq!(fs::read(&first.files[0].0).unwrap(), b"spoilt", "it is left as it is");
}

#[test]
fn what_a_killed_installation_left_is_swept() {
    let fixture = Fixture::new();
    let left = fixture.layout().partial().join("pack-left");
    fs::create_dir_all(&left).unwrap();
    sweep(&fixture.layout());
    assert!(!left.exists());
    fs::create_dir_all(&left).unwrap();
    let alone = alone(&fixture.layout()).unwrap().unwrap();
    sweep(&fixture.layout());
    assert!(left.exists(), "another process is at work");
    assert!(matches!(fixture.install(), Err(HubError::Disk(_))));
    drop(alone);
    fixture.install().unwrap().unwrap();
    assert!(!left.exists());
}

#[test]
fn statements_that_are_not_right_are_refused() {
    let long = "a".repeat(129);
    let cases: Vec<(&str, Value)> = vec![
        ("/schema", json!(2)),
        ("/schema", json!("1")),
        ("/schema", json!(null)),
        ("/id", json!("../evil")),
        ("/id", json!("")),
        ("/id", json!("..")),
        ("/id", json!("a/b")),
        ("/id", json!("NUL")),
        ("/id", json!(long)),
        ("/files", json!([])),
        ("/files", json!("a.gguf")),
        ("/files/0/name", json!("../a.gguf")),
        ("/files/0/name", json!("/etc/passwd")),
        ("/files/0/name", json!("..\\a.gguf")),
        ("/files/0/name", json!("a.js")),
        ("/files/0/name", json!("pack.json")),
        ("/files/0/name", json!("con.gguf")),
        ("/files/0/name", json!("b.gguf")),
        ("/files/0/size", json!(1)),
        ("/files/0/size", json!(-1)),
        ("/files/0/size", json!(u64::MAX)),
        ("/files/0/sha256", json!("0".repeat(64))),
        ("/files/0/sha256", json!("../../x")),
        ("/files/0/sha256", json!("")),
        ("/files/0/role", json!("part")),
        ("/files/0/role", json!("projector")),
        ("/files/0/role", json!("plugin")),
        ("/chat_template_sha256", json!("0".repeat(64))),
        ("/chat_template_sha256", json!("x")),
        ("/min_app", json!("99.0.0")),
        ("/min_app", json!("0.1")),
        ("/min_app", json!("new")),
        ("/surprise", json!(1)),
        ("/files/0/surprise", json!(1)),
    ];
    for (pointer, value) in cases {
        let mut fixture = Fixture::new();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        fixture.statement.pointer_mut(parent).unwrap()[key] = value.clone();
        fixture.refused(&format!("{pointer} = {value}"));
    }
    let mut fixture = Fixture::new();
    fixture.statement["schema"] = json!(7);
    assert!(fixture.refused("schema").to_string().contains("format 7"));
}

#[test]
fn packs_whose_files_are_not_right_are_refused() {
    type Tamper = (&'static str, fn(&Fixture));
    let tamper: [Tamper; 6] = [
        ("a bit", |fixture| {
            let mut bytes = fs::read(fixture.source().join("a.gguf")).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::write(fixture.source().join("a.gguf"), bytes).unwrap();
        }),
        ("cut", |fixture| {
            let bytes = fs::read(fixture.source().join("a.gguf")).unwrap();
            fs::write(fixture.source().join("a.gguf"), &bytes[1..]).unwrap();
        }),
        ("longer", |fixture| {
            let bytes = fs::read(fixture.source().join("a.gguf")).unwrap();
            fs::write(fixture.source().join("a.gguf"), [bytes, vec![0]].concat()).unwrap();
        }),
        ("missing", |fixture| fs::remove_file(fixture.source().join("a.gguf")).unwrap()),
        ("part missing", |fixture| fs::remove_file(fixture.source().join("m-00002-of-00002.gguf")).unwrap()),
        ("a folder", |fixture| {
            fs::remove_file(fixture.source().join("a.gguf")).unwrap();
            fs::create_dir(fixture.source().join("a.gguf")).unwrap();
        }),
    ];
    for (what, tamper) in tamper {
        let fixture = Fixture::split();
        tamper(&fixture);
        fixture.refused(what);
    }
}

#[test]
fn a_pack_that_does_not_fit_is_not_begun() {
    const BYTES: u64 = 10_000_000_000_000;
    let mut fixture = Fixture::new();
    // A file of one hole: it is that long and takes no room.
    let file = File::options().write(true).open(fixture.source().join("a.gguf")).unwrap();
    file.set_len(BYTES).unwrap();
    fixture.statement["files"][0]["size"] = json!(BYTES);
    let error = fixture.refused("too large");
    assert!(matches!(&error, HubError::DiskFull(sentence) if sentence.contains("10.5 TB")), "{error:?}");
}

#[test]
fn lists_that_do_not_hold_together_are_refused() {
    let mut fixture = Fixture::new();
    let twice = fixture.statement["files"][0].clone();
    let mut other = twice.clone();
    other["name"] = json!("A.GGUF");
    for again in [twice, other] {
        fixture.statement["files"].as_array_mut().unwrap().truncate(1);
        fixture.statement["files"].as_array_mut().unwrap().push(again);
        fixture.refused("twice");
    }
    let mut fixture = Fixture::split();
    let files = fixture.statement["files"].as_array_mut().unwrap();
    files.retain(|file| file["name"] != "m-00002-of-00002.gguf");
    fixture.refused("a part that is not listed");
    let mut fixture = Fixture::split();
    let files = fixture.statement["files"].as_array_mut().unwrap();
    files.retain(|file| file["name"] != "m-00001-of-00002.gguf");
    fixture.refused("a part without its first");

    let mut fixture = Fixture::new();
    fs::write(fixture.source().join("a.gguf"), b"no model").unwrap();
    fixture.statement["files"][0] = entry("a.gguf", b"no model", "model");
    assert!(matches!(fixture.refused("no GGUF"), HubError::Unusable(_)));
}

#[test]
fn statements_that_are_no_statements_are_refused() {
    let fixture = Fixture::new();
    let large = format!("{{\"schema\": 1, \"id\": \"{}\"}}", " ".repeat(2_000_000));
    for content in ["", "[]", "null", "{}", "{\"schema\": 1}", "\u{0}", large.as_str()] {
        fs::write(fixture.source().join(STATEMENT), content).unwrap();
        assert!(install(&fixture.source(), &fixture.layout(), &mut |_, _| {}).is_err());
        fixture.assert_untouched("no statement");
    }
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused() {
    use std::os::unix::fs::symlink;
    let fixture = Fixture::new();
    let outside = fixture.folder.path().join("outside.gguf");
    fs::rename(fixture.source().join("a.gguf"), &outside).unwrap();
    symlink(&outside, fixture.source().join("a.gguf")).unwrap();
    assert!(matches!(fixture.refused("a file"), HubError::BadName(_)));
    fs::remove_file(fixture.source().join("a.gguf")).unwrap();
    fs::rename(&outside, fixture.source().join("b.gguf")).unwrap();
    symlink(fixture.source().join("b.gguf"), fixture.source().join("a.gguf")).unwrap();
    let installed = fixture.install().unwrap().unwrap();
    assert!(fs::symlink_metadata(&installed.files[0].0).unwrap().is_file(), "a link inside is copied as what it names");

    let fixture = Fixture::new();
    let outside = fixture.folder.path().join("pack.json");
    fs::write(&outside, fixture.statement.to_string()).unwrap();
    symlink(&outside, fixture.source().join(STATEMENT)).unwrap();
    assert!(matches!(install(&fixture.source(), &fixture.layout(), &mut |_, _| {}), Err(HubError::BadName(_))));
}
