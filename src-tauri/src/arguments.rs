//! The command line of the window.

use std::{ffi::OsString, path::PathBuf};

/// What `drawbridge --help` says.
pub(crate) const HELP: &str = "\
Drawbridge: chat with language models on your own computer.

Usage: drawbridge [--data-dir DIR]

  --data-dir DIR   keep chats, settings and logs in DIR
  --version        print the version
  --help           print this help

Without a window: drawbridge-cli --help
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// Open the window.
    Open {
        /// Other than the usual folder.
        data_folder: Option<PathBuf>,
    },
    /// Print the version.
    Version,
    /// Print the help.
    Help,
}

impl Arguments {
    /// Reads what follows the program's name.
    ///
    /// # Errors
    /// A sentence about the first argument that is not understood.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut data_folder = None;
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--version" | "-V") => return Ok(Self::Version),
                Some("--help" | "-h") => return Ok(Self::Help),
                Some("--data-dir") => data_folder = Some(arguments.next().ok_or("--data-dir needs a folder.")?.into()),
                Some(joined) if joined.starts_with("--data-dir=") => {
                    data_folder = Some(PathBuf::from(&joined["--data-dir=".len()..]))
                }
                _ => return Err(format!("“{}” is not an option of drawbridge.", argument.display())),
            }
        }
        if data_folder.as_ref().is_some_and(|folder| folder.as_os_str().is_empty()) {
            return Err("--data-dir needs a folder.".to_owned());
        }
        Ok(Self::Open { data_folder })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn the_data_folder_may_be_given_in_both_ways() {
        let open = |folder: &str| Ok(Arguments::Open { data_folder: Some(folder.into()) });
        assert_eq!(parse(&["--data-dir", "/tmp/a b"]), open("/tmp/a b"));
        assert_eq!(parse(&["--data-dir=/tmp/x"]), open("/tmp/x"));
        assert_eq!(parse(&[]), Ok(Arguments::Open { data_folder: None }));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(parse(&["--data-dir"]).unwrap_err().contains("needs a folder"));
        assert!(parse(&["--data-dir="]).unwrap_err().contains("needs a folder"));
        assert!(parse(&["--frobnicate"]).unwrap_err().contains("--frobnicate"));
    }

    #[test]
    fn version_and_help_win() {
        assert_eq!(parse(&["--data-dir", "x", "--version"]), Ok(Arguments::Version));
        assert_eq!(parse(&["-h"]), Ok(Arguments::Help));
    }
}
