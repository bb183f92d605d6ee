//! Section 2.4: the shape of messages, and what becomes of the words of jobs.

use crate::{nothing, scene};
use gyropilot_conformance::launch::Ended;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// A job that says `a "word"` and ends.
#[track_caller]
fn says(scene: &Scene, logging: &Value, rest: &Value) -> Ended {
    let job = scene.job("talker", &["note=up", "print=a \"word\"", "eprint=an error"], rest);
    let ended = scene.jobs(&[job], &json!({"logging": logging})).run();
    ended.assert_status(0);
    ended
}

fn line<'a>(text: &'a str, part: &str) -> &'a str {
    text.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part:?} is missing in:\n{text}"))
}

/// `2026-11-23T09:57:25.702957575Z`, or with an offset.
fn is_rfc3339_with_a_fraction(text: &str) -> bool {
    let date = text.get(..19).is_some_and(|it| it.as_bytes()[10] == b'T' && it.as_bytes()[4] == b'-');
    date && text[19..].starts_with('.')
        && (text.ends_with('Z') || text.contains('+') || text[20..].contains('-'))
}

#[test]
fn the_default_is_time_job_pid_and_message() {
    let scene = scene();
    let ended = says(&scene, &nothing(), &nothing());
    let pid = scene.await_event(SOON, "up").pid.to_string();
    for text in ["a \"word\"", "an error"] {
        let found = line(&ended.out, text);
        let words: Vec<&str> = found.splitn(4, ' ').collect();
        assert!(is_rfc3339_with_a_fraction(words[0]), "{found}");
        assert_eq!(words[1..], ["talker", pid.as_str(), text], "{found}");
    }
}

#[test]
fn the_pilots_own_lines_have_no_job() {
    let scene = scene();
    let ended = scene.jobs(&[scene.job("j", &["exit=3"], &nothing())], &nothing()).run();
    let found = line(&ended.out, "j exited with error");
    assert!(
        found.split_once(' ').is_some_and(|(_, rest)| rest.starts_with("j exited with error")),
        "{found}"
    );
}

#[test]
fn text_has_time_level_message_and_fields() {
    let scene = scene();
    let ended = says(&scene, &json!({"format": "text"}), &nothing());
    let found = line(&ended.out, "word");
    assert!(found.starts_with("time=\"20") && found.contains(" level=info msg=\"a "), "{found}");
    assert!(found.contains("job=talker") && found.contains("pid="), "{found}");
}

#[test]
fn json_is_one_object_a_line() {
    let scene = scene();
    let ended = says(&scene, &json!({"format": "json"}), &nothing());
    let found: Value = serde_json::from_str(line(&ended.out, "word")).unwrap();
    assert_eq!(
        (&found["level"], &found["msg"], &found["job"]),
        (&json!("info"), &json!("a \"word\""), &json!("talker"))
    );
    assert_eq!(found["pid"], scene.await_event(SOON, "up").pid);
    assert!(found["time"].as_str().is_some_and(is_rfc3339_with_a_fraction), "{found}");
}

#[test]
fn every_line_is_json_when_json_is_wanted() {
    let scene = scene();
    let job = scene.offer("web", &["print=one", "eprint=two", "exit=3"], &nothing());
    let ended = scene.jobs(&[job], &json!({"logging": {"format": "json", "level": "DEBUG"}})).run();
    for line in ended.out.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|it| it.is_object()), "{line}");
    }
}

#[test]
fn the_words_of_a_check_carry_its_name() {
    let scene = scene();
    let health = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["print=from the check"])}});
    let job = scene.job("web", &["forever"], &health);
    let pilot = scene.jobs(&[job], &json!({"logging": {"format": "json"}})).start();
    pilot.await_phrase(SOON, "from the check");
    let found: Value = serde_json::from_str(line(&pilot.out(), "from the check")).unwrap();
    assert_eq!(found["check"], "check.web");
}

#[test]
fn raw_output_is_left_alone() {
    let scene = scene();
    let ended =
        says(&scene, &json!({"format": "json", "level": "ERROR"}), &json!({"logging": {"raw": true}}));
    assert!(ended.out.lines().any(|line| line == "a \"word\""), "{}", ended.out);
    assert!(ended.err.lines().any(|line| line == "an error"), "{}", ended.err);
}

#[test]
fn raw_output_of_a_check_is_left_alone() {
    let scene = scene();
    let check =
        json!({"interval": 1, "ttl": 5, "exec": scene.probe(&["print=raw check"]), "logging": {"raw": true}});
    let job = scene.job("web", &["forever"], &json!({"health": check}));
    let pilot = scene.jobs(&[job], &json!({"logging": {"format": "json"}})).start();
    pilot.await_phrase(SOON, "raw check");
    assert!(pilot.out().lines().any(|line| line == "raw check"), "{}", pilot.out());
}

#[test]
fn q_15_a_higher_level_hides_the_words_of_jobs() {
    let scene = scene();
    let ended = says(&scene, &json!({"level": "WARN"}), &nothing());
    assert!(!ended.said().contains("word"), "{}", ended.said());
}

#[test]
fn standard_error_may_be_chosen() {
    let scene = scene();
    let ended = says(&scene, &json!({"output": "stderr"}), &nothing());
    assert!(ended.err.contains("a \"word\"") && !ended.out.contains("word"), "{}", ended.said());
}

#[test]
fn a_file_may_be_chosen_and_is_appended_to() {
    let scene = scene();
    let log = scene.file("pilot.log", "before\n");
    says(&scene, &json!({"output": scene.at("pilot.log")}), &nothing());
    let text = std::fs::read_to_string(log).unwrap();
    assert!(text.starts_with("before\n") && text.contains("a \"word\""), "{text}");
}

#[test]
fn sigusr1_opens_the_file_anew() {
    let scene = scene();
    let job = scene.job("talker", &["print=a word", "note=said"], &json!({"when": {"interval": "100ms"}}));
    let pilot = scene.jobs(&[job], &json!({"logging": {"output": scene.at("pilot.log")}})).start();
    let contains =
        |name: &str| std::fs::read_to_string(scene.path(name)).is_ok_and(|it| it.contains("a word"));
    wait_until(SOON, "the first word", || contains("pilot.log").then_some(()));
    std::fs::rename(scene.path("pilot.log"), scene.path("pilot.log.1")).unwrap();
    pilot.signal(Signal::SIGUSR1);
    wait_until(SOON, "a word in the new file", || contains("pilot.log").then_some(()));
    let old = std::fs::read_to_string(scene.path("pilot.log.1")).unwrap();
    scene.await_events(SOON, "said", scene.events_like("said").len() + 3);
    assert_eq!(std::fs::read_to_string(scene.path("pilot.log.1")).unwrap(), old);
}

#[test]
fn sigusr1_without_a_file_means_nothing() {
    let scene = scene();
    let mut pilot = scene.jobs(&[crate::clock(&scene)], &nothing()).start();
    scene.await_event(SOON, "tick");
    pilot.signal(Signal::SIGUSR1);
    crate::await_ticks(&scene, 3);
    assert!(pilot.is_running());
}

#[test]
fn q_03_a_line_of_5_mib_is_passed_on() {
    fixed("Q-03", || {
        let scene = scene();
        let job = scene.job("talker", &[&format!("flood={}", 5 << 20), "note=written"], &nothing());
        let ended = scene.jobs(&[job], &nothing()).run();
        ended.assert_status(0);
        assert!(scene.has("written"));
        assert!(ended.out.bytes().filter(|byte| *byte == b'x').count() >= 5 << 20);
    });
}

#[test]
fn the_last_line_needs_no_end() {
    let scene = scene();
    let ended = scene.jobs(&[json!({"name": "j", "exec": ["printf", "no newline"]})], &nothing()).run();
    ended.assert_says(&["no newline"]);
}

#[test]
fn debug_shows_the_configuration() {
    let scene = scene();
    let ended = says(&scene, &json!({"level": "DEBUG"}), &nothing());
    ended.assert_says(&["loaded config"]);
}

#[test]
fn the_token_of_the_catalogue_is_in_no_log() {
    fixed("secret-dump", || {
        let scene = scene();
        let consul = json!({"address": scene.consul.address().to_string(), "token": "open-sesame"});
        let job = scene.offer("web", &["note=up", "exit=0"], &nothing());
        let rest = json!({"consul": consul, "logging": {"level": "DEBUG"}});
        let ended = scene.jobs(&[job], &rest).run();
        assert!(!ended.said().contains("open-sesame"), "{}", ended.said());
    });
}
