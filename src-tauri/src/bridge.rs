//! The bridge between page and core: every command goes through `dispatch`, every event comes back through `watch`.

use std::sync::{Arc, Mutex};

use app::Door;
use domain::Theme;
use serde_json::Value;
use tauri::{State, WebviewWindow, ipc::Channel};
use wire::{EventBatch, Failure};

use crate::{
    host::Desktop,
    stranded::{self, DataFolder},
    window,
};

/// What keeps the page's events coming. A page that was loaded again takes the place of the one before.
#[derive(Default)]
pub(crate) struct Watching(Mutex<Option<app::Watch>>);

/// Runs a command of the core.
#[tauri::command]
pub(crate) async fn dispatch(
    door: State<'_, Arc<Door>>,
    folder: State<'_, DataFolder>,
    desktop: State<'_, Arc<Desktop>>,
    window: WebviewWindow,
    command: String,
    args: Value,
) -> Result<Value, Failure> {
    // What the door is asked for needs no core, and some of it is asked because there is none.
    if !wire::DOOR_COMMANDS.contains(&command.as_str())
        && let Err(failure) = door.core().await
    {
        return stranded::answer(failure, &folder.0, &desktop, &command);
    }
    let value = door.dispatch(&command, args).await?;
    if let Some(theme) = theme_in(&command, &value) {
        window::dress(&window, theme);
    }
    Ok(value)
}

/// Sends the core's events from here on: first what is under way, whole, then what changes. A page begins with this,
/// so it also begins to open a core anew that could not be opened.
#[tauri::command]
pub(crate) async fn watch(
    door: State<'_, Arc<Door>>,
    watching: State<'_, Watching>,
    channel: Channel<EventBatch>,
) -> Result<(), Failure> {
    door.retry();
    let core = door.core().await?;
    let mut watch = watching.0.lock().expect("BUG: nothing panics while it holds the watch");
    watch.take();
    *watch = Some(core.watch(Arc::new(move |batch| {
        if let Err(error) = channel.send(batch) {
            tracing::debug!(%error, "a page is gone that was being told of events");
        }
    })));
    Ok(())
}

/// The page has painted: the window may be seen.
#[tauri::command]
pub(crate) fn ready(window: WebviewWindow) {
    window::reveal(&window);
}

/// The theme, where a command's value carries the settings: the title bar and the menu wear it too.
fn theme_in(command: &str, value: &Value) -> Option<Theme> {
    let settings = match command {
        "boot" => value.get("settings")?,
        "settings_change" => value,
        _ => return None,
    };
    serde_json::from_value(settings.get("theme")?.clone()).ok()
}

#[cfg(test)]
mod tests {
    use domain::Settings;

    use super::*;

    #[test]
    fn the_theme_is_read_from_real_settings() {
        let settings = Settings { theme: Theme::Dark, ..Settings::default() };
        let value = serde_json::to_value(settings).expect("settings are JSON");
        assert_eq!(theme_in("settings_change", &value), Some(Theme::Dark));
        assert_eq!(theme_in("boot", &serde_json::json!({ "settings": value })), Some(Theme::Dark));
        assert_eq!(theme_in("chat_list", &value), None);
    }
}
