//! Logs: rotating files in the data folder, at a level that the user sets, never with message text.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use domain::LogLevel;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, Registry, filter::Targets, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

/// Libraries that log addresses with their query, and so the words of a search.
const TALKATIVE: [&str; 5] = ["hf_hub", "hyper", "hyper_util", "reqwest", "xet"];
/// Days of logs that are kept.
const KEPT_DAYS: usize = 7;

static LEVEL: OnceLock<reload::Handle<LevelFilter, Registry>> = OnceLock::new();

/// Writes what is still in memory when it is dropped.
pub struct LogGuard {
    _writer: tracing_appender::non_blocking::WorkerGuard,
}

/// Folder of the logs in a data folder.
pub(crate) fn folder(data_folder: &Path) -> PathBuf {
    data_folder.join("logs")
}

/// Begins to log into the data folder; the first call of a process holds. Panics are logged too.
///
/// # Errors
/// The folder cannot be made.
pub fn start_logs(data_folder: &Path) -> std::io::Result<LogGuard> {
    let folder = folder(data_folder);
    std::fs::create_dir_all(&folder)?;
    let files = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("drawbridge")
        .filename_suffix("log")
        .max_log_files(KEPT_DAYS)
        .build(folder)
        .map_err(std::io::Error::other)?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let (level, handle) = reload::Layer::new(LevelFilter::INFO);
    let ours = TALKATIVE.iter().map(|name| (*name, LevelFilter::OFF)).collect::<Targets>();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer)
        .with_filter(ours.with_default(LevelFilter::TRACE));
    if tracing_subscriber::registry().with(level).with(lines).try_init().is_ok() {
        let _ = LEVEL.set(handle);
        let shown = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "a thread panicked");
            shown(panic);
        }));
    }
    Ok(LogGuard { _writer: guard })
}

/// Logs at this level from here on.
pub(crate) fn set_level(level: LogLevel) {
    let filter = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    if let Some(handle) = LEVEL.get() {
        let _ = handle.modify(|now| *now = filter);
    }
}

/// The last lines of the newest log.
pub(crate) fn tail(data_folder: &Path, lines: usize) -> String {
    let newest = std::fs::read_dir(folder(data_folder))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .max();
    let text = newest.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
