//! The members of an object by their known names.

use gyropilot_config::{Findings, Member, Node, Value, near_miss};

/// The members of an object, all of which are known.
pub(super) struct Keys<'n>(&'n [Member]);

// === impl Keys ===

impl<'n> Keys<'n> {
    /// Reports every member that is not `known`. `None`, reported, when it is not an object.
    pub(super) fn open(
        node: &'n Node,
        what: &str,
        known: &[&'static str],
        findings: &mut Findings,
    ) -> Option<Self> {
        let Value::Object(members) = &node.value else {
            if node.value != Value::Unreadable {
                let message = format!("{what} is an object, not {}", node.value.kind());
                findings.error(node.mark(), message).label("expected { … }");
            }
            return None;
        };
        for (i, member) in members.iter().enumerate() {
            if !known.contains(&member.key.as_str()) {
                let finding = findings
                    .error(member.key_span.clone(), format!("`{}` is not a key of {what}", member.key));
                match near_miss(&member.key, known.iter().copied()) {
                    Some(meant) => finding.label(format!("did you mean `{meant}`?")),
                    None => finding
                        .label("not known")
                        .hint(format!("the keys of {what} are {}", known.join(", "))),
                };
            } else if let Some(earlier) = members.iter().take(i).find(|earlier| earlier.key == member.key) {
                findings
                    .error(member.key_span.clone(), format!("`{}` is given twice", member.key))
                    .label("given again here")
                    .also(earlier.key_span.clone(), "given first here");
            }
        }
        Some(Self(members))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.0.iter().find(|member| member.key == key).map(|member| &member.node)
    }

    /// In the order of the text.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'n str, &'n Node)> {
        self.0.iter().map(|member| (member.key.as_str(), &member.node))
    }
}
