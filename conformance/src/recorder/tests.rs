//! That a comparison overlooks nothing it should see.

use super::play::{Exchange, Recording};
use super::{Allowed, Finding, Step, compare, get, judge};
use crate::http::Answer;

fn exchange(step: Step, headers: &str, body: &str) -> Exchange {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}");
    let answer = Ok(Answer { status: 200, head, body: body.to_owned() });
    Exchange { since: 0, path: step.path.clone(), step, answer, unmet: false, waited: None, untimely: None }
}

fn findings(step: fn() -> Step, left: &[(&str, &str)], right: &[(&str, &str)]) -> Vec<Finding> {
    let recording = |answers: &[(&str, &str)]| {
        let exchanges = answers.iter().map(|(headers, body)| exchange(step(), headers, body)).collect();
        Recording(vec![("scenario", exchanges)])
    };
    compare(&recording(left), &recording(right))
}

fn places(step: fn() -> Step, left: &[(&str, &str)], right: &[(&str, &str)]) -> Vec<String> {
    findings(step, left, right).into_iter().map(|finding| finding.place).collect()
}

fn path() -> Step {
    get("/v1/x")
}

#[test]
fn values_names_and_lengths_are_compared() {
    let left = [("", r#"{"a": 1, "b": [1, 2], "c": null, "same": "x"}"#)];
    let right = [("", r#"{"a": "1", "b": [1], "d": null, "same": "x"}"#)];
    assert_eq!(places(path, &left, &right), ["body/a", "body/b/1", "body/c", "body/d"]);
    assert!(places(path, &left, &left).is_empty());
}

#[test]
fn headers_are_compared_but_for_those_of_the_moment() {
    let left = [("Vary: Accept-Encoding\r\nDate: today\r\nX-Only: 1", "[]")];
    let right = [("vary: Accept\r\nDate: tomorrow", "[]")];
    assert_eq!(places(path, &left, &right), ["header vary", "header x-only"]);
}

#[test]
fn indexes_are_compared_by_their_order() {
    let index = |index: u64| format!("X-Consul-Index: {index}");
    let all = |indexes: &[u64]| indexes.iter().map(|n| (index(*n), "[]".to_owned())).collect::<Vec<_>>();
    let found = |left: &[u64], right: &[u64]| {
        let (left, right) = (all(left), all(right));
        let lent = |answers: &[(String, String)]| -> Vec<(&'static str, &'static str)> {
            answers.iter().map(|(head, body)| (&*head.clone().leak(), &*body.clone().leak())).collect()
        };
        places(path, &lent(&left), &lent(&right)).len()
    };
    assert_eq!(found(&[5, 7, 7, 6], &[100, 300, 300, 200]), 0);
    assert_eq!(found(&[5, 7], &[100, 100]), 1, "one stands still");
    assert_eq!(found(&[5, 5], &[100, 101]), 1, "one moves alone");
    assert_eq!(found(&[5, 7], &[100, 99]), 1, "one goes back");
    assert_eq!(found(&[5, 9, 7], &[100, 300, 400]), 1, "they overtake each other");
}

#[test]
fn identifiers_are_compared_by_where_they_appear() {
    const ONE: &str = "40e4a748-2192-161a-0510-9bf59fe950b5";
    const TWO: &str = "40e4a748-2192-161a-0510-9bf59fe950b6";
    let pair = |one: &str, two: &str| -> &'static str { format!(r#"["a {one}", "b {two}"]"#).leak() };
    assert!(places(path, &[("", pair(ONE, TWO))], &[("", pair(TWO, ONE))]).is_empty());
    assert_eq!(places(path, &[("", pair(ONE, ONE))], &[("", pair(TWO, ONE))]), ["body/1"]);
    assert_eq!(places(path, &[("", pair(ONE, TWO))], &[("", pair(TWO, TWO))]), ["body/1"]);
}

#[test]
fn a_view_leaves_out_what_it_names_and_no_more() {
    let left = [("", r#"{"a": [{"n": 1, "p": "x:80", "s": [1, 2]}], "b": 1}"#)];
    let right = [("", r#"{"a": [{"n": 2, "p": "x:81", "s": [2, 1]}], "b": 2}"#)];
    assert_eq!(
        places(path, &left, &right),
        ["body/a/0/n", "body/a/0/p", "body/a/0/s/0", "body/a/0/s/1", "body/b"]
    );
    let view = || path().any("/a/*/n").ports().unordered("/a/*/s").only("/a");
    assert!(places(view, &left, &right).is_empty());
    let shape = || path().shape();
    assert!(places(shape, &left, &right).is_empty());
    assert_eq!(places(shape, &left, &[("", r#"{"a": [], "b": "1"}"#)]), ["body/a/0", "body/b"]);
}

#[test]
fn what_is_allowed_has_to_differ_and_nothing_else_may() {
    let found = findings(path, &[("", r#"{"a": 1, "b": 1}"#)], &[("", r#"{"a": 2, "b": 1}"#)]);
    let allowed = |place| Allowed { request: "GET /v1/*", place, right: "*", why: "it is meant" };
    assert!(judge(&found, &[]).is_err());
    assert_eq!(judge(&found, &[allowed("body/a")]), Ok(()));
    assert_eq!(judge(&found, &[allowed("body/*")]), Ok(()));
    assert!(judge(&found, &[allowed("body/b")]).is_err());
    assert!(judge(&found, &[Allowed { right: "3", ..allowed("body/a") }]).is_err());
    let text = judge(&found, &[allowed("body/a"), allowed("body/b")]).expect_err("one is not used");
    assert!(text.contains("nothing differs so") && text.contains("body/b"), "{text}");
}
