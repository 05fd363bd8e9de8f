//! Settings of the application, not of a chat.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ModelId;

/// Colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

/// What sends a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SendKey {
    /// Enter sends, Shift+Enter starts a line.
    #[default]
    Enter,
    /// Ctrl+Enter (⌘ on macOS) sends, Enter starts a line.
    ModEnter,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Only what went wrong.
    Error,
    /// And what looks odd.
    Warn,
    /// And what happens.
    #[default]
    Info,
    /// And how.
    Debug,
}

/// Settings of the application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// Colours.
    pub theme: Theme,
    /// Size of text in percent, 80 to 200.
    pub text_percent: u32,
    /// What sends a message.
    pub send_key: SendKey,
    /// Model of a new chat; the starter model where it is not set.
    pub default_model: Option<ModelId>,
    /// Tell when a long answer ends and the window is not in front.
    pub notify: bool,
    /// Minutes after which an idle model leaves memory; 0 keeps it.
    pub unload_minutes: u32,
    /// How much is logged.
    pub log_level: LogLevel,
    /// The card of the first run has been put away.
    pub doors_dismissed: bool,
    /// The side bar is shown.
    pub sidebar_open: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            text_percent: 100,
            send_key: SendKey::default(),
            default_model: None,
            notify: true,
            unload_minutes: 15,
            log_level: LogLevel::default(),
            doors_dismissed: false,
            sidebar_open: true,
        }
    }
}

/// A change to the settings: the fields to change, as JSON has them.
pub type SettingsPatch = serde_json::Map<String, serde_json::Value>;
