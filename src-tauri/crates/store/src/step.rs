//! A write: whole or not at all.

use std::ops::{Deref, DerefMut};

use sqlx::{Sqlite, SqliteConnection, pool::PoolConnection};

use crate::{Store, StoreError};

/// A transaction on the one connection that writes. Dropped without [`Step::commit`] it leaves nothing, and neither does
/// its connection: SQLite ends a transaction by itself when the disk is full, which sqlx's own count of them would miss
/// for ever after.
pub(crate) struct Step {
    connection: PoolConnection<Sqlite>,
    committed: bool,
}

impl Step {
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(&mut *self.connection).await?;
        self.committed = true;
        Ok(())
    }
}

impl Deref for Step {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Step {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.committed {
            self.connection.close_on_drop();
        }
    }
}

impl Store {
    /// Begins a write. It waits here for other processes' writes, so that it cannot fail half-way because of one.
    pub(crate) async fn begin(&self) -> Result<Step, StoreError> {
        let mut step = Step { connection: self.writer().acquire().await?, committed: false };
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *step).await?;
        Ok(step)
    }

    /// Runs a write; where the disk is full, frees the ballast and runs it once more.
    pub(crate) async fn write<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        match attempt().await {
            Err(error) if error.is_full() && self.free_ballast() => attempt().await,
            other => other,
        }
    }
}
