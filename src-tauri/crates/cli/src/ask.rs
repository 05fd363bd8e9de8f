//! `ask`: one question, one answer.

use app::terminal::{self, Ask, AskEvent, Asked};
use domain::PartKind;
use serde_json::{Value, json};
use wire::Failure;

use crate::{
    arguments::Question, asking::Asking, exit::Ending, figures, input, interrupt::Interrupt, output, place::Place,
};

pub(crate) async fn run(place: Place, question: Question) -> Result<(), Ending> {
    let place = place.asking(Asking { flag: "--cross", allowed: question.cross });
    let ask = Ask {
        question: input::question(&question.words)?,
        attachments: question.attach,
        model: question.model,
        settings: question.settings.into(),
    };
    let _logs = place.logs();
    let interrupt = Interrupt::listen();
    let mut screen = Screen::new(!question.json);
    let watch = |event| {
        if screen.show(event).is_err() {
            interrupt.wish();
        }
    };
    let asked = terminal::ask(place.profile.clone(), place.platform(), ask, interrupt.wished(), watch).await;
    screen.clear();
    let asked = asked.map_err(|failure| match failure {
        Failure::ConsentNeeded { .. } => {
            Failure::ConsentNeeded { message: "Nothing was sent, and nothing is kept.".to_owned() }
        }
        other => other,
    })?;
    if question.json {
        output::json(&as_json(&asked))?
    } else {
        screen.finish(&asked)?
    }
    if let Some(sentence) = by_whom(&asked) {
        output::note(&sentence);
    }
    if let Some(because) = &asked.not_kept_because {
        output::note(&format!("This answer is not kept. {because}"));
    }
    if let Some(because) = &asked.plain_because {
        output::note(because);
    }
    match asked.error {
        _ if interrupt.by_signal() => Err(Ending::Interrupted),
        Some(sentence) if asked.provider.is_some() && asked.text.is_empty() && asked.reasoning.is_empty() => {
            Err(Ending::SaysNo(sentence))
        }
        Some(sentence) => Err(Ending::BrokeOff(sentence)),
        None => Ok(()),
    }
}

/// The answer as it appears.
struct Screen {
    /// The text goes to stdout as it comes.
    streams: bool,
    /// A line on stderr says how far something is.
    progress: bool,
    /// What was written last, to know when the cursor stands at the start of a line.
    last: Option<(PartKind, char)>,
    /// Whoever read stdout has gone.
    closed: bool,
}

impl Screen {
    fn new(streams: bool) -> Self {
        Self { streams, progress: false, last: None, closed: false }
    }

    /// Shows a piece of the answer; fails once nobody reads any more.
    fn show(&mut self, event: AskEvent) -> Result<(), Ending> {
        match event {
            AskEvent::Loading(share) => self.say(&format!("loading the model, {:.0} %", share * 100.0)),
            AskEvent::Reading { read, total } if read < total => {
                self.say(&format!("reading your prompt, {} %", u64::from(read) * 100 / u64::from(total)));
            }
            AskEvent::Reading { .. } => self.clear(),
            AskEvent::Piece(kind, text) => return self.piece(kind, &text),
        }
        Ok(())
    }

    fn piece(&mut self, kind: PartKind, text: &str) -> Result<(), Ending> {
        self.clear();
        let Some(last) = text.chars().last() else { return Ok(()) };
        if !self.streams || self.closed {
            return Ok(());
        }
        if matches!(self.last, Some((PartKind::Reasoning, before)) if kind == PartKind::Text && before != '\n') {
            output::reasoning("\n");
        }
        self.last = Some((kind, last));
        match kind {
            PartKind::Reasoning => output::reasoning(text),
            PartKind::Text => output::result(text).inspect_err(|_| self.closed = true)?,
        }
        Ok(())
    }

    fn say(&mut self, progress: &str) {
        if self.last.is_none() {
            self.progress = true;
            output::progress(progress);
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.progress) {
            output::progress("");
        }
    }

    /// Ends the last line and says the figures, where a person watches.
    fn finish(&self, asked: &Asked) -> Result<(), Ending> {
        if self.closed {
            return Err(Ending::PipeClosed);
        }
        match self.last {
            Some((PartKind::Text, '\n')) | None => {}
            Some((PartKind::Text, _)) => output::result("\n")?,
            Some((PartKind::Reasoning, _)) => output::reasoning("\n"),
        }
        if output::is_watched() && asked.provider.is_none() && asked.usage.output_tokens > 0 {
            output::reasoning(&format!(
                "{}, on this computer: first token after {:.2} s, then {:.0} tokens a second\n",
                asked.model_name,
                asked.usage.first_token_ms / 1000.0,
                asked.usage.tokens_per_second
            ));
        }
        Ok(())
    }
}

/// Where it was answered and what that cost; nothing where it was the chosen model of this computer.
fn by_whom(asked: &Asked) -> Option<String> {
    let Some(provider) = &asked.provider else { return asked.in_place.clone() };
    let usage = &asked.usage;
    if usage.prompt_tokens == 0 && usage.output_tokens == 0 {
        return asked.in_place.clone();
    }
    let about = if usage.estimated { "about " } else { "" };
    let cost = match asked.bill {
        None => "nobody charges for it".to_owned(),
        Some(bill) if bill.price_known => format!("{about}{}", terminal::dollars(bill.usd_micros)),
        Some(bill) => format!(
            "about {}, for its price is not known and the dearest that is was counted",
            terminal::dollars(bill.usd_micros)
        ),
    };
    let why = asked.in_place.as_ref().map(|why| format!("{why} ")).unwrap_or_default();
    let place = figures::place(asked.zone);
    Some(format!(
        "{why}Answered by {provider} ({place}), {about}{} + {} tokens, {cost}.",
        usage.prompt_tokens, usage.output_tokens
    ))
}

fn as_json(asked: &Asked) -> Value {
    json!({
        "chat": asked.kept,
        "not_kept_because": asked.not_kept_because,
        "plain_because": asked.plain_because,
        "text": asked.text,
        "reasoning": asked.reasoning,
        "model": asked.model_name,
        "place": asked.zone,
        "provider": asked.provider,
        "in_place": asked.in_place,
        "bill": asked.bill,
        "finish": asked.finish,
        "error": asked.error,
        "usage": asked.usage,
        "sampling": asked.sampling,
        "notice": "Text and reasoning were written by a language model.",
    })
}
