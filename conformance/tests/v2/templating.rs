//! Section 1.2: what `{{ }}` in a configuration may say. Rendered through
//! `-template`, which prints the text and checks nothing.

use crate::scene;
use gyropilot_conformance::target::fixed;

#[track_caller]
fn renders(template: &str, expected: &str) {
    let scene = scene();
    let launch = scene.bare_launch().env("WORDS", "a,b,c").env("TEXT", "one two one").env("NAME", "value");
    let launch = launch.env("EQUALS", "a=b=c").env("EMPTY", "").env("NUMBER", "7");
    let ended = launch.args(["-template", "-config", template]).run();
    ended.assert_status(0);
    assert_eq!(ended.out.strip_suffix('\n').unwrap_or(&ended.out), expected, "{template}");
}

#[test]
fn a_variable_of_the_environment() {
    renders("<{{ .NAME }}>", "<value>");
}

#[test]
fn a_missing_variable_is_empty() {
    renders("<{{ .NOT_THERE }}>", "<>");
}

#[test]
fn q_02_a_value_may_hold_equals_signs() {
    fixed("Q-02", || renders("{{ .EQUALS }}", "a=b=c"));
}

#[test]
fn default_lets_a_value_pass() {
    renders("{{ .NAME | default \"other\" }}", "value");
}

#[test]
fn default_replaces_a_missing_value() {
    renders("{{ .NOT_THERE | default \"other\" }}", "other");
}

#[test]
fn default_replaces_an_empty_value() {
    renders("{{ .EMPTY | default \"other\" }}", "other");
}

#[test]
fn default_may_be_a_number() {
    renders("{{ .NOT_THERE | default 100 }} {{ .NOT_THERE | default 10.1 }}", "100 10.1");
}

#[test]
fn split_and_join() {
    renders("{{ .WORDS | split \",\" | join \"-\" }}", "a-b-c");
}

#[test]
fn split_trims_and_knows_nothing_of_empty_text() {
    renders("{{ len (split \",\" \" a,b \") }} {{ len (split \",\" \"  \") }}", "2 0");
}

#[test]
fn join_of_nothing_is_empty() {
    renders("<{{ .EMPTY | split \",\" | join \"-\" }}>", "<>");
}

#[test]
fn replace_all_is_literal() {
    renders("{{ .TEXT | replaceAll \"one\" \"1\" }} {{ \"a.b\" | replaceAll \".\" \"$1\" }}", "1 two 1 a$1b");
}

#[test]
fn regex_replace_all_expands_groups() {
    renders("{{ .TEXT | regexReplaceAll \"(o)(ne)\" \"$2\" }}", "ne two ne");
}

#[test]
fn a_bad_expression_fails_the_rendering() {
    let ended = scene()
        .bare_launch()
        .args(["-template", "-config", "{{ \"x\" | regexReplaceAll \"(\" \"\" }}"])
        .run();
    ended.assert_status(1);
    ended.assert_says(&["Could not apply template"]);
}

#[test]
fn conditions_loops_and_variables() {
    renders(
        "{{ $n := \"x\" }}{{ range $i, $w := split \",\" .WORDS }}{{ if $i }};{{ end }}{{ $i }}={{ $w }}{{ $n }}{{ end }}",
        "0=ax;1=bx;2=cx",
    );
}

#[test]
fn comparison_and_logic() {
    renders(
        "{{ if and (eq .NAME \"value\") (ne .NUMBER \"8\") (not .EMPTY) }}yes{{ else }}no{{ end }}",
        "yes",
    );
}

#[test]
fn with_and_else() {
    renders("{{ with .EMPTY }}some{{ else }}none{{ end }} {{ with .NAME }}{{ . }}{{ end }}", "none value");
}

#[test]
fn trim_markers() {
    renders("a  {{- \" b \" -}}  c", "a b c");
}

#[test]
fn comments_are_nothing() {
    renders("a{{/* nothing */}}b", "ab");
}

#[test]
fn named_templates() {
    renders("{{ define \"t\" }}<{{ . }}>{{ end }}{{ template \"t\" .NAME }}", "<value>");
}

#[test]
fn print_family() {
    renders(
        "{{ printf \"%s-%05d-%q\" .NAME 42 \"x\" }} {{ len .NAME }} {{ index (split \",\" .WORDS) 1 }}",
        "value-00042-\"x\" 5 b",
    );
}

#[test]
fn its_own_pid_is_visible() {
    let ended = scene().bare_launch().args(["-template", "-config", "{{ .CONTAINERPILOT_PID }}"]).run();
    ended.assert_status(0);
    assert!(ended.out.trim().parse::<u32>().is_ok_and(|pid| pid > 0), "{:?}", ended.out);
}

#[test]
fn a_template_may_make_json_that_is_none_before() {
    let scene = scene();
    let consul = scene.consul.address();
    let text = format!("{{\"consul\": \"{consul}\", \"stopTimeout\": {{{{ .SECONDS | default 3 }}}} }}");
    scene.bare_launch().args(["-config", &text]).app(scene.probe_line(&["exit=4"])).run().assert_status(4);
}
