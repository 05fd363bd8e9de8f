//! What an administrator reads and imports, made from the table of keys: a JSON schema, templates for Windows and
//! macOS, an example, and the table of the guide.

mod apple;
mod guide;
mod schema;
mod windows;

use serde_json::{Map, Value as Json};

use crate::key::KEYS;

/// A file of the documentation.
#[derive(Debug)]
pub struct Document {
    /// Path from the root of the repository.
    pub path: &'static str,
    /// The whole text.
    pub text: String,
}

/// Every file, freshly made. `guide` is the present text of `docs/policy.md`, of which the part between its two marks
/// is replaced.
#[must_use]
pub fn documents(guide: &str) -> Vec<Document> {
    let document = |path, text| Document { path, text };
    vec![
        document("docs/policy/drawbridge.schema.json", pretty(&schema::schema())),
        document("docs/policy/example.json", pretty(&example())),
        document("docs/policy/drawbridge.admx", windows::template()),
        document("docs/policy/en-US/drawbridge.adml", windows::words()),
        document("docs/policy/drawbridge.mobileconfig", apple::profile()),
        document("docs/policy.md", guide::with_table(guide)),
    ]
}

/// Every key with a value that this version obeys.
fn example() -> Json {
    let mut example = Map::new();
    example.insert("$schema".to_owned(), "drawbridge.schema.json".into());
    example.extend(obeyed_examples().map(|(name, value)| (name.to_owned(), value)));
    example.into()
}

fn obeyed_examples() -> impl Iterator<Item = (&'static str, Json)> {
    KEYS.iter().filter_map(|key| {
        let text = key.obeyed_example()?;
        Some((key.name, serde_json::from_str(text).expect("BUG: an example is JSON")))
    })
}

fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
