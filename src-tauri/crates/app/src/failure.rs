//! Errors of the parts, as a face meets them.

use domain::{EngineError, FaultKind, ProviderFault};
use hub::HubError;
use store::StoreError;
use vault::VaultError;
use wire::Failure;

/// Says what an engine's error means for the user.
pub(crate) fn from_engine(error: EngineError) -> Failure {
    let message = match &error {
        EngineError::Crashed(_) => format!("{error} What was written is kept; continue the answer to go on."),
        EngineError::ContextTooLong { .. } => {
            format!(
                "{error} Shorten the question, take attachments off, or raise the context size in the chat's settings."
            )
        }
        EngineError::OutOfMemory(_) => format!("{error} Choose a smaller model or a smaller context."),
        EngineError::ModelMissing(_) => format!("{error} Put it back, or choose another model. The chat is kept."),
        _ => error.to_string(),
    };
    match error {
        EngineError::ModelMissing(_) => Failure::ModelMissing { message },
        EngineError::ModelUnreadable(_) | EngineError::Template(_) => Failure::ModelUnreadable { message },
        EngineError::ContextTooLong { needed, limit } => Failure::ContextTooLong { message, needed, limit },
        EngineError::OutOfMemory(_) => Failure::OutOfMemory { message },
        EngineError::Crashed(_) | EngineError::Unavailable(_) => Failure::EngineCrashed { message },
        EngineError::Cancelled => Failure::Cancelled { message },
        EngineError::Provider(fault) => from_fault(fault),
    }
}

/// Says what a provider's fault means for the user.
pub(crate) fn from_fault(fault: ProviderFault) -> Failure {
    let retry_seconds = fault.retry_after.map(|wait| wait.as_secs_f64());
    let message = fault.message;
    match fault.kind {
        FaultKind::KeyRejected | FaultKind::NotAllowed => Failure::KeyRejected { message },
        FaultKind::NotFound => Failure::NotFound { message },
        FaultKind::RateLimited => Failure::RateLimited { message, retry_seconds },
        FaultKind::QuotaExhausted => Failure::QuotaExhausted { message },
        FaultKind::TooLong => Failure::ContextTooLong { message, needed: 0, limit: 0 },
        FaultKind::BadRequest => Failure::InvalidInput { message },
        FaultKind::Filtered => Failure::ContentRefused { message },
        FaultKind::Unavailable | FaultKind::Silent | FaultKind::Broken => Failure::ProviderUnavailable { message },
        FaultKind::Offline | FaultKind::Untrusted => Failure::Offline { message },
        FaultKind::Refused => Failure::PolicyForbids { message },
    }
}

/// Says what a store's error means for the user.
pub(crate) fn from_store(error: StoreError) -> Failure {
    let message = error.to_string();
    match error {
        StoreError::NotFound(_) => Failure::NotFound { message },
        StoreError::Locked(_) => Failure::StoreLocked { message, ways: Vec::new(), by_user: false },
        StoreError::Damaged(_) => Failure::StoreDamaged { message },
        StoreError::TooNew(_) => Failure::StoreTooNew { message },
        StoreError::DiskFull(_) => Failure::DiskFull { message },
        StoreError::InUse(_) => Failure::StoreInUse { message },
        StoreError::Held(_) => Failure::PolicyForbids { message },
        StoreError::Unencrypted(_) | StoreError::BadBackup(_) => Failure::InvalidInput { message },
        StoreError::Unexpected(_) => Failure::Unexpected { message },
    }
}

/// Says what a vault's error means for the user.
pub(crate) fn from_vault(error: VaultError) -> Failure {
    let message = error.to_string();
    match error {
        VaultError::WrongPassphrase
        | VaultError::MistypedCode
        | VaultError::WrongBackupPassphrase
        | VaultError::WrongRecoveryCode
        | VaultError::WrongKeyFile => Failure::WrongKey { message },
        VaultError::Unavailable(_) | VaultError::Locked(_) | VaultError::Denied(_) | VaultError::Silent(_) => {
            Failure::KeychainUnavailable { message }
        }
        VaultError::KeyMissing
        | VaultError::KeyMalformed
        | VaultError::KeyReplaced
        | VaultError::ForeignKey
        | VaultError::KeychainChanged { .. } => Failure::StoreLocked { message, ways: Vec::new(), by_user: false },
        VaultError::NoSuchWay(_)
        | VaultError::LastWay
        | VaultError::BadRecipient(_)
        | VaultError::TooManyAdministrators(_) => Failure::InvalidInput { message },
        VaultError::SlotsGone | VaultError::SlotsDamaged | VaultError::SlotsAbsurd(_) => {
            Failure::StoreDamaged { message }
        }
        VaultError::SlotsTooNew => Failure::StoreTooNew { message },
        VaultError::SlotsChanged => Failure::StoreInUse { message },
        VaultError::Disk(_) => Failure::Unexpected { message },
    }
}

/// Says what a hub's error means for the user.
pub(crate) fn from_hub(error: HubError) -> Failure {
    let message = error.to_string();
    match error {
        HubError::Refused(_) => Failure::PolicyForbids { message },
        HubError::Offline(_) => Failure::Offline { message },
        HubError::AccountNeeded(_) => Failure::KeyRejected { message },
        HubError::NotFound(_) => Failure::NotFound { message },
        HubError::RateLimited { retry_after } => {
            Failure::RateLimited { message, retry_seconds: retry_after.map(|wait| wait.as_secs_f64()) }
        }
        HubError::Unavailable(_) => Failure::ProviderUnavailable { message },
        HubError::Mismatch(_) => Failure::ChecksumMismatch { message },
        HubError::Unusable(_) => Failure::ModelUnreadable { message },
        HubError::DiskFull(_) => Failure::DiskFull { message },
        HubError::BadName(_) => Failure::InvalidInput { message },
        HubError::Elsewhere | HubError::Disk(_) => Failure::Unexpected { message },
    }
}
