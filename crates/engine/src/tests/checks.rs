//! Health checks, tasks, maintenance.

use super::world::*;
use crate::Input;
use gyropilot_model::{Desired, Exit, Signal, Status};

#[test]
fn the_first_check_is_at_once_and_then_at_every_interval() {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    let mut world = World::begun(plan, Some("app"));
    assert_eq!(world.news(), ["0 spawn app", "0 spawn health[web]"]);
    world.end("health[web]", Exit::Code(0));
    assert_eq!(world.news(), ["0 web-host passing"]);
    world.until(25);
    assert_eq!(world.news(), ["10 spawn health[web]"], "a check that runs is not run twice");
    world.end("health[web]", Exit::Code(0));
    world.until(30);
    assert_eq!(world.news(), ["30 spawn health[web]"], "a passing check that passes is no news");
}

#[test]
fn a_service_is_unknown_until_it_passes_and_then_its_failure_is_told_at_once() {
    let mut plan = plan();
    plan.services = vec![service("web", 1, 25)];
    let mut world = World::begun(plan, Some("app"));
    world.end("health[web]", Exit::Code(1));
    world.until(1);
    world.end("health[web]", Exit::Code(0));
    world.until(2);
    world.end("health[web]", Exit::Code(1));
    world.until(3);
    world.end("health[web]", Exit::Code(0));
    assert_eq!(
        world.news(),
        [
            "0 spawn app",
            "0 spawn health[web]",
            "1 spawn health[web]",
            "1 web-host passing",
            "2 spawn health[web]",
            "2 web-host critical",
            "3 spawn health[web]",
            "3 web-host passing",
        ]
    );
}

#[test]
fn a_check_that_never_ends_is_killed_after_the_ttl_and_tried_again() {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    let mut world = World::begun(plan, Some("app"));
    world.end("health[web]", Exit::Code(0));
    world.news();
    world.until(41);
    assert_eq!(
        world.news(),
        ["10 spawn health[web]", "35 SIGKILL health[web]", "35 web-host critical", "40 spawn health[web]"]
    );
}

#[test]
fn maintenance_withdraws_at_once_and_ends_with_a_check_at_once() {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    hooks(&mut plan).tasks = vec![task("tidy", 7)];
    let mut world = World::begun(plan, Some("app"));
    world.end("health[web]", Exit::Code(0));
    world.news();
    world.signal(Signal::Usr1);
    world.until(60);
    assert_eq!(world.news(), ["0 web-host absent"]);
    world.signal(Signal::Usr1);
    world.end("health[web]", Exit::Code(0));
    world.until(67);
    assert_eq!(world.news(), ["60 spawn health[web]", "60 web-host passing", "67 spawn task[tidy]"]);
}

#[test]
fn tasks_start_one_period_late_never_overlap_and_are_killed_when_late() {
    let mut plan = plan();
    hooks(&mut plan).tasks = vec![task("tidy", 2)];
    let mut world = World::begun(plan, Some("app"));
    world.until(4);
    assert_eq!(
        world.news(),
        ["0 spawn app", "2 spawn task[tidy]", "4 SIGKILL task[tidy]"],
        "the tick that falls into a run is dropped"
    );
    world.until(6);
    assert_eq!(world.news(), ["6 spawn task[tidy]"]);
}

#[test]
fn a_check_that_a_reload_removed_says_nothing_more() {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    let mut world = World::begun(plan.clone(), Some("app"));
    world.end("health[web]", Exit::Code(0));
    world.until(10);
    let old = world.find("health[web]");
    plan.services[0].health.command = None;
    world.give(Input::Reloaded(Ok(Box::new(plan))));
    if let Some(process) = old {
        world.give(Input::Exited { process, exit: Exit::Code(1), output: String::new() });
    }
    world.until(1000);
    assert!(
        matches!(world.desired["web-host"], Desired::Present { status: Status::Passing, .. }),
        "{:?} {:?}",
        world.desired,
        world.log
    );
}

#[test]
fn a_changed_check_runs_at_once_although_the_old_one_runs() {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    let mut world = World::begun(plan.clone(), Some("app"));
    world.until(1);
    world.news();
    plan.services[0].health.command = Some(command("other"));
    world.give(Input::Reloaded(Ok(Box::new(plan))));
    assert!(world.news().contains(&"1 spawn health[web]".to_owned()));
}

#[test]
fn a_check_that_cannot_be_killed_has_failed_all_the_same() {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    let mut world = World::begun(plan, Some("app"));
    world.end("health[web]", Exit::Code(0));
    world.until(10);
    // In a system call that KILL does not interrupt: its end never comes.
    let check = world.find("health[web]").unwrap();
    world.running.remove(&check);
    world.until(100);
    assert!(
        matches!(world.desired["web-host"], Desired::Present { status: Status::Critical, .. }),
        "{:?} {:?}",
        world.desired,
        world.log
    );
}

#[test]
fn maintenance_lets_a_running_task_end() {
    let mut plan = plan();
    hooks(&mut plan).tasks = vec![task("backup", 5)];
    let mut world = World::begun(plan, Some("app"));
    world.until(5);
    world.signal(Signal::Usr1);
    world.end("task[backup]", Exit::Code(0));
    world.until(30);
    assert_eq!(world.news(), ["0 spawn app", "5 spawn task[backup]"]);
}
