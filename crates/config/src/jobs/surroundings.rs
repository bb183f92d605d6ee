//! As what and where the process of a job runs.

use super::limits::limits;
use super::value::{absolute, flag, word};
use crate::decode::{Fields, members, near_miss, text, texts};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use gyropilot_model::{CAPABILITIES, Surroundings};
use std::collections::{BTreeMap, BTreeSet};

/// The word for all of them.
const ALL: &str = "all";

/// What a job says of its surroundings. `known` are the names of all secrets.
pub(super) fn surroundings(
    fields: &Fields<'_>,
    owner: &str,
    known: &BTreeSet<String>,
    findings: &mut Findings,
) -> Option<Surroundings> {
    let names = |key: &str, findings: &mut Findings| match fields.get(key) {
        Some(node) => texts(node, &fields.path(key), findings)
            .map(|names| Some(names.into_iter().map(|(_, name)| name).collect())),
        None => Some(None),
    };
    let working_directory = match fields.get("workingDirectory") {
        Some(node) => {
            let path = fields.path("workingDirectory");
            absolute(node, &path, &format!("{owner}.workingDirectory"), findings).map(Some)
        }
        None => Some(None),
    };
    let environment = environment(fields, owner, findings);
    let limits = limits(fields, owner, findings);
    let drop_capabilities = capabilities(fields, owner, findings);
    let secrets = secrets(fields, owner, known, findings);
    let supplementary_groups = names("supplementaryGroups", findings);
    Some(Surroundings {
        user: word(fields, "user", findings),
        group: word(fields, "group", findings),
        supplementary_groups: supplementary_groups?,
        working_directory: working_directory?,
        environment: environment?,
        limits: limits?,
        no_new_privileges: flag(fields, "noNewPrivileges", findings),
        drop_capabilities: drop_capabilities?,
        secrets: secrets?,
    })
}

fn environment(
    fields: &Fields<'_>,
    owner: &str,
    findings: &mut Findings,
) -> Option<BTreeMap<String, Option<String>>> {
    let Some(node) = fields.get("env") else { return Some(BTreeMap::new()) };
    let path = fields.path("env");
    let mut environment = BTreeMap::new();
    for member in members(node, &path, "`env`", findings)? {
        if member.key.is_empty() || member.key.contains(['=', '\0']) {
            findings
                .error(member.key_span.clone(), format!("{owner}.env: this is no name of a variable"))
                .label("expected no `=` in it");
            return None;
        }
        let value = match &member.node.value {
            Value::Null => None,
            // As a number it would be `1`, which nobody means.
            Value::Bool(word) => {
                findings
                    .error(member.node.mark(), format!("{owner}.env.{} must be a text", member.key))
                    .label(format!("write \"{word}\" or \"{}\"", u8::from(*word)));
                return None;
            }
            _ => Some(text(&member.node, &format!("{path}.{}", member.key), findings)?),
        };
        if value.as_deref().is_some_and(|value| value.contains('\0')) {
            findings
                .error(member.node.mark(), format!("{owner}.env.{} holds a NUL", member.key))
                .label("no variable can");
            return None;
        }
        environment.insert(member.key.clone(), value);
    }
    Some(environment)
}

fn capabilities(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Vec<String>> {
    let Some(node) = fields.get("dropCapabilities") else { return Some(Vec::new()) };
    let path = fields.path("dropCapabilities");
    let written = match &node.value {
        Value::String(word) => vec![(node, word.clone())],
        _ => texts(node, &path, findings)?,
    };
    let mut capabilities = Vec::with_capacity(written.len());
    for (node, written) in written {
        let lower = written.to_ascii_lowercase();
        let name = lower.strip_prefix("cap_").unwrap_or(&lower);
        if name != ALL && !CAPABILITIES.contains(&name) {
            unknown_capability(node, &written, name, owner, findings);
            return None;
        }
        capabilities.push(name.to_owned());
    }
    Some(capabilities)
}

fn unknown_capability(node: &Node, written: &str, name: &str, owner: &str, findings: &mut Findings) {
    let finding = findings.error(
        node.mark(),
        format!("{owner}.dropCapabilities: there is no capability {}", written.escape_debug()),
    );
    match near_miss(name, CAPABILITIES.into_iter().chain([ALL])) {
        Some(meant) => finding.label(format!("did you mean \"{}\"?", meant.to_ascii_uppercase())),
        None => finding.label("expected such as \"NET_RAW\", or \"all\""),
    };
}

fn secrets(
    fields: &Fields<'_>,
    owner: &str,
    known: &BTreeSet<String>,
    findings: &mut Findings,
) -> Option<Vec<String>> {
    let Some(node) = fields.get("secrets") else { return Some(Vec::new()) };
    let mut names = Vec::new();
    for (node, name) in texts(node, &fields.path("secrets"), findings)? {
        if known.contains(&name) {
            names.push(name);
            continue;
        }
        let finding = findings.error(node.mark(), format!("{owner}.secrets: there is no secret {name}"));
        match near_miss(&name, known.iter().map(String::as_str)) {
            Some(meant) => finding.label(format!("did you mean \"{meant}\"?")),
            None => finding
                .label("not among `secrets` at the top")
                .hint(format!("add it there: secrets: {{ {name}: {{ file: \"/run/secrets/{name}\" }} }}")),
        };
        return None;
    }
    Some(names)
}
