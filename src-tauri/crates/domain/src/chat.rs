//! Chats and the folders that hold them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AssistantId, ChatId, FolderId, MessageId, ModelId, Timestamp};

/// Who gave a chat its title. A later source never overwrites an earlier one of higher rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TitleSource {
    /// Nobody yet: "New chat".
    None,
    /// The first words of the first question.
    Words,
    /// The model, from the first exchange.
    Model,
    /// The user.
    User,
}

/// What the user set for one chat; `None` is the model's own default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ChatSettings {
    /// System prompt; empty means none.
    pub system_prompt: String,
    /// Temperature, 0 to 2; 0 is greedy.
    pub temperature: Option<f32>,
    /// Keep the k likeliest tokens; 0 keeps all.
    pub top_k: Option<u32>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f32>,
    /// Drop tokens less likely than this share of the likeliest, 0 to 1.
    pub min_p: Option<f32>,
    /// Penalty on tokens of the last 64; 1 is off.
    pub repeat_penalty: Option<f32>,
    /// Seed of the sampler; a fresh one for each answer where it is not set.
    pub seed: Option<u32>,
    /// Longest answer in tokens; until the context is full where it is not set.
    pub max_tokens: Option<u32>,
    /// Context size in tokens; the model's own, within memory, where it is not set.
    pub context_tokens: Option<u32>,
}

/// A chat without its messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Chat {
    /// Id.
    pub id: ChatId,
    /// Title; empty until somebody gave one.
    pub title: String,
    /// Who gave it.
    pub title_source: TitleSource,
    /// Folder, if any.
    pub folder: Option<FolderId>,
    /// Pinned to the top of the list.
    pub pinned: bool,
    /// The model that answers; the default model where it is not set.
    pub model: Option<ModelId>,
    /// The assistant that it was begun with.
    pub assistant: Option<AssistantId>,
    /// Settings of this chat.
    pub settings: ChatSettings,
    /// The last message of the branch that is shown.
    pub leaf: Option<MessageId>,
    /// What is written in the composer and not sent.
    pub draft: String,
    /// Born.
    pub created_at: Timestamp,
    /// Last message.
    pub updated_at: Timestamp,
    /// In the trash since.
    pub deleted_at: Option<Timestamp>,
    /// It is kept in memory only, and is gone with the window.
    #[serde(default)]
    pub temporary: bool,
}

/// A line in the list of chats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ChatSummary {
    /// Id.
    pub id: ChatId,
    /// Title; empty until somebody gave one.
    pub title: String,
    /// Folder, if any.
    pub folder: Option<FolderId>,
    /// Pinned to the top of the list.
    pub pinned: bool,
    /// Something unsent is written in it.
    pub has_draft: bool,
    /// Born.
    pub created_at: Timestamp,
    /// Last message.
    pub updated_at: Timestamp,
    /// In the trash since.
    pub deleted_at: Option<Timestamp>,
    /// It is kept in memory only, and is gone with the window.
    #[serde(default)]
    pub temporary: bool,
}

impl From<&Chat> for ChatSummary {
    fn from(chat: &Chat) -> Self {
        Self {
            id: chat.id,
            title: chat.title.clone(),
            folder: chat.folder,
            pinned: chat.pinned,
            has_draft: !chat.draft.is_empty(),
            created_at: chat.created_at,
            updated_at: chat.updated_at,
            deleted_at: chat.deleted_at,
            temporary: chat.temporary,
        }
    }
}

/// A change to a chat; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ChatPatch {
    /// New title, by the user.
    #[ts(optional)]
    pub title: Option<String>,
    /// Pin or unpin.
    #[ts(optional)]
    pub pinned: Option<bool>,
    /// Move to a folder, or out of one.
    #[serde(deserialize_with = "present")]
    #[ts(optional = nullable, as = "Option<FolderId>")]
    pub folder: Option<Option<FolderId>>,
    /// Another model, or the default one.
    #[serde(deserialize_with = "present")]
    #[ts(optional = nullable, as = "Option<ModelId>")]
    pub model: Option<Option<ModelId>>,
    /// Another assistant, or none.
    #[serde(deserialize_with = "present")]
    #[ts(optional = nullable, as = "Option<AssistantId>")]
    pub assistant: Option<Option<AssistantId>>,
    /// All settings at once.
    #[ts(optional)]
    pub settings: Option<ChatSettings>,
}

/// Tells an absent field (`None`) from one that is null (`Some(None)`).
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// A folder of chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Folder {
    /// Id.
    pub id: FolderId,
    /// Name.
    pub name: String,
    /// Place in the list, from 0.
    pub position: u32,
    /// Days after its last message that a chat in it is erased; never where it is not set.
    #[serde(default)]
    pub retention_days: Option<u32>,
    /// Nothing in it may be deleted or moved out.
    #[serde(default)]
    pub legal_hold: bool,
}
