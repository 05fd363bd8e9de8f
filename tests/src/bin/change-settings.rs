//! Changes settings of a data folder that no window has open, as the user who agrees to what is asked:
//! `change-settings FOLDER PATCH`. For window tests: no driver can answer a dialog of the system.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use acceptance::Session;
use domain::Settings;
use serde_json::{Value, json};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, patch] = arguments.as_slice() else { panic!("change-settings FOLDER PATCH") };
    let patch: Value = serde_json::from_str(patch).unwrap();
    let session = Session::open(Path::new(folder)).await;
    session.ok::<Settings>("settings_change", json!({"patch": patch})).await;
    session.core.shut_down().await;
}
