//! What differs between the faces of the core.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{BoxFuture, Clock};
use vault::Keychain;

/// What the face gives the core.
#[derive(Clone)]
pub struct Platform {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Dialogs, notifications, the browser.
    pub host: Arc<dyn Host>,
    /// Keychain.
    pub keychain: Arc<dyn Keychain>,
    /// What the person gave to open the chats with where the keychain does not.
    pub passphrase: Option<domain::Secret<String>>,
}

/// What the user is asked to pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// One GGUF file.
    Model,
    /// Any number of texts and pictures.
    Attachments,
    /// A folder of models.
    ModelFolder,
    /// A file of certificates.
    Certificates,
    /// A folder for downloads.
    DownloadFolder,
    /// The organisation's key file.
    KeyFile,
    /// A backup.
    Backup,
}

/// A question that only the user may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// What is asked, in a line.
    pub title: String,
    /// What an agreement does; names exactly what it is about. Plain text, paragraphs apart by an empty line.
    pub text: String,
    /// The button that agrees.
    pub yes: String,
    /// The button that does not.
    pub no: String,
}

/// The desktop around the core.
pub trait Host: Send + Sync {
    /// Lets the user pick files; empty where they cancel.
    fn pick_files(&self, pick: Pick) -> BoxFuture<'_, Vec<PathBuf>>;
    /// Lets the user pick a place to save to.
    fn pick_save(&self, suggested_name: &str) -> BoxFuture<'_, Option<PathBuf>>;
    /// The text on the clipboard, if there is any.
    fn clipboard_text(&self) -> BoxFuture<'_, Option<String>>;
    /// Empties the clipboard.
    fn clear_clipboard(&self);
    /// Asks the user, in a dialog that no page can draw, answer or hide. Anything but the button that agrees is a no.
    fn confirm(&self, question: Confirm) -> BoxFuture<'_, bool>;
    /// Opens a checked link in the browser.
    ///
    /// # Errors
    /// A sentence.
    fn open_url(&self, url: &str) -> Result<(), String>;
    /// Opens a folder in the file manager.
    ///
    /// # Errors
    /// A sentence.
    fn reveal(&self, folder: &Path) -> Result<(), String>;
    /// Shows a notification; a click on it comes back as [`wire::Event::Menu`] with this action.
    fn notify(&self, title: &str, body: &str, action: &str);
    /// The window is in front.
    fn is_in_front(&self) -> bool;
}

/// A host without a desktop: every dialog is cancelled, every question answered with no.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Host for Quiet {
    fn pick_files(&self, _: Pick) -> BoxFuture<'_, Vec<PathBuf>> {
        Box::pin(async { Vec::new() })
    }
    fn pick_save(&self, _: &str) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { None })
    }
    fn clipboard_text(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async { None })
    }
    fn clear_clipboard(&self) {}
    fn confirm(&self, _: Confirm) -> BoxFuture<'_, bool> {
        Box::pin(async { false })
    }
    fn open_url(&self, _: &str) -> Result<(), String> {
        Err("There is no desktop here to open a link with.".to_owned())
    }
    fn reveal(&self, _: &Path) -> Result<(), String> {
        Err("There is no desktop here to show a folder with.".to_owned())
    }
    fn notify(&self, _: &str, _: &str, _: &str) {}
    fn is_in_front(&self) -> bool {
        true
    }
}
