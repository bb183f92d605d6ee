//! Every golden: the same output and the same errors as real Go (`goldens/README.md`).

#![allow(clippy::unwrap_used, reason = "a test that cannot read its cases should stop")]

mod cases;
mod fixture;
mod mutations;

use cases::{Case, Outcome, load};

#[test]
fn output_and_errors_are_those_of_go() {
    let cases = load();
    let mut report = String::new();
    let mut wrong = 0;
    for case in &cases {
        let got = case.run();
        if got != case.want {
            wrong += 1;
            report.push_str(&difference(case, &got));
        }
    }
    assert!(wrong == 0, "{wrong} of {} goldens differ:\n{report}", cases.len());
}

#[test]
fn enough_goldens_need_nothing_but_json_and_predefined_functions() {
    let cases = load();
    let plain = cases.iter().filter(|case| case.is_plain()).count();
    assert!(cases.len() >= 700, "{} goldens", cases.len());
    assert!(plain >= 600, "{plain} plain goldens");
}

fn difference(case: &Case, got: &Outcome) -> String {
    let template = String::from_utf8_lossy(&case.template);
    let mut text = format!("\n{}\n  template {template:?}\n", case.name);
    let mut line = |what: &str, want: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
        let (want, got) = (format!("{want:?}"), format!("{got:?}"));
        if want != got {
            text.push_str(&format!("  {what}\n    want {want}\n    got  {got}\n"));
        }
    };
    let (want_output, got_output) =
        (String::from_utf8_lossy(&case.want.output), String::from_utf8_lossy(&got.output));
    line("output", &want_output, &got_output);
    line("parse error", &case.want.parse_error, &got.parse_error);
    line("exec error", &case.want.exec_error, &got.exec_error);
    text
}
