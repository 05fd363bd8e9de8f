//! What is done with the models that are here: verified again, tried, removed, installed from a folder.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use domain::{ModelId, ModelOrigin, ModelRecord, RenderSource, StatedHash, Verification};
use hub::Installed;
use wire::{Failure, FolderInstalled, ModelCard, ModelRemoved, ModelStatus, TemplateTrial};

use crate::{
    Core, Pick,
    failure::{from_engine, from_hub, from_store},
    going_on::GoingOn,
    library::{file_name, files_of},
};

/// A conversation that every chat template must be able to render.
const TRIAL: &str = r#"{"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hello. How can I help?"},{"role":"user","content":"Say yes."}],"add_generation_prompt":true}"#;

impl Core {
    /// Compares a model's files with the hashes that its source stated.
    pub(crate) async fn verify_model(&self, id: ModelId) -> Result<ModelCard, Failure> {
        let record = self.model(id).await?;
        if record.stated.is_empty() {
            return Err(Failure::invalid(format!(
                "The source of “{}” stated no SHA-256, so there is nothing to compare with. Its own SHA-256 is shown with it.",
                record.file.name
            )));
        }
        let files = files_of(&record)?;
        let going_on = GoingOn::new(self, id);
        GoingOn::tell(self, id, ModelStatus::Verifying { share: 0.0 });
        let (later, stated) = (self.weak(), record.stated.clone());
        let on_share = move |share| {
            if let Some(core) = later.core() {
                GoingOn::tell(&core, id, ModelStatus::Verifying { share });
            }
        };
        let hashing = tokio::task::spawn_blocking(move || all_match(&files, &stated, on_share));
        let matched = hashing.await.map_err(|error| Failure::unexpected(error.to_string()))?;
        drop(going_on);
        let matched = matched.map_err(|error| Failure::ModelUnreadable { message: error.to_string() })?;
        self.store.set_verification(id, Verification { at: self.now(), matched }).await.map_err(from_store)?;
        self.tell_models().await;
        Ok(self.card(&self.model(id).await?))
    }

    /// What a model's template makes of a short conversation.
    pub(crate) async fn try_template(&self, id: ModelId) -> Result<TemplateTrial, Failure> {
        let record = self.model(id).await?;
        files_of(&record)?;
        match self.engine.render(RenderSource::Model(record.path), TRIAL.to_owned()).await {
            Ok(text) => Ok(TemplateTrial { renders: true, text }),
            Err(domain::EngineError::Template(text)) => Ok(TemplateTrial { renders: false, text }),
            Err(error) => Err(from_engine(error)),
        }
    }

    /// Takes a model off the library, and its files off the disk where they are ours and the user says so.
    pub(crate) async fn remove_model(&self, id: ModelId, files: bool) -> Result<ModelRemoved, Failure> {
        let record = self.model(id).await?;
        if record.starter {
            return Err(Failure::invalid("The starter model comes with Drawbridge and stays."));
        }
        if files && !self.owns(&record) {
            return Err(Failure::invalid(
                "Drawbridge did not put this file where it lies, so it does not delete it. Take the model off the list instead.",
            ));
        }
        let freed_bytes = if files { self.delete_files(&record).await? } else { 0 };
        self.store.remove_model(id).await.map_err(from_store)?;
        self.note(audit::Event::ModelRemoved { name: record.file.name }, None);
        self.tell_models().await;
        Ok(ModelRemoved { freed_bytes })
    }

    async fn delete_files(&self, record: &ModelRecord) -> Result<u64, Failure> {
        let mut paths = gguf::parts_by_name(&record.path);
        // A worker that has them open would keep their space.
        self.engine.unload(&paths).await;
        if let ModelOrigin::Pack { .. } = record.origin {
            paths.extend(self.rest_of_pack(record).await?);
        }
        paths.sort();
        paths.dedup();
        paths.retain(|path| path.exists());
        let layout = self.network.layout.clone();
        let removing = tokio::task::spawn_blocking(move || layout.remove(&paths));
        removing.await.map_err(|error| Failure::unexpected(error.to_string()))?.map_err(from_hub)
    }

    /// What else a pack put beside its last model: a projector is of no use alone.
    async fn rest_of_pack(&self, record: &ModelRecord) -> Result<Vec<PathBuf>, Failure> {
        let models = self.store.models().await.map_err(from_store)?;
        let in_use = models.iter().any(|model| model.id != record.id && model.path.parent() == record.path.parent());
        let Some(folder) = record.path.parent().filter(|_| !in_use) else { return Ok(Vec::new()) };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        Ok(entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect())
    }

    /// Lets the user pick a folder and takes in what it holds.
    pub(crate) async fn open_folder(&self) -> Result<Option<FolderInstalled>, Failure> {
        match self.pick(Pick::ModelFolder).await?.first() {
            Some(folder) => self.install_folder(folder).await.map(Some),
            None => Ok(None),
        }
    }

    /// Installs the model pack in a folder, or adds the GGUF files that lie in it where they are.
    ///
    /// # Errors
    /// [`Failure::NotFound`] where the folder holds no model; what a damaged pack says. Nothing is half installed.
    pub async fn install_folder(&self, folder: &Path) -> Result<FolderInstalled, Failure> {
        let (from, layout) = (folder.to_owned(), self.network.layout.clone());
        let installing = tokio::task::spawn_blocking(move || hub::install(&from, &layout, &mut |_, _| {}));
        let installed = installing.await.map_err(|error| Failure::unexpected(error.to_string()))?.map_err(from_hub)?;
        match installed {
            Some(pack) => self.take_pack(pack).await,
            None => self.add_all(folder).await,
        }
    }

    async fn take_pack(&self, pack: Installed) -> Result<FolderInstalled, Failure> {
        let mut models = Vec::new();
        for (first, stated) in pack.files {
            let verification = Some(Verification { at: self.now(), matched: true });
            let origin = ModelOrigin::Pack { id: pack.id.clone() };
            let licence = pack.licence.clone();
            models.push(
                self.add_model(&first, origin, stated, verification, |file| {
                    file.licence = file.licence.take().or(licence)
                })
                .await?,
            );
        }
        Ok(FolderInstalled { pack: true, models, refused: Vec::new() })
    }

    async fn add_all(&self, folder: &Path) -> Result<FolderInstalled, Failure> {
        let (mut models, mut refused) = (Vec::new(), Vec::new());
        for path in model_files(folder)? {
            match self.import_model(&path).await {
                Ok(card) => models.push(card),
                Err(failure) => refused.push(failure.message().to_owned()),
            }
        }
        if models.is_empty() && refused.is_empty() {
            return Err(Failure::not_found(format!(
                "“{}” holds neither a pack.json nor a GGUF file. Nothing was added.",
                folder.display()
            )));
        }
        Ok(FolderInstalled { pack: false, models, refused })
    }
}

/// True where each file that a hash was stated for has it. `on_share` gets the share that is done, 0 to 1.
fn all_match(files: &[PathBuf], stated: &[StatedHash], on_share: impl Fn(f32)) -> Result<bool, gguf::GgufError> {
    let total: u64 = files.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
    let mut before = 0;
    for file in files {
        let name = file_name(file);
        let Some(expected) = stated.iter().find(|hash| hash.file == name) else { return Ok(false) };
        let mut here = 0;
        let found = gguf::sha256(file, |done| {
            here = done;
            on_share((before + done) as f32 / total.max(1) as f32);
            ControlFlow::Continue(())
        })?;
        if found.as_deref() != Some(expected.sha256.as_str()) {
            return Ok(false);
        }
        before += here;
    }
    Ok(true)
}

/// The model files in a folder, split ones by their first part, projectors apart.
fn model_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| Failure::not_found(format!("The folder “{}” cannot be read: {error}.", folder.display())))?;
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_first(path)).collect();
    paths.sort();
    Ok(paths)
}

fn is_first(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    let Some(stem) = name.strip_suffix(".gguf") else { return false };
    gguf::split_name(stem).1.is_none_or(|part| part.number == 1) && !stem.starts_with("mmproj") && path.is_file()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_whole_models_by_their_first_file() {
        let folder = tempfile::tempdir().unwrap();
        let names =
            ["b.gguf", "A-00001-of-00002.gguf", "A-00002-of-00002.gguf", "mmproj-b.gguf", "notes.txt", "c.gguf.part"];
        for name in names {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        std::fs::create_dir(folder.path().join("folder.gguf")).unwrap();
        let found = model_files(folder.path()).unwrap();
        let found: Vec<_> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(found, ["A-00001-of-00002.gguf", "b.gguf"]);
    }

    #[test]
    fn one_flipped_byte_in_any_part_is_found_and_progress_ends_at_one() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = ["a", "b"].iter().map(|name| folder.path().join(name)).collect();
        for file in &files {
            std::fs::write(file, vec![7; 3_000_000]).unwrap();
        }
        let hash = |file: &PathBuf| gguf::sha256(file, |_| ControlFlow::Continue(())).unwrap().unwrap();
        let stated: Vec<StatedHash> = files
            .iter()
            .map(|file| StatedHash {
                file: file.file_name().unwrap().to_string_lossy().into_owned(),
                sha256: hash(file),
            })
            .collect();
        let last = std::cell::Cell::new(0.0);
        assert!(all_match(&files, &stated, |share| last.set(share)).unwrap());
        assert!((last.get() - 1.0).abs() < f32::EPSILON);
        assert!(!all_match(&files, &stated[..1], |_| {}).unwrap(), "a part without a stated hash");
        let mut bytes = vec![7; 3_000_000];
        bytes[2_999_999] ^= 1;
        std::fs::write(&files[1], bytes).unwrap();
        assert!(!all_match(&files, &stated, |_| {}).unwrap());
    }
}
