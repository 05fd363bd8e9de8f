//! Assistants: a saved set of settings.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AssistantId, ChatSettings};

/// A saved set of settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Assistant {
    /// Id.
    pub id: AssistantId,
    /// Name.
    pub name: String,
    /// Settings that a chat begun with it starts from.
    pub settings: ChatSettings,
}

/// An assistant to save: a new one, or a new version of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AssistantDraft {
    /// The one to replace.
    pub id: Option<AssistantId>,
    /// Name.
    pub name: String,
    /// Settings.
    pub settings: ChatSettings,
}
