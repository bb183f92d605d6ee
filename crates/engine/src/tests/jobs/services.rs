//! What the catalogue is told, and withdrawal, drain and stop.

use super::super::world::*;
use super::plans::*;
use crate::Input;
use gyropilot_model::{Desired, Order, Restarts, Signal, Status};

fn up() -> World {
    let mut world = World::begun(jobs_plan(vec![web()]), None);
    world.exit_check("web", 0);
    world.news();
    world.said();
    world
}

#[test]
fn a_service_appears_with_its_first_passing_check_and_its_failure_is_told_at_once() {
    let mut world = World::begun(jobs_plan(vec![web()]), None);
    assert_eq!(world.news(), ["0 spawn job[web]", "0 spawn check[web]"]);
    world.exit_check("web", 1);
    world.until(1);
    assert_eq!(world.news(), ["1 spawn check[web]"], "what was never well is not told to be ill");
    world.exit_check("web", 0);
    assert_eq!(world.news(), ["1 web-host passing"]);
    world.until(2);
    world.exit_check("web", 3);
    assert_eq!(world.news(), ["2 spawn check[web]", "2 web-host critical"]);
}

#[test]
fn the_order_is_withdraw_drain_signal_gone() {
    let mut world = up();
    world.signal(Signal::Term);
    assert_eq!(world.news(), ["0 web-host absent", "0 drain web-host", "0 SIGTERM job[web]", "0 exit 0"]);
    assert_eq!(
        world.said(),
        ["shutdown global", "stopping web", "exitFailed web", "error web", "stopped web"],
        "dying of our own signal is to plan for the status, and a failed run on the bus"
    );
}

#[test]
fn clients_that_stay_have_the_drain_and_no_longer() {
    let mut world = up();
    world.clients_stay = true;
    world.signal(Signal::Term);
    world.until(1);
    assert!(world.runs("web"));
    world.until(2);
    assert_eq!(world.news(), ["0 web-host absent", "0 drain web-host", "2 SIGTERM job[web]", "2 exit 0"]);
}

#[test]
fn a_catalogue_that_hangs_is_waited_for_three_seconds_before_the_drain() {
    let mut world = up();
    world.catalogue_hangs = true;
    world.signal(Signal::Term);
    world.until(10);
    assert_eq!(world.news(), ["0 web-host absent", "3 drain web-host", "3 SIGTERM job[web]", "3 exit 0"]);
}

#[test]
fn q30_a_restart_in_maintenance_stays_in_maintenance() {
    let mut plan = jobs_plan(vec![web()]);
    jobs(&mut plan).jobs[0].restart = restart(Restarts::Unlimited);
    let mut world = World::begun(plan, None);
    world.exit_check("web", 0);
    world.order(Order::Maintenance { on: true });
    world.news();
    world.exit_job("web", 1);
    world.until(5);
    assert_eq!(world.news(), ["0 restart in about 1 s", "1 spawn job[web]"]);
    assert_eq!(world.desired["web-host"], Desired::Absent);
}

#[test]
fn maintenance_withdraws_drains_and_is_answered_when_that_is_done() {
    let mut world = up();
    world.clients_stay = true;
    let id = world.order(Order::Maintenance { on: true });
    assert_eq!(world.news(), ["0 web-host absent", "0 drain web-host"]);
    assert!(!world.answers.contains_key(&id));
    world.until(10);
    assert_eq!(world.answers[&id], Ok("in maintenance".into()));
    assert!(world.news().is_empty(), "nobody asks in maintenance");
    world.order(Order::Maintenance { on: true });
    let id = world.order(Order::Maintenance { on: false });
    assert!(world.answers[&id].is_ok());
    world.exit_check("web", 0);
    assert_eq!(world.news(), ["10 spawn check[web]", "10 web-host passing"]);
    let repeats = world.said().iter().filter(|line| *line == "enterMaintenance global").count();
    assert_eq!(repeats, 2, "each request is said");
}

#[test]
fn q30_the_metrics_service_leaves_with_maintenance() {
    let mut plan = jobs_plan(vec![job("app")]);
    plan.services.push(service("containerpilot", 5, 15));
    let mut world = World::begun(plan, None);
    world.order(Order::Maintenance { on: true });
    world.order(Order::Maintenance { on: false });
    world.signal(Signal::Term);
    assert_eq!(
        world.news(),
        [
            "0 spawn job[app]",
            "0 containerpilot-host passing",
            "0 containerpilot-host absent",
            "0 containerpilot-host passing",
            "0 containerpilot-host absent",
            "0 SIGTERM job[app]",
            "0 exit 0",
        ]
    );
}

#[test]
fn a_process_that_ends_is_critical_at_once_while_it_waits_for_its_restart() {
    let mut plan = jobs_plan(vec![web()]);
    jobs(&mut plan).jobs[0].restart = restart(Restarts::Unlimited);
    let mut world = World::begun(plan, None);
    world.exit_check("web", 0);
    world.news();
    world.exit_job("web", 3);
    let Desired::Present { status, output } = &world.desired["web-host"] else { panic!("not registered") };
    assert_eq!((*status, output.as_str()), (Status::Critical, "ended: exit status 3"));
    world.until(2);
    world.exit_check("web", 0);
    assert_eq!(
        world.news(),
        [
            "0 restart in about 1 s",
            "0 web-host critical",
            "1 spawn job[web]",
            "1 spawn check[web]",
            "1 web-host critical",
            "2 web-host passing"
        ]
    );
}

#[test]
fn a_job_that_ended_is_absent() {
    let mut world = up();
    world.clients_stay = true;
    world.exit_job("web", 0);
    assert_eq!(world.news(), ["0 web-host absent", "0 exit 0"], "nobody is connected to what is gone");
}

#[test]
fn an_initial_status_is_told_before_the_job_starts() {
    let mut waiting = when(web(), once(gyropilot_model::EventCode::ExitSuccess, "first"));
    waiting.stop.drain = seconds(0);
    let mut plan = jobs_plan(vec![job("first"), waiting]);
    plan.services[0].initial_status = Some(Status::Warning);
    let mut world = World::begun(plan, None);
    assert_eq!(world.news(), ["0 spawn job[first]", "0 web-host warning"]);
    world.exit_job("first", 0);
    world.exit_check("web", 1);
    assert_eq!(world.news(), ["0 spawn job[web]", "0 spawn check[web]", "0 web-host critical"]);
}

#[test]
fn with_health_but_no_probe_a_job_is_well_while_it_runs() {
    let mut app = checked(job("app"), None, 5);
    app.service = Some("app-host".into());
    let mut world = World::begun(jobs_plan(vec![app]), None);
    assert_eq!(world.news(), ["0 spawn job[app]", "0 app-host passing"]);
    assert!(world.said().contains(&"healthy app".to_owned()));
    assert_eq!(world.engine.deadline(), None, "nothing is due");
}

#[test]
fn withdraw_last_is_the_order_of_the_original() {
    let before = when(job("before"), once(gyropilot_model::EventCode::Stopping, "web"));
    let mut plan = jobs_plan(vec![web(), before]);
    plan.compat.withdraw_last = true;
    let mut world = World::begun(plan, None);
    world.exit_check("web", 0);
    world.news();
    world.signal(Signal::Term);
    assert_eq!(world.news(), ["0 spawn job[before]"]);
    world.exit_job("before", 0);
    assert_eq!(world.news(), ["0 SIGTERM job[web]", "0 web-host absent", "0 exit 0"]);
}

#[test]
fn a_withdrawal_is_confirmed_before_the_pilot_ends_although_nothing_runs() {
    let mut world = up();
    world.catalogue_hangs = true;
    world.exit_job("web", 0);
    world.until(2);
    assert!(world.exit.is_none());
    world.give(Input::Settled { service: "web-host".into() });
    assert_eq!(world.exit, Some(0));
}
