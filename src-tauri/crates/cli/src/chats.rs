//! `chats`: what is kept, listed, searched, read, exported.

use std::path::Path;

use app::Core;
use domain::{ChatId, ChatSummary, Role, SearchHit, Timestamp};
use serde_json::json;
use time::{OffsetDateTime, macros::format_description};
use wire::{ChatList, Commands, ExportFormat, Failure, Search};

use crate::{arguments::Chats, exit::Ending, output, place::Place};

pub(crate) async fn run(place: &Place, command: Chats) -> Result<(), Ending> {
    match command {
        Chats::List { trash, json } => list(place, trash, json).await,
        Chats::Search { words, limit, json } => search(place, words.join(" "), limit, json).await,
        Chats::Show { id, json } => {
            let format = if json { ExportFormat::Json } else { ExportFormat::Markdown };
            output::result(&exported(place, &id, format).await?)
        }
        Chats::Export { id, format, output: None } => output::result(&exported(place, &id, format.into()).await?),
        Chats::Export { id, format, output: Some(file) } => write(&file, &exported(place, &id, format.into()).await?),
    }
}

async fn list(place: &Place, trash: bool, json: bool) -> Result<(), Ending> {
    let chats = place.with_core(async |core| core.chat_list(ChatList { trash }).await).await?;
    if json {
        return output::json(&json!(chats));
    }
    if chats.is_empty() {
        output::note(if trash { "The trash is empty." } else { "There are no chats yet." });
    }
    chats.iter().try_for_each(|chat| output::result(&line(chat)))
}

fn line(chat: &ChatSummary) -> String {
    let pin = if chat.pinned { "  (pinned)" } else { "" };
    format!("{}  {}  {}{pin}\n", chat.id, minute(chat.updated_at), title(&chat.title))
}

async fn search(place: &Place, query: String, limit: u32, json: bool) -> Result<(), Ending> {
    let hits = place.with_core(async |core| core.search(Search { query, limit }).await).await?;
    if json {
        return output::json(&json!(hits));
    }
    if hits.is_empty() {
        output::note("Nothing was found.");
    }
    hits.iter().try_for_each(|hit| output::result(&found(hit)))
}

fn found(hit: &SearchHit) -> String {
    let who = match (hit.message, hit.role) {
        (None, _) => "title",
        (_, Role::System) => "system prompt",
        (_, Role::User) => "you",
        (_, Role::Assistant) => "model",
    };
    let snippet: String = hit.snippet.iter().map(|part| part.text.as_str()).collect();
    let snippet = snippet.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}  {}  {}\n    {who}: {snippet}\n", hit.chat, minute(hit.at), title(&hit.chat_title))
}

async fn exported(place: &Place, id: &str, format: ExportFormat) -> Result<String, Failure> {
    place
        .with_core(async |core| {
            let chat = named(core, id).await?;
            core.exported(chat, format).await
        })
        .await
}

/// The chat of this id, or the only one whose id begins so.
async fn named(core: &Core, id: &str) -> Result<ChatId, Failure> {
    let mut chats = core.chat_list(ChatList { trash: false }).await?;
    chats.extend(core.chat_list(ChatList { trash: true }).await?);
    only(chats.iter().map(|chat| chat.id), &id.to_lowercase())
}

fn only(ids: impl Iterator<Item = ChatId>, beginning: &str) -> Result<ChatId, Failure> {
    let mut fitting = ids.filter(|id| !beginning.is_empty() && id.to_string().starts_with(beginning));
    match (fitting.next(), fitting.next()) {
        (Some(chat), None) => Ok(chat),
        (None, _) => Err(Failure::not_found(format!("There is no chat “{beginning}”. `chats list` shows them all."))),
        (Some(_), Some(_)) => {
            Err(Failure::invalid(format!("Several chats have ids that begin with “{beginning}”; give more of it.")))
        }
    }
}

fn write(file: &Path, text: &str) -> Result<(), Ending> {
    std::fs::write(file, text).map_err(|error| {
        Failure::unexpected(format!("{} could not be written: {error}. The chat is unchanged.", file.display())).into()
    })
}

fn title(title: &str) -> &str {
    if title.is_empty() { "New chat" } else { title }
}

fn minute(at: Timestamp) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_names_a_chat_where_it_is_the_only_one() {
        let ids = ["01890000-0000-7000-8000-00000000000a", "01890000-0000-7000-8000-00000000000b"]
            .map(|id| id.parse::<ChatId>().unwrap());
        assert_eq!(only(ids.into_iter(), "01890000-0000-7000-8000-00000000000b"), Ok(ids[1]));
        assert_eq!(only(ids[..1].iter().copied(), "0189"), Ok(ids[0]));
        assert!(matches!(only(ids.into_iter(), "0189"), Err(Failure::InvalidInput { .. })));
        assert!(matches!(only(ids.into_iter(), "ffff"), Err(Failure::NotFound { .. })));
        assert!(matches!(only(ids.into_iter(), ""), Err(Failure::NotFound { .. })));
    }

    #[test]
    fn times_are_said_in_utc() {
        assert_eq!(minute(Timestamp(1_800_000_000_123)), "2027-01-15 08:00 UTC");
        assert_eq!(minute(Timestamp(-1)), "1969-12-31 23:59 UTC");
    }
}
