//! Questions that no page can draw, answer or hide: a dialog of the system over the window. A closed dialog is a no.

use app::Confirm;
use tauri::{AppHandle, Manager};

use crate::window;

/// Puts a question over the window and hands on the answer. Where it is not handed on, nobody was asked.
#[cfg(target_os = "linux")]
pub(crate) fn put(app: &AppHandle, question: Confirm, answered: impl FnOnce(bool) + Send + 'static) {
    let handle = app.clone();
    let shown = app.run_on_main_thread(move || {
        let parent = handle.get_webview_window(window::LABEL).and_then(|window| window.gtk_window().ok());
        over(parent.as_ref(), &question, answered);
    });
    if let Err(error) = shown {
        tracing::warn!(%error, "a question could not be asked");
    }
}

/// The dialog by GTK itself: the plugin's floats free of the window, and has Enter agree.
#[cfg(target_os = "linux")]
fn over(parent: Option<&gtk::ApplicationWindow>, question: &Confirm, answered: impl FnOnce(bool) + 'static) {
    use gtk::{ButtonsType, DialogFlags, MessageDialog, MessageType, ResponseType, prelude::*};

    let flags = DialogFlags::MODAL | DialogFlags::DESTROY_WITH_PARENT;
    let dialog = MessageDialog::new(parent, flags, MessageType::Question, ButtonsType::None, &question.title);
    dialog.set_title(&question.title);
    dialog.set_secondary_text(Some(&question.text));
    if let Ok(area) = dialog.message_area().downcast::<gtk::Container>() {
        for label in area.children().into_iter().filter_map(|child| child.downcast::<gtk::Label>().ok()) {
            // A long name must not push the buttons off the screen.
            label.set_line_wrap_mode(gtk::pango::WrapMode::WordChar);
        }
    }
    dialog.add_button(&question.no, ResponseType::Cancel);
    dialog.add_button(&question.yes, ResponseType::Accept);
    // Whoever was typing when the dialog came must not agree by it.
    dialog.set_default_response(ResponseType::Cancel);
    if let Some(no) = dialog.widget_for_response(ResponseType::Cancel) {
        no.grab_focus();
    }
    let answered = std::cell::Cell::new(Some(answered));
    dialog.connect_response(move |dialog, response| {
        if let Some(answered) = answered.take() {
            answered(response == ResponseType::Accept);
        }
        dialog.close();
    });
    dialog.show_all();
    dialog.present();
}

/// Puts a question over the window and hands on the answer.
#[cfg(not(target_os = "linux"))]
pub(crate) fn put(app: &AppHandle, question: Confirm, answered: impl FnOnce(bool) + Send + 'static) {
    use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};

    let buttons = MessageDialogButtons::OkCancelCustom(question.yes, question.no);
    let dialog = app.dialog().message(question.text).title(question.title).kind(MessageDialogKind::Warning);
    let dialog = dialog.buttons(buttons);
    match app.get_webview_window(window::LABEL) {
        Some(window) => dialog.parent(&window).show(answered),
        None => dialog.show(answered),
    }
}
