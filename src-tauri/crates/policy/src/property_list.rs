//! Managed preferences of macOS: a property list, in XML or binary, whose dictionary holds the keys of a policy.

use std::{
    io::Cursor,
    path::{Path, PathBuf},
};

use plist::Value as Plist;
use serde_json::Value as Json;

use crate::parse::{MAX_FILE_BYTES, Parsed, parse_values};

/// Where macOS lays down what a configuration profile sets: for one user, and then for the computer, which wins.
pub(crate) fn places(user: Option<&str>) -> Vec<PathBuf> {
    let root = Path::new("/Library/Managed Preferences");
    let name = "app.drawbridge.desktop.plist";
    user.map(|user| root.join(user).join(name)).into_iter().chain([root.join(name)]).collect()
}

/// Reads the bytes of one. `file` only names it.
pub(crate) fn parse(file: &Path, bytes: &[u8]) -> Parsed {
    let refused = |sentence: &str| Parsed::refused(file, true, None, sentence.to_owned());
    if bytes.len() > MAX_FILE_BYTES {
        return refused("The file is larger than 1 MiB.");
    }
    match Plist::from_reader(Cursor::new(bytes)) {
        Ok(Plist::Dictionary(rows)) => {
            // Names with `Payload` are the profile's own.
            let rows = rows.into_iter().filter(|(name, _)| !name.starts_with("Payload"));
            parse_values(file, &rows.map(|(name, value)| (name, json(value))).collect::<Vec<_>>(), true)
        }
        Ok(_) => refused("The property list must hold one dictionary of keys and values."),
        Err(_) => refused("This is not a property list."),
    }
}

/// What JSON cannot say becomes null, which no key takes.
fn json(value: Plist) -> Json {
    match value {
        Plist::Boolean(flag) => flag.into(),
        Plist::Integer(number) => number.as_unsigned().map_or_else(|| number.as_signed().into(), Json::from),
        Plist::Real(number) => number.into(),
        Plist::String(text) => text.into(),
        Plist::Array(items) => items.into_iter().map(json).collect::<Vec<_>>().into(),
        Plist::Dictionary(rows) => rows.into_iter().map(|(name, value)| (name, json(value))).collect(),
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_answered(head in "(bplist00|<plist><dict>|)", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let bytes = [head.as_bytes(), &bytes[..]].concat();
            let parsed = parse(Path::new("p.plist"), &bytes);
            prop_assert!(parsed.problems.iter().all(|problem| problem.seals), "{:?}", parsed.problems);
        }
    }

    #[test]
    fn the_computer_wins_over_one_user() {
        let root = "/Library/Managed Preferences";
        let both = [format!("{root}/ada/app.drawbridge.desktop.plist"), format!("{root}/app.drawbridge.desktop.plist")];
        assert_eq!(places(Some("ada")), both.clone().map(PathBuf::from));
        assert_eq!(places(None), [PathBuf::from(&both[1])]);
    }

    #[test]
    fn what_json_cannot_say_is_refused() {
        let bytes = b"<plist><dict><key>ui.banner</key><date>2026-01-01T00:00:00Z</date></dict></plist>";
        let parsed = parse(Path::new("p.plist"), bytes);
        assert_eq!(parsed.problems.len(), 1);
        assert!(parsed.problems[0].to_string().starts_with("p.plist: \"ui.banner\" must be a text"));
    }
}
