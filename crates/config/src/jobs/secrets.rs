//! `secrets`: what jobs are given without it standing in their environment.

use super::value::{absolute, number};
use crate::decode::{Fields, members};
use crate::finding::Findings;
use crate::json5::Member;
use crate::shape::{Form, Key, Kind, Shape};
use gyropilot_model::SecretSource;
use std::collections::BTreeMap;

pub(super) const SHAPE: Shape = Shape::new(
    "secrets.NAME",
    Form::Jobs,
    "a secret",
    &[
        Key::own(
            "file",
            Kind::Text,
            "none",
            "the absolute path of a file; its whole content, less one line end",
        ),
        Key::own("fd", Kind::Whole { least: 3, most: 1023 }, "none", "a descriptor that the pilot inherited"),
    ],
    &[],
);

/// Every secret by its name; those with errors are left out.
pub(super) fn secrets(fields: &Fields<'_>, findings: &mut Findings) -> BTreeMap<String, SecretSource> {
    let Some(members) =
        fields.get("secrets").and_then(|node| members(node, "secrets", "`secrets`", findings))
    else {
        return BTreeMap::new();
    };
    let mut secrets = BTreeMap::new();
    for member in members {
        if !is_name(&member.key) {
            findings
                .error(
                    member.key_span.clone(),
                    format!("{} is no name of a secret", member.key.escape_debug()),
                )
                .label("expected letters, digits and `_`, not beginning with a digit")
                .hint("a job finds it by the variable NAME_FILE");
            continue;
        }
        if let Some(source) = source(member, findings) {
            secrets.insert(member.key.clone(), source);
        }
    }
    secrets
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn source(member: &Member, findings: &mut Findings) -> Option<SecretSource> {
    let owner = format!("secrets.{}", member.key);
    let fields = Fields::open(&member.node, owner.clone(), &SHAPE, findings)?;
    match (fields.get("file"), fields.get("fd")) {
        (Some(node), None) => {
            let owner = format!("{owner}.file");
            absolute(node, &owner, &owner, findings).map(SecretSource::File)
        }
        (None, Some(_)) => {
            let fd = number(&fields, "fd", &owner, (3, 1023), findings)?;
            u32::try_from(fd).ok().map(SecretSource::Descriptor)
        }
        (Some(_), Some(_)) => {
            findings
                .error(fields.key_mark("fd")?, format!("{owner} has `file` and `fd`"))
                .label("expected only this")
                .and(fields.key_mark("file")?, "or only this");
            None
        }
        (None, None) => {
            if !fields.is_misspelt("file") && !fields.is_misspelt("fd") {
                findings
                    .error(member.node.mark(), format!("{owner} comes from nowhere"))
                    .label("expected { file: \"/run/secrets/…\" } or { fd: 3 }");
            }
            None
        }
    }
}
