//! Every command, once. The macro makes the trait that the core implements, the dispatch by name, and the list that
//! the TypeScript types are generated from; so a handler that is missing does not compile.

use std::future::Future;

use domain::{
    Assistant, AssistantDraft, AttachmentInfo, Chat, ChatSummary, Folder, HubListing, Machine, Message, Offer,
    SearchHit, Settings,
};
use serde_json::Value;

use crate::{Failure, value::*};

macro_rules! commands {
    (
        $(#[$about:meta])* $trait:ident, $list:ident, $dispatch:ident, $visit:ident, $signatures:ident;
        $($(#[doc = $doc:literal])* $name:ident($args:ty) -> $ret:ty;)*
    ) => {
        $(#[$about])*
        pub trait $trait: Send + Sync {
            $($(#[doc = $doc])*
            fn $name(&self, args: $args) -> impl Future<Output = Result<$ret, Failure>> + Send;)*
        }

        /// The commands' names.
        pub const $list: &[&str] = &[$(stringify!($name)),*];

        /// Runs the command of this name.
        ///
        /// # Errors
        /// [`Failure::InvalidInput`] for an unknown name or arguments of another shape, else what the command says.
        pub async fn $dispatch<C: $trait>(core: &C, name: &str, args: Value) -> Result<Value, Failure> {
            match name {
                $(stringify!($name) => {
                    let args: $args = serde_json::from_value(args).map_err(|error| Failure::invalid(format!("{name}: {error}")))?;
                    let value = Box::pin(core.$name(args)).await?;
                    serde_json::to_value(value).map_err(|error| Failure::unexpected(format!("{name}: {error}")))
                })*
                _ => Err(Failure::invalid(format!("There is no command “{name}”."))),
            }
        }

        /// Shows every argument and value type to the visitor.
        pub(crate) fn $visit(visitor: &mut impl ts_rs::TypeVisitor) {
            $(visitor.visit::<$args>(); visitor.visit::<$ret>();)*
        }

        /// Name, documentation, TypeScript type of the arguments and of the value of each command.
        pub(crate) fn $signatures(config: &ts_rs::Config) -> Vec<(&'static str, String, String, String)> {
            use ts_rs::TS;
            vec![$((stringify!($name), concat!($($doc),*).trim().to_owned(), <$args>::name(config), <$ret>::name(config))),*]
        }
    };
}

commands! {
    /// What the one who stands before the chats can be asked to do, some of it while they are locked.
    DoorCommands, DOOR_COMMANDS, dispatch_door, visit_door, door_signatures;

    /// Opens what is locked.
    unlock(Unlock) -> Nothing;
    /// Locks: what is being answered is kept, the chats are closed, their key is forgotten.
    lock(Nothing) -> Nothing;
    /// Somebody is there: the time until it locks by itself begins anew.
    present(Nothing) -> Nothing;
    /// How the chats are kept and which ways lead in.
    security(Nothing) -> Security;
    /// Sets or replaces the passphrase. Chats that are kept in the clear are encrypted with it.
    passphrase_set(PassphraseSet) -> Security;
    /// Takes the passphrase away, where another way in stays.
    passphrase_remove(Nothing) -> Security;
    /// Makes a recovery code in place of any before. It is shown this once.
    recovery_make(Nothing) -> RecoveryCode;
    /// Lets the keychain open the chats by itself, or no more.
    keychain_use(KeychainUse) -> Security;
    /// Encrypts everything anew under another key. The recovery code of before opens nothing any more.
    key_change(KeyChange) -> Security;
    /// Writes a backup that opens with a passphrase, on any computer, to a file that the user picks; null where they
    /// picked none.
    backup_make(BackupMake) -> Option<Exported>;
    /// Puts a backup that the user picks in the place of what is here; that is kept beside it. Null where they picked
    /// none.
    backup_restore(BackupRestore) -> Option<Restored>;
}

commands! {
    /// What the core can be asked to do.
    Commands, COMMANDS, dispatch, visit_core, core_signatures;

    /// What the window needs to draw its first frame.
    boot(Nothing) -> Boot;

    /// The chats, newest first; or those in the trash.
    chat_list(ChatList) -> Vec<ChatSummary>;
    /// A chat with the end of the branch that is shown.
    chat_open(ChatOpen) -> ChatView;
    /// Messages of the shown branch before one.
    chat_before(ChatBefore) -> Messages;
    /// A new, empty chat.
    chat_create(ChatCreate) -> Chat;
    /// Changes title, pin, folder, model, assistant or settings.
    chat_change(ChatChange) -> Chat;
    /// Keeps what is written in the composer.
    chat_draft(ChatDraft) -> Nothing;
    /// Moves a chat to the trash.
    chat_delete(ChatRef) -> Nothing;
    /// Brings a chat back from the trash.
    chat_restore(ChatRef) -> Chat;
    /// Erases a chat that is in the trash.
    chat_erase(ChatRef) -> Nothing;
    /// Erases everything in the trash.
    trash_empty(Nothing) -> Nothing;
    /// Writes a chat to a file that the user picks; null where they picked none.
    chat_export(ChatExport) -> Option<Exported>;

    /// Keeps the user's message, then begins the answer. Returns both messages; the answer goes on as events.
    chat_send(ChatSend) -> Sent;
    /// Another answer to the same question, as a branch.
    answer_again(MessageRef) -> Sent;
    /// Goes on with an answer that was broken off.
    answer_continue(MessageRef) -> Sent;
    /// Stops an answer and keeps what is written.
    answer_stop(MessageRef) -> Nothing;
    /// Shows the branch through this message.
    branch_show(MessageRef) -> ChatView;
    /// Thumb up or down, with a reason; or neither.
    message_rate(MessageRate) -> Message;
    /// A message as text to put on the clipboard: an answer carries a mark that a model wrote it.
    message_copy(MessageRef) -> CopyText;

    /// Searches every message and title.
    search(Search) -> Vec<SearchHit>;

    /// A new folder.
    folder_create(FolderCreate) -> Folder;
    /// Another name for a folder.
    folder_rename(FolderRename) -> Folder;
    /// Removes a folder; its chats stay.
    folder_delete(FolderRef) -> Nothing;
    /// Says how long a folder keeps its chats, and whether nothing in it may be deleted.
    folder_keep(FolderKeep) -> Folder;

    /// Lets the user pick texts and pictures and attaches them to what is being written in a chat.
    attachment_pick(ChatRef) -> Vec<AttachmentInfo>;
    /// Attaches files that were dropped on the window.
    attachment_drop(AttachmentDrop) -> Vec<AttachmentInfo>;
    /// Attaches a long pasted text.
    attachment_paste(AttachmentPaste) -> AttachmentInfo;
    /// Attaches a pasted picture.
    attachment_paste_image(AttachmentPasteImage) -> AttachmentInfo;
    /// An attached picture, of a question or of what is being written.
    attachment_show(AttachmentShow) -> ShownImage;
    /// Takes an attachment off what is being written.
    attachment_remove(AttachmentRef) -> Nothing;

    /// How full the context would be if this were sent.
    context_measure(ContextMeasure) -> ContextMeter;

    /// The models in the library.
    model_list(Nothing) -> Vec<ModelCard>;
    /// Lets the user pick a GGUF file and adds it; null where they picked none.
    model_open(Nothing) -> Option<ModelCard>;
    /// Adds GGUF files that were dropped on the window.
    model_drop(ModelDrop) -> Vec<ModelCard>;
    /// Takes a model off the library; its files go too where they were downloaded and the user says so.
    model_remove(ModelRemove) -> ModelRemoved;
    /// Compares a model's files with the hashes that its source stated; progress comes as [`ModelStatus::Verifying`].
    model_verify(ModelRef) -> ModelCard;
    /// Says what a model's template makes of a short conversation, without loading its weights.
    model_template(ModelRef) -> TemplateTrial;
    /// Loads a model ahead of the first question.
    model_warm(ModelRef) -> Nothing;
    /// Lets the user pick a folder, and adds the GGUF files in it or installs the model pack that it is; null where
    /// they picked none.
    model_folder(Nothing) -> Option<FolderInstalled>;

    /// This computer.
    machine(Nothing) -> Machine;
    /// Measures this computer for about ten seconds.
    machine_measure(Nothing) -> Machine;
    /// The bundled catalogue, judged for this computer.
    catalogue(Nothing) -> Vec<Offer>;
    /// Searches the hub for GGUF models.
    hub_search(HubSearch) -> HubFound;
    /// What a repository of the hub holds.
    hub_files(HubFiles) -> HubListing;

    /// Downloads, those under way first.
    download_list(Nothing) -> Vec<Download>;
    /// Begins to download a model.
    download_start(DownloadStart) -> Download;
    /// Pauses a download; what arrived is kept.
    download_pause(DownloadRef) -> Download;
    /// Goes on with a download that was paused or broke off.
    download_resume(DownloadRef) -> Download;
    /// Ends a download and removes what arrived; also takes a finished one off the list.
    download_cancel(DownloadRef) -> Nothing;

    /// Every attempt to cross, newest first.
    ledger(Ledger) -> LedgerPage;
    /// The log, newest first.
    audit(AuditQuery) -> AuditPage;
    /// Verifies the whole log.
    audit_check(Nothing) -> AuditCheck;
    /// Writes the log to a file that the user picks; null where they picked none.
    audit_export(AuditExport) -> Option<Exported>;
    /// Writes the latest signed checkpoint to a file that the user picks, to keep elsewhere; null where they picked none.
    audit_checkpoint(Nothing) -> Option<Exported>;

    /// The keys and tokens that can be kept, without their values.
    secrets(Nothing) -> Vec<SecretInfo>;
    /// Takes a key or token from the clipboard, keeps it, and empties the clipboard.
    secret_paste(SecretRef) -> SecretInfo;
    /// Forgets a key or token.
    secret_remove(SecretRef) -> SecretInfo;

    /// What an administrator's policy says, and what is wrong with it.
    policy(Nothing) -> PolicyView;

    /// The providers that can be chosen from a list.
    provider_presets(Nothing) -> Vec<ProviderPreset>;
    /// The providers.
    provider_list(Nothing) -> Vec<ProviderCard>;
    /// Adds or changes a provider; asks the user outside the page where that lets something reach another address.
    provider_save(ProviderSave) -> ProviderCard;
    /// Removes a provider with its key. What it answered stays.
    provider_remove(ProviderRef) -> Nothing;
    /// Asks a provider for its models, and says exactly what is wrong where it does not answer.
    provider_test(ProviderRef) -> ProviderTrial;
    /// Lets the user pick the client certificate of a provider; null where they picked none.
    provider_certificate(ProviderRef) -> Option<ProviderCard>;
    /// Sends the provider no client certificate any more.
    provider_certificate_remove(ProviderRef) -> ProviderCard;
    /// Another answer to the same question, by a certain model, as a branch.
    answer_by(AnswerBy) -> Sent;
    /// The prices that are known, the user's own first.
    price_list(Nothing) -> Vec<Price>;
    /// Keeps a price of the user's own.
    price_set(Price) -> Vec<Price>;
    /// Forgets a price of the user's own.
    price_forget(PriceRef) -> Vec<Price>;
    /// What was asked and spent, by day, model and folder.
    usage(UsageQuery) -> UsageReport;
    /// Writes the same to a file (CSV) that the user picks; null where they picked none.
    usage_export(UsageQuery) -> Option<Exported>;

    /// The saved assistants.
    assistant_list(Nothing) -> Vec<Assistant>;
    /// Saves an assistant.
    assistant_save(AssistantDraft) -> Assistant;
    /// Removes an assistant; chats begun with it keep their settings.
    assistant_delete(AssistantRef) -> Nothing;

    /// Changes settings.
    settings_change(SettingsChange) -> Settings;
    /// Lets the user pick a file or a folder for a setting; null where they picked none.
    settings_pick(PathPick) -> Option<Settings>;

    /// Versions, platform, sizes and the last log lines, without message text, as text to copy.
    diagnostics(Nothing) -> CopyText;
    /// Opens the folder of the data or of the logs in the file manager.
    folder_reveal(FolderReveal) -> Nothing;
    /// Opens a link of an answer in the browser, after a click.
    link_open(LinkOpen) -> Nothing;
    /// The licences of what the application is made of.
    licences(Nothing) -> CopyText;
}
