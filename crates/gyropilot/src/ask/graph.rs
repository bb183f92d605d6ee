//! What happens because of what, drawn in three ways.

use crate::commands::GraphFormat;
use gyropilot_model::Edge;
use std::collections::BTreeMap;

pub(super) fn draw(edges: &[Edge], format: GraphFormat) -> String {
    match format {
        GraphFormat::Text => {
            edges.iter().map(|Edge { from, to, event }| format!("{from} --{event}--> {to}\n")).collect()
        }
        GraphFormat::Mermaid => {
            // Mermaid takes few characters in a name; what people read stands in brackets.
            let mut names = BTreeMap::new();
            for name in edges.iter().flat_map(|edge| [&edge.from, &edge.to]) {
                let number = names.len();
                names.entry(name.as_str()).or_insert_with(|| format!("n{number}"));
            }
            let mut text = "graph TD\n".to_owned();
            for (name, short) in &names {
                text.push_str(&format!("    {short}[\"{}\"]\n", name.replace('"', "#quot;")));
            }
            let short = |name: &str| names.get(name).cloned().unwrap_or_default();
            for Edge { from, to, event } in edges {
                text.push_str(&format!("    {} -->|{event}| {}\n", short(from), short(to)));
            }
            text
        }
        GraphFormat::Dot => {
            let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
            let mut text = "digraph jobs {\n".to_owned();
            for Edge { from, to, event } in edges {
                text.push_str(&format!(
                    "    {} -> {} [label={}];\n",
                    quoted(from),
                    quoted(to),
                    quoted(event)
                ));
            }
            text + "}\n"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(format: GraphFormat) -> String {
        let edge = |from: &str, to: &str, event: &str| Edge {
            from: from.into(),
            to: to.into(),
            event: event.into(),
        };
        draw(&[edge("global", "migrate", "startup"), edge("migrate", "the \"app\"", "exitSuccess")], format)
    }

    #[test]
    fn as_text() {
        assert_eq!(
            drawn(GraphFormat::Text),
            "global --startup--> migrate\nmigrate --exitSuccess--> the \"app\"\n"
        );
    }

    #[test]
    fn for_mermaid() {
        assert_eq!(
            drawn(GraphFormat::Mermaid),
            "graph TD\n    n0[\"global\"]\n    n1[\"migrate\"]\n    n2[\"the #quot;app#quot;\"]\n    \
             n0 -->|startup| n1\n    n1 -->|exitSuccess| n2\n"
        );
    }

    #[test]
    fn for_graphviz() {
        assert_eq!(
            drawn(GraphFormat::Dot),
            "digraph jobs {\n    \"global\" -> \"migrate\" [label=\"startup\"];\n    \
             \"migrate\" -> \"the \\\"app\\\"\" [label=\"exitSuccess\"];\n}\n"
        );
    }
}
