//! Every helper function, with what Go's standard library or consul-template gives for it.

use super::*;
use gyropilot_template::{MissingKey, Template};

/// 2009-02-03 04:05:06.078 UTC.
const NOW: Duration = Duration::new(1_233_633_906, 78_000_000);

fn outside() -> Outside {
    Outside {
        env: Rc::new(|name| match name {
            "HOME" => Some("/root".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }),
        now: Rc::new(|| SystemTime::UNIX_EPOCH + NOW),
    }
}

fn render(text: &str) -> Result<String, String> {
    let mut template =
        Template::new("t").functions(helpers(&Scratch::default(), outside())).missing_key(MissingKey::Zero);
    template.parse(text).map_err(|error| error.to_string())?;
    match template.render(&Value::Nil) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(error.cause.message),
    }
}

/// Each line renders the pipeline on the left to the text on the right.
fn table(rows: &[(&str, &str)]) {
    for (pipeline, want) in rows {
        let got = render(&format!("{{{{ {pipeline} }}}}"));
        assert_eq!(got.as_deref(), Ok(*want), "{pipeline}");
    }
}

/// Each line fails with that message at its end.
fn failures(rows: &[(&str, &str)]) {
    for (pipeline, want) in rows {
        let got = render(&format!("{{{{ {pipeline} }}}}")).expect_err(pipeline);
        assert!(got.ends_with(want), "{pipeline}\n got: {got}\nwant: {want}");
    }
}

#[test]
fn every_helper_is_in_a_table_below() {
    let source = include_str!("tests.rs");
    for name in helpers(&Scratch::default(), outside()).names() {
        let mut words = source.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        assert!(words.any(|word| word == name), "{name}");
    }
}

#[test]
fn the_manual_names_every_function_and_every_absent_one() {
    struct Nobody;
    impl Host for Nobody {
        fn log(&self, _: gyropilot_model::LogLevel, _: &str) {}
        fn output(&self, _: &[u8]) {}
        fn env(&self, _: &str) -> Option<String> {
            None
        }
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }
        async fn run(&self, _: &crate::CommandTask) -> crate::CommandEnd {
            crate::CommandEnd::TimedOut
        }
    }
    let manual = include_str!("../../../../docs/consul-template.md");
    let context = Rc::new(Context::new(Rc::default()));
    for name in functions(&context, &Scratch::default(), &Rc::new(Nobody)).names() {
        assert!(manual.contains(&format!("`{name}`")) || manual.contains(&format!("`{name} ")), "{name}");
    }
    for name in ABSENT.iter().filter(|name| !name.starts_with("spew_") && !name.starts_with("nomad")) {
        assert!(manual.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn environment() {
    table(&[
        (r#"env "HOME""#, "/root"),
        (r#"env "NOPE""#, ""),
        (r#"or (env "NOPE") "x""#, "x"),
        (r#"mustEnv "HOME""#, "/root"),
        (r#"envOrDefault "EMPTY" "x""#, ""),
        (r#"envOrDefault "NOPE" "x""#, "x"),
        (r#""x" | envOrDefault "HOME""#, "/root"),
    ]);
    failures(&[
        (r#"mustEnv "EMPTY""#, "required environment variable EMPTY is empty"),
        (r#"mustEnv "NOPE""#, "required environment variable NOPE is empty"),
    ]);
}

#[test]
fn time() {
    table(&[
        ("timestamp ", "2009-02-03T04:05:06Z"),
        (r#"timestamp "unix""#, "1233633906"),
        (r#"timestamp "2006-01-02 15:04:05.000 MST""#, "2009-02-03 04:05:06.078 UTC"),
    ]);
    failures(&[(r#"timestamp "a" "b""#, "timestamp: wrong number of arguments, expected 0 or 1, but got 2")]);
}

#[test]
fn strings() {
    table(&[
        (r#"toLower "HÉLLO""#, "héllo"),
        (r#"toUpper "straße""#, "STRAßE"),
        (r#"toTitle "this is a sentence""#, "This Is A Sentence"),
        (r#"toTitle "nginx-conf foo_bar DON'T don't""#, "Nginx-Conf Foo_bar DON'T Don't"),
        (r#"trimSpace "\t hi\n ""#, "hi"),
        (r#""!!hi!!" | trim "!""#, "hi"),
        (r#"trim "ab" "abcba""#, "c"),
        (r#""foobar" | trimPrefix "foo""#, "bar"),
        (r#""foobar" | trimSuffix "bar""#, "foo"),
        (r#"trimSuffix "x" "foo""#, "foo"),
        (r#""hello my hello" | replaceAll "hello" "bye""#, "bye my bye"),
        (r#"replaceAll "" "-" "abc""#, "-a-b-c-"),
        (r#"indent 4 "hello\n\nhello""#, "    hello\n\n    hello"),
        (r#""a\n" | indent 1"#, " a\n"),
        (r#"indent 0 "a""#, "a"),
        (r#""foo/bar" | split "/""#, "[foo bar]"),
        (r#"split "," " a,b ""#, "[a b]"),
        (r#"split "," """#, "[]"),
        (r#"split "" "abc" | len"#, "3"),
        (r#""a=1;b=2=3;c" | splitToMap ";" "=""#, "map[a:1 b:2=3]"),
        (r#"splitToMap ";" "=" " ""#, "map[]"),
        (r#"split "," "a,b,c" | join ";""#, "a;b;c"),
        (r#"join "," (split "," "")"#, ""),
    ]);
    failures(&[
        (r#"indent -1 "x""#, "indent value must be a positive integer"),
        (r#"indent 70000000 "x""#, "indent: result of more than 67108864 bytes"),
    ]);
}

#[test]
fn regular_expressions() {
    table(&[
        (r#"regexMatch "v[0-9]*" "v3""#, "true"),
        (r#""foo" | regexMatch "[a]+""#, "false"),
        (r#""foobar" | regexReplaceAll "foo([a-z]+)" "$1""#, "bar"),
        (r#"regexReplaceAll "\\W" "_" "a-b.c""#, "a_b_c"),
        (r#"regexReplaceAll "a(x*)b" "${1}W" "-ab-axxb-""#, "-W-xxW-"),
        (r#"regexReplaceAll "a(x*)b" "$1W" "-ab-axxb-""#, "---"),
        (r#"regexReplaceAll "a(?P<n>x*)b" "$n." "-ab-axxb-""#, "-.-xx.-"),
        (r#"regexReplaceAll "x*" "-" "abc""#, "-a-b-c-"),
        (r#"regexReplaceAll "x*" "-" "é""#, "-é-"),
        (r#"regexReplaceAll "a" "$$" "a""#, "$"),
    ]);
    assert!(render(r#"{{ regexMatch "(" "x" }}"#).is_err());
    assert!(render(r#"{{ regexReplaceAll "[" "" "x" }}"#).is_err());
}

#[test]
fn parsing() {
    table(&[
        (r#"parseBool "true""#, "true"),
        (r#"parseBool """#, "false"),
        (r#"parseFloat "1.2" | printf "%[1]T %[1]v""#, "float64 1.2"),
        (r#"parseFloat """#, "0"),
        (r#"parseFloat "-Infinity""#, "-Inf"),
        (r#"parseInt "-5" | printf "%[1]T %[1]v""#, "int64 -5"),
        (r#"parseInt "+5""#, "5"),
        (r#"parseInt """#, "0"),
        (r#"parseUint "5" | printf "%[1]T %[1]v""#, "uint64 5"),
        (r#"parseUint """#, "0"),
        (r#"parseJSON "{\"a\":{\"b\":[1,2.5,\"x\",true,null]}}""#, "map[a:map[b:[1 2.5 x true <nil>]]]"),
        (r#"parseJSON """#, "map[]"),
        (r#"(parseJSON "{\"a\":{\"b\":80}}").a.b"#, "80"),
        (r#"with parseJSON "[1]" }}{{ index . 0 }}{{ end"#, "1"),
    ]);
    failures(&[
        (r#"parseBool "maybe""#, "parseBool: strconv.ParseBool: parsing \"maybe\": invalid syntax"),
        (r#"parseInt "x""#, "parseInt: strconv.ParseInt: parsing \"x\": invalid syntax"),
        (r#"parseInt "99999999999999999999""#, "parsing \"99999999999999999999\": value out of range"),
        (r#"parseUint "-5""#, "parseUint: strconv.ParseUint: parsing \"-5\": invalid syntax"),
        (r#"parseUint "+5""#, "parseUint: strconv.ParseUint: parsing \"+5\": invalid syntax"),
        (r#"parseFloat "1e999""#, "parseFloat: strconv.ParseFloat: parsing \"1e999\": value out of range"),
        (r#"parseJSON "{""#, "EOF while parsing an object at line 1 column 1"),
    ]);
}

#[test]
fn json() {
    table(&[
        (r#"parseJSON "{\"b\":1,\"a\":[null,\"x\"]}" | toJSON"#, r#"{"a":[null,"x"],"b":1}"#),
        (r#"toJSON "a<b>&\u2028\x01\"\\\n""#, r#""a\u003cb\u003e\u0026\u2028\u0001\"\\\n""#),
        (r#"toUnescapedJSON "a<b>&""#, r#""a<b>&""#),
        (
            r#"parseJSON "{\"a\":[],\"b\":{},\"c\":[1,2]}" | toJSONPretty"#,
            "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    2\n  ]\n}",
        ),
        (r#"parseJSON "[\"<\"]" | toUnescapedJSONPretty"#, "[\n  \"<\"\n]"),
        (r#"parseFloat "1e21" | toJSON"#, "1e+21"),
        (r#"parseFloat "1e20" | toJSON"#, "100000000000000000000"),
        (r#"parseFloat "0.0000001" | toJSON"#, "1e-7"),
        (r#"parseFloat "0.000001" | toJSON"#, "0.000001"),
        (r#"splitToMap "," "=" "b=2,a=1" | toJSON"#, r#"{"a":"1","b":"2"}"#),
        ("toJSON nil", "null"),
        ("loop 3 | toJSON", "[0,1,2]"),
    ]);
    failures(&[(r#"parseFloat "inf" | toJSON"#, "toJSON: json: unsupported value: +Inf")]);
}

#[test]
fn encodings_and_digests() {
    table(&[
        (r#"base64Encode "hello""#, "aGVsbG8="),
        (r#""aGVsbG8=" | base64Decode"#, "hello"),
        (r#"base64Decode "aGk=\n""#, "hi"),
        (r#"base64Decode "aGl=""#, "hi"),
        (r#"base64URLEncode "?>~~""#, "Pz5-fg=="),
        (r#"base64URLDecode "Pz5-fg==""#, "?>~~"),
        (r#"sha256Hex "bladibla""#, "54cf4c66bcabb5c20e25331c01dd600b73369e97a947861bd8d3a0e0b8b3d70b"),
        (r#"md5sum "hello""#, "5d41402abc4b2a76b9719d911017c592"),
        (
            r#""data" | hmacSHA256Hex "message""#,
            "5402df56305b0c75a20b8299b811229d154c73e536250083224148acbcfb94e1",
        ),
    ]);
    failures(&[
        (r#"base64Decode "aGk""#, "base64Decode: illegal base64 data at input byte 0"),
        (r#"base64Decode "aG k=""#, "base64Decode: illegal base64 data at input byte 2"),
        ("base64URLDecode \"####\"", "base64URLDecode: illegal base64 data at input byte 0"),
    ]);
}

#[test]
fn arithmetic_is_in_pipe_order() {
    table(&[
        ("2 | add 2", "4"),
        ("2.5 | add 2", "4.5"),
        (r#"parseUint "3" | add (parseUint "4") | printf "%[1]T %[1]v""#, "uint64 7"),
        ("add 2 2 | printf \"%T\"", "int64"),
        ("2 | subtract 5", "-3"),
        ("2 | multiply 2.5", "5"),
        ("10 | divide 4", "2"),
        ("10 | divide 4.0", "2.5"),
        ("-7 | modulo 3", "-1"),
        ("3 | minimum 5", "3"),
        ("3 | maximum 5", "5"),
        ("3 | maximum 2.5", "3"),
        ("minimum 1.5 2", "1.5"),
        ("add 9223372036854775807 1", "-9223372036854775808"),
        ("divide 0.0 -1", "-Inf"),
        ("modulo 3 (parseUint \"7\")", "1"),
    ]);
    failures(&[
        ("divide 0 1", "runtime error: integer divide by zero"),
        ("modulo 0 1", "runtime error: integer divide by zero"),
        (r#"add 1 "x""#, "add: unknown type for \"x\" (string)"),
        (r#"subtract "x" 1"#, "subtract: unknown type for \"x\" (string)"),
        ("multiply true 1", "multiply: unknown type for %!q(bool=true) (bool)"),
    ]);
    assert!(render("{{ modulo 2.5 1 }}").is_err());
}

#[test]
fn lists() {
    table(&[
        ("range loop 3 }}{{ . }}{{ end", "012"),
        ("range loop 5 8 }}{{ . }},{{ end", "5,6,7,"),
        (r#"range $i, $n := loop "1" "3" }}{{ $i }}:{{ $n }} {{ end"#, "0:1 1:2 "),
        ("range loop 2 1 }}x{{ else }}none{{ end", "none"),
        (r#"in (split "," "a,b") "b""#, "true"),
        (r#"in "hello" "ell""#, "true"),
        (r#"in (parseJSON "[1,2]") 1.0"#, "true"),
        (r#"in (parseJSON "[1,2]") 1"#, "false"),
        (r#"split "," "a,b" | contains "c""#, "false"),
        (r#"split "," "a,b" | contains "a""#, "true"),
        (r#"split "," "a,b,c" | containsAll (parseJSON "[\"a\",\"b\"]")"#, "true"),
        (r#"split "," "a,b,c" | containsAll (parseJSON "[\"a\",\"z\"]")"#, "false"),
        (r#"split "," "a" | containsAll (parseJSON "[]")"#, "true"),
        (r#"split "," "a,b,c" | containsAny (parseJSON "[\"y\",\"b\"]")"#, "true"),
        (r#"split "," "a" | containsAny (parseJSON "[]")"#, "false"),
        (r#"split "," "a,b,c" | containsNone (parseJSON "[\"y\",\"z\"]")"#, "true"),
        (r#"split "," "a,b,c" | containsNone (parseJSON "[\"a\",\"z\"]")"#, "false"),
        (r#"split "," "a,b,c" | containsNotAll (parseJSON "[\"a\",\"z\"]")"#, "true"),
        (r#"split "," "a,b,c" | containsNotAll (parseJSON "[\"a\",\"b\"]")"#, "false"),
    ]);
    failures(&[
        ("loop ", "loop: wrong number of arguments, expected 1 or 2, but got 0"),
        ("loop 1 2 3", "loop: wrong number of arguments, expected 1 or 2, but got 3"),
        ("loop 1.5", "loop: bad argument type: float64"),
        ("loop 1000001", "loop: more than 1000000 rounds"),
        ("loop -9223372036854775808 9223372036854775807", "loop: more than 1000000 rounds"),
        (r#"byTag "x""#, "byTag: wrong argument type string"),
        ("byPort 1", "byPort: wrong argument type int"),
        (r#"byKey (split "," "a")"#, "byKey: wrong argument type []string"),
        (r#"byMeta "a" "x""#, "byMeta: wrong argument type string"),
    ]);
}

#[test]
fn maps() {
    table(&[
        (
            r#"parseJSON "{\"a/b\":1,\"a/c/d\":2,\"e\":3,\"f/\":4}" | explodeMap"#,
            "map[a:map[b:1 c:map[d:2]] e:3 f:map[]]",
        ),
        (
            r#"mergeMap (parseJSON "{\"a\":1,\"m\":{\"x\":1}}") (parseJSON "{\"a\":2,\"b\":3,\"m\":{\"y\":2}}")"#,
            "map[a:1 b:3 m:map[x:1 y:2]]",
        ),
        (
            r#"mergeMapWithOverride (parseJSON "{\"a\":1,\"m\":{\"x\":1}}") (parseJSON "{\"a\":2,\"b\":3,\"m\":{\"x\":2}}")"#,
            "map[a:2 b:3 m:map[x:2]]",
        ),
    ]);
    failures(&[
        (
            r#"parseJSON "{\"a\":\"x\",\"a/b\":1}" | explodeMap"#,
            "explodeMap: not a map: \"a/b\": \"a\" already has value \"x\"",
        ),
        (r#"explode "x""#, "explode: wrong argument type string"),
    ]);
}

#[test]
fn very_deep_keys_do_not_exhaust_the_stack() {
    let key = "a/".repeat(100_000);
    let text = format!(r#"{{{{ parseJSON "{{\"{key}b\":1}}" | explodeMap }}}}"#);
    assert!(render(&text).unwrap_err().ends_with("a key has more than 512 folders"));
    let looped = r#"{{ range loop 100 }}{{ scratch.MapSet "m" "k" (scratch.Get "m") }}{{ end }}"#;
    assert!(render(looped).unwrap_err().ends_with("nests too deep"));
}

#[test]
fn scratch_keeps_values() {
    table(&[
        (
            r#"scratch.Set "a" 1 }}{{ scratch.Get "a" }}{{ scratch.Key "a" }}{{ scratch.Key "b" "#,
            "1truefalse",
        ),
        (r#"scratch.Get "nope""#, "<no value>"),
        (r#"scratch.SetX "a" 1 }}{{ scratch.SetX "a" 2 }}{{ scratch.Get "a""#, "1"),
        (r#"scratch.MapSet "m" "b" 2 }}{{ scratch.MapSet "m" "a" 1 }}{{ scratch.MapValues "m""#, "[1 2]"),
        (r#"scratch.MapSet "m" "a" 1 }}{{ scratch.MapSetX "m" "a" 2 }}{{ scratch.Get "m""#, "map[a:1]"),
        (r#"range scratch.MapValues "nope" }}x{{ else }}none{{ end"#, "none"),
        (
            r#"scratch.Set "m" (parseJSON "{\"a\":1}") }}{{ scratch.MapSet "m" "b" 2 }}{{ scratch.Get "m""#,
            "map[a:1 b:2]",
        ),
    ]);
    failures(&[(r#"scratch.Set "a" 1 }}{{ scratch.MapSet "a" "b" 2"#, "\"a\" is not a map")]);
}

#[test]
fn templates_call_templates() {
    let text = r#"{{ define "x" }}[{{ . }}]{{ end }}{{ executeTemplate "x" "a" | toUpper }}{{ executeTemplate "x" }}"#;
    assert_eq!(render(text).unwrap(), "[A][<no value>]");
    failures(&[(
        r#"executeTemplate "x" 1 2"#,
        "executeTemplate: wrong number of arguments, expected 1 or 2, but got 3",
    )]);
}

#[test]
fn names_known_from_elsewhere_get_a_hint() {
    let error = render("{{ secret \"x\" }}").unwrap_err();
    let message = error.rsplit_once(": ").map(|(_, message)| message).unwrap();
    assert_eq!(message, "function \"secret\" not defined");
    assert!(absent_hint(message).unwrap().starts_with("hint: consul-template has secret"));
    assert!(absent_hint("function \"sprig_trim\" not defined").is_some());
    assert_eq!(absent_hint("function \"bogus\" not defined"), None);
}
