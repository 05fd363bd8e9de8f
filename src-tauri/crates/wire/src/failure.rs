//! Errors as a face meets them.

use domain::ChatId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Way;

/// What went wrong, with what a face acts on, and a sentence that says what happened and what is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[error("{message}", message = self.message())]
pub enum Failure {
    /// The model's file is gone.
    ModelMissing {
        /// Sentence.
        message: String,
    },
    /// The model's file cannot be used.
    ModelUnreadable {
        /// Sentence.
        message: String,
    },
    /// The question alone does not fit the context.
    ContextTooLong {
        /// Sentence.
        message: String,
        /// Tokens needed.
        needed: u32,
        /// Tokens there are.
        limit: u32,
    },
    /// The disk is full.
    DiskFull {
        /// Sentence.
        message: String,
    },
    /// Memory ran out.
    OutOfMemory {
        /// Sentence.
        message: String,
    },
    /// The worker died.
    EngineCrashed {
        /// Sentence.
        message: String,
    },
    /// The chats are encrypted and their key cannot be had.
    StoreLocked {
        /// Sentence.
        message: String,
        /// What opens them.
        ways: Vec<Way>,
        /// They were locked by somebody or by time; nothing is wrong.
        by_user: bool,
    },
    /// The organisation asks for encryption, there is no keychain, and nothing was written yet.
    PassphraseNeeded {
        /// Sentence.
        message: String,
    },
    /// What was given opens nothing: a wrong passphrase, recovery code or key file.
    WrongKey {
        /// Sentence.
        message: String,
    },
    /// There is no keychain that can keep a key, or it is locked or refuses.
    KeychainUnavailable {
        /// Sentence.
        message: String,
    },
    /// Another window has this data folder open.
    StoreInUse {
        /// Sentence.
        message: String,
    },
    /// The database is damaged. It was left as it is.
    StoreDamaged {
        /// Sentence.
        message: String,
    },
    /// The database was written by a newer version. It was left as it is.
    StoreTooNew {
        /// Sentence.
        message: String,
    },
    /// An answer is still being written in this chat.
    Busy {
        /// Sentence.
        message: String,
        /// Chat.
        chat: ChatId,
    },
    /// The hub or its host cannot be reached.
    Offline {
        /// Sentence.
        message: String,
    },
    /// The rules or an administrator's policy forbid what was asked.
    PolicyForbids {
        /// Sentence.
        message: String,
    },
    /// The other side wants an account, or does not accept the one it got.
    KeyRejected {
        /// Sentence.
        message: String,
    },
    /// The other side asks us to wait.
    RateLimited {
        /// Sentence.
        message: String,
        /// Seconds that it asks for.
        retry_seconds: Option<f64>,
    },
    /// The other side is there and cannot serve us now.
    ProviderUnavailable {
        /// Sentence.
        message: String,
    },
    /// The account at the provider has no money or quota left.
    QuotaExhausted {
        /// Sentence.
        message: String,
    },
    /// The provider's filter stopped the question or the answer.
    ContentRefused {
        /// Sentence.
        message: String,
    },
    /// It would cost more than the user's budget leaves.
    BudgetReached {
        /// Sentence.
        message: String,
    },
    /// The user was asked whether it may cross, and said no. Nothing was sent.
    ConsentNeeded {
        /// Sentence.
        message: String,
    },
    /// The bridge is up: nothing crosses.
    Sealed {
        /// Sentence.
        message: String,
    },
    /// A file is not the one that its source stated.
    ChecksumMismatch {
        /// Sentence.
        message: String,
    },
    /// What was given cannot be used.
    InvalidInput {
        /// Sentence.
        message: String,
    },
    /// There is no such thing (any more).
    NotFound {
        /// Sentence.
        message: String,
    },
    /// Somebody cancelled.
    Cancelled {
        /// Sentence.
        message: String,
    },
    /// Something that nobody foresaw.
    Unexpected {
        /// Sentence.
        message: String,
    },
}

impl Failure {
    /// The sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::ModelMissing { message }
            | Self::ModelUnreadable { message }
            | Self::ContextTooLong { message, .. }
            | Self::DiskFull { message }
            | Self::OutOfMemory { message }
            | Self::EngineCrashed { message }
            | Self::StoreLocked { message, .. }
            | Self::PassphraseNeeded { message }
            | Self::WrongKey { message }
            | Self::KeychainUnavailable { message }
            | Self::StoreInUse { message }
            | Self::StoreDamaged { message }
            | Self::StoreTooNew { message }
            | Self::Busy { message, .. }
            | Self::Offline { message }
            | Self::PolicyForbids { message }
            | Self::KeyRejected { message }
            | Self::RateLimited { message, .. }
            | Self::ProviderUnavailable { message }
            | Self::QuotaExhausted { message }
            | Self::ContentRefused { message }
            | Self::BudgetReached { message }
            | Self::ConsentNeeded { message }
            | Self::Sealed { message }
            | Self::ChecksumMismatch { message }
            | Self::InvalidInput { message }
            | Self::NotFound { message }
            | Self::Cancelled { message }
            | Self::Unexpected { message } => message,
        }
    }

    /// Input that cannot be used.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidInput { message: message.into() }
    }

    /// Something that is not there.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::NotFound { message: message.into() }
    }

    /// Something that nobody foresaw.
    #[must_use]
    pub fn unexpected(message: impl Into<String>) -> Self {
        Self::Unexpected { message: message.into() }
    }
}
