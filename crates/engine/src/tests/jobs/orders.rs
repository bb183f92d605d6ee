//! What operators tell the pilot, and when they are answered.

use super::super::world::*;
use super::plans::*;
use gyropilot_model::{EventCode, Order, Restarts, Signal};

fn start(job: &str) -> Order {
    Order::Start { job: job.into() }
}

fn stop(job: &str) -> Order {
    Order::Stop { job: job.into() }
}

fn restarting(job: &str) -> Order {
    Order::Restart { job: job.into() }
}

fn run_once(job: &str) -> Order {
    Order::RunOnce { job: job.into() }
}

#[test]
fn a_restart_is_answered_when_the_new_process_has_started() {
    let mut world = World::begun(jobs_plan(vec![web()]), None);
    world.exit_check("web", 0);
    world.stubborn.insert("job[web]".into());
    world.news();
    let id = world.order(restarting("web"));
    assert!(!world.answers.contains_key(&id));
    world.until(5);
    assert_eq!(world.answers[&id], Ok("web runs, pid 103".into()));
    assert_eq!(
        world.news(),
        [
            "0 web-host absent",
            "0 drain web-host",
            "0 SIGTERM job[web]",
            "5 SIGKILL job[web]",
            "5 spawn job[web]",
            "5 spawn check[web]",
        ]
    );
    let status = world.engine.status(world.now).unwrap();
    assert_eq!((status.jobs[0].runs, status.jobs[0].restarts), (2, 1));
}

#[test]
fn a_restart_into_nothing_says_so() {
    let mut app = job("app");
    app.restart = restart(Restarts::Unlimited);
    let mut world = World::begun(jobs_plan(vec![app]), None);
    world.missing.insert("app".into());
    let id = world.order(restarting("app"));
    assert_eq!(
        world.answers[&id],
        Err("app could not be started: not found on PATH; could not be started".into())
    );
}

#[test]
fn a_job_that_was_stopped_by_hand_stays_so_and_can_be_started() {
    let mut world = World::begun(jobs_plan(vec![job("app")]), None);
    let id = world.order(stop("app"));
    assert_eq!(world.answers[&id], Ok("app has stopped: signal SIGTERM".into()));
    world.until(100);
    assert!(world.exit.is_none() && !world.runs("app"), "an operator who stops a job does not end the pilot");
    let id = world.order(start("app"));
    assert!(world.answers[&id].is_ok() && world.runs("app"));
    let id = world.order(start("app"));
    assert_eq!(world.answers[&id], Err("app runs already, pid 102".into()));
    world.exit_job("app", 4);
    assert_eq!(world.exit, Some(4));
}

#[test]
fn a_start_by_hand_takes_the_place_of_the_trigger() {
    let app = when(job("app"), once(EventCode::ExitSuccess, "first"));
    let mut world = World::begun(jobs_plan(vec![job("first"), app]), None);
    world.order(start("app"));
    world.exit_job("app", 0);
    world.exit_job("first", 0);
    assert_eq!(world.exit, Some(0));
    assert_eq!(world.news().iter().filter(|line| line.contains("spawn job[app]")).count(), 1);
}

#[test]
fn a_start_in_the_back_off_is_at_once() {
    let mut app = job("app");
    app.restart = restart(Restarts::Unlimited);
    let mut world = World::begun(jobs_plan(vec![app]), None);
    world.exit_job("app", 1);
    world.order(start("app"));
    assert!(world.runs("app"));
    world.until(100);
    assert_eq!(world.running.len(), 1);
}

#[test]
fn run_once_is_beside_the_job_and_answered_with_how_it_went() {
    let mut world = World::begun(jobs_plan(vec![job("app")]), None);
    world.said();
    let id = world.order(run_once("app"));
    assert_eq!(world.running.len(), 2);
    let extra = *world.running.keys().last().unwrap();
    world.running.remove(&extra);
    world.give(crate::Input::Exited {
        process: extra,
        exit: gyropilot_model::Exit::Code(3),
        output: String::new(),
    });
    assert_eq!(world.answers[&id], Err("app: exit status 3".into()));
    assert!(world.said().is_empty(), "what an operator tries out starts no other job");
    let id = world.order(run_once("app"));
    world.signal(Signal::Term);
    assert!(world.running.is_empty());
    assert!(world.answers[&id].is_err());
    assert_eq!(world.exit, Some(0));
}

#[test]
fn a_signal_goes_to_what_runs() {
    let mut world = World::begun(jobs_plan(vec![job("app")]), None);
    world.stubborn.insert("job[app]".into());
    world.news();
    let id = world.order(Order::Signal { job: "app".into(), signal: Signal::Usr1 });
    assert_eq!(world.answers[&id], Ok("sent SIGUSR1 to app, pid 101".into()));
    assert_eq!(world.news(), ["0 SIGUSR1 job[app]"]);
    let id = world.order(Order::Signal { job: "nobody".into(), signal: Signal::Usr1 });
    assert_eq!(world.answers[&id], Err("there is no job nobody".into()));
}

#[test]
fn every_order_is_answered_when_the_pilot_ends() {
    let mut world = World::begun(jobs_plan(vec![web(), job("app")]), None);
    world.exit_check("web", 0);
    world.clients_stay = true;
    world.catalogue_hangs = true;
    world.order(Order::Maintenance { on: true });
    world.order(Order::Reload);
    world.order(restarting("web"));
    world.order(run_once("app"));
    world.order(stop("app"));
    world.signal(Signal::Term);
    world.order(start("app"));
    world.order(restarting("app"));
    world.order(stop("web"));
    world.until(100);
    assert_eq!(world.exit, Some(0));
    assert_eq!(world.answers.len(), 8, "{:?}", world.answers);
}

#[test]
fn a_stop_overtakes_a_restart() {
    let mut world = World::begun(jobs_plan(vec![job("app")]), None);
    world.stubborn.insert("job[app]".into());
    let restart = world.order(restarting("app"));
    let stopped = world.order(stop("app"));
    world.until(5);
    assert!(world.answers[&restart].is_err() && world.answers[&stopped].is_ok());
    assert!(!world.runs("app"));
    assert!(world.said().contains(&"stopped app".to_owned()));
}
