//! Settings of the application, not of a chat.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ModelId, ProviderId, ProxyRule};

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

/// How models are fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct NetworkSettings {
    /// Address of the hub: `https://huggingface.co`, a mirror, or an organisation's own.
    pub hub: String,
    /// Hosts that the hub may send a download on to: `cdn.example.org`, `*.example.org`, `10.0.0.7:9000`.
    pub download_hosts: Vec<String>,
    /// Proxy.
    pub proxy: ProxyRule,
    /// File of certificates (PEM) that are trusted beside the system's; empty for none.
    pub ca_bundle: String,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            hub: "https://huggingface.co".to_owned(),
            download_hosts: vec!["*.hf.co".to_owned(), "*.huggingface.co".to_owned()],
            proxy: ProxyRule::default(),
            ca_bundle: String::new(),
        }
    }
}

/// What may be spent at providers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Budget {
    /// The provider; all of them together where it is not set.
    pub provider: Option<ProviderId>,
    /// Millionths of a US dollar from midnight to midnight, local time; unlimited where it is not set.
    #[ts(as = "Option<f64>")]
    pub day_usd_micros: Option<u64>,
    /// The same from the first of the month.
    #[ts(as = "Option<f64>")]
    pub month_usd_micros: Option<u64>,
}

/// Where the bridge stands, from up to down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Up: nothing crosses.
    Sealed,
    /// Asks before a chat's first crossing.
    #[default]
    Guarded,
    /// Down: rules decide.
    Open,
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
    /// Minutes without anybody there after which the chats are locked; 0 never locks. It needs a way in beside the
    /// keychain.
    pub lock_minutes: u32,
    /// Lock when the computer goes to sleep.
    pub lock_on_sleep: bool,
    /// How much is logged.
    pub log_level: LogLevel,
    /// The card of the first run has been put away.
    pub doors_dismissed: bool,
    /// The side bar is shown.
    pub sidebar_open: bool,
    /// How models are fetched.
    pub network: NetworkSettings,
    /// Folder of downloaded models; one in the data folder where it is empty.
    pub models_folder: String,
    /// Where the bridge stands.
    pub mode: Mode,
    /// What may be spent at providers.
    pub budgets: Vec<Budget>,
    /// Where a provider fails before its first word, the default model of this computer answers without a question.
    pub answer_here_on_failure: bool,
    /// Providers' models that are asked in turn where the chosen one fails, each only where the chat may go there.
    pub fallbacks: Vec<ModelId>,
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
            lock_minutes: 0,
            lock_on_sleep: false,
            log_level: LogLevel::default(),
            doors_dismissed: false,
            sidebar_open: true,
            network: NetworkSettings::default(),
            models_folder: String::new(),
            mode: Mode::default(),
            budgets: Vec::new(),
            answer_here_on_failure: false,
            fallbacks: Vec::new(),
        }
    }
}

/// A change to the settings: the fields to change, as JSON has them.
pub type SettingsPatch = serde_json::Map<String, serde_json::Value>;
