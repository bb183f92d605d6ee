//! Which variables a configuration reads: it is a template over the environment.

/// A variable that a configuration reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// There is a `default` for it wherever it is read.
    pub is_optional: bool,
    /// It stands in the value of `consul`.
    pub is_catalogue: bool,
}

/// The variables that a configuration reads, in the order in which they come: `.NAME` and
/// `env "NAME"` between `{{` and `}}`.
#[must_use]
pub fn variables(text: &str) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, behind) = after.split_once("}}").unwrap_or((after, ""));
        let line = before.rsplit('\n').next().unwrap_or_default();
        let is_catalogue = is_key(line, "consul");
        let is_optional = action.split_whitespace().any(|word| word == "default");
        for name in names(action) {
            match found.iter_mut().find(|variable| variable.name == name) {
                Some(known) => {
                    known.is_optional &= is_optional;
                    known.is_catalogue |= is_catalogue;
                }
                None => found.push(Variable { name: name.to_owned(), is_optional, is_catalogue }),
            }
        }
        rest = behind;
    }
    found
}

/// Does the beginning of a line end within the value of this key?
fn is_key(line: &str, key: &str) -> bool {
    line.split([',', '{']).next_back().is_some_and(|member| {
        let name = member.split(':').next().unwrap_or_default().trim();
        member.contains(':') && name.trim_matches(['"', '\'']) == key
    })
}

fn names(action: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let words = action.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|' | ','));
    let mut before = "";
    for word in words.filter(|word| !word.is_empty()) {
        let name = match (word.strip_prefix('.'), before) {
            (Some(name), _) => Some(name),
            (None, "env") => Some(word.trim_matches(['"', '`'])),
            _ => None,
        };
        let is_name = |name: &&str| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.starts_with(|c: char| c.is_ascii_digit())
        };
        names.extend(name.filter(is_name));
        before = word;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_once_with_what_it_is_for() {
        let text = r#"{ consul: "{{ .CONSUL }}:8500", jobs: [{ name: "{{ .NAME | default `web` }}",
            exec: "run {{ env "MODE" }} {{ .CONSUL }} {{ if .DEBUG }}-d{{ end }} 1.5" }] }"#;
        let told: Vec<_> =
            variables(text).into_iter().map(|v| (v.name, v.is_optional, v.is_catalogue)).collect();
        let expected =
            [("CONSUL", false, true), ("NAME", true, false), ("MODE", false, false), ("DEBUG", false, false)];
        assert_eq!(told, expected.map(|(name, optional, catalogue)| (name.to_owned(), optional, catalogue)));
    }

    #[test]
    fn what_is_no_template_has_none() {
        assert_eq!(variables("{ consul: \"h:8500\" } .NOT {{"), []);
        assert_eq!(variables("{{ $x := 1 }}{{ .1 }}{{ . }}"), []);
    }
}
