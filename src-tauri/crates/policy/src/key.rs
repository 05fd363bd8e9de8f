//! The keys that an administrator may set: one row each, and everything else is made from the rows.

use crate::value::Value;

/// What a key's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number within these bounds, both included.
    Count {
        /// Smallest.
        least: u32,
        /// Largest.
        most: u32,
    },
    /// One text.
    Text(Form),
    /// A list of texts, none of them twice.
    Texts(Form),
    /// Texts by name.
    Table(Form),
    /// One of these words by name.
    Choices(&'static [&'static str]),
}

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line to read: up to 300 characters, no control characters.
    Line,
    /// A short name in lower case: letters, digits, `-`, `_` and `.`.
    Name,
    /// Absolute path.
    Path,
    /// A host name or IP address, `*.` before it for every name below, `:port` after it.
    Host,
    /// `direct`, `system`, or an address of a proxy without name and password.
    Proxy,
    /// `https://` address.
    Address,
    /// SHA-256 in 64 hexadecimal digits.
    Sha256,
    /// X25519 recipient of age, `age1…`.
    Recipient,
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Name as it stands in a file.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// A mistake in it seals the bridge.
    pub security: bool,
    /// It may be a default that the user changes; otherwise it binds or is not set.
    pub recommendable: bool,
    /// What it governs, in one sentence.
    pub words: &'static str,
    /// What of it this version can obey.
    pub status: Status,
    /// The value, as JSON, that stands in for a bad one.
    pub cautious: Option<&'static str>,
    /// A value, as JSON, that shows its form.
    pub example: &'static str,
}

/// What of a key this version can obey.
#[derive(Debug, Clone, Copy)]
pub enum Status {
    /// Every value of its kind.
    InForce,
    /// It speaks of something that does not exist yet.
    Absent {
        /// The values that ask nothing of the thing, and so are obeyed.
        obeyed: fn(&Value) -> bool,
        /// Such a value as JSON, if there is one.
        example: Option<&'static str>,
        /// What does not exist, as a subject: "Cloud providers do".
        thing: &'static str,
    },
}

/// The key of that name.
#[must_use]
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

const fn key_of(name: &'static str, kind: Kind, words: &'static str, example: &'static str) -> Key {
    Key { name, kind, security: true, recommendable: false, words, status: Status::InForce, cautious: None, example }
}

impl Key {
    /// This version can do what that value asks for.
    #[must_use]
    pub fn obeys(&self, value: &Value) -> bool {
        match self.status {
            Status::InForce => true,
            Status::Absent { obeyed, .. } => obeyed(value),
        }
    }

    /// A value, as JSON, that this version can obey, if there is one.
    #[must_use]
    pub fn obeyed_example(&self) -> Option<&'static str> {
        match self.status {
            Status::InForce => Some(self.example),
            Status::Absent { example, .. } => example,
        }
    }

    const fn or(mut self, cautious: &'static str) -> Self {
        self.cautious = Some(cautious);
        self
    }

    const fn also_recommended(mut self) -> Self {
        self.recommendable = true;
        self
    }

    const fn no_matter_of_security(mut self) -> Self {
        self.security = false;
        self
    }

    const fn absent(mut self, thing: &'static str, example: Option<&'static str>, obeyed: fn(&Value) -> bool) -> Self {
        self.status = Status::Absent { obeyed, example, thing };
        self
    }
}

/// It only forbids: what does not exist does nothing that it forbids.
fn anything(_: &Value) -> bool {
    true
}

fn nothing(_: &Value) -> bool {
    false
}

fn is(value: &Value, word: &str) -> bool {
    matches!(value, Value::Text(text) if text == word)
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Texts(texts) if texts.is_empty())
}

fn is_off(value: &Value) -> bool {
    matches!(value, Value::Flag(false)) || is(value, "off")
}

const ACTIONS: &[&str] = &["allow", "warn", "redact", "block"];
const PII: &str = "The search for personal data does";
const TOOLS: &str = "Tools over MCP do";

/// Every key, in the order of the document.
pub static KEYS: &[Key] = &[
    key_of(
        "mode",
        Kind::Choice(&["sealed", "guarded", "open"]),
        "Where the bridge stands: nothing crosses, or each chat asks first, or rules decide.",
        r#""sealed""#,
    )
    .or(r#""sealed""#)
    .also_recommended(),
    key_of("sealed.lock", Kind::Flag, "Nobody at the keyboard can lower a sealed bridge.", "true").or("true"),
    key_of(
        "providers.allowed",
        Kind::Texts(Form::Name),
        "The cloud providers that a chat may cross to; an empty list forbids all.",
        r#"["anthropic"]"#,
    )
    .or("[]"),
    key_of(
        "providers.endpoints",
        Kind::Table(Form::Address),
        "The address that a name in providers.allowed stands for, instead of the provider's own.",
        r#"{"anthropic": "https://models.example.org/v1"}"#,
    ),
    key_of(
        "providers.zero_retention_only",
        Kind::Flag,
        "A chat crosses only to providers that keep nothing of it; this version cannot prove it of any in the cloud.",
        "true",
    ),
    key_of(
        "egress.allowed_hosts",
        Kind::Texts(Form::Host),
        "The hosts that may be reached at all; an empty list forbids all.",
        r#"["huggingface.co", "*.hf.co"]"#,
    )
    .or("[]"),
    key_of(
        "egress.proxy",
        Kind::Text(Form::Proxy),
        "The proxy in front of everything: direct, system, or an address.",
        r#""http://proxy.example.org:8080""#,
    )
    .also_recommended(),
    key_of(
        "egress.ca_bundle",
        Kind::Text(Form::Path),
        "A file of certificates (PEM) that are trusted beside the system's.",
        r#""/etc/ssl/certs/example.pem""#,
    )
    .also_recommended(),
    key_of("tls.min", Kind::Choice(&["1.2", "1.3"]), "The oldest version of TLS that is spoken.", r#""1.2""#).absent(
        "A floor of TLS 1.3 does",
        Some(r#""1.2""#),
        |value| is(value, "1.2"),
    ),
    key_of(
        "pii.level",
        Kind::Choice(&["off", "standard", "strict"]),
        "How closely a message is searched for personal data before it crosses.",
        r#""standard""#,
    )
    .absent(PII, Some(r#""standard""#), anything),
    key_of(
        "pii.entities",
        Kind::Choices(ACTIONS),
        "What happens to each kind of personal data that is found.",
        r#"{"iban": "redact"}"#,
    )
    .absent(PII, Some(r#"{"iban": "redact"}"#), anything),
    key_of(
        "secrets.action",
        Kind::Choice(ACTIONS),
        "What happens when a message holds a password or an access key.",
        r#""block""#,
    )
    .absent("The search for secrets does", Some(r#""block""#), anything),
    key_of("judge.enabled", Kind::Flag, "A local model judges a message before it crosses.", "true").absent(
        "The judge does",
        Some("false"),
        is_off,
    ),
    key_of(
        "override.user_may_send",
        Kind::Choice(&["never", "with_reason", "yes"]),
        "Whether a person may send what the search has stopped.",
        r#""never""#,
    )
    .absent("Sending what a search has stopped does", Some(r#""never""#), |value| is(value, "never")),
    key_of(
        "models.allow_unsigned",
        Kind::Flag,
        "Models that nobody vouches for, by signature or stated SHA-256, may be added.",
        "false",
    )
    .or("false"),
    key_of(
        "models.trusted_keys",
        Kind::Texts(Form::Line),
        "The public keys whose signature on a model pack is trusted.",
        r#"["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"]"#,
    )
    .absent("Signatures on model packs do", Some("[]"), is_empty),
    key_of(
        "models.allowed_sha256",
        Kind::Texts(Form::Sha256),
        "The model files that may be loaded, by SHA-256; an empty list forbids all.",
        r#"["2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"]"#,
    )
    .or("[]"),
    key_of("models.dir", Kind::Text(Form::Path), "The folder that models are downloaded to.", r#""/srv/models""#)
        .no_matter_of_security()
        .also_recommended(),
    key_of(
        "updates.channel",
        Kind::Choice(&["off", "file", "url"]),
        "Where updates come from: nowhere, a file that somebody brings, or an address.",
        r#""off""#,
    )
    .absent("Updates from an address do", Some(r#""file""#), |value| !is(value, "url"))
    .or(r#""off""#),
    key_of(
        "updates.url",
        Kind::Text(Form::Address),
        "The address that updates come from.",
        r#""https://updates.example.org/drawbridge""#,
    )
    .absent("Updates from an address do", None, nothing),
    key_of("mcp.enabled", Kind::Flag, "Models may use tools over MCP.", "false")
        .absent(TOOLS, Some("false"), is_off)
        .or("false"),
    key_of(
        "mcp.allowed_commands_sha256",
        Kind::Texts(Form::Sha256),
        "The programs that may be started as tools, by SHA-256; an empty list forbids all.",
        "[]",
    )
    .absent(TOOLS, Some("[]"), anything)
    .or("[]"),
    key_of("export.allowed", Kind::Flag, "Chats may be exported and backups taken elsewhere.", "false").or("false"),
    key_of("clipboard.copy", Kind::Flag, "Text of a chat may be copied to the clipboard.", "false").or("false"),
    key_of(
        "storage.encryption",
        Kind::Choice(&["required", "default"]),
        "Chats are kept encrypted or not at all (required), or as the computer allows (default).",
        r#""required""#,
    )
    .or(r#""required""#),
    key_of(
        "keys.store",
        Kind::Choice(&["os", "passphrase", "os+passphrase"]),
        "What opens the chats: the operating system's keychain, a passphrase, or both.",
        r#""os""#,
    ),
    key_of(
        "keys.administrator_recipient",
        Kind::Text(Form::Recipient),
        "The age recipient who can open the chats of this computer as well.",
        r#""age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p""#,
    ),
    key_of(
        "lock.idle_minutes",
        Kind::Count { least: 1, most: 1440 },
        "Minutes without a key or a click after which the chats are locked.",
        "15",
    )
    .also_recommended(),
    key_of("audit.enabled", Kind::Flag, "An audit log is kept.", "true").or("true"),
    key_of(
        "audit.retention_days",
        Kind::Count { least: 1, most: 36_500 },
        "Days for which the audit log is kept.",
        "2190",
    ),
    key_of(
        "audit.content",
        Kind::Flag,
        "The audit log holds the messages themselves, not only what was done.",
        "false",
    )
    .absent("An audit log with messages in it does", Some("false"), is_off)
    .or("false"),
    key_of(
        "audit.recipient",
        Kind::Text(Form::Recipient),
        "The age recipient to whom the messages in the audit log are encrypted.",
        r#""age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p""#,
    )
    .absent("An audit log with messages in it does", None, nothing),
    key_of(
        "audit.forward",
        Kind::Text(Form::Address),
        "The address that audit records are sent on to.",
        r#""https://audit.example.org/records""#,
    )
    .absent("Forwarding of audit records does", None, nothing),
    key_of("retention.max_days", Kind::Count { least: 1, most: 36_500 }, "Days after which a chat is erased.", "365"),
    key_of(
        "ui.banner",
        Kind::Text(Form::Line),
        "A line that stands above every window.",
        r#""Confidential. Example Ltd.""#,
    )
    .no_matter_of_security(),
];
