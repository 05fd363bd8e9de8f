//! A provider as somebody typed it, within what can be.

use domain::{ModelId, Provider, ProviderModel, Zone};
use url::{Host, Url};
use wire::ProviderModelSave;

/// Most headers of a provider.
const MOST_HEADERS: usize = 16;
/// Longest of any text of a provider, in characters.
pub(super) const LONGEST: usize = 300;
/// Headers that are ours to set, or no header of a request.
const OURS: &[&str] = &[
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// An address in the one spelling that is shown, kept and dialled.
pub(super) fn address(text: &str, zone: Zone) -> Result<String, String> {
    const LOOKS: &str = "It looks like https://api.example.org/v1.";
    let text = text.trim().trim_end_matches('/');
    let wrong = || format!("“{}” is no address of a provider. {LOOKS}", text.chars().take(60).collect::<String>());
    if text.len() > LONGEST {
        return Err(format!("This address is too long. {LOOKS}"));
    }
    let url = Url::parse(text).map_err(|_| wrong())?;
    let alone =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    let host = url.host().filter(|_| alone).ok_or_else(wrong)?;
    let loopback = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    if zone == Zone::ThisComputer && !loopback {
        return Err("A program on this computer is reached at 127.0.0.1 or localhost.".to_owned());
    }
    match url.scheme() {
        "https" => {}
        "http" if loopback || zone == Zone::OurNetwork => {}
        "http" => return Err("A provider in the cloud is reached by https only.".to_owned()),
        other => return Err(format!("A provider is reached by https, not by {other}.")),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn header_names(names: Vec<String>) -> Result<Vec<String>, String> {
    if names.len() > MOST_HEADERS {
        return Err(format!("{MOST_HEADERS} headers is the most."));
    }
    let mut checked: Vec<String> = Vec::new();
    for name in names {
        let name = name.trim().to_owned();
        let token = !name.is_empty()
            && name.len() <= 80
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !token {
            return Err(format!("“{}” is no name of a header.", name.chars().take(40).collect::<String>()));
        }
        if OURS.contains(&name.to_lowercase().as_str()) {
            return Err(format!("The header {name} is set by Drawbridge itself."));
        }
        if !checked.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            checked.push(name);
        }
    }
    Ok(checked)
}

pub(super) fn model_of(save: ProviderModelSave, old: Option<&Provider>) -> Result<ProviderModel, String> {
    let (name, title) = (save.name.trim().to_owned(), save.title.trim());
    let fits = |text: &str| text.chars().count() <= LONGEST && !text.contains(char::is_control);
    if name.is_empty() || !fits(&name) || !fits(title) {
        return Err("A model needs an id of one line, as the provider writes it.".to_owned());
    }
    if name.contains("..") || name.contains(char::is_whitespace) {
        return Err(format!("“{name}” is no id of a model."));
    }
    let known = old.and_then(|old| old.models.iter().find(|model| Some(model.id) == save.id || model.name == name));
    Ok(ProviderModel {
        id: known.map_or_else(ModelId::new, |known| known.id),
        title: if title.is_empty() { name.clone() } else { title.to_owned() },
        name,
        context_tokens: save.context_tokens.filter(|tokens| *tokens >= 256),
        max_output_tokens: save.max_output_tokens.filter(|tokens| *tokens > 0),
        images: save.images,
        reasoning: save.reasoning,
    })
}

/// A short name for the command line that nobody has yet.
pub(super) fn handle(name: &str, all: &[Provider]) -> String {
    let mut handle: String = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => handle.push(c),
            _ if !handle.is_empty() && !handle.ends_with('-') => handle.push('-'),
            _ => {}
        }
    }
    let handle = handle.trim_end_matches('-').chars().take(32).collect::<String>();
    let handle = if handle.is_empty() { "provider".to_owned() } else { handle };
    let taken = |wanted: &str| all.iter().any(|provider| provider.handle == wanted);
    if !taken(&handle) {
        return handle;
    }
    (2..).map(|n| format!("{handle}-{n}")).find(|wanted| !taken(wanted)).expect("BUG: numbers do not end")
}
