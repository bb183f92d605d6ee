//! Following what the application depends on.

use super::world::*;
use crate::Input;
use gyropilot_model::Exit;

fn world() -> World {
    let mut plan = plan();
    hooks(&mut plan).backends = vec![backend("sales", 3, "render"), backend("customers", 4, "render")];
    let mut world = World::begun(plan, Some("app"));
    world.news();
    world
}

#[test]
fn a_first_answer_without_instances_is_no_change_and_the_first_with_is() {
    let mut world = world();
    world.instances("sales", &[]);
    assert!(world.news().is_empty());
    world.instances("sales", &[instance("s1", 80)]);
    assert_eq!(world.news(), ["0 spawn onChange[sales]"]);
}

#[test]
fn changes_are_acted_on_at_most_once_a_poll_and_the_last_one_always() {
    let mut world = world();
    world.instances("sales", &[instance("s1", 80)]);
    world.end("onChange[sales]", Exit::Code(0));
    world.until(1);
    world.instances("sales", &[instance("s1", 81)]);
    world.instances("sales", &[instance("s1", 82)]);
    world.until(10);
    assert_eq!(world.news(), ["0 spawn onChange[sales]", "3 spawn onChange[sales]"]);
}

#[test]
fn what_changed_and_changed_back_is_no_change() {
    let mut world = world();
    world.instances("sales", &[instance("s1", 80)]);
    world.end("onChange[sales]", Exit::Code(0));
    world.until(1);
    world.instances("sales", &[instance("s1", 81)]);
    world.instances("sales", &[instance("s1", 80)]);
    world.until(10);
    assert_eq!(world.news(), ["0 spawn onChange[sales]"]);
}

#[test]
fn runs_of_one_command_line_do_not_overlap() {
    let mut world = world();
    world.instances("sales", &[instance("s1", 80)]);
    world.instances("customers", &[instance("c1", 80)]);
    assert_eq!(world.news(), ["0 spawn onChange[sales]"]);
    world.until(1);
    world.end("onChange[sales]", Exit::Code(0));
    assert_eq!(world.news(), ["1 spawn onChange[customers]"]);
}

#[test]
fn losing_all_instances_is_a_change_and_is_said() {
    let mut world = world();
    world.instances("sales", &[instance("s1", 80)]);
    world.end("onChange[sales]", Exit::Code(0));
    world.until(5);
    world.instances("sales", &[]);
    assert_eq!(
        world.news(),
        ["0 spawn onChange[sales]", "5 sales is empty, had 1", "5 spawn onChange[sales]"]
    );
}

#[test]
fn the_first_run_waits_for_the_application_to_be_up_but_no_longer_than_one_poll() {
    let mut plan = plan();
    plan.services = vec![service("web", 10, 25)];
    hooks(&mut plan).backends = vec![backend("sales", 3, "render"), backend("customers", 4, "render")];
    let mut world = World::begun(plan.clone(), Some("app"));
    world.instances("sales", &[instance("s1", 80)]);
    world.end("health[web]", Exit::Code(0));
    assert_eq!(world.news().last().unwrap(), "0 spawn onChange[sales]");

    let mut world = World::begun(plan, Some("app"));
    world.instances("sales", &[instance("s1", 80)]);
    world.end("health[web]", Exit::Code(7));
    world.until(5);
    assert_eq!(world.news().last().unwrap(), "3 spawn onChange[sales]");
}

#[test]
fn two_backends_of_one_name_are_both_told() {
    let mut plan = plan();
    hooks(&mut plan).backends = vec![backend("sales", 3, "render"), backend("sales", 3, "other")];
    let mut world = World::begun(plan, Some("app"));
    world.news();
    world.instances("sales", &[instance("s1", 80)]);
    assert_eq!(world.news().len(), 2);
}

#[test]
fn a_changed_on_change_is_run() {
    let mut plan = plan();
    hooks(&mut plan).backends = vec![backend("sales", 3, "render")];
    let mut world = World::begun(plan.clone(), Some("app"));
    world.instances("sales", &[instance("s1", 80)]);
    world.end("onChange[sales]", Exit::Code(0));
    world.until(5);
    world.news();
    hooks(&mut plan).backends[0].on_change = command("other");
    world.give(Input::Reloaded(Ok(Box::new(plan))));
    world.until(50);
    assert_eq!(world.news(), ["5 spawn onChange[sales]"]);
}

#[test]
fn one_command_line_does_not_overlap_across_a_reload() {
    let mut plan = plan();
    hooks(&mut plan).backends = vec![backend("sales", 3, "render")];
    let mut world = World::begun(plan.clone(), Some("app"));
    world.instances("sales", &[instance("s1", 80)]);
    hooks(&mut plan).backends = vec![backend("shop", 3, "render")];
    world.give(Input::Reloaded(Ok(Box::new(plan))));
    world.news();
    world.instances("shop", &[instance("s1", 80)]);
    assert!(world.news().is_empty(), "the old run goes on");
}
