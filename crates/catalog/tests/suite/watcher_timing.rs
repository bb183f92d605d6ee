//! What a watch hands out and how often it asks, under a clock of the tests' own.

use crate::rig::{Log, instances, instances_of, pass, run_paused};
use gyropilot_catalog::Watcher;
use gyropilot_catalog::simulated::{Fault, Simulated};
use gyropilot_model::{Event, Instance, Status};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

struct Scene {
    catalog: Rc<Simulated>,
    log: Log,
    snapshots: Rc<RefCell<Vec<Vec<Instance>>>>,
    watcher: Watcher,
}

fn scene(poll: u64) -> Scene {
    let (catalog, log) = (Rc::new(Simulated::new()), Log::default());
    let snapshots: Rc<RefCell<Vec<Vec<Instance>>>> = Rc::default();
    let sink = {
        let snapshots = snapshots.clone();
        move |seen| snapshots.borrow_mut().push(instances(seen))
    };
    let interval = Duration::from_secs(poll);
    let watcher = Watcher::new(catalog.clone(), instances_of("sales"), interval, log.sink(), sink);
    Scene { catalog, log, snapshots, watcher }
}

fn instance(id: &str, address: &str) -> Instance {
    Instance {
        id: id.to_owned(),
        address: address.to_owned(),
        port: 80,
        tags: vec!["v1".to_owned()],
        status: Status::Passing,
    }
}

impl Scene {
    /// How many instances each snapshot had.
    fn sizes(&self) -> Vec<usize> {
        self.snapshots.borrow().iter().map(Vec::len).collect()
    }

    fn asked(&self) -> usize {
        self.catalog.count("instances")
    }

    fn said(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.log.count(wanted)
    }
}

#[test]
fn the_first_answer_is_handed_out_even_when_it_is_empty() {
    run_paused(async {
        let scene = scene(10);
        pass(Duration::ZERO).await;
        assert_eq!(scene.sizes(), [0]);
    });
}

#[test]
fn changes_are_handed_out_at_once_and_nothing_else() {
    run_paused(async {
        let scene = scene(10);
        pass(SECOND).await;
        scene.catalog.add("sales", &instance("sales-1", "10.0.0.1"));
        pass(Duration::ZERO).await;
        assert_eq!(scene.sizes(), [0, 1]);
        scene.catalog.add("sales", &instance("sales-0", "10.0.0.2"));
        pass(Duration::ZERO).await;
        let ids: Vec<_> = scene.snapshots.borrow()[2].iter().map(|instance| instance.id.clone()).collect();
        assert_eq!(ids, ["sales-0", "sales-1"], "sorted");

        // Another address, another tag; then the same again, another service.
        scene.catalog.add("sales", &instance("sales-1", "10.0.0.9"));
        pass(SECOND).await;
        scene.catalog.add("sales", &Instance { tags: vec!["v2".into()], ..instance("sales-1", "10.0.0.9") });
        pass(SECOND).await;
        assert_eq!(scene.sizes(), [0, 1, 2, 2, 2]);
        scene.catalog.add("sales", &Instance { tags: vec!["v2".into()], ..instance("sales-1", "10.0.0.9") });
        scene.catalog.add("customers", &instance("customers-1", "10.0.0.3"));
        pass(100 * SECOND).await;
        assert_eq!(scene.sizes().len(), 5);

        scene.catalog.forget("sales-0");
        pass(Duration::ZERO).await;
        assert_eq!(scene.sizes().last(), Some(&1));
    });
}

#[test]
fn an_idle_watch_asks_once_per_poll() {
    run_paused(async {
        let scene = scene(3);
        pass(300 * SECOND).await;
        assert!((99..=103).contains(&scene.asked()), "{}", scene.asked());
    });
}

#[test]
fn a_server_that_cannot_wait_is_asked_once_per_poll() {
    run_paused(async {
        let scene = scene(3);
        scene.catalog.without_index(true);
        pass(SECOND).await;
        let before = scene.asked();
        pass(300 * SECOND).await;
        assert!((99..=102).contains(&(scene.asked() - before)), "{}", scene.asked() - before);
        scene.catalog.add("sales", &instance("sales-1", "10.0.0.1"));
        pass(3 * SECOND).await;
        assert_eq!(scene.sizes(), [0, 1]);
    });
}

#[test]
fn an_index_that_moves_without_news_is_no_busy_loop() {
    run_paused(async {
        let scene = scene(10);
        pass(SECOND).await;
        let before = scene.asked();
        for number in 0..6000 {
            // A failing instance flaps: invisible among the passing ones.
            let status = if number % 2 == 0 { Status::Critical } else { Status::Warning };
            scene.catalog.add("sales", &Instance { status, ..instance("sales-1", "10.0.0.1") });
            pass(Duration::from_millis(10)).await;
        }
        let asked = scene.asked() - before;
        assert!(asked <= 65, "{asked} in a minute");
        assert_eq!(scene.sizes(), [0]);
    });
}

#[test]
fn a_storm_of_changes_is_followed_at_a_bounded_pace_and_to_its_end() {
    run_paused(async {
        let scene = scene(10);
        pass(SECOND).await;
        for number in 0..6000 {
            scene
                .catalog
                .add("sales", &instance("sales-1", &format!("10.0.{}.{}", number / 250, number % 250)));
            pass(Duration::from_millis(10)).await;
        }
        let asked = scene.asked();
        assert!(asked <= 650, "{asked} in a minute");
        pass(SECOND).await;
        assert_eq!(scene.snapshots.borrow().last().unwrap()[0].address, "10.0.23.249");
    });
}

#[test]
fn no_failure_invents_a_change() {
    run_paused(async {
        let scene = scene(10);
        scene.catalog.add("sales", &instance("sales-1", "10.0.0.1"));
        pass(SECOND).await;
        for fault in
            [Fault::Refuse, Fault::Hang, Fault::Answer(500, "x".into()), Fault::Answer(403, "x".into())]
        {
            scene.catalog.fault(Some(fault));
            pass(100 * SECOND).await;
            scene.catalog.fault(None);
            pass(20 * SECOND).await;
        }
        assert_eq!(scene.sizes(), [1]);
        let away = scene.said(|event| matches!(event, Event::CatalogUnavailable { .. }));
        let back = scene.said(|event| matches!(event, Event::CatalogAvailable { .. }));
        assert_eq!((away, back), (4, 4), "each spell is said once: {:?}", scene.log.all());
    });
}

#[test]
fn attempts_are_at_most_five_seconds_apart_while_the_catalogue_is_away() {
    run_paused(async {
        let scene = scene(300);
        scene.catalog.fault(Some(Fault::Answer(500, "x".to_owned())));
        pass(60 * SECOND).await;
        let before = scene.asked();
        pass(600 * SECOND).await;
        let attempts = scene.asked() - before;
        assert!((120..=240).contains(&attempts), "{attempts}");
    });
}

#[test]
fn one_broken_connection_is_mended_without_a_word() {
    run_paused(async {
        let scene = scene(10);
        pass(SECOND).await;
        scene.catalog.break_connections();
        scene.catalog.add("sales", &instance("sales-1", "10.0.0.1"));
        pass(Duration::ZERO).await;
        assert_eq!(scene.sizes(), [0, 1]);
        assert_eq!(scene.log.all(), []);
    });
}

#[test]
fn an_empty_answer_with_success_is_handed_out() {
    run_paused(async {
        let scene = scene(10);
        scene.catalog.add("sales", &instance("sales-1", "10.0.0.1"));
        pass(SECOND).await;
        scene.catalog.fault(Some(Fault::Empty));
        pass(11 * SECOND).await;
        assert_eq!(scene.sizes(), [1, 0]);
    });
}

#[test]
fn an_index_that_goes_backwards_is_noticed_and_said() {
    run_paused(async {
        let scene = scene(10);
        for number in 0..5 {
            scene.catalog.add("sales", &instance(&format!("sales-{number}"), "10.0.0.1"));
        }
        pass(SECOND).await;
        scene.catalog.reset_index();
        scene.catalog.add("sales", &instance("sales-9", "10.0.0.9"));
        // The index is too high now: nothing wakes us before the wait is over.
        pass(11 * SECOND).await;
        assert_eq!(scene.sizes(), [5, 6]);
        assert_eq!(scene.said(|event| matches!(event, Event::CatalogIndexReset { .. })), 1);
        scene.catalog.add("sales", &instance("sales-8", "10.0.0.8"));
        pass(Duration::ZERO).await;
        assert_eq!(scene.sizes(), [5, 6, 7], "and from then on changes are seen at once");
    });
}

#[test]
fn a_wiped_catalogue_is_read_anew_at_once() {
    run_paused(async {
        let scene = scene(60);
        for number in 0..5 {
            scene.catalog.add("sales", &instance(&format!("sales-{number}"), "10.0.0.1"));
        }
        pass(SECOND).await;
        scene.catalog.wipe();
        scene.catalog.add("sales", &instance("sales-9", "10.0.0.9"));
        pass(Duration::ZERO).await;
        assert_eq!(scene.sizes(), [5, 6], "the others may only not have registered again yet");
        pass(9 * SECOND).await;
        assert_eq!(scene.sizes(), [5, 6]);
        pass(2 * SECOND).await;
        assert_eq!(scene.sizes(), [5, 6, 1], "who has not come back by now is gone");
        assert_eq!(scene.said(|event| matches!(event, Event::InstancesKept { count: 5, .. })), 1);
    });
}

#[test]
fn a_wipe_after_which_all_register_again_is_no_news() {
    run_paused(async {
        let scene = scene(60);
        for number in 0..3 {
            scene.catalog.add("sales", &instance(&format!("sales-{number}"), "10.0.0.1"));
        }
        pass(SECOND).await;
        scene.catalog.wipe();
        for number in 0..3 {
            pass(SECOND).await;
            scene.catalog.add("sales", &instance(&format!("sales-{number}"), "10.0.0.1"));
        }
        pass(20 * SECOND).await;
        assert_eq!(scene.sizes(), [3]);
        scene.catalog.forget("sales-1");
        pass(Duration::ZERO).await;
        assert_eq!(scene.sizes(), [3, 2], "and whoever leaves later has left");
    });
}

#[test]
fn who_leaves_while_others_are_missing_has_left() {
    run_paused(async {
        let scene = scene(60);
        for number in 0..3 {
            scene.catalog.add("sales", &instance(&format!("sales-{number}"), "10.0.0.1"));
        }
        pass(SECOND).await;
        scene.catalog.wipe();
        pass(SECOND).await;
        scene.catalog.add("sales", &instance("sales-0", "10.0.0.1"));
        pass(SECOND).await;
        scene.catalog.forget("sales-0");
        pass(SECOND).await;
        assert_eq!(scene.sizes(), [3, 2], "it said so itself, the other two are only not known");
        pass(10 * SECOND).await;
        assert_eq!(scene.sizes(), [3, 2, 0]);
    });
}

#[test]
fn without_a_leader_any_server_is_asked_and_that_is_said() {
    run_paused(async {
        let scene = scene(5);
        scene.catalog.add("sales", &instance("sales-1", "10.0.0.1"));
        pass(SECOND).await;
        scene.catalog.fault(Some(Fault::NoLeader));
        pass(11 * SECOND).await;
        scene.catalog.add("sales", &instance("sales-2", "10.0.0.2"));
        pass(SECOND).await;
        assert_eq!(scene.sizes(), [1, 2]);
        assert_eq!(scene.said(|event| matches!(event, Event::CatalogDoubtful { .. })), 1);
        assert_eq!(scene.said(|event| matches!(event, Event::CatalogUnavailable { .. })), 0);

        // A server that was left behind knows less: what is known stands.
        scene.catalog.reset_index();
        scene.catalog.forget("sales-1");
        scene.catalog.forget("sales-2");
        scene.catalog.reset_index();
        pass(20 * SECOND).await;
        assert_eq!(scene.sizes(), [1, 2]);
        scene.catalog.fault(None);
        pass(20 * SECOND).await;
        assert_eq!(scene.sizes(), [1, 2, 0], "the leader's word counts");
    });
}

#[test]
fn answers_that_are_filtered_are_said_once_and_handed_out() {
    run_paused(async {
        let scene = scene(5);
        scene.catalog.filtered_by_acls(true);
        pass(60 * SECOND).await;
        assert_eq!(scene.sizes(), [0]);
        assert_eq!(scene.said(|event| matches!(event, Event::CatalogDoubtful { .. })), 1);
    });
}

#[test]
fn what_is_known_ages_until_the_catalogue_confirms_it() {
    run_paused(async {
        let scene = scene(10);
        assert_eq!(scene.watcher.age(), None, "nothing is known yet");
        pass(Duration::from_secs(4)).await;
        assert_eq!(scene.watcher.age(), Some(4 * SECOND));
        pass(Duration::from_secs(10)).await;
        assert_eq!(scene.watcher.age(), Some(4 * SECOND), "the wait was over without news");
        scene.catalog.fault(Some(Fault::Answer(500, "x".to_owned())));
        pass(100 * SECOND).await;
        assert!(scene.watcher.age() >= Some(90 * SECOND), "{:?}", scene.watcher.age());
        scene.catalog.fault(None);
        pass(6 * SECOND).await;
        assert!(scene.watcher.age() <= Some(6 * SECOND), "{:?}", scene.watcher.age());
    });
}
