//! The way out, joined: rules from the settings, the gate, the hub behind it, the downloads through it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use domain::{Clock, HostRule, NetworkSettings, Purpose, Rules, Settings, Transport};
use egress::{Egress, Limits};
use hub::{Downloads, DownloadsOptions, Hub, HubError, HubOptions, Layout, Resolve, Resolved};
use wire::Failure;

use crate::{Profile, core::lock, download, failure::from_hub, journal::FileJournal, open::Later};

/// How we name ourselves to servers.
const USER_AGENT: &str = concat!("Drawbridge/", env!("CARGO_PKG_VERSION"));

/// The way out.
pub(crate) struct Network {
    egress: Arc<Egress>,
    /// The hub, or why there is none.
    hub: Mutex<Result<Arc<Hub>, HubError>>,
    pub(crate) journal: Arc<FileJournal>,
    pub(crate) layout: Layout,
    /// The downloads, or why there can be none: the models folder is away.
    downloads: Result<Arc<Downloads>, HubError>,
}

impl Network {
    /// Joins the parts. Opens no connection. Settings that cannot be followed leave everything closed and say why when
    /// somebody wants to go out.
    pub(crate) fn open(
        profile: &Profile,
        settings: &Settings,
        clock: Arc<dyn Clock>,
        later: Later,
    ) -> Result<Self, Failure> {
        let journal = Arc::new(FileJournal::new(profile.data_folder.join("journal")));
        let closed = |error: String| Failure::unexpected(format!("The gate to the network cannot be built: {error}"));
        let egress = Egress::new(Rules::default(), journal.clone(), clock.clone(), USER_AGENT, Limits::default())
            .map_err(|error| closed(error.to_string()))?;
        let hub = connect(&egress, &settings.network, profile);
        if let Err(error) = &hub {
            tracing::warn!(%error, "the settings for the network cannot be followed; nothing can leave");
        }
        let layout = Layout::new(models_folder(profile, settings));
        let downloads = Downloads::open(DownloadsOptions {
            layout: layout.clone(),
            transport: egress.clone(),
            resolve: resolver(&hub),
            clock,
            at_once: 2,
            on_change: download::on_change(later.clone()),
            on_finish: download::on_finish(later.clone()),
            holds: download::holds(later),
        })
        .inspect_err(|error| tracing::warn!(%error, "the models folder cannot be used"));
        Ok(Self { egress, hub: Mutex::new(hub), journal, layout, downloads })
    }

    /// The downloads.
    pub(crate) fn downloads(&self) -> Result<&Arc<Downloads>, Failure> {
        self.downloads.as_ref().map_err(|error| Failure::unexpected(self.without_folder(error)))
    }

    /// A sentence for the start where the models folder is away.
    pub(crate) fn notice(&self) -> Option<String> {
        self.downloads.as_ref().err().map(|error| self.without_folder(error))
    }

    fn without_folder(&self, error: &HubError) -> String {
        format!(
            "Nothing can be downloaded: {error} Bring the folder {} back and start again, or choose another in the settings. Chats are as they were.",
            self.layout.models().display()
        )
    }

    /// Ends what is under way; what arrived is kept.
    pub(crate) async fn shut_down(&self) {
        if let Ok(downloads) = &self.downloads {
            downloads.shut_down().await;
        }
    }

    /// Takes over changed settings, or refuses them and changes nothing.
    pub(crate) fn change(
        &self,
        profile: &Profile,
        old: &NetworkSettings,
        new: &NetworkSettings,
    ) -> Result<(), Failure> {
        match connect(&self.egress, new, profile) {
            Ok(hub) => {
                let transport: Arc<dyn Transport> = self.egress.clone();
                if let Ok(downloads) = &self.downloads {
                    downloads.change(transport, hub.clone());
                }
                *lock(&self.hub) = Ok(hub);
                Ok(())
            }
            Err(error) => {
                *lock(&self.hub) = connect(&self.egress, old, profile);
                Err(Failure::invalid(format!("{error} Nothing was changed.")))
            }
        }
    }

    /// The hub.
    pub(crate) fn hub(&self) -> Result<Arc<Hub>, Failure> {
        lock(&self.hub).clone().map_err(from_hub)
    }
}

/// Where downloads go.
pub(crate) fn models_folder(profile: &Profile, settings: &Settings) -> PathBuf {
    match settings.models_folder.trim() {
        "" => profile.data_folder.join("models"),
        folder => PathBuf::from(folder),
    }
}

/// Sets the gate's rules and puts a hub behind it.
fn connect(egress: &Arc<Egress>, settings: &NetworkSettings, profile: &Profile) -> Result<Arc<Hub>, HubError> {
    let refused = |error: String| HubError::Refused(error);
    let rules = rules(settings).map_err(refused)?;
    egress.change_rules(rules).map_err(|error| refused(error.to_string()))?;
    let client = egress.client(Purpose::ModelSearch).map_err(HubError::from)?;
    let options = HubOptions {
        endpoint: settings.hub.trim().trim_end_matches('/').to_owned(),
        user_agent: USER_AGENT.to_owned(),
        cache_folder: profile.data_folder.join("hub-cache"),
        token: None,
        transport: egress.clone(),
    };
    Hub::open(options, |builder| builder.client(client)).map(Arc::new)
}

/// What the settings let through: the hub itself, and for a model's bytes the hosts that it may send us on to.
fn rules(settings: &NetworkSettings) -> Result<Rules, String> {
    let address: http::Uri = settings
        .hub
        .trim()
        .parse()
        .map_err(|_| format!("“{}” is no address of a hub. It looks like https://huggingface.co.", settings.hub))?;
    let (Some(scheme), Some(host)) = (address.scheme_str(), address.host()) else {
        return Err(format!("“{}” is no address of a hub. It looks like https://huggingface.co.", settings.hub));
    };
    let plain_http = scheme == "http";
    if !plain_http && scheme != "https" {
        return Err(format!("A hub is reached by https, not by {scheme}."));
    }
    if let domain::ProxyRule::Explicit { url } = &settings.proxy
        && url.contains('@')
    {
        return Err(
            "A proxy's name and password cannot be kept safely yet. Use a proxy without them, or the system's."
                .to_owned(),
        );
    }
    let hub = HostRule { host: host.to_owned(), port: address.port_u16(), plain_http, redirect_only: false };
    let beyond = settings.download_hosts.iter().map(|text| download_host(text, plain_http));
    let mut download = vec![hub.clone()];
    for rule in beyond {
        download.push(rule?);
    }
    let ca_bundle = Some(settings.ca_bundle.trim()).filter(|path| !path.is_empty()).map(PathBuf::from);
    Ok(Rules {
        sealed: false,
        hosts: BTreeMap::from([(Purpose::ModelSearch, vec![hub]), (Purpose::ModelDownload, download)]),
        proxy: settings.proxy.clone(),
        ca_bundle,
    })
}

/// A host with or without a port, as the settings have it.
fn download_host(text: &str, plain_http: bool) -> Result<HostRule, String> {
    let wrong = || format!("“{text}” is no host. It looks like cdn.example.org, *.example.org or 10.0.0.7:9000.");
    let text = text.trim();
    let authority: http::uri::Authority = text.trim_start_matches("*.").parse().map_err(|_| wrong())?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(wrong());
    }
    let host = if text.starts_with("*.") { format!("*.{}", authority.host()) } else { authority.host().to_owned() };
    Ok(HostRule { host, port: authority.port_u16(), plain_http, redirect_only: true })
}

fn resolver(hub: &Result<Arc<Hub>, HubError>) -> Arc<dyn Resolve> {
    match hub {
        Ok(hub) => hub.clone(),
        Err(error) => Arc::new(NoHub(error.clone())),
    }
}

/// Stands where the settings cannot be followed.
struct NoHub(HubError);

impl Resolve for NoHub {
    fn resolve(&self, _: &str, _: Option<&str>, _: &str) -> domain::BoxFuture<'_, Result<Resolved, HubError>> {
        Box::pin(async { Err(self.0.clone()) })
    }
    fn file_uri(&self, _: &str, _: &str, _: &str) -> Result<http::Uri, HubError> {
        Err(self.0.clone())
    }
    fn host(&self) -> String {
        String::new()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_is_reached_for_everything_and_other_hosts_only_for_bytes_that_it_sends_us_on_to() {
        let rules = rules(&NetworkSettings::default()).unwrap();
        let search = &rules.hosts[&Purpose::ModelSearch];
        assert_eq!(search.len(), 1);
        assert_eq!((search[0].host.as_str(), search[0].plain_http), ("huggingface.co", false));
        let download = &rules.hosts[&Purpose::ModelDownload];
        assert_eq!(download.iter().map(|rule| rule.redirect_only).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(download[1].host, "*.hf.co");
    }

    #[test]
    fn addresses_that_are_none_are_refused_with_an_example() {
        for hub in ["", "huggingface.co", "ftp://example.org", "https://", "not an address"] {
            let settings = NetworkSettings { hub: hub.to_owned(), ..NetworkSettings::default() };
            assert!(rules(&settings).is_err(), "{hub}");
        }
        let proxy = domain::ProxyRule::Explicit { url: "http://me:secret@proxy:3128".to_owned() };
        assert!(rules(&NetworkSettings { proxy, ..NetworkSettings::default() }).is_err());
        for host in ["", "a b", "user@host", "https://example.org/x"] {
            let settings = NetworkSettings { download_hosts: vec![host.to_owned()], ..NetworkSettings::default() };
            assert!(rules(&settings).is_err(), "{host}");
        }
    }
}
