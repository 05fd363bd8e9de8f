//! The real Secret Service: gnome-keyring in a D-Bus session of its own. The child is this test binary, run again
//! inside that session.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use domain::Secret;
use tempfile::tempdir;
use vault::{Database, Entry, KeyRule, Keychain, OsKeychain, VaultError, enter};

const FOLDER: &str = "DRAWBRIDGE_VAULT_TEST_FOLDER";
const SERVICE: &str = "app.drawbridge.desktop.test";

#[test]
fn without_a_session_there_is_no_keychain() {
    let home = tempdir().unwrap();
    let said = run(command(home.path()).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"));
    assert_eq!(said, ["get Unavailable", "encrypted locked", "missing plain", "again locked"]);
}

#[test]
fn a_service_without_a_collection_is_no_keychain_and_no_first_run() {
    let home = tempdir().unwrap();
    let said = in_session(home.path(), "gnome-keyring-daemon --start --components=secrets");
    assert_eq!(said, ["get Unavailable", "encrypted locked", "missing plain", "again locked"]);
}

#[test]
fn a_working_one_keeps_the_key_while_it_is_unlocked_and_a_wiped_one_makes_no_other() {
    let home = tempdir().unwrap();
    let unlocked = "printf secret | gnome-keyring-daemon --unlock --components=secrets";
    let said = in_session(home.path(), unlocked);
    assert_eq!(said[..2], ["get none", "encrypted locked"]);
    let key = said[2].strip_prefix("missing ").unwrap();
    assert_eq!((key.len(), said[3].strip_prefix("again ").unwrap()), (66, key));

    let said = in_session(home.path(), "gnome-keyring-daemon --start --components=secrets");
    assert_eq!(said, ["get Locked", "encrypted locked", "missing plain", "again locked"]);

    let said = in_session(home.path(), unlocked);
    assert_eq!(said, ["get none", &format!("encrypted {key}"), &format!("missing {key}"), &format!("again {key}")]);

    std::fs::remove_dir_all(home.path().join("keyrings")).unwrap();
    let said = in_session(home.path(), unlocked);
    assert_eq!(said[..2], ["get none", "encrypted locked"], "the keyring was wiped");
    assert_ne!(said[2], format!("missing {key}"), "with nothing to lose another key is made");
}

/// Runs the child in a D-Bus session with the keyring that a command starts.
fn in_session(home: &Path, start: &str) -> Vec<String> {
    let child = command(home);
    let script = format!("{start} >/dev/null 2>&1; exec \"$0\" \"$@\"");
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c", &script]).arg(child.get_program()).args(child.get_args());
    session.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run(&mut session)
}

fn command(home: &Path) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "child", "--nocapture"]).env(FOLDER, home).env("HOME", home);
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

/// Asks the keychain everything and says what it answers. Does nothing unless a parent asks for it.
#[tokio::test]
async fn child() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let keychain = OsKeychain::new(SERVICE);
    let key = async |database| match enter(&keychain, Path::new(&folder), database, &KeyRule::default()).await {
        Ok(Entry::Open { keys, .. }) => {
            format!("0x{}", keys[0].reveal().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        Ok(Entry::Plain { .. }) => "plain".to_owned(),
        Ok(Entry::Locked { .. }) => "locked".to_owned(),
        Ok(Entry::PassphraseFirst { .. }) => "passphrase".to_owned(),
        Err(error) => variant(&error),
    };
    let found = match keychain.get("data key").await {
        Ok(Some(_)) => "some".to_owned(),
        Ok(None) => "none".to_owned(),
        Err(error) => variant(&error),
    };
    let mut out = std::io::stdout();
    writeln!(out, "\n> get {found}").unwrap();
    writeln!(out, "> encrypted {}", key(Database::Encrypted).await).unwrap();
    writeln!(out, "> missing {}", key(Database::Missing).await).unwrap();
    writeln!(out, "> again {}", key(Database::Encrypted).await).unwrap();
    if found == "none" {
        keychain.set("other", &Secret::new(vec![0, 255])).await.unwrap();
        assert_eq!(keychain.get("other").await.unwrap(), Some(Secret::new(vec![0, 255])));
        keychain.delete("other").await.unwrap();
        keychain.delete("other").await.unwrap();
        assert_eq!(keychain.get("other").await.unwrap(), None);
    }
}

fn variant(error: &VaultError) -> String {
    format!("{error:?}").split('(').next().unwrap().to_owned()
}
