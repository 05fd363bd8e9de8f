//! Administrative template for the group policies of Windows: ADMX, and its words in ADML.

use std::fmt::Write;

use super::xml;
use crate::key::{KEYS, Key, Kind, Status};

const REGISTRY_KEY: &str = r"SOFTWARE\Policies\Drawbridge";
const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<!-- Made from the program's table of keys; do not edit. -->"#;
const SPACE: &str =
    r#"xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0""#;

/// The ADMX file. A flag is a DWORD of 0 or 1, a number a DWORD, a text a string; a list or table is a key of its own
/// below, with a string for each item.
pub(super) fn template() -> String {
    let policies: String = KEYS.iter().map(policy).collect();
    format!(
        r#"{HEAD}
<policyDefinitions {SPACE}>
  <policyNamespaces>
    <target prefix="drawbridge" namespace="Drawbridge.Policies" />
    <using prefix="windows" namespace="Microsoft.Policies.Windows" />
  </policyNamespaces>
  <resources minRequiredRevision="1.0" />
  <supportedOn>
    <definitions>
      <definition name="any" displayName="$(string.any)" />
    </definitions>
  </supportedOn>
  <categories>
    <category name="drawbridge" displayName="$(string.drawbridge)" />
  </categories>
  <policies>
{policies}  </policies>
</policyDefinitions>
"#
    )
}

/// The ADML file.
pub(super) fn words() -> String {
    let mut strings = String::new();
    let mut presentations = String::new();
    for key in KEYS {
        let id = id(key);
        string(&mut strings, &id, key.name);
        string(&mut strings, &format!("{id}_explain"), &explain(key));
        if let Kind::Choice(words) = key.kind {
            for (at, word) in words.iter().enumerate() {
                string(&mut strings, &format!("{id}_{at}"), word);
            }
        }
        presentation(&mut presentations, key);
    }
    format!(
        r#"{HEAD}
<policyDefinitionResources {SPACE}>
  <displayName>Drawbridge</displayName>
  <description>Policies of Drawbridge</description>
  <resources>
    <stringTable>
      <string id="any">Windows 10 and later</string>
      <string id="drawbridge">Drawbridge</string>
{strings}    </stringTable>
    <presentationTable>
{presentations}    </presentationTable>
  </resources>
</policyDefinitionResources>
"#
    )
}

/// Names in a template hold no dots.
fn id(key: &Key) -> String {
    key.name.replace('.', "_")
}

fn explain(key: &Key) -> String {
    match key.status {
        Status::InForce => key.words.to_owned(),
        Status::Absent { thing, .. } => format!("{} {thing} not exist in this version.", key.words),
    }
}

fn policy(key: &Key) -> String {
    let (id, name) = (id(key), key.name);
    let head = format!(
        "    <policy name=\"{id}\" class=\"Both\" displayName=\"$(string.{id})\" explainText=\"$(string.{id}_explain)\" \
         presentation=\"$(presentation.{id})\" key=\"{REGISTRY_KEY}\""
    );
    let place = "      <parentCategory ref=\"drawbridge\" />\n      <supportedOn ref=\"any\" />\n";
    let element = match key.kind {
        Kind::Flag => {
            return format!(
                "{head} valueName=\"{name}\">\n{place}      <enabledValue><decimal value=\"1\" /></enabledValue>\n      \
                 <disabledValue><decimal value=\"0\" /></disabledValue>\n    </policy>\n"
            );
        }
        Kind::Choice(words) => choice(&id, name, words),
        Kind::Count { least, most } => format!(
            "<decimal id=\"{id}\" valueName=\"{name}\" minValue=\"{least}\" maxValue=\"{most}\" required=\"true\" />"
        ),
        Kind::Text(_) => format!("<text id=\"{id}\" valueName=\"{name}\" required=\"true\" />"),
        Kind::Texts(_) => format!("<list id=\"{id}\" key=\"{REGISTRY_KEY}\\{name}\" valuePrefix=\"\" />"),
        Kind::Table(_) | Kind::Choices(_) => {
            format!("<list id=\"{id}\" key=\"{REGISTRY_KEY}\\{name}\" explicitValue=\"true\" />")
        }
    };
    format!("{head}>\n{place}      <elements>\n        {element}\n      </elements>\n    </policy>\n")
}

fn choice(id: &str, name: &str, words: &[&str]) -> String {
    let mut element = format!("<enum id=\"{id}\" valueName=\"{name}\" required=\"true\">\n");
    for (at, word) in words.iter().enumerate() {
        let _ = writeln!(
            element,
            "          <item displayName=\"$(string.{id}_{at})\"><value><string>{word}</string></value></item>"
        );
    }
    element + "        </enum>"
}

fn string(strings: &mut String, id: &str, text: &str) {
    let _ = writeln!(strings, "      <string id=\"{id}\">{}</string>", xml(text));
}

fn presentation(presentations: &mut String, key: &Key) {
    let (id, name) = (id(key), key.name);
    let field = match key.kind {
        Kind::Flag => String::new(),
        Kind::Choice(_) => {
            format!("<dropdownList refId=\"{id}\" noSort=\"true\" defaultItem=\"0\">{name}</dropdownList>")
        }
        Kind::Count { least, .. } => {
            format!("<decimalTextBox refId=\"{id}\" defaultValue=\"{least}\">{name}</decimalTextBox>")
        }
        Kind::Text(_) => format!("<textBox refId=\"{id}\"><label>{name}</label></textBox>"),
        Kind::Texts(_) | Kind::Table(_) | Kind::Choices(_) => format!("<listBox refId=\"{id}\">{name}</listBox>"),
    };
    let _ = writeln!(presentations, "      <presentation id=\"{id}\">{field}</presentation>");
}
