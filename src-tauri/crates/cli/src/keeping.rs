//! `models verify` and `remove`: what is in the library, checked and taken off.

use std::{path::Path, sync::Arc};

use app::Core;
use domain::ModelId;
use serde_json::json;
use wire::{Commands, Event, Failure, ModelCard, ModelRef, ModelRemove, ModelStatus, Nothing};

use crate::{exit::Ending, figures::size, output, place::Place};

pub(crate) async fn verify(place: &Place, name: &str, json: bool) -> Result<(), Ending> {
    let model = place
        .with_core(async |core| {
            let model = named(core, name).await?.id;
            let _watch = core.watch(Arc::new(move |batch| batch.events.iter().for_each(|event| show(event, model))));
            let verified = core.model_verify(ModelRef { model }).await;
            output::progress("");
            verified
        })
        .await?;
    if json {
        output::json(&json!(model))?;
    }
    match model.verification {
        Some(verification) if verification.matched => {
            let same = format!("{}: every file has the SHA-256 that its source stated.\n", model.name);
            if json { Ok(()) } else { output::result(&same) }
        }
        _ => Err(Ending::NotAsStated(format!(
            "{} is not what its source stated: a SHA-256 does not match. Its files are left as they are. Remove it and \
             download it again.",
            model.name
        ))),
    }
}

fn show(event: &Event, model: ModelId) {
    if let Event::Models { models } = event
        && let Some(ModelStatus::Verifying { share }) =
            models.iter().find(|card| card.id == model).map(|card| &card.status)
    {
        output::progress(&format!("comparing hashes, {:.0} %", share * 100.0));
    }
}

pub(crate) async fn remove(place: &Place, name: &str, files: bool, json: bool) -> Result<(), Ending> {
    let (model, removed) = place
        .with_core(async |core| {
            let model = named(core, name).await?;
            let removed = core.model_remove(ModelRemove { model: model.id, files }).await?;
            Ok::<_, Failure>((model, removed))
        })
        .await?;
    if json {
        return output::json(&json!(removed));
    }
    let of_its_files = match files {
        true => format!("{} are free again.", size(removed.freed_bytes)),
        false => format!("Its files stay: {}", file(&model)),
    };
    output::result(&format!("{} is off the library. {of_its_files}\n", model.name))
}

/// The model of this name, id (or the beginning of one) or file.
async fn named(core: &Core, name: &str) -> Result<ModelCard, Failure> {
    let path = Path::new(name).canonicalize().ok().map(|path| path.display().to_string());
    only(core.model_list(Nothing).await?, name, path.as_deref())
}

fn only(models: Vec<ModelCard>, name: &str, path: Option<&str>) -> Result<ModelCard, Failure> {
    let lower = name.to_lowercase();
    let meant = |model: &ModelCard| {
        let by_id = lower.len() >= 4 && model.id.to_string().starts_with(&lower);
        by_id || model.name.to_lowercase() == lower || model.file_name == name || path == Some(file(model).as_str())
    };
    let mut fitting: Vec<ModelCard> = models.into_iter().filter(meant).collect();
    match fitting.len() {
        0 => {
            Err(Failure::not_found(format!("There is no model “{name}” in the library. `models list` shows them all.")))
        }
        1 => Ok(fitting.remove(0)),
        _ => {
            let which: String = fitting.iter().map(|model| format!("\n  {}  {}", model.id, file(model))).collect();
            Err(Failure::invalid(format!("Several models are called “{name}”. Give the id or the file of one.{which}")))
        }
    }
}

fn file(model: &ModelCard) -> String {
    Path::new(&model.folder).join(&model.file_name).display().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::{Fit, Fits, ModelFile, ModelOrigin, Sampling, Timestamp};

    use super::*;

    fn model(id: &str, name: &str, file_name: &str) -> ModelCard {
        ModelCard {
            id: id.parse().unwrap(),
            name: name.to_owned(),
            starter: false,
            file: ModelFile::default(),
            file_name: file_name.to_owned(),
            folder: "/models".to_owned(),
            sha256: None,
            status: ModelStatus::Ready,
            default_sampling: Sampling::default(),
            origin: ModelOrigin::File,
            verifiable: false,
            verification: None,
            fit: Fit { verdict: Fits::Fits, needed_bytes: 0, context_tokens: 0, speed: None },
            owned: false,
            added_at: Timestamp(0),
        }
    }

    #[test]
    fn a_model_is_named_by_name_id_or_file() {
        let all = || {
            vec![
                model("01890000-0000-7000-8000-00000000000a", "Llama", "a.gguf"),
                model("01890000-0000-7000-8000-00000000000b", "Qwen", "b.gguf"),
                model("02890000-0000-7000-8000-00000000000c", "Qwen", "c.gguf"),
            ]
        };
        let found = |name: &str, path: Option<&str>| only(all(), name, path).map(|model| model.file_name);
        assert_eq!(found("llama", None).unwrap(), "a.gguf");
        assert_eq!(found("b.gguf", None).unwrap(), "b.gguf");
        assert_eq!(found("./b.gguf", Some("/models/b.gguf")).unwrap(), "b.gguf");
        assert_eq!(found("0289", None).unwrap(), "c.gguf");
        assert!(
            matches!(found("Qwen", None), Err(Failure::InvalidInput { message }) if message.contains("/models/c.gguf"))
        );
        assert!(matches!(found("0189", None), Err(Failure::InvalidInput { .. })));
        assert!(matches!(found("028", None), Err(Failure::NotFound { .. })), "too short for an id");
        assert!(matches!(found("", None), Err(Failure::NotFound { .. })));
    }
}
