//! What a program that embeds templates relies on besides Go's own behaviour.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use std::cell::RefCell;
use std::rc::Rc;

use gyropilot_template::{
    ExecErrorKind, Func, FuncError, Functions, IntKind, Map, MissingKey, Object, Signature, Slice, Template,
    Text, Type, UintKind, Value,
};
use serde_json::json;

fn render_with(functions: Functions, text: &str, dot: &Value) -> String {
    let mut template = Template::new("t").functions(functions);
    template.parse(text).unwrap();
    String::from_utf8(template.render(dot).unwrap()).unwrap()
}

#[test]
fn functions_keep_state_of_their_own() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let record = Rc::clone(&seen);
    let mut functions = Functions::new();
    functions.add("key", [Type::String], move |args| {
        let name = args[0].as_text().unwrap_or_default();
        record.borrow_mut().push(name.to_str().into_owned());
        Ok(Value::from("v"))
    });
    assert_eq!(
        render_with(functions, r#"{{key "a"}}{{range .}}{{key .}}{{end}}"#, &vec!["b".to_owned()].into()),
        "vv"
    );
    assert_eq!(*seen.borrow(), ["a", "b"]);
}

#[test]
fn functions_hide_predefined_ones_and_keywords() {
    let mut functions = Functions::new();
    functions.add("len", [Type::Any], |_| Ok(Value::from("mine")));
    functions.add("break", [], |_| Ok(Value::from("broken")));
    functions.add("and", [Type::Any, Type::Any], |args| Ok(args[1].clone()));
    assert_eq!(render_with(functions, "{{len 1}} {{break}} {{and 0 7}}", &Value::Nil), "mine broken 7");
}

#[test]
fn functions_can_ask_for_templates() {
    let mut functions = Functions::new();
    let has = Signature::new([Type::String]);
    functions.insert(
        "has",
        Func::with_call(has, |call, args| {
            let name = args[0].as_text().unwrap_or_default();
            Ok(call.has_template(&name.to_str()).into())
        }),
    );
    assert_eq!(
        render_with(functions, r#"{{define "a"}}x{{end}}{{has "a"}} {{has "b"}}"#, &Value::Nil),
        "true false"
    );
}

#[test]
fn an_error_says_whether_the_template_or_a_function_failed() {
    let mut functions = Functions::new();
    functions.add("fail", [], |_| Err(FuncError::new("no such key")));
    let mut template = Template::new("t").functions(functions);
    template.parse("line\n  {{fail}}").unwrap();
    let error = template.render(&Value::Nil).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"template: t:2:4: executing "t" at <fail>: error calling fail: no such key"#
    );
    assert_eq!(error.cause.kind, ExecErrorKind::Function);
    assert_eq!((error.cause.line, error.cause.column, error.cause.offset), (2, 4, 9));
    assert_eq!(error.cause.message, "error calling fail: no such key");
    assert_eq!(error.partial.output, b"line\n  ");
    template.parse("{{.x.y}}").unwrap();
    let error = template.render(&Value::int(1)).unwrap_err();
    assert_eq!(error.cause.kind, ExecErrorKind::Template);
}

#[test]
fn a_failed_parse_defines_nothing() {
    let mut template = Template::new("t");
    template.parse("good").unwrap();
    let error = template.parse(r#"{{define "a"}}x{{end}}{{nope}}"#).unwrap_err();
    assert_eq!(error.to_string(), r#"template: t:1: function "nope" not defined"#);
    assert_eq!((error.line, error.offset, error.limit), (1, 24, None));
    assert_eq!(template.names().collect::<Vec<_>>(), ["t"]);
    assert_eq!(template.render(&Value::Nil).unwrap(), b"good");
}

#[test]
fn a_template_that_was_never_parsed_is_an_error() {
    let error = Template::new("t").render(&Value::Nil).unwrap_err();
    assert_eq!(error.to_string(), r#"template: t: "t" is an incomplete or empty template"#);
}

#[test]
fn any_template_of_the_set_can_be_run() {
    let mut template = Template::new("t");
    template.parse(r#"{{define "a"}}A{{.}}{{end}}"#).unwrap();
    assert_eq!(template.render_named("a", &Value::int(1)).unwrap(), b"A1");
    assert!(template.render_named("b", &Value::Nil).is_err());
}

#[test]
fn the_environment_is_a_map_of_strings() {
    let dot = Value::from_strings([("CONSUL", "consul:8500"), ("EMPTY", "")]);
    let mut template = Template::new("t").missing_key(MissingKey::Zero);
    template.parse("{{.CONSUL}}[{{.EMPTY}}][{{.MISSING}}]").unwrap();
    assert_eq!(template.render(&dot).unwrap(), b"consul:8500[][]");
}

#[test]
fn json_numbers_are_floats_unless_asked_for_integers() {
    let document = json!({"a": 1, "b": 1.5, "c": -2, "d": u64::MAX, "e": [1]});
    let text = "{{printf \"%T %T %T %T %v\" .a .b .c .d .e}}";
    let floats = Value::from(document.clone());
    assert_eq!(render_with(Functions::new(), text, &floats), "float64 float64 float64 float64 [1]");
    let integers = Value::from_json_with_integers(document);
    assert_eq!(render_with(Functions::new(), text, &integers), "int64 float64 int64 uint64 [1]");
}

#[test]
fn values_tell_their_type() {
    for (value, name) in [
        (Value::int(1), "int"),
        (Value::Int(IntKind::Int8, 1), "int8"),
        (Value::from(1_u64), "uint64"),
        (Value::Uint(UintKind::Uintptr, 1), "uintptr"),
        (Value::from(vec![String::new()]), "[]string"),
        (Value::from(&b"x"[..]), "[]uint8"),
        (Slice::nil(Type::map(Type::String, Type::Any)).into(), "[]map[string]interface {}"),
        (Map::nil(Type::INT64, Type::pointer(Type::Bool)).into(), "map[int64]*bool"),
    ] {
        assert_eq!(value.type_of().to_string(), name);
    }
}

struct Service;

// === impl Service ===

impl Object for Service {
    fn type_name(&self) -> &str {
        "*dep.Service"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Name" => Some("web".into()),
            "Port" => Some(Value::int(80)),
            _ => None,
        }
    }

    fn string(&self) -> Option<Text> {
        Some("service web".into())
    }
}

#[test]
fn objects_have_fields_and_a_text() {
    let dot = Value::object(Service);
    let text = "{{.Name}}:{{.Port}} {{.}} {{printf \"%T %q\" . .}}{{if .}} yes{{end}}";
    assert_eq!(
        render_with(Functions::new(), text, &dot),
        "web:80 service web *dep.Service \"service web\" yes"
    );
    for (text, message) in [
        ("{{.Nope}}", "can't evaluate field Nope in type *dep.Service"),
        ("{{.Name 1}}", "Name has arguments but cannot be invoked as function"),
        ("{{range .}}{{end}}", "range can't iterate over service web"),
        ("{{len .}}", "error calling len: len of type *dep.Service"),
        ("{{index . 0}}", "error calling index: can't index item of type *dep.Service"),
    ] {
        let mut template = Template::new("t");
        template.parse(text).unwrap();
        assert_eq!(template.render(&dot).unwrap_err().cause.message, message);
    }
}
