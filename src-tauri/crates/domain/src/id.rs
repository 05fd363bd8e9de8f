//! Identifiers: UUIDv7 (RFC 9562) in newtypes, written as hyphenated text, ordered by time of birth.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A text that is not a UUID where an id was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an id")]
pub struct ParseIdError(pub String);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(as = "String")]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// A fresh id.
            #[must_use]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                uuid::Uuid::parse_str(text).map(Self).map_err(|_| ParseIdError(text.to_owned()))
            }
        }
    )*};
}

ids! {
    /// A chat.
    ChatId;
    /// A message, of the user or of a model.
    MessageId;
    /// A folder of chats.
    FolderId;
    /// A saved set of system prompt and sampling.
    AssistantId;
    /// A model in the library.
    ModelId;
    /// A provider of models.
    ProviderId;
    /// An attached file.
    AttachmentId;
    /// A running process that owns open answers.
    LeaseId;
    /// A download of a model.
    DownloadId;
    /// An attempt to cross.
    CrossingId;
}
