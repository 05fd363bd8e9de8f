//! Configuration profile for macOS: every key with an example, for an administrator to cut down.

use std::fmt::Write;

use serde_json::Value as Json;

use super::{obeyed_examples, xml};

/// The profile, as an XML property list.
pub(super) fn profile() -> String {
    let mut settings = String::new();
    for (name, value) in obeyed_examples() {
        let _ = writeln!(settings, "\t\t\t<key>{name}</key>\n\t\t\t{}", plist(&value));
    }
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Made from the program's table of keys; do not edit. -->
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadDisplayName</key>
			<string>Drawbridge</string>
			<key>PayloadIdentifier</key>
			<string>app.drawbridge.desktop.policy.settings</string>
			<key>PayloadType</key>
			<string>app.drawbridge.desktop</string>
			<key>PayloadUUID</key>
			<string>6F0A8C1E-5B5D-4E6B-9C39-2D7E5B0C4A11</string>
			<key>PayloadVersion</key>
			<integer>1</integer>
{settings}		</dict>
	</array>
	<key>PayloadDisplayName</key>
	<string>Policy of Drawbridge</string>
	<key>PayloadIdentifier</key>
	<string>app.drawbridge.desktop.policy</string>
	<key>PayloadScope</key>
	<string>System</string>
	<key>PayloadType</key>
	<string>Configuration</string>
	<key>PayloadUUID</key>
	<string>A3D2B7F4-1C0E-4B57-8F52-90E64C7D1B22</string>
	<key>PayloadVersion</key>
	<integer>1</integer>
</dict>
</plist>
"#
    )
}

fn plist(value: &Json) -> String {
    match value {
        Json::Bool(true) => "<true/>".to_owned(),
        Json::Bool(false) => "<false/>".to_owned(),
        Json::Array(items) => format!("<array>{}</array>", items.iter().map(plist).collect::<String>()),
        Json::Object(rows) => {
            let rows = rows.iter().map(|(name, value)| format!("<key>{}</key>{}", xml(name), plist(value)));
            format!("<dict>{}</dict>", rows.collect::<String>())
        }
        Json::String(text) => format!("<string>{}</string>", xml(text)),
        Json::Number(number) => format!("<integer>{number}</integer>"),
        Json::Null => unreachable!("no key takes null"),
    }
}
