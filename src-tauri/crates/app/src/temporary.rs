//! Temporary chats: kept in a database in memory, which no file and no other process ever sees. They end with the
//! window, or when they are locked.

use std::{collections::HashSet, sync::Mutex};

use domain::{Chat, ChatId, ChatSummary, Message, MessageId, SearchHit};
use store::Store;
use wire::Failure;

use crate::{Core, chat::LAST_CHAT, core::lock, failure::from_store};

/// Which chats and messages lie in memory alone.
#[derive(Default)]
pub(crate) struct Temporary {
    chats: Mutex<HashSet<ChatId>>,
    messages: Mutex<HashSet<MessageId>>,
}

impl Core {
    /// Where a chat is kept.
    pub(crate) fn store_of(&self, chat: ChatId) -> &Store {
        if self.is_temporary(chat) { &self.memory } else { &self.store }
    }

    /// Where a message is kept.
    pub(crate) fn store_with(&self, message: MessageId) -> &Store {
        if lock(&self.temporary.messages).contains(&message) { &self.memory } else { &self.store }
    }

    pub(crate) fn is_temporary(&self, chat: ChatId) -> bool {
        lock(&self.temporary.chats).contains(&chat)
    }

    /// A chat that is to be kept in memory alone.
    pub(crate) fn note_temporary(&self, chat: ChatId) {
        lock(&self.temporary.chats).insert(chat);
    }

    /// A chat as a store has it, with what the store does not know.
    pub(crate) fn marked(&self, chat: Chat) -> Chat {
        Chat { temporary: self.is_temporary(chat.id), ..chat }
    }

    /// A message that was just made; it lies where its chat does.
    pub(crate) fn note_message(&self, message: &Message) {
        if self.is_temporary(message.chat) {
            lock(&self.temporary.messages).insert(message.id);
        }
    }

    /// Forgets a temporary chat for good: there is no trash in memory.
    pub(crate) async fn forget_temporary(&self, chat: ChatId) -> Result<(), Failure> {
        self.memory.trash_chat(chat, self.now()).await.map_err(from_store)?;
        self.memory.erase_chat(chat).await.map_err(from_store)?;
        lock(&self.temporary.chats).remove(&chat);
        Ok(())
    }

    /// All chats, the temporary ones too.
    pub(crate) async fn all_chats(&self, trash: bool) -> Result<Vec<ChatSummary>, Failure> {
        let mut chats = self.memory.chats(trash).await.map_err(from_store)?;
        chats.iter_mut().for_each(|chat| chat.temporary = true);
        chats.extend(self.store.chats(trash).await.map_err(from_store)?);
        chats.sort_by_key(|chat| std::cmp::Reverse(chat.updated_at));
        Ok(chats)
    }

    /// Searches all chats; what is found in temporary ones stands first.
    pub(crate) async fn search_all(&self, query: &str, limit: u32) -> Result<Vec<SearchHit>, Failure> {
        let mut hits = self.memory.search(query, limit).await.map_err(from_store)?;
        hits.extend(self.store.search(query, limit).await.map_err(from_store)?);
        hits.truncate(limit as usize);
        Ok(hits)
    }

    /// Remembers the chat that is shown, for the next start.
    pub(crate) async fn remember_chat(&self, chat: ChatId) {
        if !self.is_temporary(chat) {
            let _ = self.store.put_value(LAST_CHAT, &chat.to_string()).await;
        }
    }
}
