//! What jobs follow in the catalogue.

use super::super::world::*;
use super::plans::*;
use crate::Input;
use gyropilot_model::{EventCode, Seen, Watch, WatchTarget};

fn target(tag: Option<&str>) -> WatchTarget {
    WatchTarget::Service { name: "db".into(), tag: tag.map(str::to_owned), datacenter: None }
}

fn watching() -> World {
    let changed = when(job("changed"), each(EventCode::Changed, "watch.db"));
    let mut plan = jobs_plan(vec![job("app"), changed]);
    let watch = |name: &str, target| Watch { name: name.into(), target, interval: seconds(5) };
    let key = WatchTarget::Key { key: "a/b".into(), datacenter: None };
    jobs(&mut plan).watches =
        vec![watch("db", target(None)), watch("primary", target(Some("primary"))), watch("key", key)];
    let mut world = World::begun(plan, None);
    world.said();
    world
}

fn see(world: &mut World, tag: Option<&str>, count: u16) {
    let instances = (0..count).map(|n| instance(&format!("db{n}"), 80 + n)).collect();
    world.give(Input::Watched { target: target(tag), seen: Seen::Instances(instances) });
}

#[test]
fn a_change_is_said_with_whether_there_is_a_healthy_instance() {
    let mut world = watching();
    see(&mut world, None, 0);
    assert!(world.said().is_empty(), "a first answer without instances is no change");
    see(&mut world, None, 2);
    assert_eq!(world.said()[..2], ["changed watch.db", "healthy watch.db"]);
    see(&mut world, None, 2);
    see(&mut world, None, 3);
    see(&mut world, None, 0);
    let said: Vec<_> = world.said().into_iter().filter(|line| line.contains("watch")).collect();
    assert_eq!(said, ["changed watch.db", "healthy watch.db", "changed watch.db", "unhealthy watch.db"]);
    for _ in 0..3 {
        world.exit_job("changed", 0);
    }
    assert!(!world.runs("changed"));
}

#[test]
fn q07_two_watches_of_one_service_do_not_meet() {
    let mut world = watching();
    see(&mut world, Some("primary"), 1);
    assert_eq!(world.said(), ["changed watch.primary", "healthy watch.primary"]);
    see(&mut world, None, 1);
    assert_eq!(world.said()[..2], ["changed watch.db", "healthy watch.db"]);
}

#[test]
fn a_key_is_healthy_while_it_exists() {
    let mut world = watching();
    let key = WatchTarget::Key { key: "a/b".into(), datacenter: None };
    let mut see = |keys: Vec<(String, Vec<u8>)>| {
        world.give(Input::Watched { target: key.clone(), seen: Seen::Keys(keys) });
        world.said()
    };
    assert_eq!(see(vec![("a/b".into(), b"1".to_vec())]), ["changed watch.key", "healthy watch.key"]);
    assert_eq!(see(vec![("a/b".into(), b"2".to_vec())]), ["changed watch.key", "healthy watch.key"]);
    assert_eq!(see(Vec::new()), ["changed watch.key", "unhealthy watch.key"]);
}
