//! The schema's versions. Migrations are only added; one that was released never changes.

use sqlx::{Connection, SqliteConnection};

use crate::{StoreError, point};

/// `PRAGMA application_id` of our databases: "Drbr".
pub(crate) const APPLICATION: i64 = 0x4472_6272;

/// The migrations in order; `PRAGMA user_version` counts those that a database has.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_models.sql"),
    include_str!("../migrations/0003_keeping.sql"),
    include_str!("../migrations/0004_providers.sql"),
    include_str!("../migrations/0005_images.sql"),
];

/// Brings a database up to date, each step whole or not at all. Two processes may do so at once.
pub(crate) async fn run(writer: &mut SqliteConnection, migrations: &'static [&'static str]) -> Result<(), StoreError> {
    loop {
        let mut step = writer.begin_with("BEGIN IMMEDIATE").await?;
        let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *step).await?;
        let version = usize::try_from(version).map_err(|_| StoreError::damaged("its version is negative"))?;
        let Some(script) = migrations.get(version) else {
            return Ok(step.rollback().await?);
        };
        point::pass("begun");
        sqlx::raw_sql(*script).execute(&mut *step).await?;
        point::pass("changed");
        let stamp = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}", version + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(stamp)).execute(&mut *step).await?;
        point::pass("stamped");
        step.commit().await?;
        point::pass("committed");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{
        path::Path,
        process::{Command, Stdio},
        sync::Arc,
    };

    use domain::{Secret, SystemClock, Timestamp};
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

    use super::*;
    use crate::{Store, StoreOptions};

    async fn version(options: &SqliteConnectOptions) -> i64 {
        let mut connection = options.clone().connect().await.unwrap();
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.unwrap()
    }

    fn options(folder: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new().filename(folder.join(crate::DATABASE)).create_if_missing(true)
    }

    #[tokio::test]
    async fn a_migration_that_fails_changes_nothing_and_the_ones_before_it_stay() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        let mut writer = options.clone().connect().await.unwrap();
        let failed = run(&mut writer, &["CREATE TABLE one (x)", "CREATE TABLE two (x); CREATE TABLE one (x)"]).await;
        assert!(failed.is_err());
        writer.close().await.unwrap();
        assert_eq!(version(&options).await, 1);
        let mut writer = options.clone().connect().await.unwrap();
        run(&mut writer, &["CREATE TABLE one (x)", "CREATE TABLE two (x)"]).await.unwrap();
        assert_eq!(version(&options).await, 2);
    }

    #[tokio::test]
    async fn the_copy_from_before_a_migration_is_the_old_state_and_is_made_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        let mut writer = options.clone().connect().await.unwrap();
        run(&mut writer, &["CREATE TABLE one (x)"]).await.unwrap();
        let now = Timestamp(0);
        let copy = crate::backup::before_migration(&options, folder.path(), 1, now).await.unwrap();
        run(&mut writer, &["CREATE TABLE one (x)", "CREATE TABLE two (x)"]).await.unwrap();
        assert_eq!(version(&SqliteConnectOptions::new().filename(&copy)).await, 1);
        let again = crate::backup::before_migration(&options, folder.path(), 1, now).await.unwrap();
        assert_eq!(again, copy);
        assert_eq!(version(&SqliteConnectOptions::new().filename(&copy)).await, 1, "a second try keeps the first copy");
    }

    const FOLDER: &str = "DRAWBRIDGE_STORE_TEST_MIGRATION";

    fn given(folder: &Path, encrypted: bool) -> StoreOptions {
        let key = encrypted.then(|| Secret::new([7; 32]));
        StoreOptions { folder: folder.to_owned(), key, clock: Arc::new(SystemClock), max_pages: None }
    }

    /// A database as the version with so many migrations left it, with a chat in it. The columns are those of the first.
    async fn released(folder: &Path, encrypted: bool, version: usize) {
        let key = given(folder, encrypted).key;
        let options = crate::open::connect_options(&folder.join(crate::DATABASE), key.as_ref());
        let mut writer = options.create_if_missing(true).connect().await.unwrap();
        run(&mut writer, &MIGRATIONS[..version]).await.unwrap();
        let (chat, message) = (domain::ChatId::new(), domain::MessageId::new());
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "INSERT INTO folder (id, name, position) VALUES ('{folder}', 'Shelf', 0);
             INSERT INTO chat (id, title, title_rank, folder, pinned, settings, draft, created_at, updated_at)
                 VALUES ('{chat}', 'Herons', 3, '{folder}', 0, '{{}}', 'unsent', 1, 2);
             INSERT INTO message (id, chat, depth, role, text, reasoning, state, created_at)
                 VALUES ('{message}', '{chat}', 0, 'user', 'a heron wades', '', 'complete', 2);
             INSERT INTO word (rowid, text) VALUES (1, 'a heron wades');
             INSERT INTO trigram (rowid, text) VALUES (1, 'a heron wades');",
            folder = domain::FolderId::new(),
        )))
        .execute(&mut writer)
        .await
        .unwrap();
        writer.close().await.unwrap();
    }

    async fn version_of(file: &Path, encrypted: bool) -> usize {
        let key = given(file, encrypted).key;
        let mut reader = crate::open::connect_options(file, key.as_ref()).connect().await.unwrap();
        let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut reader).await.unwrap();
        reader.close().await.unwrap();
        usize::try_from(version).unwrap()
    }

    /// Opens the store in another process, which dies at a point. False where it never came there.
    fn dies_at(folder: &Path, encrypted: bool, point: &str, passed: usize) -> bool {
        let run = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "migration::tests::child", "--nocapture"])
            .env(FOLDER, format!("{encrypted} {}", folder.display()))
            .env(point::DIE_AT, format!("{point} {passed}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(run.success() || run.code().is_none(), "the child failed");
        !run.success()
    }

    /// From every released version: killed at each point of each step, the database has one version or the next with all
    /// that was in it, the copy from before is the old one, and the next start ends what was begun.
    #[tokio::test]
    async fn a_migration_killed_anywhere_is_the_old_version_or_the_new() {
        let mut kills = 0;
        for (version, encrypted) in (1..MIGRATIONS.len()).flat_map(|version| [(version, false), (version, true)]) {
            for point in ["copied", "kept", "begun", "changed", "stamped", "committed"] {
                for passed in 0..MIGRATIONS.len() {
                    let folder = tempfile::tempdir().unwrap();
                    released(folder.path(), encrypted, version).await;
                    if !dies_at(folder.path(), encrypted, point, passed) {
                        break;
                    }
                    kills += 1;
                    let done = passed + usize::from(point == "committed");
                    let before_steps = matches!(point, "copied" | "kept");
                    let now = version_of(&folder.path().join(crate::DATABASE), encrypted).await;
                    assert_eq!(now, if before_steps { version } else { version + done }, "{version} {point} {passed}");
                    let copies = crate::backup::list(folder.path(), "").unwrap();
                    assert_eq!(copies.len(), usize::from(point != "copied"), "{version} {point}");
                    for copy in copies {
                        assert_eq!(version_of(&copy, encrypted).await, version, "the copy is from before");
                    }
                    let store = Store::open(given(folder.path(), encrypted)).await.unwrap().store;
                    let chats = store.chats(false).await.unwrap();
                    assert_eq!((chats.len(), chats[0].title.as_str(), chats[0].has_draft), (1, "Herons", true));
                    assert_eq!(store.tree(chats[0].id).await.unwrap()[0].text, "a heron wades");
                    assert_eq!(store.search("heron", 5).await.unwrap().len(), 2);
                    assert_eq!(store.folders().await.unwrap()[0].name, "Shelf");
                    assert!(store.secrets().await.unwrap().is_empty());
                    assert_eq!(version_of(&folder.path().join(crate::DATABASE), encrypted).await, MIGRATIONS.len());
                }
            }
        }
        // Two points of the copy, and four of each step there is, in the clear and encrypted.
        let steps: usize = (1..MIGRATIONS.len()).map(|version| 2 + 4 * (MIGRATIONS.len() - version)).sum();
        assert_eq!(kills, 2 * steps);
    }

    #[tokio::test]
    async fn a_first_start_killed_anywhere_begins_anew() {
        for encrypted in [false, true] {
            for point in ["begun", "changed", "stamped", "committed"] {
                for passed in 0..MIGRATIONS.len() {
                    let folder = tempfile::tempdir().unwrap();
                    assert!(dies_at(folder.path(), encrypted, point, passed));
                    let opened = Store::open(given(folder.path(), encrypted)).await.unwrap();
                    assert!(opened.store.chats(false).await.unwrap().is_empty(), "{point} {passed}");
                }
            }
        }
    }

    /// Does nothing unless a parent asks for it.
    #[tokio::test]
    async fn child() {
        #[allow(clippy::disallowed_methods)] // the parent's word
        let Ok(said) = std::env::var(FOLDER) else { return };
        let (encrypted, folder) = said.split_once(' ').unwrap();
        Store::open(given(Path::new(folder), encrypted == "true")).await.unwrap();
    }
}
