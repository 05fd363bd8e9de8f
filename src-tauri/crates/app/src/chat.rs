//! Chats: opened, changed, asked, branched.

use domain::{
    AttachmentInfo, Chat, ChatId, ChatPatch, ChatSettings, ChatSummary, Message, MessageId, Role, TitleSource,
};
use store::NewQuestion;
use wire::{AnswerBy, ChatCreate, ChatSend, ChatView, Event, Failure, Sent};

use crate::{Core, answerer::Answerer, crossing::Load, failure::from_store};

/// Messages that a chat opens with; older ones come as the user scrolls.
const OPEN_WITH: u32 = 60;
/// Longest name of a chat or folder, in characters.
const LONGEST_NAME: usize = 200;
/// The value that remembers the chat that was open last.
pub(crate) const LAST_CHAT: &str = "last_chat";

/// A name that a person gave, in one line.
pub(crate) fn name(text: &str, what: &str) -> Result<String, Failure> {
    let name: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect();
    if name.is_empty() { Err(Failure::invalid(format!("{what} needs a name."))) } else { Ok(name) }
}

impl Core {
    /// Tells the windows how a chat's line in the list looks now.
    pub(crate) async fn tell_chat(&self, chat: ChatId) {
        if let Ok(chat) = self.store_of(chat).chat(chat).await.map(|chat| self.marked(chat)) {
            self.events.tell(Event::Chat { chat: ChatSummary::from(&chat) });
        }
    }

    /// A chat with the end of its branch through `message`, or of the one that was shown last.
    pub(crate) async fn view(&self, chat: ChatId, message: Option<MessageId>) -> Result<ChatView, Failure> {
        let mut head = self.marked(self.store_of(chat).chat(chat).await.map_err(from_store)?);
        if let Some(message) = message {
            let leaf = self.store_of(chat).leaf_under(message).await.map_err(from_store)?;
            if head.leaf != Some(leaf) {
                self.store_of(chat).set_leaf(chat, Some(leaf)).await.map_err(from_store)?;
                head.leaf = Some(leaf);
            }
        }
        let (messages, more, count) = match head.leaf {
            Some(leaf) => self.branch_with(chat, leaf, message).await?,
            None => (Vec::new(), false, 0),
        };
        let files = self.store_of(chat).draft_attachments(chat).await.map_err(from_store)?;
        let attachments = files.iter().map(AttachmentInfo::from).collect();
        self.remember_chat(chat).await;
        Ok(ChatView { chat: head, messages, more, attachments, count })
    }

    /// The end of a branch, long enough to hold a message that is looked for.
    async fn branch_with(
        &self,
        chat: ChatId,
        leaf: MessageId,
        wanted: Option<MessageId>,
    ) -> Result<(Vec<Message>, bool, u32), Failure> {
        let mut limit = OPEN_WITH;
        loop {
            let (messages, more, count) = self.store_of(chat).branch(chat, leaf, limit).await.map_err(from_store)?;
            let found = wanted.is_none_or(|wanted| messages.iter().any(|message| message.id == wanted));
            if found || !more {
                return Ok((messages, more, count));
            }
            limit = limit.saturating_mul(4);
        }
    }

    pub(crate) async fn create_chat(&self, args: ChatCreate) -> Result<Chat, Failure> {
        let assistants = self.store.assistants().await.map_err(from_store)?;
        let assistant = assistants.into_iter().find(|known| Some(known.id) == args.assistant);
        let now = self.now();
        let chat = Chat {
            id: ChatId::new(),
            title: String::new(),
            title_source: TitleSource::None,
            // A folder is in the database, where nothing of a temporary chat may stand.
            folder: args.folder.filter(|_| !args.temporary),
            pinned: false,
            model: None,
            assistant: assistant.as_ref().map(|assistant| assistant.id),
            settings: assistant.map(|assistant| assistant.settings).unwrap_or_default(),
            leaf: None,
            draft: String::new(),
            created_at: now,
            updated_at: now,
            deleted_at: None,
            temporary: args.temporary,
        };
        if chat.temporary {
            self.note_temporary(chat.id);
        }
        self.store_of(chat.id).create_chat(&chat).await.map_err(from_store)?;
        self.tell_chat(chat.id).await;
        self.remember_chat(chat.id).await;
        Ok(chat)
    }

    pub(crate) async fn change_chat(&self, chat: ChatId, mut patch: ChatPatch) -> Result<Chat, Failure> {
        if let Some(title) = &mut patch.title {
            *title = name(title, "A chat")?;
        }
        if let Some(settings) = &mut patch.settings {
            *settings = checked(settings.clone())?;
        }
        if self.is_temporary(chat) && matches!(patch.folder, Some(Some(_))) {
            return Err(Failure::invalid("A temporary chat is kept in memory only and cannot lie in a folder."));
        }
        let chat = self.marked(self.store_of(chat).change_chat(chat, &patch).await.map_err(from_store)?);
        self.events.tell(Event::Chat { chat: ChatSummary::from(&chat) });
        Ok(chat)
    }

    /// Keeps the question, then begins its answer.
    pub(crate) async fn send(&self, args: ChatSend) -> Result<Sent, Failure> {
        self.refuse_if_busy(args.chat)?;
        let store = self.store_of(args.chat);
        let attachments = match args.edit_of {
            Some(edited) => store.question_attachments(edited).await.map_err(from_store)?,
            None => store.draft_attachments(args.chat).await.map_err(from_store)?,
        };
        if args.text.trim().is_empty() && attachments.is_empty() {
            return Err(Failure::invalid("Write a question first."));
        }
        // Before anything is kept: whoever says no finds the question where it was written.
        let answerer = self.answerer_of(args.chat).await?;
        let files: Vec<AttachmentInfo> = attachments.iter().map(AttachmentInfo::from).collect();
        self.refuse_blind(&answerer, &files)?;
        let images = files.iter().filter(|file| file.image.is_some()).count();
        let load = Load { words: args.text.split_whitespace().count(), files: files.len() - images, images };
        self.may_cross(args.chat, &answerer, Some(load)).await?;
        let question = NewQuestion {
            id: MessageId::new(),
            chat: args.chat,
            parent: args.parent,
            text: args.text,
            attachments,
            keeps_draft: args.edit_of.is_some(),
            at: self.now(),
        };
        let question = store.insert_question(&question).await.map_err(from_store)?;
        self.note_message(&question);
        self.title_by_words(&question).await;
        self.tell_chat(args.chat).await;
        let answer = self.begin_answer(args.chat, question.id, answerer).await?;
        Ok(Sent { question, answer })
    }

    /// Another answer to the question of this one, as a branch, by the chat's model. A question without an answer gets
    /// its first.
    pub(crate) async fn answer_again(&self, message: MessageId) -> Result<Sent, Failure> {
        let chat = self.store_with(message).message(message).await.map_err(from_store)?.chat;
        let answerer = self.answerer_of(chat).await?;
        self.answer_with(message, answerer).await
    }

    /// The same by a certain model; by the default one of this computer where it is not named.
    pub(crate) async fn answer_by_model(&self, args: AnswerBy) -> Result<Sent, Failure> {
        let answerer = match args.model {
            Some(model) => self.answerer(model).await?,
            None => self.answerer_here().await?,
        };
        self.answer_with(args.message, answerer).await
    }

    async fn answer_with(&self, message: MessageId, answerer: Answerer) -> Result<Sent, Failure> {
        let store = self.store_with(message);
        let old = store.message(message).await.map_err(from_store)?;
        self.refuse_if_busy(old.chat)?;
        let question = match (old.role, old.parent) {
            (Role::User, _) => old,
            (_, Some(parent)) => store.message(parent).await.map_err(from_store)?,
            (_, None) => return Err(Failure::invalid("This answer has no question.")),
        };
        self.refuse_blind(&answerer, &question.attachments)?;
        self.may_cross(question.chat, &answerer, None).await?;
        let answer = self.begin_answer(question.chat, question.id, answerer).await?;
        Ok(Sent { question, answer })
    }

    /// Goes on with an answer that broke off.
    pub(crate) async fn continue_answer(&self, message: MessageId) -> Result<Sent, Failure> {
        let answer = self.reopen_answer(message).await?;
        let question = answer.parent.ok_or_else(|| Failure::invalid("This answer has no question."))?;
        let question = self.store_with(question).message(question).await.map_err(from_store)?;
        Ok(Sent { question, answer })
    }
}

/// Settings within their bounds, or a sentence that names the one that is not.
pub(crate) fn checked(settings: ChatSettings) -> Result<ChatSettings, Failure> {
    let between = |name: &str, value: Option<f32>, low: f32, high: f32| match value {
        Some(value) if !value.is_finite() || value < low || value > high => {
            Err(Failure::invalid(format!("{name} must lie between {low} and {high}. Nothing was changed.")))
        }
        _ => Ok(()),
    };
    between("Temperature", settings.temperature, 0.0, 2.0)?;
    between("Top-p", settings.top_p, 0.0, 1.0)?;
    between("Min-p", settings.min_p, 0.0, 1.0)?;
    between("Repeat penalty", settings.repeat_penalty, 0.5, 2.0)?;
    let at_least = |name: &str, value: Option<u32>, low: u32| match value {
        Some(value) if value < low => {
            Err(Failure::invalid(format!("{name} must be at least {low}. Nothing was changed.")))
        }
        _ => Ok(()),
    };
    at_least("The longest answer", settings.max_tokens, 1)?;
    at_least("The context size", settings.context_tokens, 256)?;
    Ok(settings)
}
