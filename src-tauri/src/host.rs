//! The desktop that the core works on: dialogs, browser, file manager, notifications. Paths stay on this side.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicI32, Ordering},
    },
};

use app::{Confirm, Door, Host, Pick};
use domain::BoxFuture;
use tauri::{AppHandle, Manager, Url};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tauri_plugin_notification::NotificationExt;
use tokio::sync::oneshot;

use crate::{question, window};

const TEXT_FILES: &[&str] = &[
    "txt", "md", "markdown", "csv", "tsv", "json", "jsonl", "yaml", "yml", "toml", "xml", "html", "css", "log", "ini",
    "conf", "sql", "sh", "rs", "py", "js", "ts", "jsx", "tsx", "svelte", "vue", "c", "h", "cpp", "hpp", "cs", "java",
    "kt", "go", "rb", "php", "swift", "scala", "r", "tex", "diff", "patch",
];
const IMAGE_FILES: &[&str] = &["png", "jpg", "jpeg", "gif", "webp", "bmp"];

/// The desktop.
pub(crate) struct Desktop {
    app: AppHandle,
    in_front: AtomicBool,
    notifications: AtomicI32,
    /// What a click on a notification means, by its id.
    actions: Mutex<HashMap<i32, String>>,
}

impl Desktop {
    /// The desktop of an application.
    pub(crate) fn new(app: AppHandle) -> Self {
        Self { app, in_front: AtomicBool::new(false), notifications: AtomicI32::new(1), actions: Mutex::default() }
    }

    /// The window came to the front or left it.
    pub(crate) fn set_in_front(&self, in_front: bool) {
        self.in_front.store(in_front, Ordering::Relaxed);
    }

    /// Has clicks on notifications bring the window to the front, where they then act.
    pub(crate) fn listen_to_clicks(&self) -> tauri_plugin_notification::Result<()> {
        let app = self.app.clone();
        self.app.notification().on_action(move |performed| {
            let Some(id) = performed.notification().map(|notification| notification.id()) else { return };
            let action =
                app.state::<std::sync::Arc<Self>>().actions.lock().ok().and_then(|mut actions| actions.remove(&id));
            if let (Some(action), Some(core)) = (action, app.state::<std::sync::Arc<Door>>().now()) {
                if let Some(window) = app.get_webview_window(window::LABEL) {
                    window::reveal(&window);
                }
                core.menu(&action);
            }
        })
    }

    fn dialog(&self) -> FileDialogBuilder<tauri::Wry> {
        let dialog = self.app.dialog().file();
        match self.app.get_webview_window(window::LABEL) {
            Some(window) => dialog.set_parent(&window),
            None => dialog,
        }
    }
}

impl Host for Desktop {
    fn pick_files(&self, pick: Pick) -> BoxFuture<'_, Vec<PathBuf>> {
        let (picked, answer) = oneshot::channel();
        match pick {
            Pick::Model => self.dialog().set_title("Open a model file").add_filter("GGUF models", &["gguf"]).pick_file(
                move |path| {
                    let _ = picked.send(path.into_iter().collect::<Vec<FilePath>>());
                },
            ),
            Pick::Attachments => self
                .dialog()
                .set_title("Attach texts or images")
                .add_filter("Texts and images", &[TEXT_FILES, IMAGE_FILES].concat())
                .add_filter("All files", &["*"])
                .pick_files(move |paths| {
                    let _ = picked.send(paths.unwrap_or_default());
                }),
            Pick::Certificates => self
                .dialog()
                .set_title("Certificates to trust")
                .add_filter("Certificates", &["pem", "crt", "cer"])
                .add_filter("All files", &["*"])
                .pick_file(move |path| {
                    let _ = picked.send(path.into_iter().collect());
                }),
            Pick::DownloadFolder => self.dialog().set_title("Folder of downloaded models").pick_folder(move |path| {
                let _ = picked.send(path.into_iter().collect());
            }),
            Pick::KeyFile => self.dialog().set_title("The organisation's key file").pick_file(move |path| {
                let _ = picked.send(path.into_iter().collect());
            }),
            Pick::Backup => self
                .dialog()
                .set_title("Restore a backup")
                .add_filter("Drawbridge backups", &["drawbridge-backup"])
                .pick_file(move |path| {
                    let _ = picked.send(path.into_iter().collect());
                }),
            Pick::ModelFolder => self.dialog().set_title("Install models from a folder").pick_folder(move |path| {
                let _ = picked.send(path.into_iter().collect());
            }),
        }
        Box::pin(async move {
            answer.await.unwrap_or_default().into_iter().filter_map(|path| path.into_path().ok()).collect()
        })
    }

    fn pick_save(&self, suggested_name: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let (picked, answer) = oneshot::channel();
        self.dialog().set_title("Save").set_file_name(suggested_name).save_file(move |path| {
            let _ = picked.send(path);
        });
        Box::pin(async move { answer.await.ok().flatten()?.into_path().ok() })
    }

    fn confirm(&self, question: Confirm) -> BoxFuture<'_, bool> {
        let (answered, answer) = oneshot::channel();
        question::put(&self.app, question, move |yes| {
            let _ = answered.send(yes);
        });
        Box::pin(async move { answer.await.unwrap_or(false) })
    }

    fn clipboard_text(&self) -> BoxFuture<'_, Option<String>> {
        let read = || arboard::Clipboard::new().and_then(|mut clipboard| clipboard.get_text());
        Box::pin(async move {
            let text = tauri::async_runtime::spawn_blocking(read).await.ok()?;
            text.inspect_err(|error| tracing::debug!(%error, "the clipboard gave no text")).ok()
        })
    }

    fn clear_clipboard(&self) {
        tauri::async_runtime::spawn_blocking(|| {
            let cleared = arboard::Clipboard::new().and_then(|mut clipboard| clipboard.clear());
            if let Err(error) = cleared {
                tracing::warn!(%error, "the clipboard could not be emptied");
            }
        });
    }

    fn open_url(&self, url: &str) -> Result<(), String> {
        let url = browsable(url)?;
        tauri_plugin_opener::open_url(url.as_str(), None::<&str>)
            .map_err(|error| format!("No browser could be started: {error}."))
    }

    fn reveal(&self, folder: &Path) -> Result<(), String> {
        tauri_plugin_opener::open_path(folder, None::<&str>)
            .map_err(|error| format!("No file manager could be started: {error}."))
    }

    fn notify(&self, title: &str, body: &str, action: &str) {
        let id = self.notifications.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut actions) = self.actions.lock() {
            actions.insert(id, action.to_owned());
        }
        if let Err(error) = self.app.notification().builder().id(id).title(title).body(body).show() {
            tracing::warn!(%error, "a notification could not be shown");
        }
    }

    fn is_in_front(&self) -> bool {
        self.in_front.load(Ordering::Relaxed)
    }
}

/// A link that the browser may have: never a file, a network share or another program's scheme.
fn browsable(url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|_| "This is not a link that can be opened.".to_owned())?;
    match url.scheme() {
        "http" | "https" | "mailto" => Ok(url),
        other => Err(format!("Links that begin with “{other}:” are not opened.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_links_leave_the_window() {
        for good in ["https://example.org/a?b=c", "http://localhost:8080", "mailto:a@example.org"] {
            assert!(browsable(good).is_ok(), "{good}");
        }
        for bad in [
            "file:///etc/passwd",
            "smb://server/share",
            "javascript:alert(1)",
            "tauri://localhost",
            "/etc/passwd",
            "",
            "ms-msdt:/id",
        ] {
            assert!(browsable(bad).is_err(), "{bad}");
        }
    }
}
