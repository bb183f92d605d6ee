//! Where each part of the output came from.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop")]

use gyropilot_template::{SegmentKind, Template, Value};

fn mapped(text: &str) -> (Template, Value) {
    let mut template = Template::new("main");
    template.parse(text).unwrap();
    let dot = serde_json::json!({"name": "web\nproxy", "list": ["a", "b"], "empty": ""});
    (template, Value::from(dot))
}

/// Output, and for each segment: kind, output text, source text.
fn segments(text: &str) -> Vec<(SegmentKind, String, String)> {
    let (template, dot) = mapped(text);
    let rendered = template.render_mapped(&dot).unwrap();
    let mut end = 0;
    let mut all = Vec::new();
    for segment in &rendered.segments {
        assert_eq!(segment.output.start, end, "a gap in the map");
        end = segment.output.end;
        let output = String::from_utf8_lossy(&rendered.output[segment.output.clone()]).into_owned();
        all.push((segment.kind, output, text[segment.source.clone()].to_owned()));
    }
    assert_eq!(end, rendered.output.len());
    all
}

fn literal(text: &str) -> (SegmentKind, String, String) {
    (SegmentKind::Literal, text.to_owned(), text.to_owned())
}

fn action(output: &str, source: &str) -> (SegmentKind, String, String) {
    (SegmentKind::Action, output.to_owned(), source.to_owned())
}

#[test]
fn literals_are_copies_and_actions_are_whole() {
    let want = vec![literal("name: "), action("web\nproxy", ".name"), literal("\nend")];
    assert_eq!(segments("name: {{ .name }}\nend"), want);
}

#[test]
fn trimmed_text_maps_to_what_is_left_of_it() {
    assert_eq!(segments("a  {{- 1 -}}  b"), vec![literal("a"), action("1", "1"), literal("b")]);
}

#[test]
fn loops_map_every_round_to_the_same_source() {
    let want = vec![action("a", "."), literal(","), action("b", "."), literal(",")];
    assert_eq!(segments("{{range .list}}{{.}},{{end}}"), want);
}

#[test]
fn definitions_map_to_where_they_stand() {
    let text = r#"{{define "t"}}<{{.}}>{{end}}x{{template "t" 1}}"#;
    assert_eq!(segments(text), vec![literal("x"), literal("<"), action("1", "."), literal(">")]);
}

#[test]
fn actions_without_output_leave_no_segment() {
    assert_eq!(segments("{{.empty}}{{$x := 1}}{{if $x}}y{{end}}"), vec![literal("y")]);
}

#[test]
fn offsets_inside_literals_correspond() {
    let text = "{\n  \"name\": \"{{ .name }}\",\n  \"bad\" 1\n}";
    let (template, dot) = mapped(text);
    let rendered = template.render_mapped(&dot).unwrap();
    let output = String::from_utf8(rendered.output.clone()).unwrap();
    let bad = output.find("bad").unwrap();
    assert_eq!(rendered.source_of(bad), Some((0, text.find("bad").unwrap())));
    let inside = output.find("proxy").unwrap();
    assert_eq!(rendered.source_of(inside), Some((0, text.find(".name").unwrap())));
    assert_eq!(rendered.source_of(output.len()), Some((0, text.len())));
}

#[test]
fn other_texts_have_other_indexes() {
    let mut template = Template::new("t");
    template.parse(r#"{{template "other"}}"#).unwrap();
    template.parse_associated("other", "\nhere").unwrap();
    let rendered = template.render_mapped(&Value::Nil).unwrap();
    assert_eq!(rendered.source_of(1), Some((1, 1)));
}

#[test]
fn partial_output_is_mapped_too() {
    let (template, dot) = mapped("ab{{len 1}}");
    let error = template.render_mapped(&dot).unwrap_err();
    assert_eq!(error.partial.output, b"ab");
    assert_eq!(error.partial.segments.len(), 1);
    assert_eq!((error.cause.line, error.cause.column, error.cause.offset), (1, 4, 4));
}

#[test]
fn without_a_map_there_are_no_segments() {
    let (template, dot) = mapped("ab{{len 1}}");
    assert!(template.render(&dot).unwrap_err().partial.segments.is_empty());
}
