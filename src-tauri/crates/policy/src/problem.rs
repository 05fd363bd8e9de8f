//! What is wrong with a policy, and where.

use std::{fmt, path::PathBuf};

use serde::Serialize;

/// Something wrong in a file of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, or the folder of files.
    pub file: PathBuf,
    /// Line, from 1; not known where the file as a whole is meant.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Key, as it stands in the file.
    pub key: Option<String>,
    /// What is wrong and what is needed.
    pub sentence: String,
    /// It stands in a managed file and touches security, so the bridge is sealed.
    pub seals: bool,
}

impl fmt::Display for Problem {
    /// `file:line:column: sentence`, as compilers write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.sentence)
    }
}
