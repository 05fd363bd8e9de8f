//! Whether a chat may cross, and whether the user agreed to it. The places where a chat may be answered only ever
//! shrink here: no rule of the user's widens what the policy or the mode allows.

use std::{sync::Arc, time::Instant};

use domain::{BoxFuture, ChatId, MessageId, Mode, Model, Provider, ProviderFault, Zone};
use providers::{Chosen, Remote, Resting, Wait};
use wire::Failure;

use crate::{Confirm, Core, answerer::Answerer, books, failure::from_store, rule};

/// What is about to cross, for the question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load {
    /// Words of the new question.
    pub(crate) words: usize,
    /// Texts attached to it.
    pub(crate) files: usize,
    /// Pictures attached to it.
    pub(crate) images: usize,
}

impl Core {
    /// Lets a chat be answered by this model, or says why not. In guarded mode the user is asked before a chat's first
    /// crossing, in a dialog that the page has no hand in.
    pub(crate) async fn may_cross(&self, chat: ChatId, to: &Answerer, load: Option<Load>) -> Result<(), Failure> {
        match self.may_cross_unasked(chat, to).await {
            Err(Failure::ConsentNeeded { .. }) => {}
            decided => return decided,
        }
        let Answerer::There(provider, _) = to else { return Ok(()) };
        let question = self.question_of(chat, to, provider, load).await?;
        let agreed = self.questions.begin()?.put(self.platform.host.as_ref(), question).await?;
        if !agreed {
            return Err(Failure::ConsentNeeded {
                message: format!("Nothing was sent to {}. Your question is still here.", provider.name),
            });
        }
        // The mode may have changed under the open dialog.
        match self.may_cross_unasked(chat, to).await {
            Err(Failure::ConsentNeeded { .. }) => {}
            decided => return decided,
        }
        self.store_of(chat).put_consent(chat, provider.id, self.now()).await.map_err(from_store)?;
        self.note(audit::Event::Consented { provider: provider.handle.clone() }, Some(chat));
        Ok(())
    }

    /// The same where nobody can be asked: [`Failure::ConsentNeeded`] where the user would have to be.
    pub(crate) async fn may_cross_unasked(&self, chat: ChatId, to: &Answerer) -> Result<(), Failure> {
        let Answerer::There(provider, _) = to else { return Ok(()) };
        let mode = self.settings().mode;
        if mode == Mode::Sealed {
            return Err(Failure::Sealed {
                message: format!(
                    "The bridge is up, so nothing was sent to {}. Choose a model of this computer, or lower the bridge.",
                    provider.name
                ),
            });
        }
        if let Some(message) = rule::forbids(&self.policy, provider) {
            return Err(Failure::PolicyForbids { message });
        }
        if mode == Mode::Open || provider.zone.is_inside() {
            return Ok(());
        }
        if self.store_of(chat).consented(chat, provider.id).await.map_err(from_store)? {
            return Ok(());
        }
        Err(Failure::ConsentNeeded { message: format!("This chat has not crossed to {} yet.", provider.name) })
    }

    async fn question_of(
        &self,
        chat: ChatId,
        to: &Answerer,
        provider: &Provider,
        load: Option<Load>,
    ) -> Result<Confirm, Failure> {
        let estimate = self.estimate(chat, to, load.as_ref().map_or(0, |load| load.words)).await?;
        let place: Vec<&str> = ["in the cloud", provider.region.as_str(), provider.retention.as_str()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        let load = load.unwrap_or_default();
        let mut what = match estimate.earlier {
            0 => "your question".to_owned(),
            1 => "your question and one earlier message".to_owned(),
            n => format!("your question and {n} earlier messages"),
        };
        what.push_str(&along(load.files, load.images));
        let price = match estimate.bill {
            None => "Nobody charges for it.".to_owned(),
            Some(bill) if bill.price_known => format!("About {} for this answer.", books::dollars(bill.usd_micros)),
            Some(bill) => format!(
                "Its price is not known; counted as the dearest that is, about {} for this answer.",
                books::dollars(bill.usd_micros)
            ),
        };
        Ok(Confirm {
            title: format!("Let this chat cross to {}?", provider.name),
            text: format!(
                "To: {} at {} ({}).\n\nWhat: {what}, about {} tokens.\n\nPrice: {price}\n\nLater questions of this chat \
                 go there too, until you choose another model for it.",
                to.name(),
                host_of(&provider.base_url),
                place.join("; "),
                estimate.tokens,
            ),
            yes: "Send across".to_owned(),
            no: "Do not send".to_owned(),
        })
    }

    /// Makes a model ready to be asked: loads it, or joins a provider with its key.
    pub(crate) fn ready<'a>(
        &'a self,
        answerer: &'a Answerer,
        chat: ChatId,
        answer: Option<MessageId>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>> {
        Box::pin(async move {
            match answerer {
                Answerer::Here(record) => self.load_for(record, chat, answer).await,
                Answerer::There(provider, model) => {
                    let settings = self.store_of(chat).chat(chat).await.map_err(from_store)?.settings;
                    let chosen = Chosen {
                        temperature: settings.temperature,
                        top_p: settings.top_p,
                        max_tokens: settings.max_tokens,
                        seed: settings.seed,
                    };
                    let connection = self.connection(provider, Some(chat)).await?;
                    Ok(Arc::new(Remote::new(connection, model.clone(), chosen, Wait::default())) as Arc<dyn Model>)
                }
            }
        })
    }

    /// Refuses a provider's model that failed again and again, where somebody else can be asked instead.
    pub(crate) fn refuse_resting(&self, answerer: &Answerer) -> Result<(), Failure> {
        let Answerer::There(provider, model) = answerer else { return Ok(()) };
        match self.breakers.resting(model.id, provider.zone == Zone::Cloud, Instant::now()) {
            None => Ok(()),
            Some(Resting::Network(_)) => Err(Failure::Offline {
                message: "This computer was offline a moment ago, so no cloud provider was asked.".to_owned(),
            }),
            Some(Resting::Model(rest)) => Err(Failure::ProviderUnavailable {
                message: format!(
                    "{} failed several times and is left alone for {} seconds.",
                    provider.name,
                    rest.as_secs().max(1)
                ),
            }),
        }
    }

    /// What an attempt taught about a provider's health: that it answers, or why it did not, or nothing.
    pub(crate) fn learn_from(&self, answerer: &Answerer, trouble: Option<Option<&ProviderFault>>) {
        let Answerer::There(provider, model) = answerer else { return };
        match trouble {
            None => self.breakers.answered(model.id),
            Some(Some(fault)) => {
                self.breakers.failed(model.id, provider.zone == Zone::Cloud, fault, Instant::now());
            }
            Some(None) => self.breakers.given_up(model.id),
        }
        self.tell_providers_soon();
    }
}

/// What goes along with a question.
fn along(files: usize, images: usize) -> String {
    let some = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(one.to_owned()),
        n => Some(format!("{n} {many}")),
    };
    let files = some(files, "one attached file", "attached files");
    let images = some(images, "one image", "images");
    match files.into_iter().chain(images).collect::<Vec<_>>().join(" and ") {
        nothing if nothing.is_empty() => nothing,
        all => format!(", with {all}"),
    }
}

/// Host and port of an address, for people.
pub(crate) fn host_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest).to_owned()
}
