//! Drawbridge's window: the composition root of the desktop shell. It reads the command line and the environment, opens
//! the core behind a Tauri window, and passes commands and events between page and core.
//!
//! It holds no use case, draws nothing itself and knows nothing of the database, the engine or the keychain but their
//! names here. Nobody imports it.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod bridge;
mod farewell;
mod host;
mod instance;
mod menu;
mod question;
#[cfg(target_os = "linux")]
mod sleep;
mod stranded;
mod window;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex},
};

use app::{Door, Hooks, Platform, Profile};
use domain::SystemClock;
use store::WindowLock;
use tauri::{AppHandle, Manager, RunEvent};
use tauri_plugin_window_state::StateFlags;

use crate::{
    arguments::Arguments, bridge::Watching, farewell::Farewell, host::Desktop, instance::Instance, stranded::DataFolder,
};

/// The shell was called in a way it does not understand.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let data_folder = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(Arguments::Open { data_folder }) => data_folder.or_else(app::default_data_folder),
        Ok(Arguments::Version) => return say(&format!("drawbridge {}\n", env!("CARGO_PKG_VERSION"))),
        Ok(Arguments::Help) => return say(arguments::HELP),
        Err(sentence) => return complain(&format!("{sentence} `drawbridge --help` lists the options."), EXIT_USAGE),
    };
    let Some(data_folder) = data_folder else {
        return complain(
            "This account has no home folder to keep chats in. Say where with --data-dir DIR.",
            EXIT_USAGE,
        );
    };
    let data_folder = std::path::absolute(&data_folder).unwrap_or(data_folder);
    if let Err(sentence) = prepare_display() {
        return complain(&sentence, 1);
    }
    match instance::claim(&data_folder) {
        Ok(Instance::Second { told: true }) => {
            say("Drawbridge is open already with these chats; its window was asked to come to the front.\n")
        }
        Ok(Instance::Second { told: false }) => say("Drawbridge is open already with these chats.\n"),
        Ok(Instance::First(lock)) => ExitCode::from(run(data_folder, Some(lock))),
        Err(_) => ExitCode::from(run(data_folder, None)),
    }
}

/// Runs the window to its end. Without the lock, because the folder cannot be used, it opens too and says so.
fn run(data_folder: PathBuf, lock: Option<WindowLock>) -> u8 {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("BUG: no runtime");
    tauri::async_runtime::set(runtime.handle().clone());
    let _entered = runtime.enter();
    let _logs = app::start_logs(&data_folder);

    let window_state = tauri_plugin_window_state::Builder::default()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .with_filename(data_folder.join("window.json").to_string_lossy())
        .build();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(window_state)
        .manage(Watching::default())
        .manage(Farewell::default())
        .manage(DataFolder(data_folder.clone()))
        .invoke_handler(tauri::generate_handler![bridge::dispatch, bridge::watch, bridge::ready])
        .on_menu_event(menu::chosen)
        .setup(move |app| {
            let desktop = Arc::new(Desktop::new(app.handle().clone()));
            app.manage(desktop.clone());
            app.manage(begin_to_open(app.handle(), &data_folder, desktop.clone(), lock));
            desktop.listen_to_clicks()?;
            window::open(app, &data_folder)?;
            let first = app.handle().clone();
            instance::listen(&data_folder, move || {
                if let Some(window) = first.get_webview_window(window::LABEL) {
                    window::reveal(&window);
                }
            });
            farewell::on_signals(app.handle().clone());
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => u8::try_from(app.run_return(|app, event| on_event(app, &event))).unwrap_or(1),
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            complain(&format!("The window could not be opened: {error}. Your chats are untouched."), 1);
            1
        }
    }
}

fn begin_to_open(app: &AppHandle, folder: &Path, desktop: Arc<Desktop>, lock: Option<WindowLock>) -> Arc<Door> {
    let beside = app::beside(&std::env::current_exe().unwrap_or_default());
    let profile = Profile {
        data_folder: folder.to_owned(),
        worker: beside.worker,
        starter_model: beside.starter_model,
        policy: policy::Sources::system(),
    };
    let keychain = Arc::new(vault::OsKeychain::new(vault::SERVICE));
    let platform = Platform { clock: Arc::new(SystemClock), host: desktop, keychain, passphrase: None };
    let (folder, lock, app) = (folder.to_owned(), Mutex::new(lock), app.clone());
    let hooks = Hooks {
        before: Box::new(move || instance::hold(&folder, &lock)),
        renew: Box::new(move || window::renew(&app)),
    };
    let door = Door::begin(profile, platform, hooks);
    #[cfg(target_os = "linux")]
    tauri::async_runtime::spawn(sleep::watch(Arc::downgrade(&door)));
    door
}

fn on_event(app: &AppHandle, event: &RunEvent) {
    if let RunEvent::ExitRequested { api, code, .. } = event
        && app.state::<Farewell>().begin()
    {
        api.prevent_exit();
        farewell::shut_down(app.clone(), code.unwrap_or_default());
    }
}

/// WebKitGTK's default renderer leaves windows blank or crashes on some graphics drivers; the older one does neither.
/// Whoever set the variable decides. No other thread runs yet.
#[cfg(target_os = "linux")]
#[allow(clippy::disallowed_methods)] // a composition root reads the environment
fn prepare_display() -> Result<(), String> {
    let unset = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
    if unset("DISPLAY") && unset("WAYLAND_DISPLAY") {
        return Err("There is no display to open a window on. In a terminal use drawbridge-cli.".to_owned());
    }
    gtk::glib::setenv("WEBKIT_DISABLE_DMABUF_RENDERER", "1", false)
        .map_err(|error| format!("The environment cannot be changed: {error}."))
}

#[cfg(not(target_os = "linux"))]
fn prepare_display() -> Result<(), String> {
    Ok(())
}

fn say(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn complain(sentence: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "drawbridge: {sentence}");
    ExitCode::from(code)
}
