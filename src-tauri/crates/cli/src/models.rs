//! `models`: the library, single files and folders, and the prompts that they would get.

use std::path::{Path, PathBuf};

use app::terminal::{self, Inspection};
use domain::{ModelFile, RenderSource};
use serde_json::{Value, json};
use wire::{Commands, Failure, ModelCard, ModelStatus, Nothing};

use crate::{
    arguments::{Models, Render},
    download,
    exit::Ending,
    figures::{count, size},
    hub, input, keeping, output,
    place::Place,
};

pub(crate) async fn run(place: &Place, command: Models) -> Result<(), Ending> {
    match command {
        Models::List { json } => list(place, json).await,
        Models::Inspect { file, json } => inspect(&file, json),
        Models::Import { path, json } => import(place, &path, json).await,
        Models::Catalogue { json } => hub::catalogue(place, json).await,
        Models::Search { words, limit, json } => hub::search(place, words.join(" "), limit, json).await,
        Models::Files { repo, json } => hub::files(place, repo, json).await,
        Models::Download(wanted) => download::run(place, wanted).await,
        Models::Verify { model, json } => keeping::verify(place, &model, json).await,
        Models::Remove { model, files, json } => keeping::remove(place, &model, files, json).await,
        Models::Render(arguments) => render(place, arguments).await,
    }
}

async fn list(place: &Place, json: bool) -> Result<(), Ending> {
    let models = place.with_core(async |core| core.model_list(Nothing).await).await?;
    if json {
        return output::json(&json!(models));
    }
    models.iter().try_for_each(|model| output::result(&line(model)))
}

fn line(model: &ModelCard) -> String {
    let state = if model.status == ModelStatus::Missing { ", the file is missing" } else { "" };
    format!(
        "{}: {}{state}\n    {}\n",
        model.name,
        summary(&model.file),
        Path::new(&model.folder).join(&model.file_name).display()
    )
}

fn inspect(file: &Path, json: bool) -> Result<(), Ending> {
    let inspection = terminal::inspect(file)?;
    if json { output::json(&as_json(&inspection)) } else { output::result(&as_text(&inspection)) }
}

fn as_json(inspection: &Inspection) -> Value {
    let Inspection { file, gguf_version, tensors, template } = inspection;
    json!({ "file": file, "gguf_version": gguf_version, "tensors": tensors, "template": template })
}

fn as_text(inspection: &Inspection) -> String {
    let file = &inspection.file;
    let context = match file.context_tokens {
        0 => "not said".to_owned(),
        tokens => format!("{tokens} tokens"),
    };
    [
        ("Name", file.name.clone()),
        ("Architecture", file.architecture.clone()),
        ("Weights", count(file.parameters)),
        ("Quantisation", file.quantisation.clone()),
        ("Size", size(file.bytes)),
        ("Context", context),
        ("Chat template", if file.has_template { "its own" } else { "none; ChatML stands in" }.to_owned()),
        ("Licence", file.licence.clone().unwrap_or_else(|| "not said".to_owned())),
        ("Format", format!("GGUF version {}, {} tensors", inspection.gguf_version, inspection.tensors)),
    ]
    .iter()
    .map(|(name, value)| format!("{name:<14} {value}\n"))
    .collect()
}

async fn import(place: &Place, path: &Path, json: bool) -> Result<(), Ending> {
    if path.is_dir() {
        return install(place, path, json).await;
    }
    let model = place.with_core(async |core| core.import(path).await).await?;
    if json {
        return output::json(&json!(model));
    }
    output::result(&format!(
        "{} is in the library: {}. Its file stays where it is.\n",
        model.name,
        summary(&model.file)
    ))
}

async fn install(place: &Place, folder: &Path, json: bool) -> Result<(), Ending> {
    let installed = place.with_core(async |core| core.install_folder(folder).await).await?;
    installed.refused.iter().for_each(|sentence| output::note(sentence));
    if json {
        return output::json(&json!(installed));
    }
    let what_of_it =
        if installed.pack { "Every file of the pack had its stated SHA-256." } else { "Its file stays where it is." };
    installed.models.iter().try_for_each(|model| {
        output::result(&format!("{} is in the library: {}. {what_of_it}\n", model.name, summary(&model.file)))
    })
}

async fn render(place: &Place, arguments: Render) -> Result<(), Ending> {
    let request = request(&input::file(&arguments.messages)?)?;
    let source = match (arguments.model, arguments.template) {
        (Some(model), _) => RenderSource::Model(absolute(model)?),
        (None, Some(template)) => {
            RenderSource::Template { template: input::file(&template)?, bos: arguments.bos, eos: arguments.eos }
        }
        (None, None) => unreachable!("BUG: clap asks for one of them"),
    };
    output::result(&terminal::render(&place.profile, source, request).await?)
}

/// The worker may have another working directory.
fn absolute(model: PathBuf) -> Result<PathBuf, Failure> {
    terminal::inspect(&model)?;
    Ok(std::path::absolute(&model).unwrap_or(model))
}

/// Messages as an object: a bare list of them is accepted too.
fn request(text: &str) -> Result<String, Failure> {
    let unusable = |why: String| Failure::invalid(format!("The messages cannot be used: {why}."));
    match serde_json::from_str(text).map_err(|error| unusable(error.to_string()))? {
        list @ Value::Array(_) => Ok(json!({ "messages": list }).to_string()),
        Value::Object(object) if object.get("messages").is_some_and(Value::is_array) => Ok(text.to_owned()),
        _ => Err(unusable("a list of messages is needed, or an object with a list named “messages”".to_owned())),
    }
}

pub(crate) fn summary(file: &ModelFile) -> String {
    format!("{} {}, {} weights, {}", file.architecture, file.quantisation, count(file.parameters), size(file.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_list_of_messages_is_a_request_and_an_object_is_left_as_it_is() {
        assert_eq!(
            request(r#"[{"role":"user","content":"a"}]"#).unwrap(),
            r#"{"messages":[{"role":"user","content":"a"}]}"#
        );
        let object = r#"{ "messages": [], "add_generation_prompt": false }"#;
        assert_eq!(request(object).unwrap(), object);
        for wrong in ["", "{", "3", "{}", r#"{"messages":"x"}"#] {
            assert!(matches!(request(wrong), Err(Failure::InvalidInput { .. })), "{wrong}");
        }
    }
}
