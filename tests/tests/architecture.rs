//! The house as DESIGN draws it, held by a test: who may import whom, who may name what.
#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Our crates by floor. A crate imports from floors below its own; `domain` is the ground under all of them.
const FLOORS: &[&[&str]] = &[
    &["domain"],
    &["wire", "gguf", "engine-protocol", "walls", "sqlcipher", "policy"],
    &["engine-worker", "store", "engine", "vault", "egress", "hub", "audit", "providers"],
    &["app"],
    &["drawbridge", "cli"],
    &["acceptance"],
];

/// The worker imports the ground floor only; nothing imports the worker.
const GROUND_ONLY: &str = "engine-worker";

/// Who alone may name a package (a prefix where it ends with `*`).
const ALONE: &[(&str, &[&str])] = &[
    ("tauri*", &["drawbridge"]),
    ("llama-cpp*", &["engine-worker"]),
    ("reqwest", &["egress"]),
    ("hyper*", &["egress"]),
    ("hf-hub", &["hub"]),
    ("sqlx*", &["store"]),
    ("libsqlite3-sys", &["sqlcipher"]),
    ("keyring*", &["vault"]),
    ("seccompiler", &["walls"]),
    ("landlock", &["walls"]),
];

struct Package {
    /// What it links in a build that ships (tests and build scripts apart).
    dependencies: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let package = |value: &Value| {
        let dependencies = value["dependencies"].as_array().unwrap();
        let shipped = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
        (text(&value["name"]), Package { dependencies: shipped.map(|dependency| text(&dependency["name"])).collect() })
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

#[test]
fn every_crate_stands_on_a_floor() {
    let packages = packages();
    let drawn: BTreeSet<&str> = FLOORS.iter().flat_map(|floor| floor.iter().copied()).collect();
    let built: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    assert_eq!(drawn, built, "a crate is drawn and not built, or built and not drawn");
}

#[test]
fn crates_import_from_floors_below_only() {
    for (name, package) in packages() {
        for dependency in &package.dependencies {
            if let (Some(mine), Some(below)) = (floor(&name), floor(dependency)) {
                assert!(below < mine, "{name} (floor {mine}) imports {dependency} (floor {below})");
                assert!(dependency != GROUND_ONLY || name == "acceptance", "{name} imports the worker");
                assert!(name != GROUND_ONLY || below <= 1, "the worker imports {dependency}");
            }
        }
    }
}

#[test]
fn what_is_dangerous_has_one_home() {
    for (name, package) in packages() {
        for (forbidden, homes) in ALONE {
            for dependency in &package.dependencies {
                let hit =
                    forbidden.strip_suffix('*').map_or(dependency == forbidden, |start| dependency.starts_with(start));
                assert!(!hit || homes.contains(&name.as_str()), "{name} names {dependency}, which only {homes:?} may");
            }
        }
    }
}

#[test]
fn unsafe_code_stays_in_the_worker_and_the_walls() {
    let mut found = BTreeSet::new();
    for file in rust_files(&root().join("src-tauri")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let unsafe_line = |line: &str| {
            let code = line.split("//").next().unwrap_or_default();
            code.contains("unsafe {")
                || code.contains("unsafe fn")
                || code.contains("unsafe impl")
                || code.contains("allow(unsafe_code)")
        };
        let path = file.strip_prefix(root()).unwrap().display().to_string();
        if text.lines().any(unsafe_line) && !path.contains("/walls/") && !path.contains("/engine-worker/") {
            found.insert(path);
        }
    }
    assert!(found.is_empty(), "unsafe outside the worker and the walls: {found:?}");
}

#[test]
fn every_crate_says_what_it_is_and_keeps_the_workspace_lints() {
    for file in rust_files(&root().join("src-tauri/crates")) {
        if file.ends_with("src/lib.rs") {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//! "), "{} has no head", file.display());
        }
    }
    for folder in std::fs::read_dir(root().join("src-tauri/crates")).unwrap() {
        let manifest = folder.unwrap().path().join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).unwrap();
        assert!(text.contains("[lints"), "{} sets no lints", manifest.display());
    }
}

#[test]
fn the_generated_types_are_fresh() {
    let committed = std::fs::read_to_string(root().join("ui/src/generated/wire.ts")).unwrap();
    assert!(committed == wire::typescript(), "ui/src/generated/wire.ts is out of date: run ./dev types");
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["todo!(", "unimplemented!(", "#[ignore", "FIXME", "test.skip", "it.skip", ".only("];
    let here = Path::new(file!()).file_name().unwrap();
    let mut found = Vec::new();
    for folder in ["src-tauri", "tests", "ui/src"] {
        for file in files(&root().join(folder)).into_iter().filter(|file| file.file_name() != Some(here)) {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            if let Some(word) = words.iter().find(|word| text.contains(**word)) {
                found.push(format!("{}: {word}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "node_modules" && name != "dist" && name != "target" {
            all.extend(files(&path));
        } else if path.is_file() {
            all.push(path);
        }
    }
    all
}
