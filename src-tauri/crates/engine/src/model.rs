//! A loaded model, and the stream of its answer.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use domain::{BoxFuture, BoxStream, Delta, EngineError, Model, ModelFacts, Prompt, PromptSize};
use engine_protocol::{Body, ReplyBody};
use futures_core::Stream;
use tokio::sync::{
    mpsc::{UnboundedReceiver, unbounded_channel},
    oneshot,
};

use crate::{calls::Sink, process::Process};

pub(crate) struct LocalModel {
    pub(crate) process: Arc<Process>,
    pub(crate) facts: Arc<ModelFacts>,
}

impl Model for LocalModel {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn answer(&self, prompt: Prompt) -> BoxStream<Result<Delta, EngineError>> {
        let (give, take) = unbounded_channel();
        let key = prompt.cache_key.clone();
        let asked = self.process.ask(Body::Answer(prompt), &key, Sink::Answer(give.clone()));
        let open = match asked {
            Ok(id) => Some(Open { process: Arc::clone(&self.process), id }),
            Err(error) => {
                let _ = give.send(Err(error)); // `take` is here
                None
            }
        };
        Box::pin(Answer { take, open })
    }

    fn stop(&self, cache_key: &str) {
        self.process.stop(cache_key);
    }

    fn measure(&self, prompt: Prompt) -> BoxFuture<'_, Result<PromptSize, EngineError>> {
        Box::pin(async move {
            match ask_once(&self.process, Body::Measure(prompt)).await? {
                ReplyBody::Measured { tokens, context_tokens } => Ok(PromptSize { tokens, context_tokens }),
                other => Err(unasked(&other)),
            }
        })
    }

    fn is_alive(&self) -> bool {
        self.process.is_alive()
    }
}

/// One question with one reply. Dropping the future cancels.
pub(crate) async fn ask_once(process: &Arc<Process>, body: Body) -> Result<ReplyBody, EngineError> {
    let (give, take) = oneshot::channel();
    let id = process.ask(body, "", Sink::Once(give))?;
    let _open = Open { process: Arc::clone(process), id };
    take.await.unwrap_or(Err(EngineError::Cancelled))
}

pub(crate) fn unasked(reply: &ReplyBody) -> EngineError {
    let name = match reply {
        ReplyBody::Measured { .. } => "a size",
        ReplyBody::MachineMeasured { .. } => "a speed",
        _ => "a text",
    };
    EngineError::Crashed(format!("it answered with {name} that was not asked for"))
}

/// A question that is not answered yet; dropping it cancels.
struct Open {
    process: Arc<Process>,
    id: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.process.forget(self.id);
    }
}

struct Answer {
    take: UnboundedReceiver<Result<Delta, EngineError>>,
    open: Option<Open>,
}

impl Stream for Answer {
    type Item = Result<Delta, EngineError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.take.poll_recv(context);
        if let Poll::Ready(Some(Err(_) | Ok(Delta::Finish { .. })) | None) = next {
            self.take.close();
            self.open = None;
        }
        next
    }
}
