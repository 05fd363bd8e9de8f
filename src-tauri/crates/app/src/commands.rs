//! The contract, kept: each command is a use case of another file, or a line of its own.

use domain::{
    Assistant, AssistantDraft, AssistantId, AttachmentInfo, Chat, ChatSummary, Folder, HubListing, Machine, Message,
    Offer, SearchHit, Settings,
};
use hub::{Catalogue, Resolve as _};
use wire::{
    AnswerBy, AssistantRef, AttachmentDrop, AttachmentPaste, AttachmentPasteImage, AttachmentRef, AttachmentShow,
    AuditCheck, AuditExport, AuditPage, AuditQuery, Boot, ChatBefore, ChatChange, ChatCreate, ChatDraft, ChatExport,
    ChatList, ChatOpen, ChatRef, ChatSend, ChatView, Commands, ContextMeasure, ContextMeter, CopyText, Download,
    DownloadRef, DownloadStart, Event, Exported, Failure, FolderCreate, FolderInstalled, FolderKeep, FolderRef,
    FolderRename, FolderReveal, HubFiles, HubFound, HubSearch, Ledger, LedgerPage, LinkOpen, MessageRate, MessageRef,
    Messages, ModelCard, ModelDrop, ModelRef, ModelRemove, ModelRemoved, Nothing, PathPick, PolicyView, Price,
    PriceRef, ProviderCard, ProviderPreset, ProviderRef, ProviderSave, ProviderTrial, Search, SecretInfo, SecretRef,
    Sent, SettingsChange, ShownImage, TemplateTrial, UsageQuery, UsageReport,
};

use crate::{
    Core, chat, diagnostics, export,
    failure::{from_hub, from_store},
    machine::FIT_CONTEXT,
};

/// Most hits that a search returns.
const MOST_HITS: u32 = 100;
/// Most repositories that a search returns.
const MOST_REPOS: u32 = 100;
/// A hundred years: longer is for ever.
const LONGEST_RETENTION_DAYS: u32 = 36_500;
/// Most messages that one call returns.
const MOST_MESSAGES: u32 = 500;

impl Commands for Core {
    async fn boot(&self, _: Nothing) -> Result<Boot, Failure> {
        self.boot_view().await
    }

    async fn chat_list(&self, args: ChatList) -> Result<Vec<ChatSummary>, Failure> {
        self.all_chats(args.trash).await
    }

    async fn chat_open(&self, args: ChatOpen) -> Result<ChatView, Failure> {
        self.view(args.chat, args.message).await
    }

    async fn chat_before(&self, args: ChatBefore) -> Result<Messages, Failure> {
        let limit = args.limit.clamp(1, MOST_MESSAGES);
        let (messages, more) =
            self.store_of(args.chat).branch_before(args.chat, args.before, limit).await.map_err(from_store)?;
        Ok(Messages { messages, more })
    }

    async fn chat_create(&self, args: ChatCreate) -> Result<Chat, Failure> {
        self.create_chat(args).await
    }

    async fn chat_change(&self, args: ChatChange) -> Result<Chat, Failure> {
        self.change_chat(args.chat, args.patch).await
    }

    async fn chat_draft(&self, args: ChatDraft) -> Result<Nothing, Failure> {
        self.store_of(args.chat).save_draft(args.chat, &args.text).await.map_err(from_store)?;
        self.tell_chat(args.chat).await;
        Ok(Nothing)
    }

    async fn chat_delete(&self, args: ChatRef) -> Result<Nothing, Failure> {
        self.refuse_if_busy(args.chat)?;
        if self.is_temporary(args.chat) {
            self.forget_temporary(args.chat).await?;
        } else {
            self.store.trash_chat(args.chat, self.now()).await.map_err(from_store)?;
        }
        self.note(audit::Event::Deleted, Some(args.chat));
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
        self.note_erased(1, "by the user");
        Ok(Nothing)
    }

    async fn trash_empty(&self, _: Nothing) -> Result<Nothing, Failure> {
        let gone = self.store.purge_trash(domain::Timestamp(i64::MAX)).await.map_err(from_store)?;
        self.note_erased(gone.len(), "by the user");
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
        let chat = self.store_with(args.message).message(args.message).await.map_err(from_store)?.chat;
        self.refuse_if_busy(chat)?;
        self.view(chat, Some(args.message)).await
    }

    async fn message_rate(&self, args: MessageRate) -> Result<Message, Failure> {
        self.store_with(args.message).rate(args.message, args.rating).await.map_err(from_store)
    }

    async fn message_copy(&self, args: MessageRef) -> Result<CopyText, Failure> {
        self.refuse_unless(self.policy.clipboard_copy(), "clipboard.copy", "copying from chats")?;
        let message = self.store_with(args.message).message(args.message).await.map_err(from_store)?;
        Ok(CopyText { text: export::copied(&message) })
    }

    async fn search(&self, args: Search) -> Result<Vec<SearchHit>, Failure> {
        self.search_all(&args.query, args.limit.clamp(1, MOST_HITS)).await
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
        for chat in self.all_chats(false).await? {
            self.events.tell(Event::Chat { chat });
        }
        Ok(Nothing)
    }

    async fn folder_keep(&self, args: FolderKeep) -> Result<Folder, Failure> {
        self.keep_folder(args).await
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

    async fn attachment_paste_image(&self, args: AttachmentPasteImage) -> Result<AttachmentInfo, Failure> {
        self.attach_pasted_image(args.chat, args.data).await
    }

    async fn attachment_show(&self, args: AttachmentShow) -> Result<ShownImage, Failure> {
        self.show_attachment(args).await
    }

    async fn attachment_remove(&self, args: AttachmentRef) -> Result<Nothing, Failure> {
        self.store_of(args.chat).remove_draft_attachment(args.chat, args.attachment).await.map_err(from_store)?;
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

    async fn model_remove(&self, args: ModelRemove) -> Result<ModelRemoved, Failure> {
        self.remove_model(args.model, args.files).await
    }

    async fn model_verify(&self, args: ModelRef) -> Result<ModelCard, Failure> {
        self.verify_model(args.model).await
    }

    async fn model_template(&self, args: ModelRef) -> Result<TemplateTrial, Failure> {
        self.try_template(args.model).await
    }

    async fn model_folder(&self, _: Nothing) -> Result<Option<FolderInstalled>, Failure> {
        self.open_folder().await
    }

    async fn machine(&self, _: Nothing) -> Result<Machine, Failure> {
        Ok(Self::machine(self))
    }

    async fn machine_measure(&self, _: Nothing) -> Result<Machine, Failure> {
        self.measure_machine().await
    }

    async fn catalogue(&self, _: Nothing) -> Result<Vec<Offer>, Failure> {
        Ok(Catalogue::bundled().offers(&Self::machine(self), FIT_CONTEXT))
    }

    async fn hub_search(&self, args: HubSearch) -> Result<HubFound, Failure> {
        let hub = self.network.hub()?;
        let limit = args.limit.clamp(1, MOST_REPOS);
        let repos = hub.search(args.query.trim(), limit).await.map_err(from_hub)?;
        Ok(HubFound { host: hub.host(), repos })
    }

    async fn hub_files(&self, args: HubFiles) -> Result<HubListing, Failure> {
        self.network.hub()?.list(&args.repo, &Self::machine(self)).await.map_err(from_hub)
    }

    async fn download_list(&self, _: Nothing) -> Result<Vec<Download>, Failure> {
        Ok(self.downloads())
    }

    async fn download_start(&self, args: DownloadStart) -> Result<Download, Failure> {
        self.start_download(args.what).await
    }

    async fn download_pause(&self, args: DownloadRef) -> Result<Download, Failure> {
        self.pause_download(args.download).await
    }

    async fn download_resume(&self, args: DownloadRef) -> Result<Download, Failure> {
        self.resume_download(args.download).await
    }

    async fn download_cancel(&self, args: DownloadRef) -> Result<Nothing, Failure> {
        self.cancel_download(args.download).await?;
        Ok(Nothing)
    }

    async fn ledger(&self, args: Ledger) -> Result<LedgerPage, Failure> {
        self.ledger_page(args).await
    }

    async fn audit(&self, args: AuditQuery) -> Result<AuditPage, Failure> {
        self.audit_page(args).await
    }

    async fn audit_check(&self, _: Nothing) -> Result<AuditCheck, Failure> {
        self.check_log().await
    }

    async fn audit_export(&self, args: AuditExport) -> Result<Option<Exported>, Failure> {
        self.export_log(args).await
    }

    async fn audit_checkpoint(&self, _: Nothing) -> Result<Option<Exported>, Failure> {
        self.export_checkpoint().await
    }

    async fn policy(&self, _: Nothing) -> Result<PolicyView, Failure> {
        Ok(self.policy_view())
    }

    async fn secrets(&self, _: Nothing) -> Result<Vec<SecretInfo>, Failure> {
        self.secrets_view().await
    }

    async fn secret_paste(&self, args: SecretRef) -> Result<SecretInfo, Failure> {
        self.paste_secret(&args.id).await
    }

    async fn secret_remove(&self, args: SecretRef) -> Result<SecretInfo, Failure> {
        self.remove_secret(&args.id).await
    }

    async fn model_warm(&self, args: ModelRef) -> Result<Nothing, Failure> {
        let model = self.model(args.model).await?;
        self.load(&model, None, std::sync::Arc::new(|_| {})).await?;
        Ok(Nothing)
    }

    async fn provider_presets(&self, _: Nothing) -> Result<Vec<ProviderPreset>, Failure> {
        Ok(self.presets())
    }

    async fn provider_list(&self, _: Nothing) -> Result<Vec<ProviderCard>, Failure> {
        self.provider_cards().await
    }

    async fn provider_save(&self, args: ProviderSave) -> Result<ProviderCard, Failure> {
        self.save_provider(args).await
    }

    async fn provider_remove(&self, args: ProviderRef) -> Result<Nothing, Failure> {
        self.remove_provider(args.provider).await?;
        Ok(Nothing)
    }

    async fn provider_test(&self, args: ProviderRef) -> Result<ProviderTrial, Failure> {
        self.test_provider(args.provider).await
    }

    async fn provider_certificate(&self, args: ProviderRef) -> Result<Option<ProviderCard>, Failure> {
        self.pick_certificate(args.provider).await
    }

    async fn provider_certificate_remove(&self, args: ProviderRef) -> Result<ProviderCard, Failure> {
        let provider = self.provider(args.provider).await?;
        self.set_certificate(provider, String::new()).await
    }

    async fn answer_by(&self, args: AnswerBy) -> Result<Sent, Failure> {
        self.answer_by_model(args).await
    }

    async fn price_list(&self, _: Nothing) -> Result<Vec<Price>, Failure> {
        self.price_rows().await
    }

    async fn price_set(&self, args: Price) -> Result<Vec<Price>, Failure> {
        self.set_price(args).await
    }

    async fn price_forget(&self, args: PriceRef) -> Result<Vec<Price>, Failure> {
        self.forget_price(args).await
    }

    async fn usage(&self, args: UsageQuery) -> Result<UsageReport, Failure> {
        self.usage_report(args).await
    }

    async fn usage_export(&self, args: UsageQuery) -> Result<Option<Exported>, Failure> {
        self.export_usage(args).await
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

    async fn settings_pick(&self, args: PathPick) -> Result<Option<Settings>, Failure> {
        self.pick_setting(args.setting).await
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
    /// Says how long a folder keeps its chats, and whether anything in it may be deleted.
    async fn keep_folder(&self, args: FolderKeep) -> Result<Folder, Failure> {
        if let Some(days) = args.retention_days
            && !(1..=LONGEST_RETENTION_DAYS).contains(&days)
        {
            return Err(Failure::invalid(format!(
                "Chats are kept for 1 to {LONGEST_RETENTION_DAYS} days, or for ever. Nothing was changed."
            )));
        }
        let keeping = self.store.set_folder_keeping(args.folder, args.retention_days, args.legal_hold);
        let folder = keeping.await.map_err(from_store)?;
        let (retention_days, legal_hold) = (folder.retention_days, folder.legal_hold);
        self.note(audit::Event::FolderKept { retention_days, legal_hold }, None);
        self.tell_folders().await?;
        Ok(folder)
    }

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
