//! `gyropilot render` against what real Go prints: the goldens of the template
//! room, through the door that users take.
#![expect(clippy::disallowed_methods, reason = "this drives the binary; nothing here reaps for itself")]
#![allow(clippy::unwrap_used, reason = "a test that cannot do its work should stop")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const GOLDENS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../template/goldens/cases.json");

fn render(folder: &Path, name: &str, template: &[u8], data: &[u8]) -> Output {
    std::fs::write(folder.join(name), template).unwrap();
    std::fs::write(folder.join("data.json"), data).unwrap();
    Command::new(env!("CARGO_BIN_EXE_gyropilot"))
        .args(["render", "--data", "data.json", name])
        .current_dir(folder)
        .output()
        .unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Text that a case gives as it is, or in hexadecimal where it is not UTF-8.
fn bytes(case: &Value, key: &str) -> Vec<u8> {
    match (&case[key], &case[format!("{key}_hex")]) {
        (Value::String(text), _) => text.as_bytes().to_vec(),
        (_, Value::String(text)) => hex(text),
        _ => Vec::new(),
    }
}

/// What differs, if anything.
fn difference(folder: &Path, name: &str, document: &Value, case: &Value) -> Option<String> {
    let data = case.get("data").unwrap_or(document).to_string();
    let got = render(folder, name, &bytes(case, "template"), data.as_bytes());
    let (status, error) = match (&case["parse_error"], &case["exec_error"]) {
        (Value::String(error), _) => (2, format!("{error}\n")),
        (_, Value::String(error)) => (1, format!("{error}\n")),
        _ => (0, String::new()),
    };
    let want = (Some(status), bytes(case, "output"), error.into_bytes());
    let got = (got.status.code(), got.stdout, got.stderr);
    let shown = |(status, out, error): &(Option<i32>, Vec<u8>, Vec<u8>)| {
        format!("{status:?} {:?} {:?}", String::from_utf8_lossy(out), String::from_utf8_lossy(error))
    };
    (want != got).then(|| format!("{}\n  want {}\n  got  {}", case["name"], shown(&want), shown(&got)))
}

#[test]
fn every_plain_golden_comes_out_of_the_binary_as_go_prints_it() {
    let goldens: Value = serde_json::from_slice(&std::fs::read(GOLDENS).unwrap()).unwrap();
    let name = goldens["template_name"].as_str().unwrap();
    // Typed data, functions, options and sets of templates cannot be said on this command line.
    let plain = |case: &&Value| {
        ["kind", "functions", "missingkey", "delims", "more"].iter().all(|key| case.get(key).is_none())
    };
    let cases: Vec<&Value> = goldens["cases"].as_array().unwrap().iter().filter(plain).collect();
    assert!(cases.len() >= 2000, "only {} plain cases", cases.len());
    let different: Vec<String> = std::thread::scope(|scope| {
        let shards: Vec<_> = cases
            .chunks(cases.len().div_ceil(4))
            .map(|shard| {
                let document = &goldens["document"];
                scope.spawn(move || {
                    let folder = tempfile::tempdir().unwrap();
                    let differs = |case: &&Value| difference(folder.path(), name, document, case);
                    shard.iter().filter_map(differs).collect::<Vec<_>>()
                })
            })
            .collect();
        shards.into_iter().flat_map(|shard| shard.join().unwrap()).collect()
    });
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Command::new(env!("CARGO_BIN_EXE_gyropilot"))
        .args(["render", "--data", "nothing.json", "nothing.tmpl"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&missing.stderr),
        "nothing.tmpl: No such file or directory (os error 2)\n"
    );

    let broken = render(folder.path(), "t.tmpl", b"{{ .a }}", b"{\"a\": }");
    assert_eq!(broken.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&broken.stderr), "data.json: expected value at line 1 column 7\n");
}
