//! When the registrar speaks, under a clock of the tests' own.

use crate::rig::{Log, pass, present, run_paused, service};
use gyropilot_catalog::Registrar;
use gyropilot_catalog::simulated::{Fault, Simulated};
use gyropilot_model::{Compat, Event, Status};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

struct Scene {
    catalog: Rc<Simulated>,
    registrar: Registrar,
    log: Log,
}

const ID: &str = "web-h1";

fn scene(ttl: u64, compat: Compat) -> Scene {
    let (catalog, log) = (Rc::new(Simulated::new()), Log::default());
    let registrar = Registrar::new(catalog.clone(), service(ID, ttl), compat, log.sink());
    Scene { catalog, registrar, log }
}

async fn registered(ttl: u64) -> Scene {
    let scene = scene(ttl, Compat::default());
    scene.registrar.set(present(Status::Passing));
    scene.registrar.settle(Duration::from_secs(1)).await.unwrap();
    scene
}

const SECOND: Duration = Duration::from_secs(1);

impl Scene {
    fn status(&self) -> Option<Status> {
        self.catalog.says(ID).map(|(status, _)| status)
    }

    fn unavailable(&self) -> usize {
        self.log.count(|event| matches!(event, Event::CatalogUnavailable { .. }))
    }

    fn available(&self) -> usize {
        self.log.count(|event| matches!(event, Event::CatalogAvailable { .. }))
    }
}

#[test]
fn nothing_is_sent_before_something_is_wanted() {
    run_paused(async {
        let scene = scene(10, Compat::default());
        pass(60 * SECOND).await;
        scene.registrar.withdraw(SECOND).await.unwrap();
        assert_eq!(scene.catalog.requests(), []);
        assert_eq!(scene.log.all(), []);
    });
}

#[test]
fn it_is_passing_from_its_first_moment_and_stays_so() {
    run_paused(async {
        let scene = registered(10).await;
        assert_eq!(scene.catalog.requests()[0].kind, "register");
        for _ in 0..120 {
            assert_eq!(scene.status(), Some(Status::Passing));
            pass(SECOND).await;
        }
        assert_eq!(scene.log.registered(), 1);
    });
}

#[test]
fn requests_a_minute_for_one_service_checked_each_second_with_a_ttl_of_ten() {
    run_paused(async {
        let scene = registered(10).await;
        let before = scene.catalog.requests().len();
        for _ in 0..600 {
            // A check each second, with the same result each time.
            scene.registrar.set(present(Status::Passing));
            pass(SECOND).await;
        }
        let a_minute = (scene.catalog.requests().len() - before) as f64 / 10.0;
        println!("{a_minute} requests a minute");
        assert!(a_minute <= 20.0, "{a_minute} a minute; ContainerPilot needed 75");
        assert!(scene.catalog.count("update") >= 180, "a third of the TTL is the longest silence");
    });
}

#[test]
fn q36_a_failure_is_pushed_at_once_and_kept_alive_with_its_reason() {
    run_paused(async {
        let scene = registered(30).await;
        let now = Instant::now();
        scene.registrar.set(present(Status::Critical));
        scene.registrar.settle(SECOND).await.unwrap();
        assert_eq!(now.elapsed(), Duration::ZERO);
        let says = (Status::Critical, "because it is critical".to_owned());
        assert_eq!(scene.catalog.says(ID), Some(says.clone()));
        pass(100 * SECOND).await;
        assert_eq!(scene.catalog.says(ID), Some(says), "the TTL must not hide the reason");
        scene.registrar.set(present(Status::Passing));
        pass(Duration::ZERO).await;
        assert_eq!(scene.status(), Some(Status::Passing));
    });
}

#[test]
fn q36_silent_failures_send_nothing_and_let_the_ttl_run_out() {
    run_paused(async {
        let scene = scene(10, Compat { silent_failures: true, ..Compat::default() });
        scene.registrar.set(present(Status::Critical));
        pass(5 * SECOND).await;
        assert_eq!(scene.catalog.requests(), [], "not registered by a failure");
        scene.registrar.set(present(Status::Passing));
        pass(5 * SECOND).await;
        let before = scene.catalog.requests().len();
        scene.registrar.set(present(Status::Critical));
        pass(30 * SECOND).await;
        assert_eq!(scene.catalog.requests().len(), before);
        assert_eq!(scene.catalog.says(ID), Some((Status::Critical, "TTL expired".to_owned())));
        scene.registrar.set(present(Status::Passing));
        pass(Duration::ZERO).await;
        assert_eq!(scene.status(), Some(Status::Passing));
    });
}

#[test]
fn what_the_agent_forgot_is_registered_again_with_the_next_heartbeat() {
    run_paused(async {
        let scene = registered(9).await;
        scene.catalog.forget(ID);
        pass(3 * SECOND).await;
        assert_eq!(scene.status(), Some(Status::Passing));
        let again = scene.log.count(
            |event| matches!(event, Event::Registered { again: Some(why), .. } if why.contains("associated TTL")),
        );
        assert_eq!((again, scene.unavailable()), (1, 0), "{:?}", scene.log.all());
    });
}

#[test]
fn a_wiped_agent_is_noticed_by_its_closed_connection_and_not_a_heartbeat_later() {
    run_paused(async {
        let scene = registered(300).await;
        pass(20 * SECOND).await;
        scene.catalog.wipe();
        pass(Duration::from_millis(10)).await;
        assert_eq!(scene.status(), Some(Status::Passing));
        // And the same shortly after the last word: within a second.
        scene.catalog.wipe();
        pass(Duration::from_millis(1010)).await;
        assert_eq!(scene.status(), Some(Status::Passing));
        assert_eq!(scene.log.registered(), 3);
    });
}

#[test]
fn a_proxy_that_closes_idle_connections_costs_little() {
    run_paused(async {
        let scene = registered(30).await;
        let before = scene.catalog.requests().len();
        for _ in 0..600 {
            scene.catalog.break_connections();
            pass(SECOND).await;
        }
        let a_minute = (scene.catalog.requests().len() - before) / 10;
        assert!(a_minute <= 15, "{a_minute} requests a minute");
        assert_eq!(scene.log.registered(), 1);
    });
}

#[test]
fn while_the_catalogue_is_away_attempts_are_rare_and_said_once() {
    run_paused(async {
        let scene = registered(30).await;
        scene.catalog.fault(Some(Fault::Answer(500, "no".to_owned())));
        pass(20 * SECOND).await;
        let before = scene.catalog.requests().len();
        pass(600 * SECOND).await;
        let attempts = scene.catalog.requests().len() - before;
        assert!((120..=240).contains(&attempts), "between 2.5 s and 5 s apart: {attempts}");
        assert_eq!((scene.unavailable(), scene.available()), (1, 0));
        scene.catalog.fault(None);
        pass(5 * SECOND).await;
        assert_eq!(scene.status(), Some(Status::Passing));
        assert_eq!((scene.unavailable(), scene.available()), (1, 1));
    });
}

#[test]
fn a_catalogue_that_is_away_at_first_gets_the_newest_state_when_it_comes() {
    run_paused(async {
        let scene = scene(30, Compat::default());
        scene.catalog.fault(Some(Fault::Refuse));
        for status in [Status::Passing, Status::Critical, Status::Passing, Status::Warning] {
            scene.registrar.set(present(status));
            pass(20 * SECOND).await;
        }
        assert_eq!(scene.unavailable(), 1);
        scene.catalog.fault(None);
        pass(5 * SECOND).await;
        assert_eq!(scene.status(), Some(Status::Warning));
        assert_eq!(scene.catalog.count("register"), 1, "nothing was queued");
    });
}

#[test]
fn a_catalogue_that_hangs_holds_one_request_at_a_time() {
    run_paused(async {
        let scene = registered(30).await;
        scene.catalog.fault(Some(Fault::Hang));
        let before = scene.catalog.requests().len();
        pass(100 * SECOND).await;
        // Ten seconds each, with pauses up to 5 s.
        assert!(scene.catalog.requests().len() - before <= 10);
    });
}

#[test]
fn q264_a_stale_address_is_found_and_put_right() {
    run_paused(async {
        let scene = registered(30).await;
        scene.catalog.tamper(ID, |record| record.address = "10.9.9.9".to_owned());
        pass(66 * SECOND).await;
        let why = "its address in the catalogue was 10.9.9.9";
        assert_eq!(
            scene.log.count(|event| matches!(event, Event::Registered { again: Some(w), .. } if w == why)),
            1,
            "{:?}",
            scene.log.all()
        );
        scene.catalog.tamper(ID, |record| record.tags = vec!["a".to_owned(), "b".to_owned()]);
        pass(66 * SECOND).await;
        assert_eq!(scene.log.registered(), 2, "the order of tags means nothing");
    });
}

#[test]
fn tags_that_others_may_change_are_left_alone() {
    run_paused(async {
        let (catalog, log) = (Rc::new(Simulated::new()), Log::default());
        let mut web = service(ID, 30);
        web.enable_tag_override = true;
        let registrar = Registrar::new(catalog.clone(), web, Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        pass(SECOND).await;
        catalog.tamper(ID, |record| record.tags = vec!["theirs".to_owned()]);
        pass(200 * SECOND).await;
        assert_eq!(log.registered(), 1);
    });
}

#[test]
fn a_changed_definition_is_registered_at_once() {
    run_paused(async {
        let scene = registered(30).await;
        let mut web = service(ID, 60);
        web.port = 9090;
        scene.registrar.redefine(web.clone(), Compat::default());
        scene.registrar.settle(SECOND).await.unwrap();
        let again = Some("its definition changed".to_owned());
        assert_eq!(scene.log.all().last(), Some(&Event::Registered { id: ID.to_owned(), again }));
        scene.registrar.redefine(web, Compat::default());
        pass(SECOND).await;
        assert_eq!(scene.catalog.count("register"), 2);
    });
}

#[test]
fn a_withdrawal_is_confirmed_by_reading_back() {
    run_paused(async {
        let scene = registered(30).await;
        let before = scene.catalog.requests().len();
        scene.registrar.withdraw(SECOND).await.unwrap();
        let requests = scene.catalog.requests();
        let kinds: Vec<_> = requests[before..].iter().map(|request| request.kind).collect();
        assert_eq!(kinds, ["deregister", "registration", "instances"]);
        assert_eq!(scene.status(), None);
        assert_eq!(scene.log.all().last(), Some(&Event::Deregistered { id: ID.to_owned() }));
        pass(600 * SECOND).await;
        assert_eq!(scene.catalog.requests().len(), before + 3, "absent and at rest");
        scene.registrar.set(present(Status::Passing));
        pass(Duration::ZERO).await;
        assert_eq!(scene.status(), Some(Status::Passing), "back from maintenance");
    });
}

#[test]
fn a_withdrawal_from_a_catalogue_that_hangs_ends_with_its_deadline() {
    run_paused(async {
        for fault in [Fault::Hang, Fault::Refuse, Fault::Answer(500, "no".to_owned()), Fault::NoLeader] {
            let scene = registered(30).await;
            scene.catalog.fault(Some(fault.clone()));
            let begun = Instant::now();
            let unsettled = scene.registrar.withdraw(5 * SECOND).await.unwrap_err();
            assert_eq!(begun.elapsed(), 5 * SECOND, "{fault:?}");
            assert_ne!(unsettled.reason, "no answer", "{fault:?}: the reason is known");
            let unconfirmed =
                Event::DeregistrationUnconfirmed { id: ID.to_owned(), reason: unsettled.reason };
            assert!(scene.log.all().contains(&unconfirmed), "{fault:?}: {:?}", scene.log.all());
        }
    });
}

#[test]
fn a_withdrawal_does_not_wait_behind_a_heartbeat_that_hangs() {
    run_paused(async {
        let scene = registered(30).await;
        scene.catalog.fault(Some(Fault::Hang));
        pass(11 * SECOND).await;
        scene.catalog.fault(None);
        let begun = Instant::now();
        scene.registrar.withdraw(5 * SECOND).await.unwrap();
        assert!(begun.elapsed() <= Duration::from_millis(1100), "{:?}", begun.elapsed());
        assert_eq!(scene.status(), None);
    });
}

#[test]
fn a_withdrawal_is_tried_again_within_its_deadline() {
    run_paused(async {
        let scene = registered(30).await;
        scene.catalog.fault(Some(Fault::Refuse));
        let withdrawal = tokio::task::spawn_local(scene.registrar.withdraw(5 * SECOND));
        pass(4 * SECOND).await;
        scene.catalog.fault(None);
        let back = Instant::now();
        withdrawal.await.unwrap().unwrap();
        assert_eq!(scene.status(), None);
        assert!(back.elapsed() <= Duration::from_millis(250), "{:?}", back.elapsed());
    });
}

#[test]
fn a_second_and_shorter_deadline_counts() {
    run_paused(async {
        let scene = registered(30).await;
        scene.catalog.fault(Some(Fault::Hang));
        drop(scene.registrar.withdraw(60 * SECOND));
        let begun = Instant::now();
        assert!(scene.registrar.withdraw(SECOND).await.is_err());
        assert_eq!(begun.elapsed(), SECOND);
    });
}

#[test]
fn dropping_the_registrar_leaves_the_registration() {
    run_paused(async {
        let Scene { catalog, registrar, .. } = registered(30).await;
        drop(registrar);
        let before = catalog.requests().len();
        pass(20 * SECOND).await;
        assert_eq!((catalog.requests().len(), catalog.says(ID).is_some()), (before, true));
        pass(20 * SECOND).await;
        assert_eq!(catalog.says(ID).unwrap().0, Status::Critical, "its heartbeat is over");
    });
}

#[test]
fn wanting_absence_in_a_hurry_wins_over_a_registration_under_way() {
    run_paused(async {
        let scene = scene(30, Compat::default());
        scene.catalog.fault(Some(Fault::Hang));
        scene.registrar.set(present(Status::Passing));
        pass(Duration::from_millis(100)).await;
        scene.catalog.fault(None);
        // The registration was sent and not answered: it may have been done.
        scene.registrar.withdraw(5 * SECOND).await.unwrap();
        assert_eq!(scene.catalog.count("deregister"), 1);
    });
}

#[test]
fn a_catalogue_that_was_never_there_is_not_waited_for() {
    run_paused(async {
        let scene = scene(10, Compat::default());
        scene.catalog.fault(Some(Fault::Refuse));
        scene.registrar.set(present(Status::Passing));
        pass(5 * SECOND).await;
        let begun = Instant::now();
        scene.registrar.withdraw(3 * SECOND).await.unwrap();
        assert!(begun.elapsed() < SECOND, "{:?}", begun.elapsed());
    });
}
