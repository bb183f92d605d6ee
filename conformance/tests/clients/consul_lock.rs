//! The command line of Consul: programs that run one at a time, or a few.

use crate::Stand;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::launch::Launch;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;

on_each_agent! {
    one_runs_and_the_other_waits_for_its_end,
    who_is_in_a_hurry_gives_up,
    two_of_three_run_at_once,
    the_program_of_a_lost_session_is_ended,
    the_status_of_the_program_is_told,
    the_lock_of_a_killed_holder_is_free_after_its_session,
}

/// A program that notes its name and runs until the file `NAME.end` is there.
fn held(stand: &Stand, words: &[&str], name: &str) -> Launch {
    let end = format!("until={}", stand.at(&format!("{name}.end")));
    let program = stand.probe_line(&[&format!("note={name}"), &end, &format!("note={name} ends")]);
    stand.consul(&["lock", "-shell=false"]).args(words.iter().copied()).args(program)
}

fn one_runs_and_the_other_waits_for_its_end(make: Make) {
    let stand = Stand::new(make);
    let first = held(&stand, &["locks/a"], "first").start();
    stand.await_event(SOON, "first");
    let second = held(&stand, &["locks/a"], "second").start();
    // It asks for the lock with the session that it has made.
    wait_until(SOON, "two sessions", || {
        (stand.agent.json("/v1/session/list").as_array()?.len() == 2).then_some(())
    });
    stand.file("first.end", "");
    stand.file("second.end", "");
    first.end(SOON).assert_status(0);
    second.end(SOON).assert_status(0);
    assert_eq!(stand.notes(), ["first", "first ends", "second", "second ends"]);
    assert_eq!(stand.prints(&["kv", "get", "-recurse", "locks"]), "");
}

fn who_is_in_a_hurry_gives_up(make: Make) {
    let stand = Stand::new(make);
    let first = held(&stand, &["locks/a"], "first").start();
    stand.await_event(SOON, "first");
    let second = held(&stand, &["-try=300ms", "locks/a"], "second").run();
    second.assert_status(1);
    second.assert_says(&["timeout during lock acquisition"]);
    stand.file("first.end", "");
    first.end(SOON).assert_status(0);
    assert!(!stand.has("second"));
}

fn two_of_three_run_at_once(make: Make) {
    let stand = Stand::new(make);
    let start = |name| held(&stand, &["-n=2", "seats"], name).start();
    let holders = ["a", "b"].map(start);
    ["a", "b"].iter().for_each(|name| drop(stand.await_event(SOON, name)));
    let third = start("c");
    wait_until(SOON, "three sessions", || {
        (stand.agent.json("/v1/session/list").as_array()?.len() == 3).then_some(())
    });
    assert!(!stand.has("c"));
    stand.file("a.end", "");
    stand.await_event(SOON, "c");
    assert!(!stand.has("b ends"));
    ["b.end", "c.end"].iter().for_each(|name| drop(stand.file(name, "")));
    holders.into_iter().chain([third]).for_each(|holder| holder.end(SOON).assert_status(0));
}

fn the_program_of_a_lost_session_is_ended(make: Make) {
    let stand = Stand::new(make);
    let program = stand.probe_line(&["note=up", "await=TERM", "note=told", "exit=0"]);
    let lock = stand.consul(&["lock", "-shell=false", "locks/a"]).args(program).start();
    stand.await_event(SOON, "up");
    let session = stand.agent.json("/v1/session/list")[0]["ID"].as_str().unwrap().to_owned();
    stand.agent.ask("PUT", &format!("/v1/session/destroy/{session}"), "");
    stand.await_event(SOON, "told");
    lock.end(SOON).assert_status(0);
}

fn the_status_of_the_program_is_told(make: Make) {
    let stand = Stand::new(make);
    let ended = stand.consul(&["lock", "-child-exit-code", "locks/a", "exit 3"]).run();
    ended.assert_status(2);
    ended.assert_says(&["exit status 3"]);
}

fn the_lock_of_a_killed_holder_is_free_after_its_session(make: Make) {
    let stand = Stand::new(make);
    let first = held(&stand, &["locks/a"], "first").start();
    stand.await_event(SOON, "first");
    let session = stand.agent.json("/v1/session/list")[0]["ID"].as_str().unwrap().to_owned();
    first.signal(Signal::SIGKILL);
    let second = held(&stand, &["locks/a"], "second").start();
    wait_until(SOON, "two sessions", || {
        (stand.agent.json("/v1/session/list").as_array()?.len() == 2).then_some(())
    });
    assert!(!stand.has("second"));
    // Its TTL would do the same, a quarter of a minute later; the lock delay of 15 s is the command's own.
    stand.agent.ask("PUT", &format!("/v1/session/destroy/{session}"), "");
    stand.await_event(SOON * 2, "second");
    stand.file("second.end", "");
    second.end(SOON).assert_status(0);
}
