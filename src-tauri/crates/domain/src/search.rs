//! What a search finds.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ChatId, MessageId, Role, Timestamp};

/// A piece of a snippet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SnippetPart {
    /// Text.
    pub text: String,
    /// It is what was searched for.
    pub hit: bool,
}

/// A message that was found, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SearchHit {
    /// Chat.
    pub chat: ChatId,
    /// Its title.
    pub chat_title: String,
    /// Message; none where only the title matches.
    pub message: Option<MessageId>,
    /// Who speaks.
    pub role: Role,
    /// The text around the first hit.
    pub snippet: Vec<SnippetPart>,
    /// When it was said.
    pub at: Timestamp,
}
