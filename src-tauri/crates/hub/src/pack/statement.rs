//! What `pack.json` says, checked before anything is done with it.

use std::collections::HashSet;

use serde::Deserialize;

use crate::{
    HubError,
    name::{is_gguf, is_sha256, safe_name},
};

const SCHEMA: u64 = 1;
const MOST_FILES: usize = 1000;

/// `pack.json`. Names are safe and differ in more than upper and lower case, hashes are hashes, sizes add up, and there
/// is a model.
#[derive(Debug)]
pub(super) struct Statement {
    /// The pack's name for itself; names its folder.
    pub id: String,
    /// Files.
    pub files: Vec<PackFile>,
    /// Size of all.
    pub bytes: u64,
    /// The model that it was made from.
    pub base: Option<String>,
    /// Licence.
    pub licence: Option<String>,
    /// SHA-256 of the chat template of its models.
    pub chat_template_sha256: Option<String>,
}

/// A file of a pack.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackFile {
    /// Name, without folders.
    pub name: String,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// What it is.
    pub role: Role,
}

/// What a file of a pack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// A model, or the first part of a split one.
    Model,
    /// Another part of a split model.
    Part,
    /// Lets a model see pictures.
    Projector,
}

#[derive(Deserialize)]
struct Schema {
    schema: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "schema")]
    _schema: u64,
    id: String,
    files: Vec<PackFile>,
    base: Option<String>,
    licence: Option<String>,
    chat_template_sha256: Option<String>,
    min_app: Option<String>,
    #[serde(rename = "created")]
    _created: Option<String>,
}

impl Statement {
    /// Parses and checks it.
    ///
    /// # Errors
    /// [`HubError::Unusable`], [`HubError::BadName`].
    pub(super) fn parse(content: &[u8]) -> Result<Self, HubError> {
        let damaged = |error: serde_json::Error| unusable(&format!("its pack.json is damaged: {error}"));
        let schema = serde_json::from_slice::<Schema>(content).map_err(damaged)?.schema;
        if schema != SCHEMA {
            return Err(unusable(&format!(
                "it has format {schema}, and this version of Drawbridge knows format {SCHEMA}"
            )));
        }
        let raw: Raw = serde_json::from_slice(content).map_err(damaged)?;
        safe_name(&raw.id)?;
        if let Some(min_app) = &raw.min_app {
            check_version(min_app)?;
        }
        if raw.chat_template_sha256.as_deref().is_some_and(|hash| !is_sha256(hash)) {
            return Err(unusable("the hash of its template is no SHA-256"));
        }
        let bytes = check_files(&raw.files)?;
        let statement = Self {
            id: raw.id,
            files: raw.files,
            bytes,
            base: raw.base,
            licence: raw.licence,
            chat_template_sha256: raw.chat_template_sha256,
        };
        let listed: usize = statement.models().iter().map(Vec::len).sum();
        if listed != statement.files.iter().filter(|file| file.role != Role::Projector).count() {
            return Err(unusable("it lists a part that belongs to none of its models"));
        }
        Ok(statement)
    }

    /// Its models, each with its parts in order.
    pub(super) fn models(&self) -> Vec<Vec<&PackFile>> {
        let of_role = |role| self.files.iter().filter(move |file| file.role == role);
        let model = |first| {
            let mut files: Vec<&PackFile> = vec![first];
            files.extend(of_role(Role::Part).filter(|part| is_part_of(&part.name, &first.name)));
            files[1..].sort_by(|one, other| one.name.cmp(&other.name));
            files
        };
        of_role(Role::Model).map(model).collect()
    }
}

/// `NAME-00002-of-00003.gguf` belongs to `NAME-00001-of-00003.gguf`.
fn is_part_of(part: &str, first: &str) -> bool {
    const PLACE: usize = "-00001-of-00003.gguf".len();
    let Some((stem, place)) = first.len().checked_sub(PLACE).and_then(|at| first.split_at_checked(at)) else {
        return false;
    };
    let Some(count) = place.strip_prefix("-00001") else { return false };
    let no = part.strip_prefix(stem).and_then(|rest| rest.strip_suffix(count)).and_then(|no| no.strip_prefix('-'));
    no.is_some_and(|no| no.len() == 5 && no.bytes().all(|byte| byte.is_ascii_digit()))
}

fn check_files(files: &[PackFile]) -> Result<u64, HubError> {
    if !files.iter().any(|file| file.role == Role::Model) || files.len() > MOST_FILES {
        return Err(unusable("it lists no model, or too many files"));
    }
    let mut names = HashSet::new();
    files.iter().try_fold(0_u64, |bytes, file| {
        safe_name(&file.name)?;
        if !is_gguf(&file.name) {
            return Err(unusable(&format!("“{}” is not a GGUF file", file.name)));
        }
        if !names.insert(file.name.to_ascii_lowercase()) {
            return Err(unusable(&format!("it lists “{}” twice", file.name)));
        }
        if !is_sha256(&file.sha256) {
            return Err(unusable(&format!("the hash of “{}” is no SHA-256", file.name)));
        }
        bytes.checked_add(file.size).ok_or_else(|| unusable("its sizes cannot be"))
    })
}

/// Refuses a pack for a later version of the application.
fn check_version(min_app: &str) -> Result<(), HubError> {
    let numbers = |text: &str| -> Option<Vec<u32>> { text.split('.').map(|number| number.parse().ok()).collect() };
    let ours = env!("CARGO_PKG_VERSION");
    match numbers(min_app) {
        Some(theirs) if theirs.len() == 3 && Some(&theirs) <= numbers(ours).as_ref() => Ok(()),
        Some(theirs) if theirs.len() == 3 => {
            Err(unusable(&format!("it needs Drawbridge {min_app}, and this is {ours}")))
        }
        _ => Err(unusable("the version that it needs cannot be read")),
    }
}

fn unusable(why: &str) -> HubError {
    HubError::Unusable(format!("This model pack cannot be installed: {why}."))
}
