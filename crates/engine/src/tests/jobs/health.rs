//! Checks of a job's health.

use super::super::world::*;
use super::plans::*;
use gyropilot_model::{CheckRestart, EventCode, HealthCheck, Job, Order, Probe, Status, Verdict, Warning};
use std::time::Duration;

fn with(change: impl Fn(&mut HealthCheck)) -> World {
    let mut web = web();
    web.stop.drain = Duration::ZERO;
    change(web.health.as_mut().unwrap());
    World::begun(jobs_plan(vec![web]), None)
}

fn status(world: &World) -> Option<Status> {
    match world.desired.get("web-host") {
        Some(gyropilot_model::Desired::Present { status, .. }) => Some(*status),
        _ => None,
    }
}

/// Lets the check that is due run, and end like this.
fn check(world: &mut World, code: u8) {
    if world.find("check[web]").is_none() {
        let next = world.now.since_start().as_secs() + 1;
        world.until(next);
    }
    world.exit_check("web", code);
}

#[test]
fn q34_every_result_is_said() {
    let mut world = with(|_| {});
    world.said();
    for code in [0, 0, 1, 1] {
        check(&mut world, code);
    }
    let said: Vec<_> = world.said().into_iter().filter(|line| line.ends_with("healthy web")).collect();
    assert_eq!(said, ["healthy web", "healthy web", "unhealthy web", "unhealthy web"]);
}

#[test]
fn a_check_says_its_own_exits() {
    let mut world = with(|_| {});
    check(&mut world, 0);
    assert!(world.said().contains(&"exitSuccess check.web".to_owned()));
    check(&mut world, 1);
    assert!(world.said().contains(&"exitFailed check.web".to_owned()));
    world.until(2);
    assert!(world.variables.contains_key("CONTAINERPILOT_CHECK_PID"));
    check(&mut world, 0);
    assert!(!world.variables.contains_key("CONTAINERPILOT_CHECK_PID"));
}

#[test]
fn thresholds_count_in_a_row() {
    let mut world = with(|health| {
        health.success_threshold = 2;
        health.failure_threshold = 3;
    });
    check(&mut world, 0);
    assert_eq!(status(&world), None);
    check(&mut world, 0);
    assert_eq!(status(&world), Some(Status::Passing));
    for code in [1, 1, 0, 1, 1] {
        check(&mut world, code);
        assert_eq!(status(&world), Some(Status::Passing));
    }
    check(&mut world, 1);
    assert_eq!(status(&world), Some(Status::Critical));
}

#[test]
fn failures_do_not_count_at_first() {
    let mut world = with(|health| health.start_period = seconds(3));
    world.said();
    check(&mut world, 1);
    check(&mut world, 1);
    assert!(!world.said().contains(&"unhealthy web".to_owned()));
    check(&mut world, 0);
    check(&mut world, 1);
    assert_eq!(status(&world), Some(Status::Critical), "having passed ends the grace");
}

#[test]
fn a_warning_is_told_as_one_and_is_healthy_on_the_bus() {
    let mut world = with(|health| health.warning = Warning { exit: vec![2], ..Warning::default() });
    world.said();
    check(&mut world, 2);
    assert_eq!(status(&world), Some(Status::Warning));
    assert!(world.said().contains(&"healthy web".to_owned()));
}

#[test]
fn a_check_that_takes_too_long_has_failed_at_once_and_once() {
    let mut world = with(|health| {
        health.timeout = Duration::from_millis(500);
        health.failure_threshold = 2;
    });
    check(&mut world, 0);
    world.until(2);
    assert_eq!(status(&world), Some(Status::Passing), "one failure, however often it is heard of");
}

#[test]
fn a_probe_that_is_no_program_is_asked_of_the_loop_and_given_up_in_time() {
    let mut app = checked(job("web"), Some(Probe::Tcp { address: "localhost:80".into() }), 1);
    app.service = Some("web-host".into());
    let mut world = World::begun(jobs_plan(vec![app]), None);
    world.find_all(Verdict::Well, "connected");
    assert_eq!(world.news(), ["0 spawn job[web]", "0 probe", "0 web-host passing"]);
    world.until(2);
    assert_eq!(world.news(), ["1 probe", "2 forget the probe", "2 probe", "2 web-host critical"]);
}

#[test]
fn checks_keep_to_their_grid_and_jitter_only_delays() {
    let mut world = with(|health| {
        health.interval = seconds(10);
        health.jitter = seconds(2);
    });
    for n in 0..20 {
        let due = world.engine.deadline().unwrap().since_start().as_secs_f64();
        assert!((n as f64 * 10.0..n as f64 * 10.0 + 2.0).contains(&due), "{due}");
        world.now = world.engine.deadline().unwrap();
        world.give(crate::Input::Tick);
        world.exit_check("web", 0);
    }
}

fn restarting() -> World {
    let mut web: Job = web();
    web.stop.drain = Duration::ZERO;
    web.health.as_mut().unwrap().check_restart =
        Some(CheckRestart { limit: 2, grace: seconds(1), ignore_warnings: false });
    World::begun(jobs_plan(vec![web]), None)
}

#[test]
fn failing_checks_restart_a_job_in_good_order() {
    let mut world = restarting();
    check(&mut world, 0);
    check(&mut world, 1);
    world.news();
    check(&mut world, 1);
    world.until(4);
    assert_eq!(
        world.news(),
        [
            "2 spawn check[web]",
            "2 web-host absent",
            "2 SIGTERM job[web]",
            "2 restart in about 1 s",
            "3 spawn job[web]",
            "3 spawn check[web]",
        ]
    );
    assert!(!world.said().contains(&"stopped web".to_owned()), "a job that starts again has not stopped");
}

#[test]
fn failures_in_the_grace_do_not_restart() {
    let mut world = restarting();
    check(&mut world, 1);
    check(&mut world, 1);
    assert!(world.runs("web"));
}

#[test]
fn a_job_waits_for_another_to_be_healthy() {
    let after = when(job("after"), once(EventCode::Healthy, "web"));
    let mut world = World::begun(jobs_plan(vec![web(), after]), None);
    assert!(!world.runs("after"));
    world.exit_check("web", 0);
    assert!(world.runs("after"));
    world.order(Order::Stop { job: "web".into() });
    world.until(20);
    assert!(world.find("check[web]").is_none(), "what does not run is not asked");
}
