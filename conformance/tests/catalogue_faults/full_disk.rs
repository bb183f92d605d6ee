//! A disk that is full, and has space again.

use crate::kept::{Kept, Start};
use gyropilot_conformance::stage::Disk;
use gyropilot_conformance::wait::{seconds, wait_until};
use std::path::Path;

/// Writes keys until one is refused, and gives their number and the refusal.
fn fill(catalogue: &Kept) -> (usize, String) {
    let value = "x".repeat(100_000);
    for number in 0..200 {
        let answer = catalogue.ask("PUT", &format!("/v1/kv/key/{number:03}"), &value);
        match answer.status {
            200 => assert_eq!(answer.body, "true"),
            500 => return (number, answer.body),
            other => panic!("{other}: {}", answer.body),
        }
    }
    panic!("twenty megabytes fit on a disk of four");
}

#[track_caller]
fn assert_kept(catalogue: &Kept, count: usize) {
    let names = catalogue.json("/v1/kv/key/?keys");
    let names: Vec<&str> = names.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for number in 0..count {
        let name = format!("key/{number:03}");
        assert!(names.contains(&name.as_str()), "{name} is not in {names:?}");
    }
}

#[test]
fn a_full_disk_refuses_changes_and_loses_none_that_was_promised() {
    let home = tempfile::tempdir().unwrap();
    let mount = home.path().join("disk");
    std::fs::create_dir(&mount).unwrap();
    let disk = Disk::new(&mount, "4m");
    let data = mount.join("data");
    let mut start = Start::new(home.path(), &data);
    start.prefix = disk.enter();
    let mut catalogue = start.start();
    catalogue.register("web", "30s");
    assert_eq!(catalogue.gauge("gyropilot_catalog_data_failing"), 0);

    let (count, refusal) = fill(&catalogue);
    assert!(count > 5, "{count} fitted");
    let log = Path::new("data").join("log-0000000001");
    let full = format!("{}: No space left on device", mount.join(log).display());
    assert_eq!(refusal, format!("the catalogue cannot keep changes: cannot write {full} (os error 28)"));
    assert_eq!(catalogue.gauge("gyropilot_catalog_data_failing"), 1);
    wait_until(seconds(5), "the people to be told", || {
        catalogue.said().contains(&format!("error: cannot write {full}")).then_some(())
    });

    // What needs no space goes on: reads, and signs of life.
    assert_kept(&catalogue, count);
    assert_eq!(catalogue.ask("PUT", "/v1/agent/check/pass/web-ttl", "").status, 200);
    // What does is refused before it is done.
    assert_eq!(catalogue.ask("PUT", "/v1/kv/small", "x").status, 500);
    assert_eq!(catalogue.ask("DELETE", "/v1/kv/key/000", "").status, 500);
    assert_eq!(catalogue.ask("GET", "/v1/kv/small", "").status, 404);
    assert_kept(&catalogue, count);

    // A restart finds no more space, and all that was promised.
    catalogue.kill();
    let mut catalogue = start.start();
    assert_kept(&catalogue, count);
    assert_eq!(catalogue.passing("web"), 1);

    // With space it recovers by itself, and keeps things again.
    disk.grow("64m");
    wait_until(seconds(20), "changes to be accepted again", || {
        (catalogue.ask("PUT", "/v1/kv/after", "value").status == 200).then_some(())
    });
    assert_eq!(catalogue.gauge("gyropilot_catalog_data_failing"), 0);
    catalogue.kill();
    let catalogue = start.start();
    assert_kept(&catalogue, count);
    assert_eq!(catalogue.ask("GET", "/v1/kv/after?raw", "").body, "value");
}

/// The catalogue that met the full disk is the one that recovers, with what it had in memory only.
#[test]
fn it_recovers_without_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let mount = home.path().join("disk");
    std::fs::create_dir(&mount).unwrap();
    let disk = Disk::new(&mount, "4m");
    let data = mount.join("data");
    let mut start = Start::new(home.path(), &data);
    start.prefix = disk.enter();
    let mut catalogue = start.start();
    let (count, _) = fill(&catalogue);
    disk.grow("64m");
    wait_until(seconds(20), "changes to be accepted again", || {
        (catalogue.ask("PUT", "/v1/kv/after", "value").status == 200).then_some(())
    });
    wait_until(seconds(5), "the people to be told", || {
        catalogue.said().contains("note: the data can be written again").then_some(())
    });
    catalogue.kill();
    let catalogue = start.start();
    assert_kept(&catalogue, count);
    assert_eq!(catalogue.ask("GET", "/v1/kv/after?raw", "").body, "value");
}
