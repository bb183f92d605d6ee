use super::{Filter, MAX_LENGTH, Subject};
use proptest::prelude::*;
use serde_json::{Value, json};

fn entry() -> Value {
    json!({
        "Node": {"Node": "real", "Meta": {"zone": "west"}},
        "Service": {
            "ID": "f-1", "Service": "ft", "Tags": ["blue", "red"], "Address": "10.6.0.1", "Port": 81,
            "Meta": {"version": "1", "a-b": "x y", "c/d": "e", "7": "f"}, "EnableTagOverride": true,
            "TaggedAddresses": {"lan_ipv4": {"Address": "10.6.0.1", "Port": 81}},
        },
        "Checks": [{"Status": "passing", "ServiceTags": []}, {"Status": "warning", "ServiceTags": ["blue"]}],
    })
}

fn verdict(text: &str) -> Result<bool, String> {
    Filter::parse(text, Subject::Health)
        .map(|filter| filter.matches(&entry()))
        .map_err(|error| error.reason().to_owned())
}

#[test]
fn what_later_versions_added_to_selectors() {
    for text in [
        r#""/Service/Port" == 81"#,
        r#""/Service/Meta/c~1d" == e"#,
        r#"blue in "/Service/Tags""#,
        r#""/Checks" is not empty"#,
        "Service.Meta.c/d == e",
        "Service.Meta.7 == f",
    ] {
        assert_eq!(verdict(text), Ok(true), "{text}");
    }
    // A text in the place of a value stays one.
    assert_eq!(verdict(r#"Service.Address == "/Service/Address""#), Ok(false));
    assert_eq!(
        verdict(r#""/Service/Bogus" == 81"#),
        Err(r#"1:18 (17): no match found, expected: "in", "not" or [ \t\r\n]"#.to_owned())
    );
}

#[test]
fn what_is_left_out_is_empty() {
    let filter = |text| Filter::parse(text, Subject::AgentService).unwrap();
    for text in
        ["Kind == \"\"", "Port == 0", "Connect.Native == false", "Meta is empty", "Proxy.Upstreams is empty"]
    {
        assert!(filter(text).matches(&json!({})), "{text}");
        assert!(filter(text).matches(&json!({"Meta": null, "Proxy": null, "Connect": {}})), "{text}");
    }
}

#[test]
fn bounds() {
    let parentheses = |count| format!("{}Node.Node == real{}", "(".repeat(count), ")".repeat(count));
    assert_eq!(verdict(&parentheses(64)), Ok(true));
    for (text, want) in [
        (parentheses(65), "nested deeper than 64"),
        (format!("{}Node.Node == real", "not ".repeat(65)), "nested deeper than 64"),
        (format!("{}Node.Node == real", "(".repeat(60)), "Unmatched parentheses"),
        ("x".repeat(MAX_LENGTH + 1), "longer than 8192 bytes"),
        (["Node.Node matches x"; 17].join(" and "), "More than 16 regular expressions"),
        ("Node.Node matches \"(.{99}){99}\"".to_owned(), "expression too large"),
    ] {
        let error = verdict(&text).unwrap_err();
        assert!(error.contains(want), "{error}");
    }
    assert_eq!(verdict(&["Node.Node == real"; 300].join(" and ")), Ok(true));
}

/// Texts that look much like expressions.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Service.Port",
        "Service.Tags",
        "Service.Meta",
        "Service",
        "Checks",
        "Checks.Status",
        ".",
        "[\"a-b\"]",
        "[",
        "]",
        "==",
        "!=",
        "in",
        "not",
        "contains",
        "is",
        "empty",
        "matches",
        "and",
        "or",
        "(",
        ")",
        "81",
        "-0.5",
        "\"",
        "`",
        "\"b\\\"",
        "blue",
        "\"/Service/Port\"",
        "é",
        "\n",
    ]);
    let gap = prop::sample::select(vec![" ", " ", " ", "", "\n"]);
    prop::collection::vec((word, gap), 0..14)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, gap)| [word, gap]).collect())
}

/// Expressions with the verdict that they must have, from a tree of truths and falsehoods.
fn trees() -> impl Strategy<Value = (String, bool)> {
    let leaf = prop::sample::select(vec![
        ("Service.Port == 81", true),
        ("Service.Port!=81", false),
        ("blue in Service.Tags", true),
        ("Service.Tags not contains `blue`", false),
        ("Checks.Status == warning", true),
        ("Service.Meta is empty", false),
        ("Node.Node matches \"^r\"", true),
    ]);
    let leaf = leaf.prop_map(|(text, truth)| (text.to_owned(), truth));
    leaf.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|(text, truth)| (format!("not ({text})"), !truth)),
            inner.clone().prop_map(|(text, truth)| (format!("not  not ( {text} )"), truth)),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| {
                let texts: Vec<_> = all.iter().map(|(text, _)| format!("({text})")).collect();
                (texts.join(" and "), all.iter().all(|(_, truth)| *truth))
            }),
            (inner.clone(), inner.clone(), inner).prop_map(|((a, x), (b, y), (c, z))| {
                (format!("({a}) or ({b}) and\t({c})"), x || (y && z))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error(text in words().boxed().prop_union(r"\PC{0,60}".boxed())) {
        match verdict(&text) {
            Ok(_) => {}
            Err(reason) => prop_assert!(!reason.is_empty()),
        }
    }

    #[test]
    fn and_or_and_not_mean_what_they_say((text, truth) in trees()) {
        prop_assert_eq!(verdict(&text), Ok(truth), "{}", text);
    }
}

/// What Consul 1.8.7 made of the same expressions over the same entries; conformance records it.
#[test]
fn verdicts_of_a_real_consul() {
    let lists: Value = serde_json::from_str(include_str!("../../goldens/entries.json")).unwrap();
    let mut lines = include_str!("../../goldens/filters.txt").lines().peekable();
    let (mut path, mut asked, mut wrong) = ("", 0, Vec::new());
    while let Some(line) = lines.next() {
        if let Some(next) = line.strip_prefix("=== ") {
            path = next;
            continue;
        }
        let mut want = Vec::new();
        while let Some(answer) = lines.next_if(|line| line.starts_with("    ")) {
            want.push(&answer[4..]);
        }
        let want = want.join("\n");
        asked += 1;
        let got = answer(line, path, &lists[path]);
        // Go describes what is wrong with a regular expression in its own way.
        let bound = want.find("error parsing regexp: ").unwrap_or(want.len());
        let same = if bound == want.len() { got == want } else { got.starts_with(&want[..bound]) };
        if !same {
            wrong.push(format!("{path} {line}\n  want {want}\n  got  {got}"));
        }
    }
    assert!(asked > 250, "only {asked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// In the form of the golden.
fn answer(text: &str, path: &str, list: &Value) -> String {
    let subject = match path.split('/').skip(2).collect::<Vec<_>>()[..] {
        ["health", "service", _] => Subject::Health,
        ["catalog", "service", _] => Subject::CatalogService,
        ["catalog", "nodes"] => Subject::Node,
        ["agent", "services"] => Subject::AgentService,
        ["catalog", ..] => Subject::NodeService,
        _ => Subject::Check,
    };
    let filter = match Filter::parse(text, subject) {
        Ok(filter) => filter,
        Err(error) => {
            let text = if path == "/v1/agent/checks" { error.reason().to_owned() } else { error.to_string() };
            return text.lines().map(|line| format!("! {line}")).collect::<Vec<_>>().join("\n");
        }
    };
    let list = list.get("Services").unwrap_or(list);
    let kept: Vec<&str> = match list {
        Value::Object(named) => {
            named.iter().filter(|(_, entry)| filter.matches(entry)).map(|(name, _)| name.as_str()).collect()
        }
        _ => list.as_array().into_iter().flatten().filter(|entry| filter.matches(entry)).map(name).collect(),
    };
    kept.join(" ")
}

fn name(entry: &Value) -> &str {
    ["/Service/ID", "/CheckID", "/ServiceID", "/Node"]
        .iter()
        .find_map(|name| entry.pointer(name)?.as_str())
        .unwrap_or_default()
}
