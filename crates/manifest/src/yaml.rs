//! YAML, and with it JSON.

use crate::node::{Node, Unreadable, Value};
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

/// Nested deeper than this is nothing that a scheduler takes.
const DEEPEST: usize = 64;
/// The key that takes over the members of another map; <https://yaml.org/type/merge.html>.
const MERGE: &str = "<<";

/// The documents of a file.
pub(crate) fn read(text: &str) -> Result<Vec<Node>, Unreadable> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| {
        // Its own words name the place once more.
        let reason = error.info().to_owned();
        Unreadable { line: error.marker().line(), reason }
    })?;
    documents.iter().map(|document| node(document, DEEPEST)).collect()
}

fn node(yaml: &MarkedYaml<'_>, depth: usize) -> Result<Node, Unreadable> {
    let line = yaml.span.start.line();
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Unreadable { line, reason: "this is nested too deeply".to_owned() });
    };
    let value = match &yaml.data {
        YamlData::Value(scalar) => Value::Text(text(scalar)),
        YamlData::Representation(text, ..) => Value::Text(text.to_string()),
        YamlData::Sequence(items) => {
            Value::List(items.iter().map(|item| node(item, depth)).collect::<Result<_, _>>()?)
        }
        YamlData::Mapping(members) => {
            let (mut own, mut merged) = (Vec::new(), Vec::new());
            for (key, value) in members {
                let (key, value) = (node(key, depth)?, node(value, depth)?);
                match key.as_text() {
                    Some(MERGE) => {
                        let maps =
                            if value.items().is_empty() { vec![value] } else { value.items().to_vec() };
                        merged.extend(maps.iter().flat_map(Node::members).cloned());
                    }
                    Some(key) => own.push((key.to_owned(), value)),
                    None => return Err(Unreadable { line: key.line, reason: "a key is a text".to_owned() }),
                }
            }
            merged.retain(|(name, _)| own.iter().all(|(known, _)| known != name));
            own.extend(merged);
            Value::Map(own)
        }
        YamlData::Tagged(_, inner) => return node(inner, depth),
        YamlData::Alias(_) | YamlData::BadValue => {
            return Err(Unreadable { line, reason: "this has no value".to_owned() });
        }
    };
    Ok(Node { line, value })
}

fn text(scalar: &Scalar<'_>) -> String {
    match scalar {
        Scalar::Null => String::new(),
        Scalar::Boolean(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::FloatingPoint(value) => value.to_string(),
        Scalar::String(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_their_lines_and_merged_ones_give_way() {
        let read = read("x: &x\n  a: 1\n  b: [two]\ny:\n  <<: *x\n  a: 3\n---\nz: {}\n").unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].text_at(&["y", "a"]), Some(("3".to_owned(), 6)));
        assert_eq!(read[0].at(&["y", "b"]).unwrap().items()[0].as_text(), Some("two"));
    }

    #[test]
    fn a_fault_has_its_line() {
        assert_eq!(read("a: 1\nb: [\n").unwrap_err().line, 3);
        assert!(read(&"[".repeat(10_000)).is_err());
    }
}
