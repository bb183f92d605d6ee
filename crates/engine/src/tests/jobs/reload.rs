//! From one plan to the next while everything runs.

use super::super::world::*;
use super::plans::*;
use crate::Input;
use gyropilot_model::{EventCode, Job, Order, Plan, Restarts, Trigger};

fn reload(world: &mut World, plan: &Plan) {
    world.give(Input::Reloaded(Ok(Box::new(plan.clone()))));
}

fn runs(jobs: Vec<Job>) -> World {
    let mut world = World::begun(jobs_plan(jobs), None);
    world.news();
    world
}

#[test]
fn only_jobs_that_would_run_something_else_start_again_and_in_good_order() {
    let mut world = runs(vec![web(), job("app")]);
    world.exit_check("web", 0);
    world.news();
    let mut plan = jobs_plan(vec![web(), job("app"), job("new")]);
    jobs(&mut plan).jobs[0].exec = Some(command("web --other"));
    jobs(&mut plan).jobs[1].restart = restart(Restarts::Unlimited);
    reload(&mut world, &plan);
    assert_eq!(
        world.news(),
        [
            "0 web-host absent",
            "0 spawn job[new]",
            "0 drain web-host",
            "0 SIGTERM job[web]",
            "0 spawn job[web]",
            "0 spawn check[web]",
        ]
    );
    assert!(!world.said().contains(&"stopped web".to_owned()));
    world.exit_job("app", 1);
    world.until(2);
    assert!(world.runs("app"), "its new restarts hold already");
}

#[test]
fn a_job_that_is_gone_from_the_plan_ends_and_says_so() {
    let mut world = runs(vec![job("app"), web()]);
    world.exit_check("web", 0);
    world.news();
    reload(&mut world, &jobs_plan(vec![job("app")]));
    assert_eq!(world.news(), ["0 web-host absent", "0 drain web-host", "0 SIGTERM job[web]"]);
    assert!(world.said().contains(&"stopped web".to_owned()));
    assert_eq!(world.engine.status(world.now).unwrap().jobs.len(), 1);
}

#[test]
fn a_job_that_is_back_before_it_has_gone_runs_once() {
    let mut world = runs(vec![job("app"), job("other")]);
    world.stubborn.insert("job[other]".into());
    reload(&mut world, &jobs_plan(vec![job("app")]));
    reload(&mut world, &jobs_plan(vec![job("app"), job("other")]));
    world.until(20);
    assert_eq!(world.news(), ["0 SIGTERM job[other]", "5 SIGKILL job[other]", "5 spawn job[other]"]);
}

/// It ended as failed, and the new definition was never started.
#[test]
fn a_job_that_is_ending_by_itself_starts_again_with_its_new_definition() {
    let mut world = runs(vec![web(), job("app")]);
    world.exit_check("web", 0);
    world.catalogue_hangs = true;
    world.exit_job("web", 101);
    let mut plan = jobs_plan(vec![web(), job("app")]);
    jobs(&mut plan).jobs[0].exec = Some(command("web --mended"));
    reload(&mut world, &plan);
    assert!(!world.runs("web"), "its withdrawal is not confirmed");
    world.give(Input::Settled { service: "web-host".into() });
    world.until(1);
    assert!(world.runs("web"));
}

#[test]
fn a_job_that_is_back_ticks_on() {
    let periodic = || Job {
        restart: restart(Restarts::Unlimited),
        ..when(job("periodic"), Trigger::Interval(seconds(2)))
    };
    let mut world = runs(vec![job("app"), periodic()]);
    world.stubborn.insert("job[periodic]".into());
    reload(&mut world, &jobs_plan(vec![job("app")]));
    reload(&mut world, &jobs_plan(vec![job("app"), periodic()]));
    world.until(6);
    world.exit_job("periodic", 0);
    world.until(9);
    assert!(world.runs("periodic"));
}

#[test]
fn a_job_that_was_stopped_by_hand_stays_so() {
    let mut world = runs(vec![job("app"), job("other")]);
    world.order(Order::Stop { job: "app".into() });
    let mut plan = jobs_plan(vec![job("app"), job("other")]);
    jobs(&mut plan).jobs[0].exec = Some(command("app --new"));
    reload(&mut world, &plan);
    assert!(!world.runs("app"));
}

#[test]
fn health_is_redefined_in_place() {
    let mut world = runs(vec![web()]);
    world.exit_check("web", 0);
    world.news();
    let mut plan = jobs_plan(vec![web()]);
    jobs(&mut plan).jobs[0].health.as_mut().unwrap().interval = seconds(10);
    reload(&mut world, &plan);
    world.exit_check("web", 0);
    world.until(9);
    assert_eq!(world.news(), ["0 spawn check[web]"], "checked once by the new rules, and still passing");
}

#[test]
fn a_new_job_hears_what_is_still_so() {
    let first = job("first");
    let mut world = runs(vec![first.clone(), job("app")]);
    world.exit_job("first", 0);
    let late = when(job("late"), once(EventCode::ExitSuccess, "first"));
    let never = when(job("never"), once(EventCode::ExitFailed, "first"));
    reload(&mut world, &jobs_plan(vec![first, job("app"), late, never]));
    assert!(world.runs("late") && !world.runs("never"));
}

#[test]
fn a_refused_reload_changes_nothing_and_says_so() {
    let mut world = runs(vec![job("app")]);
    let id = world.order(Order::Reload);
    assert_eq!(world.news(), ["0 reload"]);
    world.give(Input::Reloaded(Err("line 3: no".into())));
    assert_eq!(world.answers[&id], Err("line 3: no".into()));
    assert!(world.runs("app") && world.news().is_empty());
    let id = world.order(Order::Reload);
    world.news();
    reload(&mut world, &jobs_plan(vec![job("app")]));
    assert!(world.answers[&id].is_ok() && world.news().is_empty());
}

#[test]
fn a_reload_within_a_restart_starts_the_newest() {
    let mut world = runs(vec![job("app")]);
    world.stubborn.insert("job[app]".into());
    world.order(Order::Restart { job: "app".into() });
    let mut plan = jobs_plan(vec![job("app")]);
    jobs(&mut plan).jobs[0].exec = Some(command("newest"));
    reload(&mut world, &plan);
    world.missing.insert("app".into());
    world.until(6);
    assert!(world.runs("app"), "{:?}", world.log);
}

#[test]
fn a_reload_is_answered_with_what_it_does() {
    let mut world = runs(vec![job("app"), job("old")]);
    let id = world.order(Order::Reload);
    let mut app = job("app");
    app.exec = Some(command("app --other"));
    reload(&mut world, &jobs_plan(vec![app, job("new")]));
    assert_eq!(world.answers[&id], Ok("reloaded; new starts; old ends; app starts again".into()));
}

#[test]
fn another_trigger_holds_from_now_on() {
    let hup = when(job("hup"), each(EventCode::Signal, "SIGHUP"));
    let mut world = runs(vec![job("app"), hup]);
    world.signal(gyropilot_model::Signal::Hup);
    world.exit_job("hup", 0);
    world.news();
    reload(&mut world, &jobs_plan(vec![job("app"), job("hup")]));
    assert_eq!(world.news(), ["0 spawn job[hup]"], "it starts with the pilot, which has started");
}

#[test]
fn a_service_that_is_gone_is_withdrawn() {
    let mut world = runs(vec![web()]);
    world.exit_check("web", 0);
    let mut bare = web();
    bare.service = None;
    reload(&mut world, &jobs_plan(vec![bare]));
    assert_eq!(world.desired["web-host"], gyropilot_model::Desired::Absent);
    assert!(world.runs("web"));
}
