//! What was measured last of each figure, so that one can be measured anew without the others.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::figures;
use crate::plot::Plot;
use crate::report::Figure;
use crate::stage;

/// Where they are kept, from the root of the project.
const FOLDER: &str = "bench/results";

/// A figure as it stands in the document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Its lines of the summary, in cells.
    pub(crate) summary: Vec<Vec<String>>,
    /// Its own part.
    pub(crate) section: String,
}

/// Keeps what was measured of a figure.
pub(crate) fn keep(name: &str, figure: &Figure) -> Result<()> {
    fs::create_dir_all(folder())?;
    for plot in &figure.plots {
        let path = stage::root().join(drawing(name, plot));
        fs::write(&path, plot.svg()?).with_context(|| path.display().to_string())?;
    }
    let entry = Entry { summary: figure.summary(), section: figure.markdown(|plot| drawing(name, plot)) };
    let path = path(name);
    let text = serde_json::to_string_pretty(&entry)? + "\n";
    fs::write(&path, text).with_context(|| path.display().to_string())
}

/// Where a drawing of a figure stands, from the root of the project.
pub(crate) fn drawing(figure: &str, plot: &Plot) -> String {
    format!("{FOLDER}/{figure}-{}.svg", plot.name)
}

/// All figures that were ever measured, in the order of the document.
pub(crate) fn all() -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (name, _) in figures::ALL {
        let path = path(name);
        if path.exists() {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            entries.push(serde_json::from_str(&text).with_context(|| path.display().to_string())?);
        }
    }
    Ok(entries)
}

fn folder() -> PathBuf {
    stage::root().join(FOLDER)
}

fn path(name: &str) -> PathBuf {
    folder().join(format!("{name}.json"))
}
