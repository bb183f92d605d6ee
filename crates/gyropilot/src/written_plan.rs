//! A plan as it may be shown.

use gyropilot_model::Plan;
use gyropilot_telemetry::Secrets;
use serde_json::Value;

/// A plan as JSON, with no text in it that holds a secret.
///
/// Text by text, because a secret with a quotation mark in it reads otherwise
/// once it stands in a document.
///
/// # Errors
/// When it holds something that JSON does not have, such as a path that is not UTF-8.
pub(crate) fn written_plan(plan: &Plan, secrets: &Secrets) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(plan)?;
    hide(&mut value, secrets);
    Ok(value)
}

/// The nesting is that of a plan: a dozen levels at the most.
fn hide(value: &mut Value, secrets: &Secrets) {
    match value {
        Value::String(text) => *text = secrets.hide(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, secrets)),
        Value::Object(members) => members.values_mut().for_each(|member| hide(member, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
