//! `gyropilot render`: a template and a JSON document, offline.

use crate::printer;
use gyropilot_template::{Template, Value};
use std::path::Path;

/// A template that cannot be parsed.
const NOT_A_TEMPLATE: u8 = 2;
/// A template that fails, or a file that cannot be read.
const FAILED: u8 = 1;

/// Renders to standard output and gives the exit status. What was produced
/// before a failure is written too, as Go does.
pub(crate) fn run(data: &Path, template: &Path) -> u8 {
    match render(data, template) {
        Ok(output) => printer::data(output),
        Err((status, reason)) => {
            printer::talk(reason);
            status
        }
    }
}

fn render(data: &Path, path: &Path) -> Result<Vec<u8>, (u8, String)> {
    let failed =
        |path: &Path, error: &dyn std::fmt::Display| (FAILED, format!("{}: {error}", path.display()));
    let text = std::fs::read(path).map_err(|error| failed(path, &error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut template = Template::new(name);
    template.parse(&text).map_err(|error| (NOT_A_TEMPLATE, error.to_string()))?;
    let document = std::fs::read(data).map_err(|error| failed(data, &error))?;
    let document: serde_json::Value =
        serde_json::from_slice(&document).map_err(|error| failed(data, &error))?;
    template.render(&Value::from(document)).map_err(|error| {
        printer::data(&error.partial.output);
        (FAILED, error.to_string())
    })
}
