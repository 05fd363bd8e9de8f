//! Hands Tauri its configuration, the page's few permissions and the built interface.
#![allow(clippy::print_stdout)] // how a build script speaks to cargo

use std::path::Path;

use tauri_build::{AppManifest, Attributes};

fn main() {
    println!("cargo::rerun-if-changed=ui/dist");
    println!("cargo::rerun-if-changed=src-tauri/permissions");
    if !Path::new("ui/dist/index.html").is_file() {
        println!("cargo::error=The interface is not built: ui/dist/index.html is missing. Run `./dev build`.");
        return;
    }
    let attributes = Attributes::new()
        .app_manifest(AppManifest::new().permissions_path_pattern("src-tauri/permissions/*.toml"))
        .capabilities_path_pattern("src-tauri/capabilities/*.json");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={}", format!("{error:#}").replace('\n', " "));
    }
}
