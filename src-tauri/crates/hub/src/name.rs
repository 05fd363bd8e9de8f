//! The one rule for names that come from outside: a hub's owners, repositories and files, and the files of a pack.

use crate::HubError;

/// Longest name, in bytes.
const LONGEST: usize = 128;
/// Names that are devices on Windows, whatever extension follows them.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
/// Devices that a digit follows.
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// The name itself where it is one that can be a file or a folder on every system and lead nowhere else: 1 to 128
/// letters, digits, `.`, `_` and `-`, neither beginning nor ending with a dot, and no device of Windows.
///
/// # Errors
/// [`HubError::BadName`].
pub fn safe_name(name: &str) -> Result<&str, HubError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fits = (1..=LONGEST).contains(&name.len()) && name.bytes().all(plain);
    if fits && !name.starts_with('.') && !name.ends_with('.') && !is_device(name) {
        return Ok(name);
    }
    Err(HubError::BadName(format!("“{}” is not accepted as a name for a file or a folder.", shown(name))))
}

/// Owner and name of a repository.
///
/// # Errors
/// [`HubError::BadName`] where it is not `owner/name` of two safe names.
pub(crate) fn owner_and_name(repo: &str) -> Result<(&str, &str), HubError> {
    let (owner, name) = repo
        .split_once('/')
        .ok_or_else(|| HubError::BadName(format!("“{}” is not a repository: it has no owner.", shown(repo))))?;
    Ok((safe_name(owner)?, safe_name(name)?))
}

/// The names of a file's path in a repository, the file's own last.
///
/// # Errors
/// [`HubError::BadName`] where one of them is not safe, or it is no GGUF file by its name.
pub(crate) fn segments(path: &str) -> Result<Vec<&str>, HubError> {
    let names = path.split('/').map(safe_name).collect::<Result<Vec<_>, _>>()?;
    if !is_gguf(path) {
        return Err(HubError::BadName(format!("“{}” is not a GGUF file.", shown(path))));
    }
    Ok(names)
}

/// The name ends in `.gguf`.
pub(crate) fn is_gguf(name: &str) -> bool {
    name.len() > 5 && name.get(name.len() - 5..).is_some_and(|end| end.eq_ignore_ascii_case(".gguf"))
}

/// SHA-256 as hubs and packs write it: 64 hexadecimal digits, lower case.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A name from outside, safe to print: escaped, and no longer than a line.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST_CHARS: usize = 64;
    let mut text: String = name.chars().take(LONGEST_CHARS).collect::<String>().escape_debug().collect();
    if name.chars().nth(LONGEST_CHARS).is_some() {
        text.push('…');
    }
    text
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_uppercase();
    DEVICES.contains(&stem.as_str())
        || (stem.len() == 4
            && stem.ends_with(|last: char| last.is_ascii_digit())
            && NUMBERED_DEVICES.iter().any(|device| stem.starts_with(device)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_models_are_accepted() {
        for name in
            ["Qwen3-8B-Q4_K_M.gguf", "a", "bartowski", "x..y", "COM", "COM10.gguf", "console", "-rf", "NULL.gguf"]
        {
            assert_eq!(safe_name(name).unwrap(), name);
        }
        assert_eq!(segments("UD-Q4_K_XL/m-00001-of-00002.gguf").unwrap().len(), 2);
        assert_eq!(owner_and_name("unsloth/Qwen3-8B-GGUF").unwrap(), ("unsloth", "Qwen3-8B-GGUF"));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let hostile = [
            "",
            ".",
            "..",
            "...",
            ".partial",
            "a.",
            "a/b",
            "a\\b",
            "..\\..\\plugin.js",
            "C:",
            "C:x",
            "a:b",
            "a b",
            "a\0b",
            "a\nb",
            "ä",
            "a\u{202e}b",
            "%2e%2e",
            "~",
            "$HOME",
            "nul",
            "NUL.gguf",
            "con",
            "Aux.txt",
            "prn",
            "COM1",
            "com0",
            "lpt9.gguf",
            "LPT1.tar.gz",
            "a*",
            "a?",
            "<a",
            "a|b",
            "\"a\"",
            "a'",
            "`a`",
            ";a",
            "a&b",
            "a.gguf ",
            " a.gguf",
        ];
        for name in hostile {
            assert!(matches!(safe_name(name), Err(HubError::BadName(_))), "{name:?}");
            assert!(segments(&format!("{name}/x.gguf")).is_err() || name == "a/b", "{name:?}");
            assert!(owner_and_name(&format!("owner/{name}")).is_err(), "{name:?}");
        }
        assert!(safe_name(&"a".repeat(128)).is_ok() && safe_name(&"a".repeat(129)).is_err());
        for path in ["", "/", "/x.gguf", "x.gguf/", "a//x.gguf", "../x.gguf", "x.safetensors", "x.gguf.part", "ggu"] {
            assert!(segments(path).is_err(), "{path:?}");
        }
        for repo in ["", "gpt2", "/", "a/", "/a", "a/b/c", "../b", "a/.."] {
            assert!(owner_and_name(repo).is_err(), "{repo:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn an_accepted_name_is_one_step_into_a_folder(name in any::<String>()) {
            if let Ok(name) = safe_name(&name) {
                let mut steps = Path::new(name).components();
                prop_assert!(matches!(steps.next(), Some(Component::Normal(step)) if step == name));
                prop_assert!(steps.next().is_none());
            }
        }

        #[test]
        fn separators_and_what_is_not_ascii_are_always_refused(
            before in "[A-Za-z0-9._-]{0,20}", evil in "[/\\\\:\u{0}-\u{1f}\u{80}-\u{10ffff}]", after in "[A-Za-z0-9._-]{0,20}"
        ) {
            let name = format!("{before}{evil}{after}");
            prop_assert!(safe_name(&name).is_err());
        }
    }
}
