//! Files that are made from others. Each is committed, so that a reader finds it
//! and a review sees it change; `--check` says which ones no longer match.

mod cli;
mod licences;
mod man;
mod options;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Result, bail};

use crate::workspace;

/// What makes files: each a path below the root of the repository and a text.
type Generator = fn() -> Result<Vec<(String, String)>>;

/// A new one is a new line.
const GENERATORS: &[Generator] = &[
    || one("THIRD-PARTY.md", licences::third_party()?),
    || one("docs/cli.md", cli::reference()?),
    || one("docs/reference.md", options::page()?),
    || one("schema/gyropilot.schema.json", cli::schema()?),
    man::pages,
];

/// Folders in which there is nothing but what is generated.
const FOLDERS: &[&str] = &["man"];

fn one(path: &str, text: String) -> Result<Vec<(String, String)>> {
    Ok(vec![(path.to_owned(), text)])
}

/// Rewrites what differs, and says what was rewritten.
pub(crate) fn write() -> Result<()> {
    for (path, text) in drifted()? {
        let file = workspace::root().join(&path);
        match text {
            Some(text) => {
                if let Some(folder) = file.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::write(file, text)?;
                println!("wrote {path}");
            }
            None => {
                fs::remove_file(file)?;
                println!("removed {path}");
            }
        }
    }
    Ok(())
}

/// Fails when a generated file is not what its generator makes now.
pub(crate) fn check() -> Result<()> {
    let paths: Vec<String> = drifted()?.into_iter().map(|(path, _)| path).collect();
    if !paths.is_empty() {
        bail!("not what is generated now: {}\nhint: cargo xtask generate", paths.join(", "));
    }
    Ok(())
}

/// The files whose text is not what is on disk, with the text; none for those that nothing generates any more.
fn drifted() -> Result<Vec<(String, Option<String>)>> {
    let mut found = Vec::new();
    let mut made = BTreeSet::new();
    for generator in GENERATORS {
        for (path, text) in generator()? {
            let on_disk = fs::read_to_string(workspace::root().join(&path)).ok();
            made.insert(path.clone());
            if on_disk.as_deref() != Some(text.as_str()) {
                found.push((path, Some(text)));
            }
        }
    }
    for folder in FOLDERS {
        let Ok(files) = fs::read_dir(workspace::root().join(folder)) else { continue };
        for file in files {
            let path = format!("{folder}/{}", file?.file_name().to_string_lossy());
            if !made.contains(&path) {
                found.push((path, None));
            }
        }
    }
    Ok(found)
}
