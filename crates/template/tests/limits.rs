//! Every bound has its own error, and none of them can be passed by way of the stack.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use gyropilot_template::{
    ExecErrorKind, Func, FuncError, Functions, Limit, Limits, ParseError, Signature, Slice, Template, Type,
    Value,
};

/// The highest bounds a caller can have: what is above them is cut down to what the stack holds.
const HIGHEST: Limits = Limits {
    parse_depth: usize::MAX,
    template_depth: usize::MAX,
    nesting: usize::MAX,
    steps: 10_000_000,
    output_bytes: 1 << 20,
};

fn parse(text: &str, limits: Limits) -> Result<Template, ParseError> {
    let mut template = Template::new("t").limits(limits).functions(functions());
    template.parse(text)?;
    Ok(template)
}

fn functions() -> Functions {
    let mut functions = Functions::new();
    let signature = Signature::new([Type::String, Type::Any]);
    functions.insert(
        "run",
        Func::with_call(signature, |call, args| match args {
            [Value::String(name), dot] => Ok(call.execute_template(&name.to_str(), dot)?.into()),
            _ => Err(FuncError::new("a name and a dot expected")),
        }),
    );
    functions
}

fn reached(text: &str, limits: Limits) -> (ExecErrorKind, String) {
    let error = parse(text, limits).unwrap().render(&Value::int(1)).unwrap_err();
    (error.cause.kind, error.cause.message.clone())
}

fn parentheses(depth: usize) -> String {
    format!("{{{{{}1{}}}}}", "(".repeat(depth), ")".repeat(depth))
}

fn ifs(depth: usize) -> String {
    format!("{}x{}", "{{if 1}}".repeat(depth), "{{end}}".repeat(depth))
}

#[test]
fn parse_depth_is_bounded() {
    let limits = Limits { parse_depth: 10, ..Limits::default() };
    assert!(parse(&parentheses(9), limits).is_ok());
    for text in [parentheses(10), ifs(11)] {
        let error = parse(&text, limits).unwrap_err();
        assert_eq!(error.to_string(), "template: t:1: nested more than 10 levels deep");
        assert_eq!(error.limit, Some(Limit::ParseDepth));
    }
}

#[test]
fn template_depth_is_bounded() {
    let limits = Limits { template_depth: 5, ..Limits::default() };
    let (kind, message) = reached(r#"{{define "r"}}{{template "r"}}{{end}}{{template "r"}}"#, limits);
    assert_eq!(kind, ExecErrorKind::Limit(Limit::TemplateDepth));
    assert_eq!(message, "exceeded maximum template depth (5)");
}

#[test]
fn template_depth_counts_through_functions() {
    let limits = Limits { template_depth: 5, ..Limits::default() };
    let (kind, message) = reached(r#"{{define "r"}}{{run "r" 1}}{{end}}{{template "r"}}"#, limits);
    assert_eq!(kind, ExecErrorKind::Limit(Limit::TemplateDepth));
    assert!(message.contains("exceeded maximum template depth (5)"), "{message}");
}

#[test]
fn nesting_is_bounded() {
    let limits = Limits { nesting: 20, ..Limits::default() };
    let (kind, message) = reached(&parentheses(30), limits);
    assert_eq!(kind, ExecErrorKind::Limit(Limit::Nesting));
    assert_eq!(message, "exceeded maximum nesting depth while running (20)");
}

#[test]
fn steps_are_bounded() {
    let limits = Limits { steps: 1_000, ..Limits::default() };
    let (kind, message) = reached("{{range 1000000}}{{end}}", limits);
    assert_eq!(kind, ExecErrorKind::Limit(Limit::Steps));
    assert_eq!(message, "exceeded maximum number of steps (1000)");
}

#[test]
fn output_is_bounded_and_what_fits_is_kept() {
    let limits = Limits { output_bytes: 10, ..Limits::default() };
    let template = parse("{{range 100}}abc{{end}}", limits).unwrap();
    let error = template.render(&Value::Nil).unwrap_err();
    assert_eq!(error.cause.kind, ExecErrorKind::Limit(Limit::OutputBytes));
    assert_eq!(error.cause.message, "exceeded maximum output size in bytes (10)");
    assert_eq!(error.partial.output, b"abcabcabca");
}

#[test]
fn single_texts_are_bounded_like_output() {
    let limits = Limits { output_bytes: 1_000, ..Limits::default() };
    for text in [
        r#"{{len (printf "%999999d" 1)}}"#,
        r#"{{len (printf "%.999999f" 1.0)}}"#,
        r#"{{$x := "0123456789"}}{{range 10}}{{$x = print $x $x}}{{end}}"#,
        r#"{{$x := "<<<<<<<<<<"}}{{range 100}}{{$x = html $x}}{{end}}"#,
    ] {
        assert_eq!(reached(text, limits).0, ExecErrorKind::Limit(Limit::OutputBytes), "{text}");
    }
}

#[test]
fn the_highest_bounds_fit_the_stack() {
    for text in [parentheses(5_000), ifs(5_000), "{{define \"x\"}}".to_owned() + &ifs(5_000) + "{{end}}"] {
        assert_eq!(parse(&text, HIGHEST).unwrap_err().limit, Some(Limit::ParseDepth));
    }
    // As deep as can be parsed, then run, printed in an error, and dropped.
    let deep = format!("{{{{{}len 1{}}}}}", "(".repeat(290), ")".repeat(290));
    assert!(reached(&deep, HIGHEST).1.contains("len of type int"));
    let rendered = parse(&ifs(290), HIGHEST).unwrap().render(&Value::Nil).unwrap();
    assert_eq!(rendered, b"x");
    for text in [
        r#"{{define "r"}}{{template "r"}}{{end}}{{template "r"}}"#,
        r#"{{define "r"}}{{range 1}}{{with 1}}{{if 1}}{{template "r" (1)}}{{end}}{{end}}{{end}}{{end}}{{template "r"}}"#,
        r#"{{define "r"}}{{run "r" 1}}{{end}}{{template "r"}}"#,
        r#"{{define "r"}}{{print (print (run "r" (print 1)))}}{{end}}{{template "r"}}"#,
    ] {
        assert!(matches!(reached(text, HIGHEST).0, ExecErrorKind::Limit(Limit::Nesting)), "{text}");
    }
}

#[test]
fn long_chains_do_not_nest() {
    let chain = format!("{{{{if 0}}}}a{}{{{{else}}}}z{{{{end}}}}", "{{else if 0}}b".repeat(5_000));
    assert_eq!(parse(&chain, Limits::default()).unwrap().render(&Value::Nil).unwrap(), b"z");
    let pipe = format!("{{{{1{}}}}}", " | print".repeat(5_000));
    assert_eq!(parse(&pipe, Limits::default()).unwrap().render(&Value::Nil).unwrap(), b"1");
    let fields = format!("{{{{{}}}}}", ".x".repeat(5_000));
    let dot = Value::from(serde_json::json!({}));
    assert_eq!(parse(&fields, Limits::default()).unwrap().render(&dot).unwrap(), b"<no value>");
}

#[test]
fn deep_data_prints_up_to_a_point() {
    let mut dot = Value::int(1);
    for _ in 0..2_000 {
        dot = Slice::new(Type::Any, vec![dot]).into();
    }
    for text in ["{{.}}", "{{printf \"%#v\" .}}", "{{printf \"%d\" .}}", "{{html .}}"] {
        let output = parse(text, Limits::default()).unwrap().render(&dot).unwrap();
        assert!(String::from_utf8_lossy(&output).contains("..."), "{text}");
    }
}
