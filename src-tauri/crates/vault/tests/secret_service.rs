//! The real Secret Service: gnome-keyring in a D-Bus session of its own. The child is this test binary, run again
//! inside that session.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::{
    collections::HashMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use domain::Secret;
use tempfile::tempdir;
use vault::{Database, Entry, KeyRule, KeySlots, Keychain, OsKeychain, VaultError, enter};
use zbus::{
    message::Header,
    zvariant::{OwnedObjectPath, OwnedValue},
};

const FOLDER: &str = "DRAWBRIDGE_VAULT_TEST_FOLDER";
const DEED: &str = "DRAWBRIDGE_VAULT_TEST_DEED";
const SERVICE: &str = "app.drawbridge.desktop.test";
const UNLOCKED: &str = "printf secret | gnome-keyring-daemon --unlock --components=secrets";
const LOCKED: &str = "gnome-keyring-daemon --start --components=secrets";

#[test]
fn without_a_session_there_is_no_keychain() {
    let home = tempdir().unwrap();
    let mut child = command(home.path(), home.path(), "");
    let said = run(child.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"));
    assert_eq!(said, ["get Unavailable", "encrypted locked", "way none", "missing plain", "again locked"]);
}

#[test]
fn a_service_without_a_collection_is_no_keychain_and_no_first_run() {
    let home = tempdir().unwrap();
    let said = in_session(home.path(), LOCKED);
    assert_eq!(said, ["get Unavailable", "encrypted locked", "way none", "missing plain", "again locked"]);
}

#[test]
fn a_working_one_keeps_the_key_while_it_is_unlocked_and_a_wiped_one_makes_no_other() {
    let home = tempdir().unwrap();
    let said = in_session(home.path(), UNLOCKED);
    assert_eq!(said[..3], ["get none", "encrypted locked", "way none"]);
    let key = said[3].strip_prefix("missing ").unwrap();
    assert_eq!((key.len(), said[4].strip_prefix("again ").unwrap()), (66, key));

    let said = in_session(home.path(), LOCKED);
    assert_eq!(said, ["get Locked", "encrypted locked", "way Locked", "missing plain", "again locked"]);

    assert_eq!(in_session(home.path(), UNLOCKED), opens(key));

    std::fs::remove_dir_all(home.path().join("keyrings")).unwrap();
    let said = in_session(home.path(), UNLOCKED);
    assert_eq!(said[..3], ["get none", "encrypted locked", "way KeychainChanged"], "the keyring was wiped");
    assert_ne!(said[3], format!("missing {key}"), "with nothing to lose another key is made");
}

#[test]
fn a_keyring_that_another_computer_s_replaced_is_told_and_the_old_one_opens_again() {
    let (home, other) = (tempdir().unwrap(), tempdir().unwrap());
    let key = begun(home.path());
    begun(other.path());
    let slots = std::fs::read(home.path().join("keyslots.json")).unwrap();
    let said = in_session_of(other.path(), home.path(), UNLOCKED, "look");
    assert_eq!(said, ["encrypted locked", "way KeychainChanged"]);
    assert_eq!(std::fs::read(home.path().join("keyslots.json")).unwrap(), slots, "no other key was made");
    assert_eq!(in_session(home.path(), UNLOCKED), opens(&key));
}

#[test]
fn an_item_that_was_replaced_is_told_from_one_that_was_removed_and_neither_makes_another() {
    for (deed, told) in [("replace", "way KeyReplaced"), ("remove", "way KeyMissing")] {
        let home = tempdir().unwrap();
        begun(home.path());
        let slots = std::fs::read(home.path().join("keyslots.json")).unwrap();
        let said = in_session_of(home.path(), home.path(), UNLOCKED, deed);
        assert_eq!(said, ["encrypted locked", told]);
        let said = in_session_of(home.path(), home.path(), UNLOCKED, "look");
        assert_eq!(said, ["encrypted locked", told], "after a new start too");
        assert_eq!(std::fs::read(home.path().join("keyslots.json")).unwrap(), slots);
    }
}

#[test]
fn a_prompt_that_a_person_refuses_is_a_locked_keychain() {
    let home = tempdir().unwrap();
    let key = begun(home.path());
    let said = in_session_of(home.path(), home.path(), LOCKED, "refuse");
    assert_eq!(said, ["encrypted locked", "way Locked", "prompted"]);
    assert_eq!(in_session(home.path(), UNLOCKED), opens(&key));
}

#[test]
fn a_prompt_that_nobody_answers_ends_at_the_limit() {
    let home = tempdir().unwrap();
    let key = begun(home.path());
    let said = in_session_of(home.path(), home.path(), LOCKED, "ignore");
    assert_eq!(said, ["encrypted locked", "way Silent", "prompted"]);
    assert_eq!(in_session(home.path(), UNLOCKED), opens(&key));
}

#[test]
fn a_bus_that_answers_nothing_ends_at_the_limit() {
    let home = tempdir().unwrap();
    let socket = home.path().join("bus");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut child = command(home.path(), home.path(), "hasty");
    let said = run(child.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display())));
    assert_eq!(said, ["get Silent"]);
}

/// Starts for the first time; answers the key.
fn begun(home: &Path) -> String {
    in_session(home, UNLOCKED)[3].strip_prefix("missing ").unwrap().to_owned()
}

/// What the child says where everything is well.
fn opens(key: &str) -> Vec<String> {
    let said = |what: &str| format!("{what} {key}");
    vec!["get none".to_owned(), said("encrypted"), "way opens".to_owned(), said("missing"), said("again")]
}

fn in_session(home: &Path, start: &str) -> Vec<String> {
    in_session_of(home, home, start, "")
}

/// Runs the child in a D-Bus session with the keyring of a home that a command starts. It does a deed with the slots of
/// a folder.
fn in_session_of(home: &Path, folder: &Path, start: &str, deed: &str) -> Vec<String> {
    let child = command(home, folder, deed);
    let script = format!("{start} >/dev/null 2>&1; exec \"$0\" \"$@\"");
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c", &script]).arg(child.get_program()).args(child.get_args());
    session.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run(&mut session)
}

fn command(home: &Path, folder: &Path, deed: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "child", "--nocapture"]).env(FOLDER, folder).env(DEED, deed).env("HOME", home);
    child
        .env("XDG_DATA_HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env("XDG_CONFIG_HOME", home)
        .env("XDG_CACHE_HOME", home);
    child.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
    child
}

fn run(command: &mut Command) -> Vec<String> {
    let said = command.stderr(Stdio::inherit()).output().expect("dbus-run-session and gnome-keyring are installed");
    let said = String::from_utf8(said.stdout).unwrap();
    said.lines().filter_map(|line| line.strip_prefix("> ").map(str::to_owned)).collect()
}

/// Asks the keychain and says what it answers. Does nothing unless a parent asks for it.
#[tokio::test]
#[allow(clippy::disallowed_methods)] // the parent's word
async fn child() {
    let (Ok(folder), Ok(deed)) = (std::env::var(FOLDER), std::env::var(DEED)) else { return };
    let (folder, keychain) = (Path::new(&folder), OsKeychain::new(SERVICE));
    match deed.as_str() {
        "" => everything(folder, &keychain).await,
        "hasty" => say(&format!("get {}", found(&keychain.with_limit(HASTE)).await)),
        "refuse" | "ignore" => {
            let prompter = Prompter::start(deed == "refuse");
            let keychain = keychain.with_limit(if deed == "refuse" { PATIENCE } else { HASTE });
            look(folder, &keychain).await;
            if prompter.load(Ordering::SeqCst) > 0 {
                say("prompted");
            }
        }
        "look" => look(folder, &keychain).await,
        "remove" => {
            KeySlots::read(folder).unwrap().unwrap().forget_keychain(&keychain).await.unwrap();
            look(folder, &keychain).await;
        }
        "replace" => {
            let slots = KeySlots::read(folder).unwrap().unwrap().to_text();
            let slots: serde_json::Value = serde_json::from_str(&slots).unwrap();
            let item = slots["generations"][0]["slots"][0]["item"].as_str().unwrap();
            keychain.set(item, &Secret::new(vec![9; 32])).await.unwrap();
            look(folder, &keychain).await;
        }
        other => panic!("{other}"),
    }
}

/// So long a test waits for what never comes.
const HASTE: Duration = Duration::from_secs(2);
/// So long a test waits for what comes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn everything(folder: &Path, keychain: &OsKeychain) {
    let found = found(keychain).await;
    say(&format!("get {found}"));
    look(folder, keychain).await;
    say(&format!("missing {}", entered(folder, keychain, Database::Missing).await));
    say(&format!("again {}", entered(folder, keychain, Database::Encrypted).await));
    if found == "none" {
        keychain.set("other", &Secret::new(vec![0, 255])).await.unwrap();
        assert_eq!(keychain.get("other").await.unwrap(), Some(Secret::new(vec![0, 255])));
        keychain.delete("other").await.unwrap();
        keychain.delete("other").await.unwrap();
        assert_eq!(keychain.get("other").await.unwrap(), None);
    }
}

/// What becomes of an encrypted database.
async fn look(folder: &Path, keychain: &OsKeychain) {
    say(&format!("encrypted {}", entered(folder, keychain, Database::Encrypted).await));
    let way = match KeySlots::read(folder).unwrap() {
        Some(slots) => {
            slots.open_with_keychain(keychain).await.map_or_else(|error| variant(&error), |_| "opens".to_owned())
        }
        None => "none".to_owned(),
    };
    say(&format!("way {way}"));
}

async fn found(keychain: &OsKeychain) -> String {
    match keychain.get("data key").await {
        Ok(Some(_)) => "some".to_owned(),
        Ok(None) => "none".to_owned(),
        Err(error) => variant(&error),
    }
}

async fn entered(folder: &Path, keychain: &OsKeychain, database: Database) -> String {
    match enter(keychain, folder, database, &KeyRule::default()).await {
        Ok(Entry::Open { keys, .. }) => format!("0x{}", hex::encode(keys[0].reveal())),
        Ok(Entry::Plain { .. }) => "plain".to_owned(),
        Ok(Entry::Locked { .. }) => "locked".to_owned(),
        Ok(Entry::PassphraseFirst { .. }) => "passphrase".to_owned(),
        Err(error) => variant(&error),
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "\n> {what}").unwrap();
}

fn variant(error: &VaultError) -> String {
    format!("{error:?}").split(['(', ' ']).next().unwrap().to_owned()
}

/// Stands where the desktop asks a person for the keyring's password, as gcr's prompter does.
struct Prompter {
    refuses: bool,
    asked: Arc<AtomicU32>,
}

impl Prompter {
    /// Answers how often it was asked, from now on until the process ends.
    fn start(refuses: bool) -> Arc<AtomicU32> {
        let asked = Arc::<AtomicU32>::default();
        let prompter = Self { refuses, asked: asked.clone() };
        let bus = zbus::blocking::connection::Builder::session().unwrap();
        let bus = bus.serve_at("/org/gnome/keyring/Prompter", prompter).unwrap();
        let bus = bus.name("org.gnome.keyring.SystemPrompter").unwrap().build().unwrap();
        // It lives as long as the process.
        std::mem::forget(bus);
        asked
    }
}

#[zbus::interface(name = "org.gnome.keyring.internal.Prompter")]
impl Prompter {
    async fn begin_prompting(
        &self,
        callback: OwnedObjectPath,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &zbus::Connection,
    ) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.refuses {
            let (own, asking) = (bus.clone(), header.sender().unwrap().to_owned());
            let done = async move {
                own.call_method(
                    Some(asking),
                    callback,
                    Some("org.gnome.keyring.internal.Prompter.Callback"),
                    "PromptDone",
                    &(),
                )
                .await
            };
            // Not before this call was answered.
            bus.executor().spawn(done, "refuse").detach();
        }
    }

    async fn perform_prompt(
        &self,
        _callback: OwnedObjectPath,
        _kind: String,
        _properties: Properties,
        _exchange: String,
    ) {
    }

    async fn stop_prompting(&self, _callback: OwnedObjectPath) {}
}

type Properties = HashMap<String, OwnedValue>;
