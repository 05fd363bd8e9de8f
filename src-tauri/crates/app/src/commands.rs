//! The contract, kept: each command is a use case of another file, or a line of its own.

use domain::{
    Assistant, AssistantDraft, AssistantId, AttachmentInfo, Chat, ChatSummary, Folder, Message, SearchHit, Settings,
};
use wire::{
    AssistantRef, AttachmentDrop, AttachmentPaste, AttachmentRef, Boot, ChatBefore, ChatChange, ChatCreate, ChatDraft,
    ChatExport, ChatList, ChatOpen, ChatRef, ChatSend, ChatView, Commands, ContextMeasure, ContextMeter, CopyText,
    Event, Exported, Failure, FolderCreate, FolderRef, FolderRename, FolderReveal, LinkOpen, MessageRate, MessageRef,
    Messages, ModelCard, ModelDrop, ModelRef, Nothing, Search, Sent, SettingsChange,
};

use crate::{Core, chat, diagnostics, export, failure::from_store};

/// Most hits that a search returns.
const MOST_HITS: u32 = 100;
/// Most messages that one call returns.
const MOST_MESSAGES: u32 = 500;

impl Commands for Core {
    async fn boot(&self, _: Nothing) -> Result<Boot, Failure> {
        self.boot_view().await
    }

    async fn chat_list(&self, args: ChatList) -> Result<Vec<ChatSummary>, Failure> {
        self.store.chats(args.trash).await.map_err(from_store)
    }

    async fn chat_open(&self, args: ChatOpen) -> Result<ChatView, Failure> {
        self.view(args.chat, args.message).await
    }

    async fn chat_before(&self, args: ChatBefore) -> Result<Messages, Failure> {
        let limit = args.limit.clamp(1, MOST_MESSAGES);
        let (messages, more) = self.store.branch_before(args.chat, args.before, limit).await.map_err(from_store)?;
        Ok(Messages { messages, more })
    }

    async fn chat_create(&self, args: ChatCreate) -> Result<Chat, Failure> {
        self.create_chat(args).await
    }

    async fn chat_change(&self, args: ChatChange) -> Result<Chat, Failure> {
        self.change_chat(args.chat, args.patch).await
    }

    async fn chat_draft(&self, args: ChatDraft) -> Result<Nothing, Failure> {
        self.store.save_draft(args.chat, &args.text).await.map_err(from_store)?;
        self.tell_chat(args.chat).await;
        Ok(Nothing)
    }

    async fn chat_delete(&self, args: ChatRef) -> Result<Nothing, Failure> {
        self.refuse_if_busy(args.chat)?;
        self.store.trash_chat(args.chat, self.now()).await.map_err(from_store)?;
        self.events.tell(Event::ChatGone { chat: args.chat });
        Ok(Nothing)
    }

    async fn chat_restore(&self, args: ChatRef) -> Result<Chat, Failure> {
        let chat = self.store.restore_chat(args.chat).await.map_err(from_store)?;
        self.tell_chat(args.chat).await;
        Ok(chat)
    }

    async fn chat_erase(&self, args: ChatRef) -> Result<Nothing, Failure> {
        let chat = self.store.chat(args.chat).await.map_err(from_store)?;
        if chat.deleted_at.is_none() {
            return Err(Failure::invalid("Only a chat in the trash can be erased."));
        }
        self.store.erase_chat(args.chat).await.map_err(from_store)?;
        Ok(Nothing)
    }

    async fn trash_empty(&self, _: Nothing) -> Result<Nothing, Failure> {
        self.store.purge_trash(domain::Timestamp(i64::MAX)).await.map_err(from_store)?;
        Ok(Nothing)
    }

    async fn chat_export(&self, args: ChatExport) -> Result<Option<Exported>, Failure> {
        self.export_chat(args.chat, args.format).await
    }

    async fn chat_send(&self, args: ChatSend) -> Result<Sent, Failure> {
        self.send(args).await
    }

    async fn answer_again(&self, args: MessageRef) -> Result<Sent, Failure> {
        Self::answer_again(self, args.message).await
    }

    async fn answer_continue(&self, args: MessageRef) -> Result<Sent, Failure> {
        self.continue_answer(args.message).await
    }

    async fn answer_stop(&self, args: MessageRef) -> Result<Nothing, Failure> {
        self.stop_answer(args.message);
        Ok(Nothing)
    }

    async fn branch_show(&self, args: MessageRef) -> Result<ChatView, Failure> {
        let chat = self.store.message(args.message).await.map_err(from_store)?.chat;
        self.refuse_if_busy(chat)?;
        self.view(chat, Some(args.message)).await
    }

    async fn message_rate(&self, args: MessageRate) -> Result<Message, Failure> {
        self.store.rate(args.message, args.rating).await.map_err(from_store)
    }

    async fn message_copy(&self, args: MessageRef) -> Result<CopyText, Failure> {
        let message = self.store.message(args.message).await.map_err(from_store)?;
        Ok(CopyText { text: export::copied(&message) })
    }

    async fn search(&self, args: Search) -> Result<Vec<SearchHit>, Failure> {
        self.store.search(&args.query, args.limit.clamp(1, MOST_HITS)).await.map_err(from_store)
    }

    async fn folder_create(&self, args: FolderCreate) -> Result<Folder, Failure> {
        let folder = self.store.create_folder(&chat::name(&args.name, "A folder")?).await.map_err(from_store)?;
        self.tell_folders().await?;
        Ok(folder)
    }

    async fn folder_rename(&self, args: FolderRename) -> Result<Folder, Failure> {
        let name = chat::name(&args.name, "A folder")?;
        let folder = self.store.rename_folder(args.folder, &name).await.map_err(from_store)?;
        self.tell_folders().await?;
        Ok(folder)
    }

    async fn folder_delete(&self, args: FolderRef) -> Result<Nothing, Failure> {
        self.store.delete_folder(args.folder).await.map_err(from_store)?;
        self.tell_folders().await?;
        for chat in self.store.chats(false).await.map_err(from_store)? {
            self.events.tell(Event::Chat { chat });
        }
        Ok(Nothing)
    }

    async fn attachment_pick(&self, args: ChatRef) -> Result<Vec<AttachmentInfo>, Failure> {
        self.pick_attachments(args.chat).await
    }

    async fn attachment_drop(&self, args: AttachmentDrop) -> Result<Vec<AttachmentInfo>, Failure> {
        let paths = args.tokens.iter().map(|token| self.dropped_path(token)).collect::<Result<_, _>>()?;
        self.attach_files(args.chat, paths).await
    }

    async fn attachment_paste(&self, args: AttachmentPaste) -> Result<AttachmentInfo, Failure> {
        self.attach_paste(args.chat, args.text).await
    }

    async fn attachment_remove(&self, args: AttachmentRef) -> Result<Nothing, Failure> {
        self.store.remove_draft_attachment(args.chat, args.attachment).await.map_err(from_store)?;
        Ok(Nothing)
    }

    async fn context_measure(&self, args: ContextMeasure) -> Result<ContextMeter, Failure> {
        self.measure(args.chat, &args.text, args.parent).await
    }

    async fn model_list(&self, _: Nothing) -> Result<Vec<ModelCard>, Failure> {
        self.cards().await
    }

    async fn model_open(&self, _: Nothing) -> Result<Option<ModelCard>, Failure> {
        self.open_model().await
    }

    async fn model_drop(&self, args: ModelDrop) -> Result<Vec<ModelCard>, Failure> {
        let mut cards = Vec::new();
        for token in &args.tokens {
            cards.push(self.import_model(&self.dropped_path(token)?).await?);
        }
        Ok(cards)
    }

    async fn model_remove(&self, args: ModelRef) -> Result<Nothing, Failure> {
        self.remove_model(args.model).await?;
        Ok(Nothing)
    }

    async fn model_warm(&self, args: ModelRef) -> Result<Nothing, Failure> {
        let models = self.store.models().await.map_err(from_store)?;
        let model = models.iter().find(|model| model.id == args.model);
        let model = model.ok_or_else(|| Failure::not_found("This model is no longer in the library."))?;
        self.load(model, None, std::sync::Arc::new(|_| {})).await?;
        Ok(Nothing)
    }

    async fn assistant_list(&self, _: Nothing) -> Result<Vec<Assistant>, Failure> {
        self.store.assistants().await.map_err(from_store)
    }

    async fn assistant_save(&self, args: AssistantDraft) -> Result<Assistant, Failure> {
        let assistant = Assistant {
            id: args.id.unwrap_or_else(AssistantId::new),
            name: chat::name(&args.name, "An assistant")?,
            settings: chat::checked(args.settings)?,
        };
        self.store.put_assistant(&assistant).await.map_err(from_store)?;
        self.tell_assistants().await?;
        Ok(assistant)
    }

    async fn assistant_delete(&self, args: AssistantRef) -> Result<Nothing, Failure> {
        self.store.delete_assistant(args.assistant).await.map_err(from_store)?;
        self.tell_assistants().await?;
        Ok(Nothing)
    }

    async fn settings_change(&self, args: SettingsChange) -> Result<Settings, Failure> {
        self.change_settings(args.patch).await
    }

    async fn diagnostics(&self, _: Nothing) -> Result<CopyText, Failure> {
        self.diagnostics_text().await
    }

    async fn folder_reveal(&self, args: FolderReveal) -> Result<Nothing, Failure> {
        self.reveal(args.folder)?;
        Ok(Nothing)
    }

    async fn link_open(&self, args: LinkOpen) -> Result<Nothing, Failure> {
        self.open_link(&args.url)?;
        Ok(Nothing)
    }

    async fn licences(&self, _: Nothing) -> Result<CopyText, Failure> {
        Ok(diagnostics::licences())
    }
}

impl Core {
    async fn tell_folders(&self) -> Result<(), Failure> {
        let folders = self.store.folders().await.map_err(from_store)?;
        self.events.tell(Event::Folders { folders });
        Ok(())
    }

    async fn tell_assistants(&self) -> Result<(), Failure> {
        let assistants = self.store.assistants().await.map_err(from_store)?;
        self.events.tell(Event::Assistants { assistants });
        Ok(())
    }
}
