//! `control`: where control requests are taken.

use crate::decode::{Fields, text, texts};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::load::with_reason;
use crate::shape::{Form, Key, Kind, Shape};
use crate::{Document, Report};
use gyropilot_model::Control;
use std::collections::BTreeMap;
use std::path::PathBuf;

const SOCKET: &str = Control::DEFAULT_SOCKET;

/// What fits into an address of a unix socket, less the NUL at its end.
const LONGEST_SOCKET: usize = 107;

pub(super) const SHAPE: Shape = Shape::new(
    "control",
    Form::Jobs,
    "`control`",
    &[
        Key::new("socket", Kind::Text, SOCKET, "the path of a unix socket, at most 107 bytes"),
        Key::own("mode", Kind::Text, "0600", "its permissions in octal digits"),
        Key::own(
            "allow",
            Kind::TEXTS,
            "none",
            "users who may use it beside root and the pilot's own, by name or number",
        ),
    ],
    &[],
);

/// The `control` object, or the defaults.
pub(super) fn control(fields: &Fields<'_>, findings: &mut Findings) -> Option<Control> {
    let default = Control::default();
    let Some(node) = fields.get("control") else { return Some(default) };
    let fields = Fields::open(node, "control", &SHAPE, findings)?;
    let socket = match fields.get("socket") {
        Some(node) => socket(node, findings),
        None => Some(default.socket),
    };
    let mode = match fields.get("mode") {
        Some(node) => mode(node, findings),
        None => Some(default.mode),
    };
    let allow = match fields.get("allow") {
        Some(node) => texts(node, "control.allow", findings)
            .map(|users| users.into_iter().map(|(_, user)| user).collect()),
        None => Some(default.allow),
    };
    Some(Control { socket: socket?, mode: mode?, allow: allow? })
}

/// Where a configuration has its control socket, whatever else is wrong with
/// it: who tells a running pilot something needs no more of it.
///
/// # Errors
/// A report when its template or its syntax cannot be made sense of.
pub fn control_socket(document: &Document, env: &BTreeMap<String, String>) -> Result<PathBuf, Report> {
    let rendered = crate::render(document, env)?;
    let read = crate::json5::read(&rendered.text);
    let Some(root) = read.root.filter(|_| read.mended) else {
        return Err(crate::report::report(&rendered, with_reason(read.faults)));
    };
    let named = member(&root, |key| key == "control")
        .and_then(|control| member(control, |key| key.eq_ignore_ascii_case("socket")));
    Ok(match named.map(|node| &node.value) {
        Some(Value::String(path)) if !path.is_empty() => path.into(),
        _ => SOCKET.into(),
    })
}

/// The value of the last such key, as in the original.
fn member(node: &Node, wanted: impl Fn(&str) -> bool) -> Option<&Node> {
    let Value::Object(members) = &node.value else { return None };
    members.iter().rev().find(|member| wanted(&member.key)).map(|member| &member.node)
}

fn socket(node: &Node, findings: &mut Findings) -> Option<PathBuf> {
    let path = text(node, "control.socket", findings)?;
    if path.is_empty() {
        findings
            .error(
                node.mark(),
                "control: validate failed with control server not loading due to missing config",
            )
            .label("expected a path")
            .hint(format!("leave it out for {SOCKET}"));
        return None;
    }
    if path.len() > LONGEST_SOCKET || path.contains('\0') {
        findings
            .error(node.mark(), format!("control: this path of a socket has {} bytes", path.len()))
            .label(format!("at most {LONGEST_SOCKET} are possible"));
        return None;
    }
    Some(path.into())
}

fn mode(node: &Node, findings: &mut Findings) -> Option<u32> {
    let digits = match &node.value {
        Value::String(digits) => Some(digits.as_str()),
        _ => None,
    };
    let octal = |digits: &str| {
        let length = (3..=4).contains(&digits.len());
        let mode = u32::from_str_radix(digits, 8).ok()?;
        (length && mode <= 0o777 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(mode)
    };
    let mode = digits.and_then(octal);
    if mode.is_none() {
        findings
            .error(node.mark(), "control.mode must be octal digits in quotes")
            .label("expected such as \"0600\" or \"0660\"");
    }
    mode
}
