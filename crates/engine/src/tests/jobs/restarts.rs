//! What happens when a run has ended.

use super::super::world::*;
use super::plans::*;
use gyropilot_model::{Exit, ExitPolicy, RestartMode, Restarts};

fn flaky(attempts: Restarts) -> gyropilot_model::Plan {
    let mut app = job("app");
    app.restart = restart(attempts);
    jobs_plan(vec![app])
}

fn next(world: &mut World) {
    world.now = world.engine.deadline().unwrap();
    world.give(crate::Input::Tick);
}

#[test]
fn n_restarts_are_n_plus_one_runs_whatever_their_status() {
    let mut world = World::begun(flaky(Restarts::Limited(2)), None);
    for _ in 0..2 {
        world.exit_job("app", 0);
        next(&mut world);
    }
    assert!(world.exit.is_none());
    world.exit_job("app", 4);
    assert_eq!(world.exit, Some(4));
}

#[test]
fn q22_restarts_back_off() {
    let mut world = World::begun(flaky(Restarts::Unlimited), None);
    for _ in 0..6 {
        world.exit_job("app", 1);
        next(&mut world);
    }
    let delays: Vec<_> =
        world.news().iter().filter_map(|line| line.split_once("about ").map(|p| p.1.to_owned())).collect();
    assert_eq!(delays[..4], ["1 s", "2 s", "4 s", "8 s"]);
}

#[test]
fn q22_the_switch_restarts_at_once() {
    let mut plan = flaky(Restarts::Unlimited);
    plan.compat.immediate_restarts = true;
    let mut world = World::begun(plan, None);
    for _ in 0..100 {
        world.exit_job("app", 1);
        world.until(0);
    }
    assert!(world.runs("app"));
}

#[test]
fn attempts_are_counted_within_the_interval() {
    let mut plan = flaky(Restarts::Limited(1));
    jobs(&mut plan).jobs[0].restart.interval = Some(seconds(60));
    let mut world = World::begun(plan, None);
    world.exit_job("app", 1);
    world.until(70);
    world.exit_job("app", 1);
    world.until(72);
    assert!(world.runs("app"), "the interval is over: a new one begins");
    world.exit_job("app", 7);
    assert_eq!(world.exit, Some(7));
}

#[test]
fn mode_delay_waits_for_the_next_interval() {
    let mut plan = flaky(Restarts::Limited(1));
    jobs(&mut plan).jobs[0].restart.interval = Some(seconds(60));
    jobs(&mut plan).jobs[0].restart.mode = RestartMode::Delay;
    let mut world = World::begun(plan, None);
    world.exit_job("app", 1);
    next(&mut world);
    world.exit_job("app", 1);
    world.until(59);
    assert!(!world.runs("app"));
    world.until(60);
    assert!(world.runs("app"));
}

#[test]
fn mode_shutdown_ends_the_pilot_with_the_status_of_the_last_run() {
    let mut plan = flaky(Restarts::Limited(0));
    jobs(&mut plan).jobs[0].restart.mode = RestartMode::Shutdown;
    jobs(&mut plan).jobs.push(job("other"));
    jobs(&mut plan).exit = ExitPolicy::Never;
    let mut world = World::begun(plan, None);
    world.exit_job("app", 9);
    assert_eq!(world.news()[2..], ["0 SIGTERM job[other]", "0 exit 9"]);
}

#[test]
fn mode_shutdown_is_for_failures_only() {
    let mut app = job("app");
    app.restart.mode = RestartMode::Shutdown;
    let mut world = World::begun(jobs_plan(vec![app, job("other")]), None);
    world.exit_job("app", 0);
    world.until(60);
    assert!(world.exit.is_none() && world.runs("other"));
}

#[test]
fn the_budget_of_each_is_for_the_life_of_the_job() {
    let mut hup = when(job("hup"), each(gyropilot_model::EventCode::Signal, "SIGHUP"));
    hup.restart = restart(Restarts::Limited(1));
    let mut world = World::begun(jobs_plan(vec![hup]), None);
    let mut runs = Vec::new();
    for _ in 0..2 {
        world.signal(gyropilot_model::Signal::Hup);
        let mut count = 0;
        while world.runs("hup") {
            count += 1;
            world.exit_job("hup", 0);
            world.until(world.now.since_start().as_secs() + 3);
        }
        runs.push(count);
    }
    assert_eq!(runs, [2, 1]);
}

/// Under virtual time a crash loop is a matter of steps.
#[test]
fn an_hour_of_a_crash_loop_takes_few_steps() {
    let mut world = World::begun(flaky(Restarts::Unlimited), None);
    let end = gyropilot_model::Time::from_start(seconds(3600));
    while world.now < end {
        world.end("job[app]", Exit::Code(1));
        next(&mut world);
    }
    assert!((300..600).contains(&world.steps), "{} steps", world.steps);
}
