//! When a run counts as ready, and alive.

use super::super::world::*;
use super::plans::*;
use crate::Input;
use gyropilot_model::{
    EventCode, ExitPolicy, JobState, Notice, Probe, Readiness, ReadyBy, Restarts, Signal, Verdict,
};
use std::time::Duration;

fn notifying(by: ReadyBy, watchdog: Option<u64>) -> World {
    let mut web = web();
    web.ready = Some(Readiness { by, timeout: seconds(10), watchdog: watchdog.map(seconds) });
    web.stop.drain = Duration::ZERO;
    let after = when(job("after"), once(EventCode::Ready, "web"));
    let mut plan = jobs_plan(vec![web, after]);
    jobs(&mut plan).exit = ExitPolicy::Never;
    World::begun(plan, None)
}

fn notice(world: &mut World, notice: Notice) {
    let process = world.find("job[web]").unwrap();
    world.give(Input::Noticed { process, notice });
}

#[test]
fn checks_and_whoever_waits_begin_when_a_run_is_ready() {
    let mut world = notifying(ReadyBy::Notify, None);
    world.until(5);
    assert_eq!(world.engine.status(world.now).unwrap().jobs[0].state, JobState::Starting);
    assert_eq!(world.news(), ["0 spawn job[web]"]);
    notice(&mut world, Notice::Ready);
    assert_eq!(world.news(), ["5 spawn job[after]", "5 spawn check[web]"]);
    notice(&mut world, Notice::Ready);
    assert_eq!(world.said().iter().filter(|line| *line == "ready web").count(), 1);
}

#[test]
fn a_run_that_is_not_ready_in_time_is_stopped_and_has_failed_although_it_ends_with_0() {
    let mut world = notifying(ReadyBy::Notify, None);
    world.stubborn.insert("job[web]".into());
    world.until(10);
    world.exit_job("web", 0);
    let status = world.engine.status(world.now).unwrap();
    assert_eq!(status.jobs[0].state, JobState::Failed);
    assert_eq!(status.jobs[0].last_exit.as_deref(), Some("not ready within 10s; exit status 0"));
    assert!(world.said().contains(&"exitFailed web".to_owned()));
}

#[test]
fn more_time_can_be_asked_for_at_the_start_and_at_the_end() {
    let mut world = notifying(ReadyBy::Notify, None);
    world.until(9);
    notice(&mut world, Notice::ExtendTimeout(seconds(20)));
    world.until(28);
    notice(&mut world, Notice::Ready);
    world.exit_check("web", 0);
    world.stubborn.insert("job[web]".into());
    world.news();
    world.signal(Signal::Term);
    notice(&mut world, Notice::ExtendTimeout(seconds(12)));
    world.until(39);
    assert!(world.runs("web"));
    world.until(40);
    assert!(!world.runs("web"));
}

#[test]
fn silence_kills_where_there_is_a_watchdog() {
    let mut world = notifying(ReadyBy::Notify, Some(3));
    world.until(5);
    notice(&mut world, Notice::Ready);
    world.exit_check("web", 0);
    world.news();
    world.until(7);
    notice(&mut world, Notice::Watchdog);
    world.until(10);
    assert!(world.news().contains(&"10 SIGKILL job[web]".to_owned()));
    let status = world.engine.status(world.now).unwrap();
    assert_eq!(status.jobs[0].last_exit.as_deref(), Some("silent for 3s; signal SIGKILL"));
}

#[test]
fn a_run_can_call_itself_dead_change_its_period_and_name_its_process() {
    let mut world = notifying(ReadyBy::Notify, Some(3));
    notice(&mut world, Notice::Ready);
    notice(&mut world, Notice::WatchdogPeriod(seconds(100)));
    notice(&mut world, Notice::MainPid(4711));
    notice(&mut world, Notice::Status("all fine".into()));
    world.until(50);
    let status = world.engine.status(world.now).unwrap();
    assert_eq!((status.jobs[0].pid, status.jobs[0].note.as_deref()), (Some(4711), Some("all fine")));
    assert_eq!(world.variables["CONTAINERPILOT_WEB_PID"], "4711");
    notice(&mut world, Notice::WatchdogTrigger);
    assert!(!world.runs("web"));
}

#[test]
fn one_that_says_it_is_about_to_end_is_critical_at_once() {
    let mut world = notifying(ReadyBy::Notify, None);
    notice(&mut world, Notice::Ready);
    world.exit_check("web", 0);
    world.news();
    notice(&mut world, Notice::Stopping);
    assert_eq!(world.news(), ["0 web-host critical"]);
}

#[test]
fn a_reload_of_its_own_makes_ready_twice() {
    let mut world = notifying(ReadyBy::Notify, None);
    notice(&mut world, Notice::Ready);
    notice(&mut world, Notice::Reloading);
    notice(&mut world, Notice::Ready);
    assert_eq!(world.said().iter().filter(|line| *line == "ready web").count(), 2);
}

#[test]
fn a_probe_is_asked_soon_and_then_less_often() {
    let mut world = notifying(ReadyBy::Probe(Probe::Tcp { address: "localhost:80".into() }), None);
    let mut at = Vec::new();
    for _ in 0..7 {
        while world.probes.is_empty() {
            world.now = world.engine.deadline().unwrap();
            world.give(Input::Tick);
        }
        at.push(world.now.since_start().as_millis());
        world.find_all(Verdict::Ill, "refused");
    }
    assert_eq!(at, [0, 50, 150, 350, 750, 1550, 2550]);
    world.until(4);
    world.find_all(Verdict::Well, "connected");
    assert!(world.said().contains(&"ready web".to_owned()));
}

#[test]
fn a_restart_waits_for_ready_anew() {
    let mut web = web();
    web.ready = Some(Readiness { by: ReadyBy::Notify, timeout: seconds(10), watchdog: None });
    web.restart = restart(Restarts::Unlimited);
    let mut world = World::begun(jobs_plan(vec![web]), None);
    notice(&mut world, Notice::Ready);
    world.exit_check("web", 0);
    world.exit_job("web", 1);
    world.until(2);
    assert!(world.runs("web") && world.find("check[web]").is_none());
}
