//! Section 2.2: the text of a configuration is JSON5.

use crate::scene;
use gyropilot_conformance::cases;
use gyropilot_conformance::scene::Scene;

/// A configuration in which `value` becomes an argument of a job that notes it.
fn text(scene: &Scene, value: &str) -> String {
    let line = scene.probe_line(&[]);
    format!(
        "{{ \"consul\": \"127.0.0.1:1\", \"control\": {{ \"socket\": \"{}\" }},\n\
         \"jobs\": [ {{ \"name\": \"j\", \"exec\": [ \"{}\", {value} ] }} ] }}",
        scene.at("s"),
        line[0]
    )
}

/// `value` is read as this text.
#[track_caller]
fn reads(value: &str, expected: &str) {
    let scene = scene();
    let file = scene.file("c.json5", &text(&scene, value));
    scene.bare_launch().args(["-config", &file.display().to_string()]).run().assert_status(0);
    assert_eq!(scene.notes(), [expected], "{value}");
}

#[track_caller]
fn refuses(whole: &str) {
    let scene = scene();
    let file = scene.file("c.json5", whole);
    let ended = scene.bare_launch().args(["-config", &file.display().to_string()]).run();
    ended.assert_status(1);
}

cases! {
    reads:
    single_quotes: "'note=it \"is\"'" => "it \"is\"";
    a_comma_at_the_end: "\"note=a\"," => "a";
    a_comment_of_a_line: "// what is noted\n \"note=a\"" => "a";
    a_comment_of_a_block: "/* what\n is noted */ \"note=a\"" => "a";
    a_text_over_two_lines: "\"note=one\\\ntwo\"" => "onetwo";
    an_escape_with_four_digits: "\"note=\\u00e9\"" => "é";
    quotes_that_need_no_escape: "'note=a\\'b'" => "a'b";
}

/// As `stopTimeout`, which is a number, so that the form of numbers is what counts.
#[track_caller]
fn reads_number(number: &str) {
    let scene = scene();
    let whole = text(&scene, "\"note=ran\"").replacen('{', &format!("{{ stopTimeout: {number},"), 1);
    let file = scene.file("c.json5", &whole);
    scene.bare_launch().args(["-config", &file.display().to_string()]).run().assert_status(0);
    assert_eq!(scene.notes(), ["ran"], "{number}");
}

cases! {
    reads_number:
    a_hexadecimal_number: "0x1F";
    a_number_without_a_leading_zero: ".5";
    a_number_without_a_fraction: "5.";
    a_number_with_a_sign: "+5";
    a_number_with_an_exponent: "5e0";
}

#[test]
fn keys_without_quotes() {
    let scene = scene();
    let line = scene.probe_line(&[]);
    let (socket, probe) = (scene.at("s"), &line[0]);
    let whole = format!(
        "{{ consul: '127.0.0.1:1', control: {{ socket: '{socket}' }}, jobs: [ {{ name: 'j', exec: ['{probe}', 'note=a'] }} ] }}"
    );
    let file = scene.file("c.json5", &whole);
    scene.bare_launch().args(["-config", &file.display().to_string()]).run().assert_status(0);
    assert!(scene.has("a"));
}

#[test]
fn of_a_key_given_twice_the_last_counts() {
    let scene = scene();
    let whole = text(&scene, "\"note=a\"").replace("\"name\": \"j\"", "\"name\": \"\", \"name\": \"j\"");
    let file = scene.file("c.json5", &whole);
    scene.bare_launch().args(["-config", &file.display().to_string()]).run().assert_status(0);
}

cases! {
    refuses:
    a_comment_as_of_a_shell: "{ # no\n consul: '127.0.0.1:1', jobs: [] }";
    a_missing_comma: "{ consul: '127.0.0.1:1' jobs: [] }";
    content_after_the_end: "{ consul: '127.0.0.1:1', jobs: [] } x";
    an_escape_with_two_digits: "{ consul: '\\x31', jobs: [] }";
    a_list_in_the_place_of_the_whole: "[1, 2]";
    nothing_at_all: "";
}

#[test]
fn an_error_shows_its_place() {
    let scene = scene();
    let file = scene.file("c.json5", "{\n  consul: '127.0.0.1:1',\n  jobs: [ ) ]\n}\n");
    let ended = scene.bare_launch().args(["-config", &file.display().to_string()]).run();
    ended.assert_status(1);
    ended.assert_says(&["3:", "jobs: [ ) ]", "^"]);
}

#[test]
fn a_template_may_make_what_is_none_before() {
    let scene = scene();
    let whole = text(&scene, "{{ range loop 2 }}\"note={{ . }}\",{{ end }}");
    let file = scene.file("c.json5", &whole);
    scene.bare_launch().args(["-config", &file.display().to_string()]).run().assert_status(0);
    assert_eq!(scene.notes(), ["0", "1"]);
}

#[track_caller]
fn renders(template: &str, expected: &str) {
    let scene = scene();
    let file = scene.file("t", template);
    let launch = scene.bare_launch().env("NAME", "value").env("EQUALS", "a=b=c").env("COUNT", "2");
    let ended = launch.args(["-template", "-config", &file.display().to_string()]).run();
    ended.assert_status(0);
    assert_eq!(ended.out.strip_suffix('\n').unwrap_or(&ended.out), expected, "{template}");
}

cases! {
    renders:
    env_reads_a_variable_whole: "{{ env \"EQUALS\" }}" => "a=b=c";
    env_takes_a_name_that_is_made: "{{ env (printf \"NA%s\" \"ME\") }}" => "value";
    env_of_what_is_not_there: "<{{ env \"GHOST\" }}>" => "<>";
    loop_counts_from_0: "{{ loop 3 }}" => "[0 1 2]";
    loop_counts_up: "{{ range loop 2 5 }}{{ . }}{{ end }}" => "234";
    loop_counts_down: "{{ range loop 5 2 }}{{ . }}{{ end }}" => "543";
    loop_takes_numbers_in_text: "{{ range loop .COUNT }}{{ . }}{{ end }}" => "01";
}

#[test]
fn q_02_a_value_may_hold_equals_signs() {
    gyropilot_conformance::target::fixed("Q-02", || renders("{{ .EQUALS }}", "a=b=c"));
}
