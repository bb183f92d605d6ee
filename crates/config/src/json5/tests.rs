//! The reader beside the `json5` crate: both must take the same texts, and read the same values from them.

use super::{Node, Value, read};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

fn ours(text: &str) -> Option<Node> {
    let reading = read(text);
    reading.root.filter(|_| reading.faults.is_empty())
}

fn theirs(text: &str) -> Option<serde_json::Value> {
    json5::from_str(text).ok()
}

fn same(ours: &Node, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (&ours.value, theirs) {
        (Value::Null, Json::Null) => true,
        // JSON has no word for these, so the crate gives null.
        (Value::Number(number), Json::Null) => !number.is_finite(),
        (Value::Bool(a), Json::Bool(b)) => a == b,
        (Value::Number(a), Json::Number(b)) => {
            let b = b.as_f64().unwrap();
            *a == b || ((a - b) / a).abs() < 1e-14
        }
        (Value::String(a), Json::String(b)) => a == b,
        (Value::List(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(members), Json::Object(b)) => {
            b.iter().all(|(key, b)| {
                let last = members.iter().rfind(|member| member.key == *key);
                last.is_some_and(|member| same(&member.node, b))
            }) && members.iter().all(|member| b.contains_key(&member.key))
        }
        _ => false,
    }
}

/// Taken here and not there: half of a surrogate pair, which Go's decoder takes.
fn has_surrogate(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["\\ud8", "\\ud9", "\\uda", "\\udb", "\\udc", "\\udd", "\\ude", "\\udf"]
        .iter()
        .any(|half| lower.contains(half))
}

/// Taken here and not there: an unquoted key of letters that the tables of JSON5 call marks.
fn has_foreign_key(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.iter().any(has_foreign_key),
        Value::Object(members) => {
            members.iter().any(|member| !member.key.is_ascii() || has_foreign_key(&member.node))
        }
        _ => false,
    }
}

fn compare(text: &str) -> Result<(), TestCaseError> {
    match (ours(text), theirs(text)) {
        (None, None) => Ok(()),
        (Some(a), Some(b)) => {
            prop_assert!(same(&a, &b), "{text:?}\nours {a:?}\ntheirs {b:?}");
            Ok(())
        }
        (Some(a), None) if has_surrogate(text) || has_foreign_key(&a) => Ok(()),
        (a, b) => Err(TestCaseError::fail(format!("{text:?}\nours {a:?}\ntheirs {b:?}"))),
    }
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(String::new()),
        4 => Just(" ".to_owned()),
        2 => Just("\n\t".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("// note\n".to_owned()),
        1 => Just("/* a * b / c */".to_owned()),
        1 => Just("\u{a0}\u{feff}\u{2028}".to_owned()),
    ]
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        prop_oneof![Just("null"), Just("true"), Just("false"), Just("Infinity"), Just("-NaN")]
            .prop_map(str::to_owned),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| format!("{n:e}").replace("inf", "Infinity")),
        "[+-]?(0|[1-9][0-9]{0,4})?\\.?[0-9]{0,4}([eE][+-]?[0-9]{1,2})?",
        "[+-]?0[xX][0-9a-fA-F]{0,9}",
        "\"([a-z ,:{}\\[\\]'é/]|\\\\[bfnrtv0\"'/a-z\n]|\\\\u[0-9a-f]{4}|\\\\x[0-9a-f]{2}){0,8}\"",
        "'([a-z ,:{}\\[\\]\"é/]|\\\\[bfnrtv0\"'/a-z\n]|\\\\u[0-9a-f]{4}|\\\\x[0-9a-f]{2}){0,8}'",
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z$_][a-zA-Z0-9$_]{0,4}",
        "\"[a-z -]{0,5}\"",
        "'[a-z.]{0,5}'",
        "\\\\u006[1-9]b",
        Just("null".to_owned())
    ]
}

fn document() -> impl Strategy<Value = String> {
    scalar().prop_recursive(5, 48, 5, |inner| {
        let item = (space(), inner.clone(), space()).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        let member = (space(), key(), space(), space(), inner, space())
            .prop_map(|(a, key, b, c, value, d)| format!("{a}{key}{b}:{c}{value}{d}"));
        let comma = prop_oneof![Just(""), Just(",")];
        prop_oneof![
            (prop::collection::vec(item, 0..5), comma.clone())
                .prop_map(|(items, end)| bracketed('[', &items, end, ']')),
            (prop::collection::vec(member, 0..5), comma)
                .prop_map(|(items, end)| bracketed('{', &items, end, '}')),
        ]
    })
}

fn bracketed(open: char, items: &[String], end: &str, close: char) -> String {
    let end = if items.is_empty() { "" } else { end };
    format!("{open}{}{end}{close}", items.join(","))
}

/// A document with a few characters removed, doubled, or replaced.
fn damaged() -> impl Strategy<Value = String> {
    const MARKS: &[char] = &[
        '{', '}', '[', ']', ',', ':', '"', '\'', '\\', '/', '*', '#', '\n', ' ', '0', '.', 'e', '-', '+',
        'x', 'a', '\u{1}', '=', ';', '\u{2028}',
    ];
    let change = (any::<prop::sample::Index>(), 0..3_u8, prop::sample::select(MARKS));
    (document(), prop::collection::vec(change, 1..4)).prop_map(|(text, changes)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, kind, mark) in changes {
            let at = at.index(characters.len() + 1);
            match kind {
                0 if at < characters.len() => {
                    characters.remove(at);
                }
                1 if at < characters.len() => characters[at] = mark,
                _ => characters.insert(at, mark),
            }
        }
        characters.into_iter().collect()
    })
}

fn config(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(5),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn reads_what_the_json5_crate_reads(text in document()) {
        compare(&text)?;
    }
}

proptest! {
    #![proptest_config(config(6000))]

    #[test]
    fn refuses_what_the_json5_crate_refuses(text in damaged()) {
        compare(&text)?;
    }
}

/// Corners that chance would seldom find.
#[test]
fn corners() {
    for text in [
        "",
        " ",
        "// x",
        "/* x",
        "/* x */ 1",
        "/**/1",
        "/*/ 1",
        "1 /",
        "010",
        "-010",
        "0",
        "-0",
        "00",
        "0.",
        ".0",
        ".",
        "+.5",
        "+-1",
        "- 1",
        "0x",
        "0xg",
        "-0x1F",
        "1e",
        "1e+",
        "1_000",
        "5a",
        "Infinity",
        "-Infinity",
        "+NaN",
        "Infinityx",
        "nul",
        "nulll",
        "True",
        "'\\0'",
        "'\\01'",
        "'\\1'",
        "'\\x4'",
        "'\\u12'",
        "'\\\r\n'",
        "'\\\n'",
        "'\n'",
        "'\u{2028}'",
        "'\\a'",
        "\"'\"",
        "'\"'",
        "'",
        "\"\\",
        "{a:1,}",
        "{,}",
        "{a:1,,}",
        "{a}",
        "{a:}",
        "{:1}",
        "{'a':1 'b':2}",
        "{1:1}",
        "{a-b:1}",
        "{$:1,_:2}",
        "{\\u0061:1}",
        "{\\u002d:1}",
        "{\\x61:1}",
        "{true:1}",
        "[,]",
        "[1,]",
        "[1,,2]",
        "[1 2]",
        "[",
        "]",
        "{",
        "}",
        "{]",
        "[}",
        "1 2",
        "{} {}",
        "{}}",
        "\u{feff}1",
        "\u{85}1",
        "\u{b}1",
        "\u{3000}1",
        "{a:1,a:2}",
        "[1]//",
        "#",
        "=1",
        "1e400",
        "-1e400",
        "1e-400",
        "18446744073709551616",
        "{\"\":0}",
        "{'':0}",
    ] {
        compare(text).unwrap();
    }
}

#[test]
fn half_a_surrogate_pair_becomes_the_replacement_character() {
    for (text, want) in [
        ("'\\ud83d\\ude00'", "\u{1f600}"),
        ("'\\ud83d'", "\u{fffd}"),
        ("'\\ude00x'", "\u{fffd}x"),
        ("'\\ud83d\\u0041'", "\u{fffd}A"),
    ] {
        assert_eq!(ours(text).unwrap().value, Value::String(want.into()), "{text}");
    }
}

#[test]
fn every_key_and_value_knows_its_place() {
    let text = "{ a : [1, 'x'],\n\"b\": null }";
    let root = ours(text).unwrap();
    let Value::Object(members) = &root.value else { panic!("not an object") };
    let Value::List(items) = &members[0].node.value else { panic!("not a list") };
    let at = |span: &std::ops::Range<usize>| &text[span.clone()];
    assert_eq!(at(&root.span), text);
    assert_eq!((at(&members[0].key_span), at(&members[0].node.span)), ("a", "[1, 'x']"));
    assert_eq!((at(&items[0].span), at(&items[1].span)), ("1", "'x'"));
    assert_eq!((at(&members[1].key_span), at(&members[1].node.span)), ("\"b\"", "null"));
}
