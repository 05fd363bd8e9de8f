//! The way out, joined: rules from the settings, the gate, the hub behind it, the downloads through it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use audit::Log;
use domain::{Clock, Mode, NetworkSettings, Provider, Rules, Secret, Settings, Transport};
use egress::{Egress, Limits};
use hub::{Downloads, DownloadsOptions, Hub, HubError, HubOptions, Layout, Resolve, Resolved};
use policy::Policy;
use wire::Failure;

use crate::{Profile, core::lock, download, failure::from_hub, open::Later, provider, reach::Reach, rule};

/// How we name ourselves to servers.
const USER_AGENT: &str = concat!("Drawbridge/", env!("CARGO_PKG_VERSION"));

/// The way out.
pub(crate) struct Network {
    egress: Arc<Egress>,
    providers: Mutex<Vec<Provider>>,
    /// The hub, or why there is none.
    hub: Mutex<Result<Arc<Hub>, HubError>>,
    journal: Arc<Log>,
    policy: Arc<Policy>,
    /// The token of one hub, and which hub that is.
    token: Mutex<Option<HubToken>>,
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
        NetworkParts { clock, journal, policy }: NetworkParts,
        providers: Vec<Provider>,
        later: Later,
    ) -> Result<Self, Failure> {
        let closed = |error: String| Failure::unexpected(format!("The gate to the network cannot be built: {error}"));
        let egress = Egress::new(Rules::default(), journal.clone(), clock.clone(), USER_AGENT, Limits::default())
            .map_err(|error| closed(error.to_string()))?;
        let hub = connect(&egress, &policy, settings, &providers, None);
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
        Ok(Self {
            egress,
            policy,
            providers: Mutex::new(providers),
            hub: Mutex::new(hub),
            journal,
            token: Mutex::default(),
            layout,
            downloads,
        })
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

    /// Says why settings cannot be followed, where they cannot. Changes nothing and opens no connection.
    pub(crate) fn try_out(&self, clock: Arc<dyn Clock>, settings: &NetworkSettings) -> Result<(), String> {
        let rules = Reach::of(settings)?.rules();
        let gate = Egress::new(rules, self.journal.clone(), clock, USER_AGENT, Limits::default());
        gate.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Takes over changed settings, or refuses them and changes nothing.
    pub(crate) fn change(&self, old: &Settings, new: &Settings) -> Result<(), Failure> {
        let (token, providers) = (lock(&self.token).clone(), lock(&self.providers).clone());
        match connect(&self.egress, &self.policy, new, &providers, token.as_ref()) {
            Ok(hub) => {
                let transport: Arc<dyn Transport> = self.egress.clone();
                if let Ok(downloads) = &self.downloads {
                    downloads.change(transport, hub.clone());
                }
                *lock(&self.hub) = Ok(hub);
                Ok(())
            }
            Err(error) => {
                *lock(&self.hub) = connect(&self.egress, &self.policy, old, &providers, token.as_ref());
                Err(Failure::invalid(format!("{error} Nothing was changed.")))
            }
        }
    }

    /// Takes another token, or none.
    pub(crate) fn change_token(&self, token: Option<HubToken>, settings: &Settings) -> Result<(), Failure> {
        let had_one = {
            let mut own = lock(&self.token);
            std::mem::replace(&mut *own, token).is_some() || own.is_some()
        };
        if had_one { self.change(settings, settings) } else { Ok(()) }
    }

    /// Whether the gate was told of a provider as it is.
    pub(crate) fn knows(&self, provider: &Provider) -> bool {
        lock(&self.providers).contains(provider)
    }

    /// Lets through what these providers need, and nothing for those that are gone.
    pub(crate) fn change_providers(&self, providers: Vec<Provider>, settings: &Settings) -> Result<(), Failure> {
        *lock(&self.providers) = providers;
        self.change(settings, settings)
    }

    /// The way out.
    pub(crate) fn transport(&self) -> Arc<dyn Transport> {
        self.egress.clone()
    }

    /// The hub.
    pub(crate) fn hub(&self) -> Result<Arc<Hub>, Failure> {
        lock(&self.hub).clone().map_err(from_hub)
    }
}

/// What the way out is made of.
pub(crate) struct NetworkParts {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) journal: Arc<Log>,
    pub(crate) policy: Arc<Policy>,
}

/// What authorises our requests to one hub.
#[derive(Clone)]
pub(crate) struct HubToken {
    /// Address of the hub.
    pub(crate) endpoint: String,
    pub(crate) value: Secret<String>,
}

/// Where downloads go.
pub(crate) fn models_folder(profile: &Profile, settings: &Settings) -> PathBuf {
    match settings.models_folder.trim() {
        "" => profile.data_folder.join("models"),
        folder => PathBuf::from(folder),
    }
}

/// Sets the gate's rules and puts a hub behind it.
fn connect(
    egress: &Arc<Egress>,
    policy: &Policy,
    settings: &Settings,
    providers: &[Provider],
    token: Option<&HubToken>,
) -> Result<Arc<Hub>, HubError> {
    let reach = Reach::of(&settings.network).map_err(HubError::Refused)?;
    let mut rules = reach.rules();
    rules.sealed = settings.mode == Mode::Sealed;
    let allowed: Vec<Provider> =
        providers.iter().filter(|provider| rule::forbids(policy, provider).is_none()).cloned().collect();
    provider::reach(&allowed, &mut rules);
    egress.change_rules(rule::within(policy, rules)).map_err(|error| HubError::Refused(error.to_string()))?;
    let options = HubOptions {
        endpoint: reach.endpoint(),
        user_agent: USER_AGENT.to_owned(),
        // A token is for the hub that it was given for, and for no other.
        token: token.filter(|token| token.endpoint == reach.endpoint()).map(|token| token.value.clone()),
        transport: egress.clone(),
    };
    Hub::open(options).map(Arc::new)
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
