//! Writes the documents of the policy afresh, from the root of the repository:
//! `cargo run -p policy --example documents`.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let guide = fs::read_to_string("docs/policy.md")?;
    for document in policy::document::documents(&guide) {
        if let Some(folder) = Path::new(document.path).parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(document.path, document.text)?;
    }
    Ok(())
}
