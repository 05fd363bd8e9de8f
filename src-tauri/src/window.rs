//! The one window: what it may do (nothing but show our page), how it looks before the page does, what falls on it.

use std::{path::Path, time::Duration};

use app::Door;
use domain::Theme;
use tauri::{
    App, AppHandle, DragDropEvent, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
    webview::{NewWindowResponse, PermissionResponse},
    window::Color,
};

use crate::{host::Desktop, menu};

/// The label of the window, in the capability file too.
pub(crate) const LABEL: &str = "main";

/// Longest wait for the page's first paint; then the window shows whatever there is.
const PAINT_LIMIT: Duration = Duration::from_secs(5);

const PAPER_LIGHT: Color = Color(252, 252, 253, 255);
const PAPER_DARK: Color = Color(22, 24, 27, 255);

/// A page is not a web site: no menu with "reload" and "back" (but the one for editing text and copying a selection),
/// no key that reloads, prints or shows the source. The page's own handlers still hear the keys.
const MANNERS: &str = r"
addEventListener('contextmenu', event => {
  const editable = event.target instanceof Element && event.target.closest('input, textarea, [contenteditable]');
  if (!editable && String(getSelection()) === '') event.preventDefault();
}, { capture: true });
addEventListener('keydown', event => {
  const key = event.key.toLowerCase();
  const mod = event.ctrlKey || event.metaKey;
  if (key === 'f5' || (mod && !event.altKey && ['r', 'p', 'u', 'j'].includes(key))) event.preventDefault();
}, { capture: true });
";

/// Makes the window, hidden until the page says that it has painted.
pub(crate) fn open(app: &App, data_folder: &Path) -> tauri::Result<WebviewWindow> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Drawbridge")
        .inner_size(1180.0, 780.0)
        .min_inner_size(480.0, 400.0)
        .prevent_overflow()
        .visible(false)
        .menu(menu::make(app.handle())?)
        .data_directory(data_folder.join("webview"))
        .initialization_script(MANNERS)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .build()?;
    dress(&window, Theme::System);
    listen(&window);
    let late = window.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PAINT_LIMIT).await;
        if !late.is_visible().unwrap_or(true) {
            tracing::warn!("the page has not painted in time");
            reveal(&late);
        }
    });
    Ok(window)
}

/// Shows the window in front.
pub(crate) fn reveal(window: &WebviewWindow) {
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window could not be brought to the front");
    }
}

/// Throws away what the page holds and shows, and loads it anew: the chats were locked, or other ones are there now.
pub(crate) fn renew(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = window.reload() {
        // What cannot be cleared must not stay on the screen.
        tracing::error!(%error, "the page could not be loaded anew");
        let _ = window.hide();
    }
}

/// Gives title bar, menu and empty window the colours of the theme, so that nothing flashes.
pub(crate) fn dress(window: &WebviewWindow, theme: Theme) {
    let chosen = match theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    };
    let dressed = window.set_theme(chosen).and_then(|()| window.theme()).and_then(|worn| {
        let paper = if worn == tauri::Theme::Dark { PAPER_DARK } else { PAPER_LIGHT };
        window.set_background_color(Some(paper))
    });
    if let Err(error) = dressed {
        tracing::warn!(%error, "the theme could not be set");
    }
}

/// The page may go to itself and nowhere else; links open in the browser, by a command, after a click.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Files that are dropped go to the core, which gives the page tokens for them; focus decides on notifications.
fn listen(window: &WebviewWindow) {
    let app = window.app_handle().clone();
    window.on_window_event(move |event| match event {
        WindowEvent::Focused(focused) => app.state::<std::sync::Arc<Desktop>>().set_in_front(*focused),
        WindowEvent::DragDrop(event) => {
            let Some(core) = app.state::<std::sync::Arc<Door>>().now() else { return };
            match event {
                DragDropEvent::Enter { .. } => core.files_over(true),
                DragDropEvent::Leave => core.files_over(false),
                DragDropEvent::Drop { paths, .. } => {
                    core.files_over(false);
                    core.files_dropped(paths.clone());
                }
                _ => {}
            }
        }
        _ => {}
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_page_may_be_gone_to() {
        let ours = |url: &str| is_ours(&Url::parse(url).unwrap());
        assert!(ours("tauri://localhost/index.html"));
        for other in [
            "https://example.org",
            "http://localhost",
            "file:///etc/passwd",
            "tauri://elsewhere",
            "about:blank",
            "data:text/html,x",
            "javascript:1",
        ] {
            assert!(!ours(other), "{other}");
        }
    }
}
