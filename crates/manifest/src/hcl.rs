//! HCL, as Nomad's jobs are written in: attributes and blocks become members, labels the member `""`.

use crate::node::{Node, Unreadable, Value};
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::repr::Span;
use hcl_edit::structure::{Body, Structure};

/// Nested deeper than this is no job.
const DEEPEST: usize = 64;
/// The member that holds a block's label.
pub(crate) const LABEL: &str = "";

/// The body of a file.
pub(crate) fn read(text: &str) -> Result<Node, Unreadable> {
    // Its parser calls itself for each bracket.
    let deepest = text.bytes().scan(0_usize, |depth, byte| {
        match byte {
            b'[' | b'{' | b'(' => *depth += 1,
            b']' | b'}' | b')' => *depth = depth.saturating_sub(1),
            _ => {}
        }
        Some(*depth)
    });
    if deepest.max() > Some(DEEPEST) {
        return Err(Unreadable { line: 1, reason: "this is nested too deeply".to_owned() });
    }
    let body = hcl_edit::parser::parse_body(text)
        .map_err(|error| Unreadable { line: error.location().line(), reason: error.message().to_owned() })?;
    let lines = Lines(text);
    Ok(Node { line: 1, value: body_of(&body, &lines) })
}

struct Lines<'t>(&'t str);

// === impl Lines ===

impl Lines<'_> {
    fn of(&self, spanned: &impl Span) -> usize {
        let start = spanned.span().map_or(0, |span| span.start);
        let before = self.0.as_bytes().get(..start).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }
}

fn body_of(body: &Body, lines: &Lines<'_>) -> Value {
    let member = |structure: &Structure| match structure {
        Structure::Attribute(attribute) => {
            let line = lines.of(&attribute.key);
            (attribute.key.to_string(), expression(&attribute.value, line, lines))
        }
        Structure::Block(block) => {
            let line = lines.of(&block.ident);
            let mut members: Vec<(String, Node)> = Vec::new();
            for label in &block.labels {
                members.push((LABEL.to_owned(), Node::text(line, label.as_str())));
            }
            if let Value::Map(own) = body_of(&block.body, lines) {
                members.extend(own);
            }
            (block.ident.to_string(), Node { line, value: Value::Map(members) })
        }
    };
    Value::Map(body.iter().map(member).collect())
}

/// What is computed stays as it is written.
fn expression(value: &Expression, line: usize, lines: &Lines<'_>) -> Node {
    let value = match value {
        Expression::Null(_) => Value::Text(String::new()),
        Expression::Bool(value) => Value::Text(value.as_ref().to_string()),
        Expression::Number(value) => Value::Text(value.as_ref().to_string()),
        Expression::String(value) => Value::Text(value.as_str().to_owned()),
        Expression::Array(items) => {
            Value::List(items.iter().map(|item| expression(item, line, lines)).collect())
        }
        Expression::Object(members) => {
            let key = |key: &ObjectKey| match key {
                ObjectKey::Ident(ident) => ident.to_string(),
                ObjectKey::Expression(Expression::String(text)) => text.as_str().to_owned(),
                ObjectKey::Expression(other) => other.to_string(),
            };
            let member = |(name, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                let line = name.span().map_or(line, |_| lines.of(name));
                (key(name).trim().to_owned(), expression(value.expr(), line, lines))
            };
            Value::Map(members.iter().map(member).collect())
        }
        other => Value::Text(other.to_string().trim().to_owned()),
    };
    Node { line, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_attributes_are_members() {
        let read = read(
            "job \"shop\" {\n  group \"g\" {\n    count = 2\n    env = {\n      A = \"b\"\n    }\n  }\n}\n",
        );
        let read = read.unwrap();
        assert_eq!(read.text_at(&["job", LABEL]), Some(("shop".to_owned(), 1)));
        assert_eq!(read.text_at(&["job", "group", "count"]), Some(("2".to_owned(), 3)));
        assert_eq!(read.text_at(&["job", "group", "env", "A"]), Some(("b".to_owned(), 5)));
    }

    #[test]
    fn a_fault_has_its_line() {
        assert_eq!(read("job \"x\" {\n  a = \n}\n").unwrap_err().line, 2);
        assert!(read(&format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
