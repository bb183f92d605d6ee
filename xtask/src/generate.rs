//! Files that are made from others. Each is committed, so that a reader finds it
//! and a review sees it change; `--check` says which ones no longer match.

mod cli;
mod licences;

use std::fs;

use anyhow::{Result, bail};

use crate::workspace;

/// A generated file. A new one is a new line in [`GENERATORS`].
struct Generator {
    /// Below the root of the repository.
    path: &'static str,
    text: fn() -> Result<String>,
}

const GENERATORS: &[Generator] = &[
    Generator { path: "THIRD-PARTY.md", text: licences::third_party },
    Generator { path: "docs/cli.md", text: cli::reference },
];

/// Rewrites what differs, and says what was rewritten.
pub(crate) fn write() -> Result<()> {
    for (path, text) in drifted()? {
        let file = workspace::root().join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, text)?;
        println!("wrote {path}");
    }
    Ok(())
}

/// Fails when a generated file is not what its generator makes now.
pub(crate) fn check() -> Result<()> {
    let paths: Vec<&str> = drifted()?.into_iter().map(|(path, _)| path).collect();
    if !paths.is_empty() {
        bail!("not what is generated now: {}\nhint: cargo xtask generate", paths.join(", "));
    }
    Ok(())
}

/// The files whose text is not what is on disk, with the text.
fn drifted() -> Result<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    for generator in GENERATORS {
        let text = (generator.text)()?;
        if fs::read_to_string(workspace::root().join(generator.path)).ok().as_deref() != Some(text.as_str()) {
            found.push((generator.path, text));
        }
    }
    Ok(found)
}
