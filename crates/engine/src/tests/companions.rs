//! Coprocesses and reload.

use super::world::*;
use crate::Input;
use gyropilot_model::{Exit, Restarts, Signal};

#[test]
fn restarts_back_off() {
    let mut plan = plan();
    hooks(&mut plan).coprocesses = vec![coprocess("agent", Restarts::Unlimited)];
    let mut world = World::begun(plan, Some("app"));
    for _ in 0..7 {
        world.end("coprocess[agent]", Exit::Code(1));
        while world.find("coprocess[agent]").is_none() {
            let due = world.engine.deadline().unwrap();
            world.now = due;
            world.give(Input::Tick);
        }
    }
    let delays: Vec<_> = world
        .news()
        .into_iter()
        .filter_map(|line| line.split_once("about ").map(|p| p.1.to_owned()))
        .collect();
    assert_eq!(delays[..4], ["1 s", "2 s", "4 s", "8 s"]);
    assert_eq!(delays.len(), 7);
}

#[test]
fn n_restarts_are_n_plus_one_runs() {
    let mut plan = plan();
    plan.compat.immediate_restarts = true;
    hooks(&mut plan).coprocesses = vec![coprocess("agent", Restarts::Limited(2))];
    let mut world = World::begun(plan, Some("app"));
    for _ in 0..3 {
        world.end("coprocess[agent]", Exit::Code(0));
        world.until(0);
    }
    let runs = world.news().iter().filter(|line| line.contains("spawn coprocess")).count();
    assert_eq!(runs, 3);
    assert!(world.find("coprocess[agent]").is_none());
    assert!(world.exit.is_none(), "losing a coprocess stops nothing");
}

#[test]
fn a_reload_replaces_coprocesses_and_leaves_unchanged_services_alone() {
    let mut before = plan();
    before.services = vec![service("web", 10, 25), service("old", 10, 25)];
    hooks(&mut before).coprocesses = vec![coprocess("agent", Restarts::Limited(0))];
    let mut after = before.clone();
    after.services = vec![service("web", 10, 25), service("new", 10, 25)];
    let mut world = World::begun(before, Some("app"));
    world.end("health[web]", Exit::Code(0));
    world.end("health[old]", Exit::Code(0));
    world.news();
    world.signal(Signal::Hup);
    assert_eq!(world.news(), ["0 reload"]);
    world.give(Input::Reloaded(Ok(Box::new(after))));
    world.end("health[new]", Exit::Code(0));
    assert_eq!(
        world.news(),
        [
            "0 SIGTERM coprocess[agent]",
            "0 spawn health[new]",
            "0 spawn coprocess[agent]",
            "0 new-host passing",
        ]
    );
}

#[test]
fn the_new_coprocess_waits_for_the_old_one() {
    let mut plan = plan();
    hooks(&mut plan).coprocesses = vec![coprocess("agent", Restarts::Limited(0))];
    let mut world = World::begun(plan.clone(), Some("app"));
    world.stubborn.insert("coprocess[agent]".into());
    world.news();
    world.give(Input::Reloaded(Ok(Box::new(plan))));
    world.until(9);
    assert_eq!(
        world.news(),
        ["0 SIGTERM coprocess[agent]", "5 SIGKILL coprocess[agent]", "5 spawn coprocess[agent]"]
    );
}

#[test]
fn a_refused_reload_changes_nothing() {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    hooks(&mut plan).coprocesses = vec![coprocess("agent", Restarts::Limited(0))];
    let mut world = World::begun(plan, Some("app"));
    world.end("health[web]", Exit::Code(0));
    world.news();
    world.give(Input::Reloaded(Err("no".into())));
    assert!(world.news().is_empty());
}

#[test]
fn a_reload_during_pre_start_starts_each_coprocess_once() {
    let mut plan = plan();
    hooks(&mut plan).pre_start = Some(command("prepare"));
    hooks(&mut plan).coprocesses = vec![coprocess("agent", Restarts::Limited(0))];
    let mut world = World::begun(plan.clone(), Some("app"));
    world.give(Input::Reloaded(Ok(Box::new(plan))));
    world.end("preStart", Exit::Code(0));
    world.until(5);
    assert_eq!(world.news(), ["0 spawn preStart", "0 spawn coprocess[agent]", "0 spawn app"]);
}

#[test]
fn q22_what_cannot_be_started_is_tried_again_with_a_delay_even_under_the_switch() {
    let mut plan = plan();
    plan.compat.immediate_restarts = true;
    hooks(&mut plan).coprocesses = vec![coprocess("agent", Restarts::Unlimited)];
    let mut world = World::new(plan, Some("app"));
    world.missing.insert("beside".into());
    world.give(Input::Start);
    world.until(2);
    let runs = world.news().iter().filter(|line| line.contains("spawn coprocess")).count();
    assert!(runs <= 3, "{runs} starts in 2 s");
}
