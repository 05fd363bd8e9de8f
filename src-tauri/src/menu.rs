//! The window's menu. What is chosen goes to the core as an action's name and comes to the page as an event.

use tauri::{
    AppHandle, Manager,
    menu::{AboutMetadata, Menu, MenuEvent, MenuItem, MenuItemBuilder, SubmenuBuilder},
};

use app::Door;

/// The one entry that is the shell's own.
const QUIT: &str = "quit";

/// Makes the menu.
pub(crate) fn make(app: &AppHandle) -> tauri::Result<Menu<tauri::Wry>> {
    let file = SubmenuBuilder::new(app, "&File")
        .item(&entry(app, "new_chat", "New chat", Some("CmdOrCtrl+N"))?)
        .item(&entry(app, "temporary_chat", "New temporary chat", Some("CmdOrCtrl+Shift+N"))?)
        .item(&entry(app, "open_model", "Open a model file…", Some("CmdOrCtrl+O"))?)
        .item(&entry(app, "export", "Export this chat…", None)?)
        .separator()
        .item(&entry(app, "lock", "Lock", Some("CmdOrCtrl+Shift+L"))?)
        .item(&entry(app, QUIT, "Quit", Some("CmdOrCtrl+Q"))?)
        .build()?;
    let view = SubmenuBuilder::new(app, "&View")
        .item(&entry(app, "search", "Search…", Some("CmdOrCtrl+K"))?)
        .item(&entry(app, "crossings", "Crossings", None)?)
        .item(&entry(app, "usage", "Usage", None)?)
        .item(&entry(app, "settings", "Settings", Some("CmdOrCtrl+,"))?)
        .build()?;
    let help = SubmenuBuilder::new(app, "&Help")
        .item(&entry(app, "shortcuts", "Keyboard shortcuts", Some("CmdOrCtrl+/"))?)
        .about_with_text("About Drawbridge", Some(about(app)))
        .build()?;
    let menu = Menu::new(app)?;
    if cfg!(target_os = "macos") {
        let name = SubmenuBuilder::new(app, "Drawbridge").services().separator().hide().hide_others().show_all();
        menu.append(&name.build()?)?;
    }
    menu.append(&file)?;
    // WebKitGTK edits by its own keys and its own context menu; elsewhere the keys come from the menu.
    if cfg!(not(target_os = "linux")) {
        menu.append(
            &SubmenuBuilder::new(app, "&Edit").undo().redo().separator().cut().copy().paste().select_all().build()?,
        )?;
    }
    menu.append_items(&[&view, &help])?;
    Ok(menu)
}

/// Passes on what was chosen.
pub(crate) fn chosen(app: &AppHandle, event: MenuEvent) {
    let action = event.id().as_ref();
    if action == QUIT {
        app.exit(0);
    } else if let Some(core) = app.state::<std::sync::Arc<Door>>().now() {
        core.menu(action);
    }
}

fn about(app: &AppHandle) -> AboutMetadata<'static> {
    AboutMetadata {
        name: Some("Drawbridge".to_owned()),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        comments: Some(concat!(env!("CARGO_PKG_DESCRIPTION"), ".").to_owned()),
        copyright: Some("Apache-2.0. Settings, About lists every licence.".to_owned()),
        icon: app.default_window_icon().map(|icon| icon.clone().to_owned()),
        ..AboutMetadata::default()
    }
}

fn entry(app: &AppHandle, action: &str, text: &str, keys: Option<&str>) -> tauri::Result<MenuItem<tauri::Wry>> {
    let item = MenuItemBuilder::with_id(action, text);
    match keys {
        Some(keys) => item.accelerator(keys),
        None => item,
    }
    .build(app)
}
