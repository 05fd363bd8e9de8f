//! The models that the user has: added where they lie, loaded when asked, hashed in the background.

use std::{
    collections::{HashMap, HashSet},
    io::Read,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use domain::{
    ChatId, Machine, MessageId, Model, ModelFile, ModelId, ModelOrigin, ModelRecord, Sampling, StatedHash, Verification,
};
use hub::Shape;
use wire::{AnswerEvent, Event, Failure, ModelCard, ModelStatus};

use crate::{
    Core, Pick,
    core::lock,
    failure::{from_engine, from_store},
    going_on::GoingOn,
    machine::Measured,
};

/// What is known of models beside the store.
#[derive(Default)]
pub(crate) struct Library {
    /// What is going on with a model, or what the last attempt to load it said.
    pub(crate) status: Mutex<HashMap<ModelId, ModelStatus>>,
    hashing: Mutex<HashSet<ModelId>>,
    /// This computer, as it was a moment ago.
    pub(crate) machine: Mutex<Option<(tokio::time::Instant, Machine)>>,
    /// What measuring this computer found.
    pub(crate) measured: Mutex<Option<Measured>>,
}

/// A file's name, for people and to compare with stated ones.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The first bytes say GGUF.
pub(crate) fn looks_like_model(path: &Path) -> bool {
    let mut magic = [0; 4];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && &magic == b"GGUF"
}

/// What a model file's header says, or why it cannot be used.
pub(crate) fn inspect(path: &Path) -> Result<(ModelFile, gguf::Header), Failure> {
    let name = file_name(path);
    let refuse = |error: gguf::GgufError| {
        let message = format!("“{name}” cannot be used. {error} The file is left as it is.");
        if path.exists() { Failure::ModelUnreadable { message } } else { Failure::ModelMissing { message } }
    };
    let header = gguf::read(path).map_err(refuse)?;
    header.is_model().map_err(refuse)?;
    let mut bytes = 0;
    let mut parameters = 0;
    for part in gguf::parts(path).map_err(refuse)? {
        if part == path {
            (bytes, parameters) = (bytes + header.file_bytes, parameters + header.parameters());
        } else {
            let more = gguf::read(&part).map_err(refuse)?;
            (bytes, parameters) = (bytes + more.file_bytes, parameters + more.parameters());
        }
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let shape = Shape::of_header(&header, bytes);
    let file = ModelFile {
        active_parameters: shape.active_parameters,
        kv_bytes_per_token: shape.kv_bytes_per_token,
        name: header.name().map_or(stem, str::to_owned),
        architecture: header.architecture().to_owned(),
        parameters,
        quantisation: header.quantisation(),
        context_tokens: header.context_tokens(),
        bytes,
        has_template: header.chat_template().is_some(),
        licence: header.licence().map(str::to_owned),
    };
    Ok((file, header))
}

impl Core {
    /// Puts the starter model into the library, or follows it to where it lies now.
    pub(crate) async fn add_starter_model(&self) -> Result<(), Failure> {
        let path = &self.profile.starter_model;
        let models = self.store.models().await.map_err(from_store)?;
        let known = models.iter().find(|model| model.starter);
        if known.is_some_and(|model| model.path == *path) {
            return Ok(());
        }
        let Ok((mut file, _)) = inspect(path) else {
            tracing::error!(path = %path.display(), "the starter model is not where it should be");
            return Ok(());
        };
        "Starter model".clone_into(&mut file.name);
        if let Some(old) = known {
            let moved = ModelRecord { path: path.clone(), file, ..old.clone() };
            self.store.remove_model(old.id).await.map_err(from_store)?;
            return self.store.put_model(&moved).await.map_err(from_store);
        }
        let record = ModelRecord { starter: true, ..self.record(path.clone(), file, ModelOrigin::Starter) };
        self.store.put_model(&record).await.map_err(from_store)
    }

    fn record(&self, path: PathBuf, file: ModelFile, origin: ModelOrigin) -> ModelRecord {
        ModelRecord {
            id: ModelId::new(),
            path,
            file,
            starter: false,
            origin,
            stated: Vec::new(),
            verification: None,
            speed: None,
            sha256: None,
            hashed_stamp: None,
            added_at: self.now(),
            used_at: None,
        }
    }

    /// Adds a model file that the user chose to the library, where it lies. One that is known already stays what it is.
    pub(crate) async fn import_model(&self, path: &Path) -> Result<ModelCard, Failure> {
        self.put_in_library(path, |_| {}).await
    }

    /// Adds a model that came from somewhere, with what its source stated of it.
    pub(crate) async fn add_model(
        &self,
        path: &Path,
        origin: ModelOrigin,
        stated: Vec<StatedHash>,
        verification: Option<Verification>,
        edit: impl FnOnce(&mut ModelFile),
    ) -> Result<ModelCard, Failure> {
        self.put_in_library(path, |record| {
            (record.origin, record.stated, record.verification) = (origin, stated, verification);
            edit(&mut record.file);
        })
        .await
    }

    async fn put_in_library(&self, path: &Path, edit: impl FnOnce(&mut ModelRecord)) -> Result<ModelCard, Failure> {
        let path = path.canonicalize().map_err(|error| Failure::ModelMissing {
            message: format!("“{}” cannot be opened: {error}.", path.display()),
        })?;
        let models = self.store.models().await.map_err(from_store)?;
        let checked = path.clone();
        let (file, _) = tokio::task::spawn_blocking(move || inspect(&checked))
            .await
            .map_err(|error| Failure::unexpected(error.to_string()))??;
        let mut record = match models.iter().find(|model| model.path == path).cloned() {
            Some(known) if known.starter => known,
            Some(known) => ModelRecord { file: ModelFile { name: known.file.name, ..file }, ..known },
            None => self.record(path, file, ModelOrigin::File),
        };
        if !record.starter {
            edit(&mut record);
            let vouched = self.policy.allow_unsigned() || !record.stated.is_empty();
            self.refuse_unless(vouched, "models.allow_unsigned", "models that nobody vouches for")?;
        }
        let is_new = !models.iter().any(|known| known.id == record.id);
        self.store.put_model(&record).await.map_err(from_store)?;
        if is_new {
            self.note_model_added(&record);
        }
        lock(&self.library.status).remove(&record.id);
        self.hash_in_background(&record);
        self.tell_models().await;
        Ok(self.card(&record))
    }

    fn note_model_added(&self, record: &ModelRecord) {
        let origin = match &record.origin {
            ModelOrigin::Starter => "with the application".to_owned(),
            ModelOrigin::File => "a file".to_owned(),
            ModelOrigin::Pack { .. } => "a model pack".to_owned(),
            ModelOrigin::Hub { repo, revision, .. } => format!("{repo} at {revision}"),
        };
        let (name, sha256) = (record.file.name.clone(), record.sha256.clone());
        self.note(audit::Event::ModelAdded { name, origin, sha256 }, None);
    }

    /// Lets the user pick a model file and adds it.
    pub(crate) async fn open_model(&self) -> Result<Option<ModelCard>, Failure> {
        match self.pick(Pick::Model).await?.first() {
            Some(path) => Ok(Some(self.import_model(path).await?)),
            None => Ok(None),
        }
    }

    /// The library as cards.
    pub(crate) async fn cards(&self) -> Result<Vec<ModelCard>, Failure> {
        let models = self.store.models().await.map_err(from_store)?;
        let core = self.clone();
        // Headers are read and folders looked at: not on a thread that others wait for.
        let making = tokio::task::spawn_blocking(move || {
            let machine = core.machine();
            models.iter().map(|model| core.card_on(model, &machine)).collect()
        });
        making.await.map_err(|error| Failure::unexpected(error.to_string()))
    }

    pub(crate) fn card(&self, record: &ModelRecord) -> ModelCard {
        self.card_on(record, &self.machine())
    }

    fn card_on(&self, record: &ModelRecord, machine: &Machine) -> ModelCard {
        let loaded = files_of(record).ok().and_then(|files| self.engine.loaded(&files));
        let loaded_bytes = if loaded.is_some() { record.file.bytes } else { 0 };
        let remembered = lock(&self.library.status).get(&record.id).cloned();
        let status = match (&loaded, remembered) {
            _ if !record.path.exists() => ModelStatus::Missing,
            (_, Some(status @ ModelStatus::Verifying { .. })) => status,
            (Some(model), _) => ModelStatus::Loaded { context_tokens: model.facts().context_tokens },
            (None, Some(status @ (ModelStatus::Loading { .. } | ModelStatus::Failed { .. }))) => status,
            (None, _) => ModelStatus::Ready,
        };
        ModelCard {
            id: record.id,
            name: record.file.name.clone(),
            starter: record.starter,
            file: record.file.clone(),
            file_name: file_name(&record.path),
            folder: record.path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default(),
            sha256: record.sha256.clone(),
            status,
            default_sampling: loaded.map_or_else(|| assumed_sampling(record), |model| model.facts().default_sampling),
            origin: record.origin.clone(),
            verifiable: !record.stated.is_empty(),
            verification: record.verification,
            fit: self.fit_of(record, machine, loaded_bytes),
            owned: self.owns(record),
            added_at: record.added_at,
        }
    }

    /// Loads a model for a chat, with progress for its answer.
    pub(crate) async fn load_for(
        &self,
        record: &ModelRecord,
        chat: ChatId,
        answer: Option<MessageId>,
    ) -> Result<Arc<dyn Model>, Failure> {
        let context = self.store_of(chat).chat(chat).await.map_err(from_store)?.settings.context_tokens;
        let events = self.events.clone();
        let progress = Arc::new(move |share| {
            if let Some(message) = answer {
                events.tell(Event::Answer { chat, message, event: AnswerEvent::Loading { share } });
            }
        });
        self.load(record, context, progress).await
    }

    /// Loads a model into memory.
    pub(crate) async fn load(
        &self,
        record: &ModelRecord,
        context_tokens: Option<u32>,
        progress: domain::LoadProgress,
    ) -> Result<Arc<dyn Model>, Failure> {
        let files = files_of(record).map_err(|error| self.refused(record, error))?;
        self.refuse_unlisted(&files).await?;
        let before = self.engine.loaded(&files).is_some();
        let going_on = GoingOn::new(self, record.id);
        let (core, model) = (self.weak(), record.id);
        let seen = Arc::new(move |share| {
            progress(share);
            if let Some(core) = core.core().filter(|_| share < 1.0) {
                GoingOn::tell(&core, model, ModelStatus::Loading { share });
            }
        });
        let outcome = self.engine.load(files, context_tokens, seen).await;
        drop(going_on);
        let outcome = outcome.map_err(|error| self.refused(record, from_engine(error)));
        if outcome.is_ok() {
            lock(&self.library.status).remove(&record.id);
            self.hash_in_background(record);
        }
        if !before {
            self.tell_models().await;
        }
        outcome
    }

    fn refused(&self, record: &ModelRecord, failure: Failure) -> Failure {
        let reason = failure.message().to_owned();
        lock(&self.library.status).insert(record.id, ModelStatus::Failed { reason });
        failure
    }

    /// We put its files where they lie, so removing them is ours to do. A file of the user's own is not, wherever it
    /// lies.
    pub(crate) fn owns(&self, record: &ModelRecord) -> bool {
        let ours = matches!(record.origin, ModelOrigin::Hub { .. } | ModelOrigin::Pack { .. });
        ours && self.network.layout.owns(&record.path)
    }

    /// The model of this id.
    pub(crate) async fn model(&self, id: ModelId) -> Result<ModelRecord, Failure> {
        let models = self.store.models().await.map_err(from_store)?;
        let missing = || Failure::not_found("This model is not in the library any more.");
        models.into_iter().find(|model| model.id == id).ok_or_else(missing)
    }

    /// A file that is not the stated one any more is no verified file, whatever an earlier comparison found.
    async fn doubt(&self, record: &ModelRecord, sha256: &str) {
        let name = file_name(&record.path);
        let stated = record.stated.iter().find(|hash| hash.file == name);
        if stated.is_some_and(|hash| hash.sha256 != sha256) {
            let found = Verification { at: self.now(), matched: false };
            if let Err(error) = self.store.set_verification(record.id, found).await {
                tracing::warn!(%error, "that a model differs from what was stated could not be kept");
            }
        }
    }

    /// Tells the windows what the library looks like now.
    pub(crate) async fn tell_models(&self) {
        match self.cards().await {
            Ok(models) => self.events.tell(Event::Models { models }),
            Err(failure) => tracing::warn!(failure = failure.message(), "the library could not be read"),
        }
    }

    /// The same from where nobody waits.
    pub(crate) fn tell_models_soon(&self) {
        let core = self.clone();
        self.runtime.spawn(async move { core.tell_models().await });
    }

    /// Computes the SHA-256 of a model's first file, once for each version of it, and writes it on its answers too.
    fn hash_in_background(&self, record: &ModelRecord) {
        let Some(stamp) = stamp(&record.path) else { return };
        if record.hashed_stamp == Some(stamp) || !lock(&self.library.hashing).insert(record.id) {
            return;
        }
        let (core, record) = (self.clone(), record.clone());
        tokio::spawn(async move {
            let path = record.path.clone();
            let hashed = tokio::task::spawn_blocking(move || gguf::sha256(&path, |_| ControlFlow::Continue(()))).await;
            lock(&core.library.hashing).remove(&record.id);
            match hashed {
                Ok(Ok(Some(hash))) => {
                    let kept = core.store.set_model_hash(record.id, &hash, stamp).await;
                    if let Err(error) = kept.and(core.store.fill_fingerprint(record.id, &hash).await) {
                        tracing::warn!(%error, "a model's hash could not be kept");
                    }
                    core.doubt(&record, &hash).await;
                    core.tell_models().await;
                }
                Ok(Ok(None)) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a model could not be hashed"),
                Err(error) => tracing::warn!(%error, "hashing a model broke off"),
            }
        });
    }
}

/// A model's files, all parts, each there.
pub(crate) fn files_of(record: &ModelRecord) -> Result<Vec<PathBuf>, Failure> {
    let missing = || Failure::ModelMissing {
        message: format!(
            "The model file {} is not there any more. Put it back, or choose another model. The chat is kept.",
            record.path.display()
        ),
    };
    if !record.path.is_file() {
        return Err(missing());
    }
    gguf::parts(&record.path).map_err(|error| Failure::ModelUnreadable { message: error.to_string() })
}

/// The sampler that is shown for a model before it was loaded.
fn assumed_sampling(record: &ModelRecord) -> Sampling {
    if record.starter { Sampling { temperature: 0.0, ..Sampling::default() } } else { Sampling::default() }
}

fn stamp(path: &Path) -> Option<(u64, i64)> {
    let data = path.metadata().ok()?;
    let modified = data.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((data.len(), i64::try_from(modified.as_millis()).ok()?))
}
