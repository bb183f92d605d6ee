//! What starts a job.

use super::super::world::*;
use super::plans::*;
use gyropilot_model::{EventCode, Exit, Restarts, Signal, Trigger};

#[test]
fn a_job_starts_at_startup_and_says_what_happens_to_it() {
    let mut world = World::begun(jobs_plan(vec![job("app")]), None);
    assert_eq!(world.said(), ["startup global", "ready app"]);
    assert_eq!(world.variables["CONTAINERPILOT_APP_PID"], "101");
    world.exit_job("app", 0);
    assert_eq!(world.said(), ["exitSuccess app", "stopping app", "stopped app", "shutdown global"]);
    assert_eq!(world.news(), ["0 spawn job[app]", "0 exit 0"]);
    assert!(world.variables.is_empty());
}

#[test]
fn once_starts_on_the_first_match_only() {
    let after = when(job("after"), once(EventCode::ExitFailed, "flaky"));
    let mut flaky = job("flaky");
    flaky.restart = restart(Restarts::Unlimited);
    let mut world = World::begun(jobs_plan(vec![flaky, after]), None);
    world.exit_job("flaky", 1);
    world.exit_job("after", 0);
    world.until(2);
    world.exit_job("flaky", 1);
    assert_eq!(world.news().iter().filter(|line| line.contains("spawn job[after]")).count(), 1);
}

#[test]
fn each_runs_are_serialised_queued_and_never_dropped() {
    let hup = when(job("hup"), each(EventCode::Signal, "SIGHUP"));
    let mut world = World::begun(jobs_plan(vec![job("app"), hup]), None);
    world.news();
    for _ in 0..3 {
        world.signal(Signal::Hup);
    }
    for _ in 0..3 {
        world.exit_job("hup", 0);
    }
    assert!(!world.runs("hup"));
    assert_eq!(world.news(), ["0 spawn job[hup]", "0 spawn job[hup]", "0 spawn job[hup]"]);
}

#[test]
fn q21_a_stop_drops_the_queue() {
    let hup = when(job("hup"), each(EventCode::Signal, "SIGHUP"));
    let mut world = World::begun(jobs_plan(vec![hup]), None);
    for _ in 0..3 {
        world.signal(Signal::Hup);
    }
    world.news();
    world.signal(Signal::Term);
    assert_eq!(world.news(), ["0 SIGTERM job[hup]", "0 exit 0"]);
}

#[test]
fn signals_start_each_time_whatever_the_trigger_says() {
    let usr = when(job("usr"), once(EventCode::Signal, "SIGUSR2"));
    let mut world = World::begun(jobs_plan(vec![job("app"), usr]), None);
    for _ in 0..2 {
        world.signal(Signal::Usr2);
        world.exit_job("usr", 0);
    }
    assert!(world.exit.is_none());
}

#[test]
fn an_interval_runs_at_once_and_then_each_tick_n_plus_one_times() {
    let mut tick = when(job("tick"), Trigger::Interval(seconds(2)));
    tick.restart = restart(Restarts::Limited(2));
    tick.timeout = Some(seconds(2));
    let mut world = World::begun(jobs_plan(vec![tick]), None);
    for at in [2, 4, 6] {
        world.exit_job("tick", 0);
        world.until(at);
    }
    assert_eq!(world.news(), ["0 spawn job[tick]", "2 spawn job[tick]", "4 spawn job[tick]", "6 exit 0"]);
}

#[test]
fn an_interval_kills_what_takes_longer_and_runs_again() {
    let mut tick = when(job("tick"), Trigger::Interval(seconds(2)));
    tick.restart = restart(Restarts::Unlimited);
    tick.timeout = Some(seconds(2));
    let mut world = World::begun(jobs_plan(vec![tick]), None);
    world.until(3);
    assert_eq!(world.news(), ["0 spawn job[tick]", "2 SIGKILL job[tick]", "2 spawn job[tick]"]);
    assert!(world.said().contains(&"exitFailed tick".to_owned()));
}

#[test]
fn all_waits_for_each_of_several_in_any_order() {
    let both = Trigger::Events {
        awaited: vec![awaited(EventCode::ExitSuccess, "a"), awaited(EventCode::ExitSuccess, "b")],
        all: true,
        each: false,
    };
    let mut world = World::begun(jobs_plan(vec![job("a"), job("b"), when(job("c"), both)]), None);
    world.exit_job("b", 0);
    assert!(!world.runs("c"));
    world.exit_job("a", 0);
    assert!(world.runs("c"));
}

#[test]
fn any_of_several_is_enough() {
    let any = Trigger::Events {
        awaited: vec![awaited(EventCode::ExitFailed, "a"), awaited(EventCode::ExitSuccess, "a")],
        all: false,
        each: false,
    };
    let mut world = World::begun(jobs_plan(vec![job("a"), when(job("c"), any)]), None);
    world.exit_job("a", 0);
    assert!(world.runs("c"));
}

#[test]
fn a_job_that_was_not_started_in_time_is_given_up() {
    let mut late = when(job("late"), once(EventCode::ExitSuccess, "app"));
    late.when.timeout = Some(seconds(3));
    let alarm = when(job("alarm"), once(EventCode::TimerExpired, "late"));
    let mut world = World::begun(jobs_plan(vec![job("app"), late, alarm]), None);
    world.until(3);
    assert!(world.runs("alarm"));
    world.exit_job("alarm", 0);
    world.exit_job("app", 0);
    assert!(!world.runs("late"));
    assert_eq!(world.exit, Some(1), "a job that was given up has failed");
}

#[test]
fn the_wait_is_over_with_the_start() {
    let mut late = when(job("late"), once(EventCode::ExitSuccess, "first"));
    late.when.timeout = Some(seconds(3));
    let mut world = World::begun(jobs_plan(vec![job("first"), late]), None);
    world.exit_job("first", 0);
    world.until(10);
    assert!(world.runs("late"));
}

#[test]
fn a_job_without_a_program_is_on_and_never_ends() {
    let mut standing = job("standing");
    standing.exec = None;
    standing.service = Some("standing-host".into());
    let mut world = World::begun(jobs_plan(vec![standing]), None);
    world.until(100);
    assert_eq!(world.news(), ["0 standing-host passing"]);
    world.signal(Signal::Term);
    assert_eq!(world.news(), ["100 standing-host absent", "100 exit 0"]);
}

#[test]
fn what_cannot_be_started_has_failed_with_127() {
    let mut world = World::new(jobs_plan(vec![job("app")]), None);
    world.missing.insert("app".into());
    world.give(crate::Input::Start);
    assert_eq!(world.said()[1..4], ["exitFailed app", "error app", "stopping app"]);
    assert_eq!(world.exit, Some(127));
}

#[test]
fn a_run_that_takes_too_long_is_killed_and_has_failed() {
    let mut app = job("app");
    app.timeout = Some(seconds(4));
    let mut world = World::begun(jobs_plan(vec![app]), None);
    world.until(9);
    assert_eq!(world.news(), ["0 spawn job[app]", "4 SIGKILL job[app]", "4 exit 137"]);
}

#[test]
fn q26_what_a_leader_leaves_behind_gets_the_word() {
    let mut world = World::begun(jobs_plan(vec![job("app"), job("other")]), None);
    let process = world.find("job[app]").unwrap();
    world.running.remove(&process);
    let actions = world
        .engine
        .step(world.now, crate::Input::Exited { process, exit: Exit::Code(0), output: String::new() });
    assert!(actions.contains(&crate::Action::Signal { process, signal: Signal::Term }));
}
