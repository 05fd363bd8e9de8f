//! The desk: takes requests in their order, loads, counts, renders, and prepares prompts for the scheduler.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use domain::{EngineError, Prompt, RenderSource};
use engine_protocol::{Body, ReplyBody};
use llama_cpp_2::context::LlamaContext;

use crate::{
    conversation,
    load::{self, Loaded},
    machine,
    prompt::{Preparation, Prepared},
    scheduler,
    serve::{Job, Shared},
    template::Template,
};

/// Exit code after a panic of the thread that decodes.
const PANICKED: i32 = 70;
const NOT_LOADED: &str = "this worker could not load its model";

/// Serves jobs until no more can come.
pub(crate) fn run(inbox: &Receiver<Job>, shared: &Shared) {
    while let Ok(Job { ticket, body }) = inbox.recv() {
        let request = match body {
            Body::Load(request) => request,
            Body::MeasureMachine => {
                let measured = guarded(machine::measure);
                if shared.requests.close(ticket.id) {
                    let reply = measured.map(|(speed, devices)| ReplyBody::MachineMeasured { speed, devices });
                    shared.replies.send(ticket.id, reply.unwrap_or_else(ReplyBody::Failed));
                }
                return refuse(inbox, shared, "it was there to measure");
            }
            body => {
                serve(Job { ticket, body }, None, shared);
                continue;
            }
        };
        let loaded = guarded(|| Loaded::load(&request, &ticket, shared));
        match loaded {
            Ok(loaded) => return at_work(&loaded, ticket.id, inbox, shared),
            Err(error) => {
                shared.requests.close(ticket.id);
                shared.replies.fail(ticket.id, error);
                return refuse(inbox, shared, NOT_LOADED);
            }
        }
    }
}

/// A model that can be asked: its preparation, and the way to the scheduler where it has weights.
struct AtWork<'a> {
    loaded: &'a Loaded,
    preparation: Preparation<'a>,
    scheduler: Option<Sender<Prepared>>,
}

fn at_work(loaded: &Loaded, load: u64, inbox: &Receiver<Job>, shared: &Shared) {
    let context = if loaded.facts.vocabulary_only { Ok(None) } else { guarded(|| loaded.context()).map(Some) };
    shared.requests.close(load);
    let context = match context {
        Ok(context) => context,
        Err(error) => {
            shared.replies.fail(load, error);
            return refuse(inbox, shared, NOT_LOADED);
        }
    };
    thread::scope(|scope| {
        let scheduler = context.map(|context: LlamaContext<'_>| {
            let (sender, prepared) = channel();
            scope.spawn(move || {
                let decoding = AssertUnwindSafe(|| scheduler::run(loaded, context, &prepared, shared));
                if catch_unwind(decoding).is_err() {
                    // Nobody could answer any more; the engine sees a crash at once and starts another.
                    crate::serve::leave(PANICKED);
                }
            });
            sender
        });
        let at_work = AtWork {
            loaded,
            preparation: Preparation::new(&loaded.model, &loaded.template, loaded.facts.context_tokens),
            scheduler,
        };
        shared.replies.send(load, ReplyBody::Loaded(loaded.facts.clone()));
        while let Ok(job) = inbox.recv() {
            serve(job, Some(&at_work), shared);
        }
    });
}

/// The walls are up, so this worker can load nothing any more.
fn refuse(inbox: &Receiver<Job>, shared: &Shared, why: &str) {
    while let Ok(Job { ticket, .. }) = inbox.recv() {
        if shared.requests.close(ticket.id) {
            shared.replies.fail(ticket.id, EngineError::Unavailable(why.into()));
        }
    }
}

fn serve(Job { ticket, body }: Job, at_work: Option<&AtWork<'_>>, shared: &Shared) {
    let id = ticket.id;
    let reply = match body {
        Body::Answer(prompt) => match guarded(|| prepare(prompt, at_work)) {
            Ok((preparing, scheduler)) => {
                if scheduler.send(preparing(ticket)).is_err() && shared.requests.close(id) {
                    shared.replies.fail(id, EngineError::Crashed("its scheduler has ended".into()));
                }
                return;
            }
            Err(error) => Err(error),
        },
        Body::Measure(prompt) => guarded(|| {
            let at_work = at_work.ok_or_else(nothing_loaded)?;
            let tokens = at_work.preparation.count(&prompt)?;
            Ok(ReplyBody::Measured { tokens, context_tokens: at_work.loaded.facts.context_tokens })
        }),
        Body::Render { source, request_json } => {
            guarded(|| Ok(ReplyBody::Rendered(render(source, &request_json, at_work, shared)?)))
        }
        Body::Load(_) | Body::MeasureMachine => {
            Err(EngineError::Unavailable("this worker has its model already".into()))
        }
        Body::Cancel(_) | Body::Ping => unreachable!("BUG: the reading thread answers these"),
    };
    if shared.requests.close(id) {
        shared.replies.send(id, reply.unwrap_or_else(ReplyBody::Failed));
    }
}

type Ticketed = Box<dyn FnOnce(crate::requests::Ticket) -> Prepared>;

fn prepare(prompt: Prompt, at_work: Option<&AtWork<'_>>) -> Result<(Ticketed, Sender<Prepared>), EngineError> {
    let at_work = at_work.ok_or_else(nothing_loaded)?;
    let no_weights = || EngineError::Unavailable("only the model's vocabulary is loaded".into());
    let scheduler = at_work.scheduler.clone().ok_or_else(no_weights)?;
    let ready = at_work.preparation.ready(prompt)?;
    Ok((Box::new(move |ticket| Prepared::new(ticket, ready)), scheduler))
}

fn render(
    source: RenderSource,
    request_json: &str,
    at_work: Option<&AtWork<'_>>,
    shared: &Shared,
) -> Result<String, EngineError> {
    let request = conversation::parse_request(request_json)?;
    let template = match (source, at_work) {
        (RenderSource::Template { template, bos, eos }, _) => Template::new(&template, &bos, &eos, shared.now),
        (RenderSource::Model(file), Some(at_work)) if at_work.loaded.files.first() == Some(&file) => {
            at_work.loaded.template.clone()
        }
        (RenderSource::Model(file), _) => load::template_of(&file, shared.now)?,
    };
    conversation::render(&template, &request)
}

fn nothing_loaded() -> EngineError {
    EngineError::Unavailable("no model is loaded".into())
}

/// A request that breaks the program is that request's failure.
fn guarded<T>(work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    // A panic's own words may hold a piece of the conversation; where it happened is in the log.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(EngineError::Crashed("a part of it failed".into())))
}
