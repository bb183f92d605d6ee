//! Taking leave, and with what status.

use super::super::world::*;
use super::plans::*;
use crate::{Action, Engine, Input, Options};
use gyropilot_model::{EventCode, Exit, ExitPolicy, Plan, Restarts, Signal, Time, Trigger};

fn around() -> Plan {
    let before = when(job("before"), once(EventCode::Stopping, "app"));
    let after = when(job("after"), once(EventCode::Stopped, "app"));
    jobs_plan(vec![job("app"), before, after])
}

#[test]
fn q24_stopped_is_said_when_the_process_is_gone() {
    let mut world = World::begun(around(), None);
    world.stubborn.insert("job[app]".into());
    world.news();
    world.signal(Signal::Term);
    world.exit_job("before", 0);
    world.until(5);
    world.exit_job("after", 0);
    assert_eq!(
        world.news(),
        ["0 spawn job[before]", "0 SIGTERM job[app]", "5 SIGKILL job[app]", "5 spawn job[after]", "5 exit 0",]
    );
}

#[test]
fn jobs_around_the_end_run_also_when_it_comes_by_itself() {
    let mut world = World::begun(around(), None);
    world.news();
    world.exit_job("app", 3);
    world.exit_job("before", 0);
    world.exit_job("after", 0);
    assert_eq!(world.news(), ["0 spawn job[before]", "0 spawn job[after]", "0 exit 3"]);
}

#[test]
fn q23_all_stopping_jobs_are_awaited() {
    let one = when(job("one"), once(EventCode::Stopping, "app"));
    let two = when(job("two"), once(EventCode::Stopping, "app"));
    let mut world = World::begun(jobs_plan(vec![job("app"), one, two]), None);
    world.signal(Signal::Term);
    world.exit_job("two", 0);
    assert!(world.runs("app") && world.find("job[app]").is_some());
    world.exit_job("one", 0);
    assert_eq!(world.exit, Some(0));
}

#[test]
fn q17_stop_timeout_and_signal_are_the_jobs_own() {
    let mut app = job("app");
    app.stop.timeout = seconds(2);
    app.stop.signal = Signal::Quit;
    let mut world = World::begun(jobs_plan(vec![app]), None);
    world.stubborn.insert("job[app]".into());
    world.news();
    world.signal(Signal::Term);
    world.until(9);
    assert_eq!(world.news(), ["0 SIGQUIT job[app]", "2 SIGKILL job[app]", "2 exit 0"]);
}

#[test]
fn q20_zero_jobs_stop_and_so_do_waits_that_cannot_be_met() {
    let mut world = World::begun(jobs_plan(Vec::new()), None);
    world.until(1000);
    assert!(world.exit.is_none());
    world.signal(Signal::Term);
    assert_eq!(world.exit, Some(0));

    let lost = when(job("lost"), each(EventCode::Stopped, "nobody"));
    let a = when(job("a"), once(EventCode::Stopped, "b"));
    let b = when(job("b"), once(EventCode::Stopped, "a"));
    let mut world = World::begun(jobs_plan(vec![job("app"), lost, a, b]), None);
    world.signal(Signal::Term);
    assert_eq!(world.exit, Some(0), "{:?}", world.log);
}

#[test]
fn a_second_signal_hurries_but_never_skips_the_withdrawal() {
    let mut web = web();
    web.stop.drain = seconds(600);
    let before = when(job("before"), once(EventCode::Stopping, "web"));
    let mut world = World::begun(jobs_plan(vec![web, before]), None);
    world.exit_check("web", 0);
    world.stubborn.insert("job[web]".into());
    world.catalogue_hangs = true;
    world.clients_stay = true;
    world.news();
    world.signal(Signal::Term);
    world.signal(Signal::Term);
    world.until(20);
    assert_eq!(
        world.news(),
        [
            "0 web-host absent",
            "1 drain web-host",
            "2 spawn job[before]",
            "3 SIGKILL job[before]",
            "3 SIGTERM job[web]",
            "4 SIGKILL job[web]",
            "4 exit 0",
        ]
    );
}

#[test]
fn a_budget_bounds_the_whole() {
    let mut plan = around();
    jobs(&mut plan).stop_budget = Some(seconds(10));
    jobs(&mut plan).jobs[0].stop.timeout = seconds(3600);
    let mut world = World::begun(plan, None);
    for job in ["job[app]", "job[before]", "job[after]"] {
        world.stubborn.insert(job.into());
    }
    world.leftover = true;
    world.news();
    world.signal(Signal::Term);
    world.until(3600);
    assert_eq!(
        world.news(),
        [
            "0 spawn job[before]",
            "6 SIGTERM job[app]",
            "8 SIGKILL job[app]",
            "8 spawn job[after]",
            "9 SIGKILL job[before]",
            "9 SIGKILL job[after]",
            "9 SIGTERM leftovers",
            "9 SIGKILL leftovers",
            "9 exit 0",
        ]
    );
}

#[test]
fn what_cannot_be_killed_holds_nothing_up_and_never_stopped() {
    let mut world = World::begun(around(), None);
    world.stubborn.insert("job[app]".into());
    world.signal(Signal::Term);
    world.exit_job("before", 0);
    // In a system call that KILL does not interrupt: its end never comes.
    let app = world.find("job[app]").unwrap();
    world.running.remove(&app);
    world.until(60);
    assert!(!world.said().contains(&"stopped app".to_owned()));
    assert_eq!(world.exit, Some(0));
}

#[test]
fn stopping_jobs_run_when_the_service_is_withdrawn_and_its_clients_had_time_to_leave() {
    let before = when(job("before"), once(EventCode::Stopping, "web"));
    let mut world = World::begun(jobs_plan(vec![web(), before]), None);
    world.exit_check("web", 0);
    world.clients_stay = true;
    world.catalogue_hangs = true;
    world.news();
    world.signal(Signal::Term);
    world.until(9);
    world.exit_job("before", 0);
    assert_eq!(
        world.news(),
        ["0 web-host absent", "3 drain web-host", "5 spawn job[before]", "9 SIGTERM job[web]", "9 exit 0"]
    );
}

#[test]
fn a_last_job_that_cannot_be_killed_holds_nothing_up() {
    let mut plan = around();
    jobs(&mut plan).jobs[2].timeout = Some(seconds(5));
    let mut world = World::begun(plan, None);
    world.signal(Signal::Term);
    world.exit_job("before", 0);
    let after = world.find("job[after]").unwrap();
    world.running.remove(&after);
    world.until(60);
    assert_eq!(world.exit, Some(0), "{:?}", world.log);
}

#[test]
fn what_an_operator_runs_besides_is_stopped_too() {
    let mut plan = jobs_plan(vec![job("app"), job("other")]);
    jobs(&mut plan).exit = ExitPolicy::Never;
    let mut world = World::begun(plan, None);
    world.exit_job("app", 0);
    world.order(gyropilot_model::Order::RunOnce { job: "app".into() });
    world.signal(Signal::Term);
    assert!(world.running.is_empty(), "{:?}", world.running);
    assert_eq!(world.exit, Some(0));
}

#[test]
fn all_ends_with_the_first_failure_or_with_0() {
    let mut world = World::begun(jobs_plan(vec![job("a"), job("b"), job("c")]), None);
    world.exit_job("a", 0);
    world.exit_job("c", 5);
    world.until(1);
    world.exit_job("b", 6);
    assert_eq!(world.exit, Some(5));
}

#[test]
fn jobs_that_only_react_keep_nothing_alive_beside_one_that_is_kept_up() {
    let tick = {
        let mut tick = when(job("tick"), Trigger::Interval(seconds(5)));
        tick.restart = restart(Restarts::Unlimited);
        tick
    };
    let hup = when(job("hup"), each(EventCode::Signal, "SIGHUP"));
    let mut app = job("app");
    app.main = true;
    let mut world = World::begun(jobs_plan(vec![app, tick.clone(), hup.clone()]), None);
    world.exit_job("app", 0);
    assert_eq!(world.exit, Some(0));
    let mut world = World::begun(jobs_plan(vec![tick.clone(), hup.clone()]), None);
    world.until(1000);
    assert!(world.exit.is_none());
    // What has ended was a preparation: the container lives for the others.
    let mut world = World::begun(jobs_plan(vec![job("setup"), tick, hup]), None);
    world.exit_job("setup", 0);
    world.until(1000);
    assert!(world.exit.is_none());
}

#[test]
fn q32_when_nothing_can_run_any_more_the_failure_is_the_status() {
    let first = job("first");
    let app = when(job("app"), once(EventCode::ExitSuccess, "first"));
    let mut world = World::begun(jobs_plan(vec![first.clone(), app.clone()]), None);
    world.exit_job("first", 7);
    assert_eq!(world.exit, Some(7));

    let mut plan = jobs_plan(vec![first, app]);
    plan.compat.stay_idle = true;
    let mut world = World::begun(plan, None);
    world.exit_job("first", 7);
    world.until(1000);
    assert!(world.exit.is_none());
}

#[test]
fn exit_main_any_first_failure_and_never() {
    let with = |policy| {
        let mut main = job("main");
        main.main = true;
        let mut plan = jobs_plan(vec![main, job("side")]);
        jobs(&mut plan).exit = policy;
        World::begun(plan, None)
    };
    let mut world = with(ExitPolicy::Main);
    world.exit_job("side", 3);
    assert!(world.exit.is_none());
    world.exit_job("main", 4);
    assert_eq!(world.exit, Some(4));
    let mut world = with(ExitPolicy::Any);
    world.exit_job("side", 0);
    assert_eq!(world.exit, Some(0));
    let mut world = with(ExitPolicy::FirstFailure);
    world.exit_job("main", 0);
    assert!(world.exit.is_none());
    world.exit_job("side", 3);
    assert_eq!(world.exit, Some(3));
    let mut world = with(ExitPolicy::Never);
    world.exit_job("main", 1);
    world.exit_job("side", 1);
    world.until(100);
    assert!(world.exit.is_none());
}

#[test]
fn the_exit_status_is_true_for_every_code_and_every_signal() {
    let codes = (0..=255).map(Exit::Code);
    let signals = (1..=64).map(Exit::Signal);
    for exit in codes.chain(signals) {
        for policy in [ExitPolicy::All, ExitPolicy::Main, ExitPolicy::Any, ExitPolicy::FirstFailure] {
            let mut main = job("main");
            main.main = true;
            let mut plan = jobs_plan(vec![main]);
            jobs(&mut plan).exit = policy;
            let mut world = World::begun(plan, None);
            world.end("job[main]", exit);
            assert_eq!(world.exit, Some(exit.status()), "{exit:?} {policy:?}");
        }
    }
}

#[test]
fn an_ordered_stop_is_0_when_it_goes_to_plan_and_else_what_went_amiss() {
    for policy in
        [ExitPolicy::All, ExitPolicy::Main, ExitPolicy::Any, ExitPolicy::FirstFailure, ExitPolicy::Never]
    {
        for (exit, status) in [
            (Exit::Code(0), 0),
            (Exit::Code(143), 0),
            (Exit::Signal(15), 0),
            (Exit::Code(3), 3),
            (Exit::Signal(11), 139),
        ] {
            let mut main = job("main");
            main.main = true;
            let mut plan = jobs_plan(vec![main]);
            jobs(&mut plan).exit = policy;
            let mut world = World::begun(plan, None);
            world.stubborn.insert("job[main]".into());
            world.signal(Signal::Term);
            world.end("job[main]", exit);
            assert_eq!(world.exit, Some(status), "{exit:?} {policy:?}");
        }
    }
}

#[test]
fn q01_the_switch_hides_the_status() {
    let mut plan = jobs_plan(vec![job("app")]);
    plan.compat.exit_zero = true;
    let mut world = World::begun(plan, None);
    world.exit_job("app", 3);
    assert_eq!(world.exit, Some(0));
}

#[test]
fn the_main_jobs_last_jobs_are_let_finish() {
    let mut plan = around();
    jobs(&mut plan).jobs[0].main = true;
    jobs(&mut plan).exit = ExitPolicy::Main;
    jobs(&mut plan).jobs.push(job("other"));
    let mut world = World::begun(plan, None);
    world.exit_job("app", 2);
    world.exit_job("before", 0);
    world.until(30);
    assert!(world.runs("after") && world.runs("other"));
    world.exit_job("after", 0);
    assert_eq!(world.exit, Some(2));
}

#[test]
fn an_app_that_was_started_by_the_end_of_another_is_stopped_like_any_other() {
    let app = when(job("app"), once(EventCode::Stopped, "prepare"));
    let mut world = World::begun(jobs_plan(vec![job("prepare"), app]), None);
    world.exit_job("prepare", 0);
    assert!(world.runs("app"));
    world.news();
    world.signal(Signal::Term);
    assert_eq!(world.news(), ["0 SIGTERM job[app]", "0 exit 0"]);
}

#[test]
fn a_stop_during_a_back_off_starts_nothing_more() {
    let mut app = job("app");
    app.restart = restart(Restarts::Unlimited);
    let mut world = World::begun(jobs_plan(vec![app]), None);
    world.exit_job("app", 1);
    world.signal(Signal::Term);
    assert_eq!(world.exit, Some(0));
}

#[test]
fn a_run_that_ended_well_just_before_its_timeout_killed_it_has_not_failed() {
    let mut hasty = job("hasty");
    hasty.timeout = Some(seconds(2));
    let mut engine = Engine::new(jobs_plan(vec![hasty]), Options { application: None, pid: 1, seed: 0 });
    let at = |second| Time::from_start(seconds(second));
    let spawned = engine.step(at(0), Input::Start).into_iter().find_map(|action| match action {
        Action::Spawn { process, .. } => Some(process),
        _ => None,
    });
    let process = spawned.expect("it is started");
    engine.step(at(0), Input::Started { process, pid: 100 });
    let killed = engine.step(at(2), Input::Tick);
    assert!(killed.contains(&Action::Signal { process, signal: Signal::Kill }));
    let exited = Input::Exited { process, exit: Exit::Code(0), output: String::new() };
    let mut actions = engine.step(at(2), exited);
    actions.extend(engine.step(at(2), Input::ChildrenGone));
    assert!(actions.contains(&Action::Exit(0)), "{actions:?}");
}
