//! Taking leave.

use super::world::*;
use gyropilot_model::{Exit, Restarts, Signal, StopTimeout};

fn whole() -> gyropilot_model::Plan {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    hooks(&mut plan).pre_stop = Some(command("before"));
    hooks(&mut plan).post_stop = Some(command("after"));
    plan
}

fn up(plan: gyropilot_model::Plan) -> World {
    let mut world = World::begun(plan, Some("app"));
    world.end("health[web]", Exit::Code(0));
    world.news();
    world
}

#[test]
fn the_order_is_withdraw_pre_stop_term_post_stop() {
    let mut world = up(whole());
    world.signal(Signal::Term);
    world.end("preStop", Exit::Code(0));
    world.end("postStop", Exit::Code(0));
    assert_eq!(
        world.news(),
        ["0 web-host absent", "0 spawn preStop", "0 SIGTERM app", "0 spawn postStop", "0 exit 143"]
    );
}

#[test]
fn a_stubborn_application_is_killed_after_the_stop_timeout() {
    let mut plan = whole();
    hooks(&mut plan).pre_stop = None;
    hooks(&mut plan).post_stop = None;
    let mut world = up(plan);
    world.stubborn.insert("app".into());
    world.signal(Signal::Int);
    world.until(60);
    assert_eq!(world.news(), ["0 web-host absent", "0 SIGTERM app", "5 SIGKILL app", "5 exit 137"]);
}

#[test]
fn a_negative_stop_timeout_kills_at_once() {
    let mut plan = plan();
    plan.stop_timeout = StopTimeout::Immediately;
    let mut world = World::begun(plan, Some("app"));
    world.signal(Signal::Term);
    assert_eq!(world.news(), ["0 spawn app", "0 SIGKILL app", "0 exit 137"]);
}

#[test]
fn a_catalogue_that_hangs_delays_a_stop_by_a_bound() {
    let mut world = up(whole());
    world.catalogue_hangs = true;
    world.signal(Signal::Term);
    world.until(3);
    world.end("preStop", Exit::Code(0));
    world.end("postStop", Exit::Code(0));
    assert_eq!(
        world.news(),
        ["0 web-host absent", "3 spawn preStop", "3 SIGTERM app", "3 spawn postStop", "3 exit 143"]
    );
}

#[test]
fn a_second_signal_shortens_but_never_skips_the_withdrawal() {
    let mut world = up(whole());
    world.catalogue_hangs = true;
    world.stubborn.insert("app".into());
    world.signal(Signal::Term);
    world.signal(Signal::Term);
    assert_eq!(world.news(), ["0 web-host absent"], "the withdrawal still has a second");
    world.until(30);
    assert_eq!(
        world.news(),
        [
            "1 spawn preStop",
            "2 SIGKILL preStop",
            "2 SIGTERM app",
            "3 SIGKILL app",
            "3 spawn postStop",
            "4 SIGKILL postStop",
            "4 exit 137",
        ]
    );
}

#[test]
fn an_application_that_ends_takes_its_services_with_it() {
    let mut world = up(whole());
    world.end("app", Exit::Code(3));
    world.end("postStop", Exit::Code(0));
    assert_eq!(
        world.news(),
        ["0 web-host critical", "0 web-host absent", "0 spawn postStop", "0 exit 3"],
        "preStop is for an application that can still be asked"
    );
}

#[test]
fn q12_the_switch_leaves_the_services_registered_but_critical() {
    let mut plan = whole();
    plan.compat.keep_registered_on_exit = true;
    let mut world = up(plan);
    world.end("app", Exit::Signal(9));
    world.end("postStop", Exit::Code(0));
    assert_eq!(world.news(), ["0 web-host critical", "0 spawn postStop", "0 exit 137"]);
}

#[test]
fn post_stop_that_fails_gives_its_status() {
    let mut world = up(whole());
    world.end("app", Exit::Code(3));
    world.end("postStop", Exit::Code(9));
    assert_eq!(world.exit, Some(9));

    let mut world = up(whole());
    world.missing.insert("after".into());
    world.end("app", Exit::Code(0));
    assert_eq!(world.exit, Some(127));
}

#[test]
fn an_application_that_cannot_be_started_ends_the_pilot_with_127() {
    let mut world = World::new(whole(), Some("app"));
    world.missing.insert("app".into());
    world.give(crate::Input::Start);
    world.end("postStop", Exit::Code(0));
    assert_eq!(world.exit, Some(127));
}

#[test]
fn pre_start_that_fails_is_the_end() {
    let mut plan = whole();
    hooks(&mut plan).pre_start = Some(command("prepare"));
    let mut world = World::begun(plan.clone(), Some("app"));
    world.end("preStart", Exit::Code(7));
    assert_eq!(world.news(), ["0 spawn preStart", "0 exit 7"]);

    let mut world = World::begun(plan, Some("app"));
    world.end("preStart", Exit::Code(0));
    assert_eq!(world.news(), ["0 spawn preStart", "0 spawn app", "0 spawn health[web]"]);
}

#[test]
fn q20_a_stop_during_pre_start_stops() {
    let mut plan = whole();
    hooks(&mut plan).pre_start = Some(command("prepare"));
    let mut world = World::begun(plan, Some("app"));
    world.signal(Signal::Term);
    world.end("preStop", Exit::Code(0));
    world.end("postStop", Exit::Code(0));
    assert_eq!(
        world.news(),
        ["0 spawn preStart", "0 spawn preStop", "0 SIGTERM preStart", "0 spawn postStop", "0 exit 143"]
    );
}

#[test]
fn q20_a_stop_without_an_application_stops() {
    let mut world = World::begun(whole(), None);
    world.signal(Signal::Term);
    world.end("preStop", Exit::Code(0));
    world.end("postStop", Exit::Code(0));
    assert_eq!(world.exit, Some(0));
}

#[test]
fn coprocesses_outlive_the_application_and_then_stop() {
    let mut plan = plan();
    hooks(&mut plan).post_stop = Some(command("after"));
    hooks(&mut plan).coprocesses = vec![coprocess("agent", Restarts::Unlimited)];
    let mut world = World::begun(plan, Some("app"));
    world.stubborn.insert("coprocess[agent]".into());
    world.leftover = true;
    world.news();
    world.signal(Signal::Term);
    world.end("postStop", Exit::Code(0));
    world.until(60);
    assert_eq!(
        world.news(),
        [
            "0 SIGTERM app",
            "0 spawn postStop",
            "0 SIGTERM coprocess[agent]",
            "5 SIGKILL coprocess[agent]",
            "5 SIGTERM leftovers",
            "10 SIGKILL leftovers",
            "10 exit 143",
        ]
    );
}

#[test]
fn an_application_that_ends_during_the_withdrawal_is_not_signalled() {
    let mut world = up(whole());
    world.catalogue_hangs = true;
    world.signal(Signal::Term);
    world.end("app", Exit::Code(4));
    world.until(3);
    world.end("preStop", Exit::Code(0));
    world.end("postStop", Exit::Code(0));
    assert_eq!(world.news(), ["0 web-host absent", "3 spawn preStop", "3 spawn postStop", "3 exit 4"]);
}

#[test]
fn sighup_stops_where_the_plan_says_so() {
    let mut plan = plan();
    plan.signals.insert(Signal::Hup, gyropilot_model::SignalAction::Stop);
    let mut world = World::begun(plan, Some("app"));
    world.signal(Signal::Hup);
    assert_eq!(world.exit, Some(143));
}

#[test]
fn the_first_stop_signal_does_not_hurry_a_stop_that_the_application_began() {
    let mut plan = plan();
    hooks(&mut plan).post_stop = Some(command("backup"));
    let mut world = World::begun(plan, Some("app"));
    world.end("app", Exit::Code(0));
    world.news();
    world.signal(Signal::Term);
    assert!(world.find("postStop").is_some(), "{:?}", world.news());
}

#[test]
fn a_failed_pre_start_leaves_nothing_behind() {
    let mut plan = plan();
    hooks(&mut plan).pre_start = Some(command("setup"));
    let mut world = World::begun(plan, Some("app"));
    world.leftover = true;
    world.end("preStart", Exit::Code(3));
    world.until(60);
    assert!(!world.leftover, "{:?}", world.news());
    assert_eq!(world.exit, Some(3));
}

#[test]
fn a_post_stop_that_was_killed_in_a_hurry_does_not_change_the_status() {
    let mut world = up(whole());
    world.end("app", Exit::Code(3));
    world.signal(Signal::Term);
    world.signal(Signal::Term);
    assert_eq!(world.exit, Some(3));
}
