//! Chats and answers on their way out: to a file, or to the clipboard. What a model wrote says so.

use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Answer, Chat, ChatId, Content, Message, MessageState, Role, Route, Timestamp};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wire::{ExportFormat, Exported, Failure};

use crate::{Core, failure::from_store};

impl Core {
    /// Writes a chat to a file that the user picks.
    pub(crate) async fn export_chat(&self, chat: ChatId, format: ExportFormat) -> Result<Option<Exported>, Failure> {
        self.refuse_unless(self.policy.export_allowed(), "export.allowed", "exporting chats")?;
        let suggested = self.store_of(chat).chat(chat).await.map_err(from_store)?;
        let extension = if format == ExportFormat::Markdown { "md" } else { "json" };
        let name = format!("{}.{extension}", file_name(title_of(&suggested)));
        let Some(path) = self.pick_place(&name).await? else { return Ok(None) };
        let text = self.exported(chat, format).await?;
        write(&path, &text)?;
        self.note(audit::Event::Exported { what: format!("a chat, as {extension}") }, Some(chat));
        Ok(Some(Exported { path: path.display().to_string() }))
    }

    /// A chat as text in a format.
    ///
    /// # Errors
    /// [`Failure::NotFound`] where there is no such chat.
    pub async fn exported(&self, chat: ChatId, format: ExportFormat) -> Result<String, Failure> {
        let head = self.store_of(chat).chat(chat).await.map_err(from_store)?;
        match format {
            ExportFormat::Markdown => {
                let messages = match head.leaf {
                    Some(leaf) => self.store_of(chat).branch(chat, leaf, u32::MAX).await.map_err(from_store)?.0,
                    None => Vec::new(),
                };
                Ok(markdown(&head, &messages))
            }
            ExportFormat::Json => {
                let messages = self.store_of(chat).tree(chat).await.map_err(from_store)?;
                let files = self.attached(chat, &messages).await?;
                let value = json!({
                    "format": "drawbridge.chat", "version": 1, "exported_at": rfc3339(self.now()),
                    "notice": "Messages with the role “assistant” were written by a language model.",
                    "chat": head, "messages": messages, "files": files,
                });
                let text =
                    serde_json::to_string_pretty(&value).map_err(|error| Failure::unexpected(error.to_string()))?;
                Ok(text + "\n")
            }
        }
    }

    /// The attached files of messages by their ids: texts as text, pictures in base64.
    async fn attached(&self, chat: ChatId, messages: &[Message]) -> Result<Map<String, Value>, Failure> {
        let (store, mut files) = (self.store_of(chat), Map::new());
        for message in messages.iter().filter(|message| !message.attachments.is_empty()) {
            for file in store.question_attachments(message.id).await.map_err(from_store)? {
                let content = match &file.content {
                    Content::Text(text) => json!({ "name": file.name, "text": text }),
                    Content::Image { facts, .. } => {
                        let data = store.image(chat, file.id).await.map_err(from_store)?;
                        let (media_type, data) = (facts.format.media_type(), BASE64_STANDARD.encode(data));
                        json!({ "name": file.name, "media_type": media_type, "base64": data })
                    }
                };
                files.insert(file.id.to_string(), content);
            }
        }
        Ok(files)
    }
}

/// A message for the clipboard: an answer ends with the mark that a model wrote it.
pub(crate) fn copied(message: &Message) -> String {
    match &message.answer {
        Some(answer) => format!("{}\n\n{}", message.text.trim_end(), mark(answer)),
        None => message.text.clone(),
    }
}

fn mark(answer: &Answer) -> String {
    format!("(Written by a language model: {}, {}, with Drawbridge)", answer.model_name, place(&answer.route))
}

/// Where an answer came from, in a few words.
fn place(route: &Route) -> String {
    match route {
        Route::ThisComputer { .. } => "on this computer".to_owned(),
        Route::OurNetwork { provider, .. } => format!("{provider}, in our network"),
        Route::Cloud { provider, .. } => format!("{provider}, in the cloud"),
    }
}

/// Writes beside the target and renames, so that a full disk leaves no half file.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let part = path.with_extension("drawbridge-part");
    std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        let _ = std::fs::remove_file(&part);
        Failure::invalid(format!("{} could not be written: {error}. The chat is unchanged.", path.display()))
    })
}

fn title_of(chat: &Chat) -> &str {
    if chat.title.is_empty() { "New chat" } else { &chat.title }
}

/// A title as a file name on every system.
fn file_name(title: &str) -> String {
    let safe: String =
        title.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '-' } else { c }).collect();
    let short: String = safe.trim().trim_matches('.').chars().take(80).collect();
    if short.is_empty() { "Chat".to_owned() } else { short }
}

fn rfc3339(at: Timestamp) -> String {
    let nanos = i128::from(at.0) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_default()
}

fn markdown(chat: &Chat, messages: &[Message]) -> String {
    let mut text = format!(
        "# {}\n\nExported from Drawbridge. What stands under the name of a model was written by that model.\n",
        title_of(chat)
    );
    if !chat.settings.system_prompt.is_empty() {
        text.push_str(&format!("\n## System prompt\n\n{}\n", chat.settings.system_prompt.trim_end()));
    }
    for message in messages {
        let at = rfc3339(message.created_at);
        match (&message.answer, message.role) {
            (Some(answer), _) => {
                text.push_str(&format!("\n## {} (model, {}), {at}\n\n", answer.model_name, place(&answer.route)));
                text.push_str(message.text.trim_end());
                text.push('\n');
                if !matches!(message.state, MessageState::Complete) {
                    text.push_str("\n*This answer broke off here.*\n");
                }
            }
            (None, Role::System) => text.push_str(&format!("\n## System, {at}\n\n{}\n", message.text.trim_end())),
            (None, _) => {
                text.push_str(&format!("\n## You, {at}\n\n"));
                for file in &message.attachments {
                    text.push_str(&format!("Attached: {} ({} bytes)\n\n", file.name, file.bytes));
                }
                text.push_str(message.text.trim_end());
                text.push('\n');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{file_name, place};

    #[test]
    fn an_answer_says_whose_computer_it_was_written_on() {
        let (provider, reason) = ("Anthropic".to_owned(), String::new());
        assert_eq!(place(&domain::Route::ThisComputer { reason: reason.clone() }), "on this computer");
        let ours = domain::Route::OurNetwork { provider: provider.clone(), reason: reason.clone() };
        assert_eq!(place(&ours), "Anthropic, in our network");
        assert_eq!(place(&domain::Route::Cloud { provider, reason }), "Anthropic, in the cloud");
    }

    #[test]
    fn a_title_becomes_a_name_that_every_system_takes() {
        assert_eq!(file_name("a/b\\c: \"d\"?"), "a-b-c- -d--");
        assert_eq!(file_name("  ...  "), "Chat");
        assert_eq!(file_name("../../etc/passwd"), "-..-etc-passwd");
        assert_eq!(file_name(&"x".repeat(300)).len(), 80);
    }
}
