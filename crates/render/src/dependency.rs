//! What a template asks the catalogue for, as written in the template.

use gyropilot_model::Status;
use std::collections::BTreeSet;
use std::fmt;

/// One question to the catalogue, or to the file system. Equal questions share one view.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dependency {
    /// `datacenters`
    Datacenters,
    /// `file "path"`
    File(String),
    /// `key`, `keyExists`, `keyOrDefault`: without a leading slash.
    Key { path: String, datacenter: Option<String> },
    /// `node "name@dc"`; without a name it is the agent's own node.
    Node { name: Option<String>, datacenter: Option<String> },
    /// `nodes "@dc~near"`
    Nodes { datacenter: Option<String>, near: Option<String> },
    /// `service "tag.name@dc~near|filter"`
    Service(ServiceDependency),
    /// `services "@dc"`
    Services { datacenter: Option<String> },
    /// `ls` and `tree`: without a leading slash.
    Tree { prefix: String, datacenter: Option<String> },
}

/// The instances of one service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServiceDependency {
    pub(crate) name: String,
    pub(crate) tag: Option<String>,
    pub(crate) datacenter: Option<String>,
    pub(crate) near: Option<String>,
    /// `None` stands for any.
    pub(crate) filter: Option<BTreeSet<Status>>,
}

/// A text that is not a question. The wording is the original's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DependencyError {
    #[error("{kind}: invalid format: {text:?}")]
    Format { kind: &'static str, text: String },
    #[error("health.service: invalid filter: {filter:?} in {text:?}")]
    Filter { filter: String, text: String },
    #[error("{kind}: the query parameters in {text:?} belong to Consul Enterprise and are not supported")]
    Query { kind: &'static str, text: String },
}

// === impl Dependency ===

impl Dependency {
    pub(crate) fn service(text: &str) -> Result<Self, DependencyError> {
        let kind = "health.service";
        let format = || DependencyError::Format { kind, text: text.to_owned() };
        let (rest, filter) = match text.split_once('|') {
            Some((rest, filter)) => (rest, parse_filter(filter, text)?),
            None => (text, Some(BTreeSet::from([Status::Passing]))),
        };
        let (rest, near) = split_last(rest, '~', is_place).ok_or_else(format)?;
        let (rest, datacenter) = split_last(rest, '@', is_place).ok_or_else(format)?;
        if rest.contains('?') {
            return Err(DependencyError::Query { kind, text: text.to_owned() });
        }
        // The tag may hold dots of its own, the name may not.
        let (tag, name) = match rest.rsplit_once('.') {
            Some((tag, name)) => (Some(tag), name),
            None => (None, rest),
        };
        let tag_is_good = tag.is_none_or(|tag| {
            !tag.is_empty() && tag.chars().all(|c| is_word(c) || matches!(c, '=' | ':' | '.' | '-'))
        });
        if name.is_empty() || !name.chars().all(|c| is_word(c) || c == '-') || !tag_is_good {
            return Err(format());
        }
        Ok(Self::Service(ServiceDependency {
            name: name.to_owned(),
            tag: tag.map(str::to_owned),
            datacenter,
            near,
            filter,
        }))
    }

    pub(crate) fn services(text: &str) -> Result<Self, DependencyError> {
        let (rest, datacenter) = Self::place("catalog.services", text)?;
        match rest {
            "" => Ok(Self::Services { datacenter }),
            _ => Err(DependencyError::Format { kind: "catalog.services", text: text.to_owned() }),
        }
    }

    pub(crate) fn nodes(text: &str) -> Result<Self, DependencyError> {
        let kind = "catalog.nodes";
        let format = || DependencyError::Format { kind, text: text.to_owned() };
        let (rest, near) = split_last(text, '~', is_place).ok_or_else(format)?;
        match Self::place(kind, rest)? {
            ("", datacenter) => Ok(Self::Nodes { datacenter, near }),
            _ => Err(format()),
        }
    }

    pub(crate) fn node(text: &str) -> Result<Self, DependencyError> {
        let (name, datacenter) = Self::place("catalog.node", text)?;
        if !name.chars().all(is_place) {
            return Err(DependencyError::Format { kind: "catalog.node", text: text.to_owned() });
        }
        Ok(Self::Node { name: (!name.is_empty()).then(|| name.to_owned()), datacenter })
    }

    pub(crate) fn key(text: &str) -> Result<Self, DependencyError> {
        let (path, datacenter) = Self::path("kv.get", text)?;
        Ok(Self::Key { path, datacenter })
    }

    pub(crate) fn tree(text: &str) -> Result<Self, DependencyError> {
        let (prefix, datacenter) = Self::path("kv.list", text)?;
        Ok(Self::Tree { prefix, datacenter })
    }

    /// Everything in front of `@dc`, and that.
    fn place<'a>(kind: &'static str, text: &'a str) -> Result<(&'a str, Option<String>), DependencyError> {
        if text.contains('?') {
            return Err(DependencyError::Query { kind, text: text.to_owned() });
        }
        split_last(text, '@', is_place).ok_or_else(|| DependencyError::Format { kind, text: text.to_owned() })
    }

    /// A path in the key/value store. It may hold any character but `@`.
    fn path(kind: &'static str, text: &str) -> Result<(String, Option<String>), DependencyError> {
        let format = || DependencyError::Format { kind, text: text.to_owned() };
        let (path, datacenter) = split_last(text, '@', is_place).ok_or_else(format)?;
        let path = path.trim_start_matches('/');
        if path.contains('@') || (path.is_empty() && !text.starts_with('/')) {
            return Err(format());
        }
        Ok((path.to_owned(), datacenter))
    }
}

/// Cuts the part behind the last `mark`, when there is one. `None`: that part is not good.
fn split_last(text: &str, mark: char, good: fn(char) -> bool) -> Option<(&str, Option<String>)> {
    match text.rsplit_once(mark) {
        None => Some((text, None)),
        Some((rest, part)) if !part.is_empty() && part.chars().all(good) => {
            Some((rest, Some(part.to_owned())))
        }
        Some(_) => None,
    }
}

fn parse_filter(filter: &str, text: &str) -> Result<Option<BTreeSet<Status>>, DependencyError> {
    let mut statuses = BTreeSet::new();
    let mut any = false;
    for word in filter.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "any" => any = true,
            "passing" => _ = statuses.insert(Status::Passing),
            "warning" => _ = statuses.insert(Status::Warning),
            "critical" => _ = statuses.insert(Status::Critical),
            "maintenance" => _ = statuses.insert(Status::Maintenance),
            _ => {
                return Err(DependencyError::Filter { filter: word.to_owned(), text: text.to_owned() });
            }
        }
    }
    if statuses.is_empty() {
        statuses.insert(Status::Passing);
    }
    Ok((!any).then_some(statuses))
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Names of datacentres and nodes.
const fn is_place(c: char) -> bool {
    is_word(c) || c == '.' || c == '-'
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |place: &Option<String>, mark: char| {
            place.as_ref().map(|place| format!("{mark}{place}")).unwrap_or_default()
        };
        match self {
            Self::Datacenters => f.write_str("catalog.datacenters"),
            Self::File(path) => write!(f, "file({path})"),
            Self::Key { path, datacenter } => write!(f, "kv.get({path}{})", at(datacenter, '@')),
            Self::Node { name, datacenter } => {
                write!(f, "catalog.node({}{})", name.as_deref().unwrap_or_default(), at(datacenter, '@'))
            }
            Self::Nodes { datacenter, near } => {
                write!(f, "catalog.nodes({}{})", at(datacenter, '@'), at(near, '~'))
            }
            Self::Service(ServiceDependency { name, tag, datacenter, near, filter }) => {
                let tag = tag.as_ref().map(|tag| format!("{tag}.")).unwrap_or_default();
                let filter = filter.as_ref().map_or_else(
                    || "any".to_owned(),
                    |statuses| statuses.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(","),
                );
                write!(f, "health.service({tag}{name}{}{}|{filter})", at(datacenter, '@'), at(near, '~'))
            }
            Self::Services { datacenter } => write!(f, "catalog.services({})", at(datacenter, '@')),
            Self::Tree { prefix, datacenter } => write!(f, "kv.list({prefix}{})", at(datacenter, '@')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_with_all_their_parts() {
        for (text, want) in [
            ("web", "health.service(web|passing)"),
            ("v1.web", "health.service(v1.web|passing)"),
            ("v1.0.web@dc-2~_agent", "health.service(v1.0.web@dc-2~_agent|passing)"),
            ("key=a:b.web", "health.service(key=a:b.web|passing)"),
            ("web|any", "health.service(web|any)"),
            ("web|", "health.service(web|passing)"),
            ("web|critical,passing", "health.service(web|passing,critical)"),
            ("web|passing,any", "health.service(web|any)"),
            ("web@dc1|warning,maintenance", "health.service(web@dc1|warning,maintenance)"),
        ] {
            assert_eq!(Dependency::service(text).unwrap().to_string(), want);
        }
    }

    #[test]
    fn services_that_are_none() {
        for (text, want) in [
            ("", "health.service: invalid format: \"\""),
            ("a b", "health.service: invalid format: \"a b\""),
            ("web@", "health.service: invalid format: \"web@\""),
            (".web", "health.service: invalid format: \".web\""),
            ("web|sick", "health.service: invalid filter: \"sick\" in \"web|sick\""),
        ] {
            assert_eq!(Dependency::service(text).unwrap_err().to_string(), want);
        }
        assert!(matches!(Dependency::service("web?ns=a"), Err(DependencyError::Query { .. })));
    }

    #[test]
    fn keys_and_prefixes() {
        assert_eq!(Dependency::key("/a/b@dc1").unwrap().to_string(), "kv.get(a/b@dc1)");
        assert_eq!(Dependency::key("a b?c").unwrap().to_string(), "kv.get(a b?c)");
        assert_eq!(Dependency::tree("/").unwrap().to_string(), "kv.list()");
        assert!(Dependency::key("").is_err());
        assert!(Dependency::key("a@b@c").is_err());
    }

    #[test]
    fn nodes_and_datacentres() {
        assert_eq!(Dependency::node("").unwrap().to_string(), "catalog.node()");
        assert_eq!(Dependency::node("n-1.x@dc1").unwrap().to_string(), "catalog.node(n-1.x@dc1)");
        assert_eq!(Dependency::nodes("@dc1~n1").unwrap().to_string(), "catalog.nodes(@dc1~n1)");
        assert_eq!(Dependency::services("@dc1").unwrap().to_string(), "catalog.services(@dc1)");
        assert!(Dependency::services("dc1").is_err());
        assert!(Dependency::nodes("x@dc1").is_err());
    }

    #[test]
    fn equal_questions_are_one() {
        assert_eq!(Dependency::service("web"), Dependency::service("web|passing"));
        assert_eq!(Dependency::key("a"), Dependency::key("/a"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_question_or_an_error(text in "[a-z.@~|?/,:é-]{0,20}|\\PC{0,20}") {
            for read in [Dependency::service, Dependency::services, Dependency::node, Dependency::nodes,
                         Dependency::key, Dependency::tree] {
                // What a question prints as is the same question when it is read again.
                if let Ok(asked) = read(&text) {
                    let shown = asked.to_string();
                    let inner = shown.split_once('(').unwrap().1.strip_suffix(')').unwrap();
                    let slash = if matches!(asked, Dependency::Tree { .. } | Dependency::Key { .. }) { "/" } else { "" };
                    proptest::prop_assert_eq!(read(&format!("{slash}{inner}")), Ok(asked));
                }
            }
        }
    }
}
