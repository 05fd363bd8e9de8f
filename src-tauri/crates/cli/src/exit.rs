//! How the program ends, as a number and a sentence.

use std::process::ExitCode;

use wire::Failure;

use crate::output;

/// The table of exit codes, for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    failed
  2    called in a way that it does not understand
  3    the model cannot be used
  4    the chats cannot be opened (no key, in use, damaged, or from a newer version)
  5    there is no such chat, model or file
  6    the hub or a provider cannot be reached, may not be asked, or says no
  7    a file is not the one that its source stated
  130  interrupted; what was written is kept";

/// Why a command did not simply finish.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The core refused or failed.
    Failure(Failure),
    /// An answer broke off; the sentence says why.
    BrokeOff(String),
    /// A provider did not answer; the sentence says why.
    SaysNo(String),
    /// A model's files are not the ones that its source stated; the sentence says which model.
    NotAsStated(String),
    /// A file that was looked at has the problems that were listed; the words say how many.
    Unsound(String),
    /// What verifying a log found, with the code that its own table gives it.
    Verdict(u8, String),
    /// Ctrl+C, or a polite kill.
    Interrupted,
    /// Whoever read the output has gone.
    PipeClosed,
}

impl From<Failure> for Ending {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Says what went wrong, if something did, and gives the code.
pub(crate) fn with(ending: Result<(), Ending>) -> ExitCode {
    let Err(ending) = ending else { return ExitCode::SUCCESS };
    match &ending {
        Ending::Failure(failure) => output::note(failure.message()),
        Ending::BrokeOff(sentence)
        | Ending::SaysNo(sentence)
        | Ending::NotAsStated(sentence)
        | Ending::Unsound(sentence)
        | Ending::Verdict(_, sentence) => output::note(sentence),
        Ending::Interrupted | Ending::PipeClosed => {}
    }
    ExitCode::from(code(&ending))
}

fn code(ending: &Ending) -> u8 {
    match ending {
        Ending::PipeClosed => 0,
        Ending::BrokeOff(_) | Ending::Unsound(_) => 1,
        Ending::Verdict(code, _) => *code,
        Ending::SaysNo(_) => 6,
        Ending::NotAsStated(_) => 7,
        Ending::Interrupted => 130,
        Ending::Failure(failure) => match failure {
            Failure::InvalidInput { .. } => 2,
            Failure::ModelMissing { .. } | Failure::ModelUnreadable { .. } | Failure::OutOfMemory { .. } => 3,
            Failure::StoreLocked { .. }
            | Failure::PassphraseNeeded { .. }
            | Failure::WrongKey { .. }
            | Failure::KeychainUnavailable { .. }
            | Failure::StoreInUse { .. }
            | Failure::StoreDamaged { .. }
            | Failure::StoreTooNew { .. } => 4,
            Failure::NotFound { .. } => 5,
            Failure::Offline { .. }
            | Failure::PolicyForbids { .. }
            | Failure::KeyRejected { .. }
            | Failure::RateLimited { .. }
            | Failure::ProviderUnavailable { .. }
            | Failure::QuotaExhausted { .. }
            | Failure::ContentRefused { .. }
            | Failure::BudgetReached { .. }
            | Failure::ConsentNeeded { .. }
            | Failure::Sealed { .. } => 6,
            Failure::ChecksumMismatch { .. } => 7,
            Failure::Cancelled { .. } => 130,
            Failure::ContextTooLong { .. }
            | Failure::DiskFull { .. }
            | Failure::EngineCrashed { .. }
            | Failure::Busy { .. }
            | Failure::Unexpected { .. } => 1,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_the_code_that_the_help_lists() {
        let message = String::new;
        let of = |failure| code(&Ending::Failure(failure));
        assert_eq!(of(Failure::invalid("")), 2);
        assert_eq!(of(Failure::ModelMissing { message: message() }), 3);
        assert_eq!(of(Failure::ModelUnreadable { message: message() }), 3);
        for closed in [
            Failure::StoreLocked { message: message(), ways: Vec::new(), by_user: false },
            Failure::PassphraseNeeded { message: message() },
            Failure::WrongKey { message: message() },
            Failure::KeychainUnavailable { message: message() },
            Failure::StoreInUse { message: message() },
            Failure::StoreDamaged { message: message() },
            Failure::StoreTooNew { message: message() },
        ] {
            assert_eq!(of(closed), 4);
        }
        assert_eq!(of(Failure::not_found("")), 5);
        for away in [
            Failure::Offline { message: message() },
            Failure::PolicyForbids { message: message() },
            Failure::KeyRejected { message: message() },
            Failure::RateLimited { message: message(), retry_seconds: None },
            Failure::ProviderUnavailable { message: message() },
            Failure::QuotaExhausted { message: message() },
            Failure::ContentRefused { message: message() },
            Failure::BudgetReached { message: message() },
            Failure::ConsentNeeded { message: message() },
            Failure::Sealed { message: message() },
        ] {
            assert_eq!(of(away), 6);
        }
        assert_eq!(code(&Ending::SaysNo(message())), 6);
        assert_eq!(of(Failure::ChecksumMismatch { message: message() }), 7);
        assert_eq!(code(&Ending::NotAsStated(message())), 7);
        assert_eq!(of(Failure::unexpected("")), 1);
        assert_eq!(code(&Ending::Interrupted), 130);
        assert_eq!(code(&Ending::PipeClosed), 0);
        for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "6 ", "7 ", "130 "] {
            assert!(HELP.contains(&format!("\n  {code}")), "{code} is not in the help");
        }
    }
}
