//! Following what changes.

use crate::Desk;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

on_each_agent! {
    each_change_of_a_service_is_a_line_with_its_time,
    a_document_has_all_that_is_there_and_what_changed,
    keys_and_services_are_followed_too,
    a_command_is_run_with_the_document_as_its_input,
    a_command_that_runs_does_not_survive_the_watch,
    a_catalogue_that_goes_away_is_waited_for,
    whoever_has_seen_enough_ends_it,
}

/// What was told so far, without the times.
fn told(watch: &Pilot) -> Vec<String> {
    let out = watch.out();
    let whole = out.lines().filter(|_| out.ends_with('\n'));
    whole.filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect()
}

#[track_caller]
fn await_told(watch: &Pilot, expected: &[&str]) {
    wait_until(SOON, &format!("{expected:?}"), || (told(watch).len() >= expected.len()).then_some(()));
    assert_eq!(told(watch), expected);
}

/// The documents that were told so far.
fn documents(watch: &Pilot) -> Vec<Value> {
    watch.out().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[track_caller]
fn await_document(watch: &Pilot, count: usize) -> Value {
    wait_until(SOON, "the next document", || documents(watch).get(count - 1).cloned())
}

fn each_change_of_a_service_is_a_line_with_its_time(make: Make) {
    let desk = Desk::new(make);
    desk.register("web-1", 8080, "passing");
    let watch = desk.catalog(&["watch", "service", "web"]).start();
    let mut expected = vec!["present  web-1  192.0.2.7:8080 passing"];
    await_told(&watch, &expected);
    desk.update("web-1", "critical", "it\nbroke");
    expected.push("changed  web-1  192.0.2.7:8080 critical: it broke");
    await_told(&watch, &expected);
    desk.register("web-2", 8081, "passing");
    expected.push("added    web-2  192.0.2.7:8081 passing");
    await_told(&watch, &expected);
    desk.agent.deregister("web-1");
    expected.push("removed  web-1  192.0.2.7:8080");
    await_told(&watch, &expected);
    let out = watch.out();
    let time = out.split_once(' ').unwrap().0;
    assert!(time.len() == 24 && time.ends_with('Z') && time.contains('T'), "{time}");
    watch.end_after_term(SOON).assert_status(128 + 15);
}

fn a_document_has_all_that_is_there_and_what_changed(make: Make) {
    let desk = Desk::new(make);
    let watch = desk.catalog(&["watch", "service", "web", "--passing", "--json"]).start();
    let first = await_document(&watch, 1);
    assert_eq!(
        (&first["watch"], &first["name"], &first["instances"], &first["changes"]),
        (&json!("service"), &json!("web"), &json!([]), &json!([]))
    );
    desk.register("web-1", 8080, "passing");
    let second = await_document(&watch, 2);
    assert_eq!(
        (&second["instances"][0]["id"], &second["instances"][0]["port"]),
        (&json!("web-1"), &json!(8080))
    );
    assert_eq!(second["changes"], json!([{"change": "added", "name": "web-1", "node": "real"}]));
    desk.update("web-1", "warning", "");
    let third = await_document(&watch, 3);
    assert_eq!((&third["instances"], &third["changes"][0]["change"]), (&json!([]), &json!("removed")));
}

fn keys_and_services_are_followed_too(make: Make) {
    let desk = Desk::new(make);
    let key = desk.catalog(&["watch", "key", "app/limit"]).start();
    await_told(&key, &["nothing  key app/limit"]);
    let prefix = desk.catalog(&["watch", "prefix", "app/", "--json"]).start();
    assert_eq!(await_document(&prefix, 1)["keys"], json!([]));
    let services = desk.catalog(&["watch", "services"]).start();
    await_told(&services, &["present  consul"]);

    desk.agent.set_key("app/limit", "17");
    await_told(&key, &["nothing  key app/limit", "added    app/limit  17"]);
    let second = await_document(&prefix, 2);
    assert_eq!((&second["name"], &second["keys"][0]["value"]), (&json!("app/"), &json!("17")));
    desk.register("web-1", 8080, "passing");
    await_told(&services, &["present  consul", "added    web  v1"]);
    assert_eq!(desk.agent.ask("DELETE", "/v1/kv/app/limit", "").status, 200);
    await_told(&key, &["nothing  key app/limit", "added    app/limit  17", "removed  app/limit"]);
    assert_eq!(await_document(&prefix, 3)["changes"], json!([{"change": "removed", "name": "app/limit"}]));
}

fn a_command_is_run_with_the_document_as_its_input(make: Make) {
    let desk = Desk::new(make);
    desk.agent.set_key("go", "1");
    let words = ["watch", "key", "go", "--exec", "sh", "-c", "cat >> seen; echo ran --json -config; exit 3"];
    let watch = desk.catalog(&words).within(["env", "-C", &desk.scene.at("")]).start();
    let seen = |count: usize| {
        let document = || {
            let seen = std::fs::read_to_string(desk.scene.path("seen")).ok()?;
            serde_json::from_str::<Value>(seen.lines().nth(count - 1)?).ok()
        };
        wait_until(SOON, "the command to have run", document)
    };
    assert_eq!(seen(1)["key"]["value"], "1");
    desk.agent.set_key("go", "2");
    assert_eq!(
        (&seen(2)["key"]["value"], &seen(2)["changes"][0]["change"]),
        (&json!("2"), &json!("changed"))
    );
    watch.await_phrase(SOON, "warning: sh: exit status 3");
    wait_until(SOON, "the command's own output", || (watch.out().lines().count() == 2).then_some(()));
    assert_eq!(watch.out(), "ran --json -config\nran --json -config\n");
}

fn a_command_that_runs_does_not_survive_the_watch(make: Make) {
    let desk = Desk::new(make);
    let words = ["watch", "services", "--exec", "sh", "-c", "echo $$; exec sleep 1000"];
    let watch = desk.catalog(&words).start();
    let pid = wait_until(SOON, "the command to run", || watch.out().trim().parse::<i32>().ok());
    watch.signal(Signal::SIGINT);
    watch.end(SOON).assert_status(128 + 2);
    wait_until(SOON, "the end of the command", || {
        (!gyropilot_conformance::process::alive(pid)).then_some(())
    });
}

fn a_catalogue_that_goes_away_is_waited_for(make: Make) {
    let mut desk = Desk::new(make);
    desk.agent.set_key("go", "1");
    let watch = desk.catalog(&["watch", "key", "go"]).start();
    await_told(&watch, &["present  go  1"]);
    desk.agent.kill();
    watch.await_phrase(SOON, "the catalogue cannot be used (watch of key go)");
    desk.agent.start_again();
    desk.agent.set_key("go", "2");
    watch.await_phrase(SOON, "the catalogue can be used again");
    wait_until(SOON, "the new value", || {
        told(&watch).iter().any(|line| line.ends_with("go  2")).then_some(())
    });
}

fn whoever_has_seen_enough_ends_it(make: Make) {
    let desk = Desk::new(make);
    desk.agent.set_key("go", "1");
    let script = "\"$@\" | head -n 1; echo over";
    let watch = desk.catalog(&["watch", "key", "go"]).within(["sh", "-c", script, "sh"]).start();
    watch.await_phrase(SOON, "present");
    // It is told of the closed pipe when it writes next.
    desk.agent.set_key("go", "2");
    watch.await_phrase(SOON, "over");
    watch.end(SOON).assert_status(0);
}
