//! How the window ends, by its button, the menu or a signal: answers under way are kept as interrupted, then it exits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use app::Door;
use tauri::{AppHandle, Manager};

use crate::window;

/// Longest that the core may take to close. A session that ends gives its programs about five seconds.
const CLOSE_LIMIT: Duration = Duration::from_millis(2500);

/// Longest from there until the event loop must have ended by itself.
const LOOP_LIMIT: Duration = Duration::from_millis(400);

/// Whether the end has begun.
#[derive(Default)]
pub(crate) struct Farewell(AtomicBool);

impl Farewell {
    /// True for the first caller only.
    pub(crate) fn begin(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }
}

/// Closes the core, then ends the event loop with this exit code. The window is gone at once.
pub(crate) fn shut_down(app: AppHandle, code: i32) {
    if let Some(window) = app.get_webview_window(window::LABEL) {
        let _ = window.hide();
    }
    tauri::async_runtime::spawn(async move {
        if tokio::time::timeout(CLOSE_LIMIT, app.state::<Arc<Door>>().shut_down()).await.is_err() {
            tracing::error!("the core did not close in time; what it had written is on disk");
        }
        app.exit(code);
        tokio::time::sleep(LOOP_LIMIT).await;
        tracing::error!("the event loop did not end");
        std::process::exit(code);
    });
}

/// Ends the window when the system or a terminal asks for it.
pub(crate) fn on_signals(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        if let Err(error) = asked_to_end().await {
            tracing::warn!(%error, "signals cannot be heard");
            return;
        }
        tracing::info!("asked to end by a signal");
        app.exit(0);
    });
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt, mut hang_up) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_begins_once() {
        let farewell = Farewell::default();
        assert!(farewell.begin());
        assert!(!farewell.begin());
    }
}
