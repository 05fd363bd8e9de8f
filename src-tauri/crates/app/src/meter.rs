//! How full the context would be if this were sent, and what it would cost. Nothing is loaded and nothing crosses.

use domain::{
    Chat, ChatId, ChatSettings, Content, EngineError, MessageId, Model, ModelRecord, Prompt, Role, Sampling, Zone,
};
use providers::{Chosen, Connection, Remote, Wait};
use wire::{ContextMeter, Failure};

use crate::{
    Core,
    answerer::Answerer,
    context,
    failure::{from_engine, from_store},
    library::files_of,
};

impl Core {
    /// How full the context would be if this were sent.
    pub(crate) async fn measure(
        &self,
        chat: ChatId,
        text: &str,
        parent: Option<MessageId>,
    ) -> Result<ContextMeter, Failure> {
        let store = self.store_of(chat);
        let head = store.chat(chat).await.map_err(from_store)?;
        let answerer = self.answerer_of(chat).await?;
        let mut sources = match parent {
            Some(parent) => store.turns(parent).await.map_err(from_store)?,
            None => Vec::new(),
        };
        let attachments = store.draft_attachments(chat).await.map_err(from_store)?;
        if !text.is_empty() || !attachments.is_empty() {
            let text = text.to_owned();
            sources.push(store::PromptSource { role: Role::User, text, reasoning: String::new(), attachments });
        }
        let files = sources.iter().flat_map(|source| &source.attachments);
        let images = files.filter(|file| matches!(file.content, Content::Image { .. })).count();
        let sampling = context::sampling(&head.settings, &Sampling::default(), 0);
        let prompt = context::prompt(&head, sources, answerer.sees_images(), sampling, None);
        match &answerer {
            Answerer::Here(record) => Ok(self.measure_here(&head, record, prompt).await),
            Answerer::There(provider, model) => {
                let transport = self.network.transport();
                let connection = Connection {
                    provider: (**provider).clone(),
                    key: None,
                    headers: Vec::new(),
                    transport,
                    chat: None,
                };
                let model = Remote::new(connection, model.clone(), Chosen::default(), Wait::default());
                let left = if answerer.sees_images() { images - context::images(&prompt) } else { 0 };
                let meter = self.measure_there(&answerer, &model, prompt).await?;
                Ok(ContextMeter { images_left_out: u32::try_from(left).unwrap_or(u32::MAX), ..meter })
            }
        }
    }

    /// By a provider's model: an estimate, as counting there would send the text before anybody agreed to it.
    async fn measure_there(
        &self,
        answerer: &Answerer,
        model: &Remote,
        prompt: Prompt,
    ) -> Result<ContextMeter, Failure> {
        let (max_tokens, empty) = (prompt.sampling.max_tokens, prompt.turns.is_empty());
        let (used, limit, left_out) = match context::fit(model, prompt).await {
            Ok(fitted) => (fitted.size.tokens, fitted.size.context_tokens, fitted.left_out),
            Err(EngineError::ContextTooLong { needed, limit }) => (needed, limit, 0),
            Err(error) => return Err(from_engine(error)),
        };
        let bill = if empty { None } else { self.estimated_bill(answerer, used, max_tokens).await? };
        Ok(ContextMeter { used, limit, exact: false, left_out, images_left_out: 0, zone: answerer.zone(), bill })
    }

    /// By a model of this computer. Never loads weights: a model that is not in memory is counted by its vocabulary
    /// alone, and where even that fails the figure is an estimate.
    async fn measure_here(&self, head: &Chat, record: &ModelRecord, prompt: Prompt) -> ContextMeter {
        let planned = planned_context(&head.settings, record.file.context_tokens);
        let meter = |used, limit, exact, left_out| ContextMeter {
            used,
            limit,
            exact,
            left_out,
            images_left_out: 0,
            zone: Zone::ThisComputer,
            bill: None,
        };
        if prompt.turns.is_empty() {
            return meter(0, planned, true, 0);
        }
        let guess = meter(context::estimate(&prompt.turns), planned, false, 0);
        let Ok(files) = files_of(record) else { return guess };
        let (model, limit) = match self.engine.loaded(&files) {
            Some(model) => (model, None),
            None => match self.engine.vocabulary(files).await {
                Ok(model) => (model, Some(planned)),
                Err(error) => {
                    tracing::debug!(%error, "a prompt is estimated, not counted");
                    return guess;
                }
            },
        };
        match context::fit_in(model.as_ref() as &dyn Model, prompt, limit).await {
            Ok(fitted) => meter(fitted.size.tokens, fitted.size.context_tokens, true, fitted.left_out),
            Err(EngineError::ContextTooLong { needed, limit }) => meter(needed, limit, true, 0),
            Err(_) => guess,
        }
    }
}

/// The context that a model will most likely be loaded with.
fn planned_context(settings: &ChatSettings, trained: u32) -> u32 {
    let trained = if trained == 0 { 4_096 } else { trained };
    settings.context_tokens.unwrap_or(8_192).min(trained)
}
