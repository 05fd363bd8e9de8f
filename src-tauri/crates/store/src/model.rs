//! The library of models.

use std::path::{Path, PathBuf};

use domain::{ModelId, ModelRecord, ModelSpeed, Timestamp, Verification};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{
    Store, StoreError,
    row::{Columns, json},
};

impl Store {
    /// The models, in the order in which they were added.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn models(&self) -> Result<Vec<ModelRecord>, StoreError> {
        let rows = sqlx::query("SELECT * FROM model ORDER BY added_at, id").fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }

    /// Keeps a model. Where the library has this file already, its entry keeps id and date and takes the rest.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_model(&self, model: &ModelRecord) -> Result<(), StoreError> {
        let stamp = model.hashed_stamp.map(stamp_columns);
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query(
                "INSERT INTO model (id, path, file, starter, sha256, hashed_bytes, hashed_modified_ms, added_at, used_at,
                     origin, stated, verification, speed)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (path) DO UPDATE SET file = excluded.file, starter = excluded.starter, sha256 = excluded.sha256,
                     hashed_bytes = excluded.hashed_bytes, hashed_modified_ms = excluded.hashed_modified_ms,
                     used_at = coalesce(excluded.used_at, used_at), origin = excluded.origin, stated = excluded.stated,
                     verification = excluded.verification, speed = coalesce(excluded.speed, speed)",
            )
            .bind(model.id.to_string())
            .bind(path_bytes(&model.path))
            .bind(json(&model.file))
            .bind(model.starter)
            .bind(model.sha256.clone())
            .bind(stamp.map(|stamp| stamp.0))
            .bind(stamp.map(|stamp| stamp.1))
            .bind(model.added_at.0)
            .bind(model.used_at.map(|at| at.0))
            .bind(json(&model.origin))
            .bind(json(&model.stated))
            .bind(model.verification.as_ref().map(json))
            .bind(model.speed.as_ref().map(json))
            .execute(&mut *step)
            .await?;
            step.commit().await
        })
        .await
    }

    /// Takes a model off the library. Its file, and what answers say of it, stay.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn remove_model(&self, model: ModelId) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("DELETE FROM model WHERE id = ?").bind(model.to_string()).execute(&mut *step).await?;
            step.commit().await
        })
        .await
    }

    /// Keeps a model's SHA-256 (hex) and the size and modification time (ms) that its file had then.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_model_hash(&self, model: ModelId, sha256: &str, stamp: (u64, i64)) -> Result<(), StoreError> {
        let (bytes, modified_ms) = stamp_columns(stamp);
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("UPDATE model SET sha256 = ?, hashed_bytes = ?, hashed_modified_ms = ? WHERE id = ?")
                .bind(sha256)
                .bind(bytes)
                .bind(modified_ms)
                .bind(model.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    /// Writes a model's SHA-256 (hex) on those of its answers that were made before it was known.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn fill_fingerprint(&self, model: ModelId, sha256: &str) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("UPDATE answer SET model_sha256 = ? WHERE model = ? AND model_sha256 IS NULL")
                .bind(sha256)
                .bind(model.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    /// Keeps what comparing a model's files with the stated hashes found.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_verification(&self, model: ModelId, found: Verification) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("UPDATE model SET verification = ? WHERE id = ?")
                .bind(json(&found))
                .bind(model.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    /// Notes that a model was asked, and how fast it is by now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn touch_model(
        &self,
        model: ModelId,
        now: Timestamp,
        speed: Option<ModelSpeed>,
    ) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("UPDATE model SET used_at = ?, speed = coalesce(?, speed) WHERE id = ?")
                .bind(now.0)
                .bind(speed.as_ref().map(json))
                .bind(model.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }
}

fn read(row: &SqliteRow) -> Result<ModelRecord, StoreError> {
    let (bytes, modified_ms) = (row.maybe_integer("hashed_bytes")?, row.maybe_integer("hashed_modified_ms")?);
    Ok(ModelRecord {
        id: row.id("id")?,
        path: path(row.try_get("path")?),
        file: row.json("file")?,
        starter: row.flag("starter")?,
        sha256: row.maybe_text("sha256")?,
        hashed_stamp: bytes.zip(modified_ms).map(|(bytes, modified_ms)| (bytes.cast_unsigned(), modified_ms)),
        added_at: row.time("added_at")?,
        used_at: row.maybe_time("used_at")?,
        origin: row.json("origin")?,
        stated: row.json("stated")?,
        verification: row.maybe_json("verification")?,
        speed: row.maybe_json("speed")?,
    })
}

fn stamp_columns((bytes, modified_ms): (u64, i64)) -> (i64, i64) {
    (bytes.cast_signed(), modified_ms)
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
}

#[cfg(not(unix))]
fn path_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}
