//! The schema's versions. Migrations are only added; one that was released never changes.

use sqlx::{Connection, SqliteConnection};

use crate::StoreError;

/// `PRAGMA application_id` of our databases: "Drbr".
pub(crate) const APPLICATION: i64 = 0x4472_6272;

/// The migrations in order; `PRAGMA user_version` counts those that a database has.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_models.sql"),
    include_str!("../migrations/0003_keeping.sql"),
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
        sqlx::raw_sql(*script).execute(&mut *step).await?;
        let stamp = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}", version + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(stamp)).execute(&mut *step).await?;
        step.commit().await?;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::Timestamp;
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

    use super::*;

    async fn version(options: &SqliteConnectOptions) -> i64 {
        let mut connection = options.clone().connect().await.unwrap();
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.unwrap()
    }

    fn options(folder: &std::path::Path) -> SqliteConnectOptions {
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
}
