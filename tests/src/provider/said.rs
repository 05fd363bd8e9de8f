//! What a turn says, alike for every format.

use serde_json::Value;

use super::turn::{Answer, Dialect, FilteredAt, Finish, Turn, Usage};

/// What is sent in whichever format.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) reasoning: Vec<String>,
    pub(super) text: Vec<String>,
    pub(super) refusal: Vec<String>,
    pub(super) call: Option<Call>,
    pub(super) usage: Option<Usage>,
    pub(super) end: End,
    pub(super) dialect: Dialect,
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum End {
    #[default]
    Stop,
    Length,
    Filter,
    Tool,
    Refusal,
}

impl Said {
    /// What this turn says; `None` where it is no answer.
    pub(super) fn of(turn: &Turn) -> Option<Self> {
        let usage = Answer::default().usage;
        Some(match turn {
            Turn::Answer(answer)
            | Turn::UnknownEvents(answer)
            | Turn::ErrorEvent(answer)
            | Turn::Broken { answer, .. } => Self::answer(answer),
            Turn::ToolCall { id, name, arguments } => {
                let call = Call { id: id.clone(), name: name.clone(), arguments: arguments.clone() };
                Self { call: Some(call), usage, end: End::Tool, ..Self::default() }
            }
            Turn::Refusal { text } => Self { refusal: text.clone(), usage, end: End::Refusal, ..Self::default() },
            Turn::Filtered { at: FilteredAt::Answer } => {
                Self::answer(&Answer { finish: Finish::Filter, ..Answer::of(&["The sea "]) })
            }
            _ => return None,
        })
    }

    fn answer(answer: &Answer) -> Self {
        let end = match answer.finish {
            Finish::Stop => End::Stop,
            Finish::Length => End::Length,
            Finish::Filter => End::Filter,
        };
        let (reasoning, text) = (answer.reasoning.clone(), answer.text.clone());
        Self { reasoning, text, usage: answer.usage, end, dialect: answer.dialect, ..Self::default() }
    }
}

impl Call {
    /// The arguments as the object that they are.
    pub(super) fn object(&self) -> Value {
        serde_json::from_str(&self.arguments.concat()).unwrap_or_default()
    }
}
