//! The schema's versions. Migrations are only added; one that was released never changes.

use sqlx::{Connection, SqliteConnection};

use crate::StoreError;

/// `PRAGMA application_id` of our databases: "Drbr".
pub(crate) const APPLICATION: i64 = 0x4472_6272;

/// The migrations in order; `PRAGMA user_version` counts those that a database has.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_first.sql")];

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
