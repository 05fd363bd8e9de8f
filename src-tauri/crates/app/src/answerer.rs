//! Who answers: a model of this computer, or one of a provider; and, where that one fails before its first word, who
//! answers in its place.

use domain::{ChatId, FaultKind, ModelId, ModelRecord, Provider, ProviderModel, Route, Zone};
use wire::Failure;

use crate::{Core, failure::from_store};

/// A model that answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answerer {
    /// In the library.
    Here(Box<ModelRecord>),
    /// Of a provider.
    There(Box<Provider>, ProviderModel),
}

impl Answerer {
    pub(crate) const fn id(&self) -> ModelId {
        match self {
            Self::Here(record) => record.id,
            Self::There(_, model) => model.id,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Here(record) => &record.file.name,
            Self::There(_, model) => &model.title,
        }
    }

    pub(crate) const fn zone(&self) -> Zone {
        match self {
            Self::Here(_) => Zone::ThisComputer,
            Self::There(provider, _) => provider.zone,
        }
    }

    /// Whether pictures may go to it. No model of this computer is given any yet.
    pub(crate) const fn sees_images(&self) -> bool {
        match self {
            Self::Here(_) => false,
            Self::There(_, model) => model.images,
        }
    }

    pub(crate) fn provider(&self) -> Option<&Provider> {
        match self {
            Self::Here(_) => None,
            Self::There(provider, _) => Some(provider),
        }
    }

    /// Where it answers, and why there.
    pub(crate) fn route(&self, reason: String) -> Route {
        match self {
            Self::Here(_) => Route::ThisComputer { reason },
            Self::There(provider, _) => {
                let name = provider.name.clone();
                match provider.zone {
                    Zone::ThisComputer => Route::ThisComputer { reason: format!("{name}, on this computer. {reason}") },
                    Zone::OurNetwork => Route::OurNetwork { provider: name, reason },
                    Zone::Cloud => Route::Cloud { provider: name, reason },
                }
            }
        }
    }
}

impl Core {
    /// The model that answers in a chat: its own, else the default one, else the starter model. A model that was chosen
    /// and is gone is said to be gone where it was a provider's: nobody else is asked in its place unasked.
    pub(crate) async fn answerer_of(&self, chat: ChatId) -> Result<Answerer, Failure> {
        let chosen = self.store_of(chat).chat(chat).await.map_err(from_store)?.model;
        for id in [chosen, self.settings().default_model].into_iter().flatten() {
            if let Some(found) = self.find_answerer(id).await? {
                return Ok(found);
            }
        }
        self.answerer_here().await
    }

    /// The model of this id.
    pub(crate) async fn answerer(&self, id: ModelId) -> Result<Answerer, Failure> {
        self.find_answerer(id).await?.ok_or_else(|| Failure::ModelMissing {
            message: "This model is not there any more. Choose another. The chat is kept.".to_owned(),
        })
    }

    async fn find_answerer(&self, id: ModelId) -> Result<Option<Answerer>, Failure> {
        let models = self.store.models().await.map_err(from_store)?;
        if let Some(record) = models.into_iter().find(|model| model.id == id) {
            return Ok(Some(Answerer::Here(Box::new(record))));
        }
        let providers = self.store.providers().await.map_err(from_store)?;
        let found = providers.into_iter().find_map(|provider| {
            let model = provider.models.iter().find(|model| model.id == id).cloned()?;
            Some(Answerer::There(Box::new(provider), model))
        });
        Ok(found)
    }

    /// The model of this computer that answers where no other was chosen.
    pub(crate) async fn answerer_here(&self) -> Result<Answerer, Failure> {
        let models = self.store.models().await.map_err(from_store)?;
        let default = self.settings().default_model;
        let own = models.iter().find(|model| Some(model.id) == default);
        own.or_else(|| models.iter().find(|model| model.starter)).or_else(|| models.first()).cloned().map_or_else(
            || {
                Err(Failure::ModelMissing {
                    message: "There is no model on this computer yet. Open a GGUF file to chat with it.".to_owned(),
                })
            },
            |record| Ok(Answerer::Here(Box::new(record))),
        )
    }

    /// Who is asked in turn, the chosen one first. What follows may be asked only where [`falls`] says so.
    pub(crate) async fn in_turn(&self, chosen: Answerer) -> Vec<Answerer> {
        let settings = self.settings();
        let mut turn = vec![chosen];
        if turn[0].provider().is_none() {
            return turn;
        }
        for id in settings.fallbacks {
            if let Ok(Some(next @ Answerer::There(..))) = self.find_answerer(id).await
                && turn.iter().all(|one| one.id() != next.id())
            {
                turn.push(next);
            }
        }
        if settings.answer_here_on_failure
            && let Ok(here) = self.answerer_here().await
        {
            turn.push(here);
        }
        turn
    }
}

/// Whether another may answer after this fault. A filter is no reason to look for a laxer model; a wrong key, no reason
/// to let another provider be paid.
pub(crate) const fn falls(kind: FaultKind, to: &Answerer) -> bool {
    use FaultKind::*;
    match kind {
        RateLimited | Unavailable | Offline | Silent | Broken | QuotaExhausted => true,
        KeyRejected | NotAllowed | NotFound | Untrusted => matches!(to, Answerer::Here(_)),
        TooLong | BadRequest | Filtered | Refused => false,
    }
}
