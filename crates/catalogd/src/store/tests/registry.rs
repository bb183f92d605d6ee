use super::super::{CatalogRegistration, Check, LEAST_DEREGISTER_AFTER, Look, Node, SERF_HEALTH};
use super::*;

#[test]
fn it_knows_itself_from_the_start() {
    let store = store();
    assert_eq!(store.service_names().map(|(name, _)| name.to_owned()).collect::<Vec<_>>(), ["consul"]);
    assert_eq!(store.checks_on("here").map(|check| check.id.clone()).collect::<Vec<_>>(), [SERF_HEALTH]);
    assert!(store.index() > EPOCH);
}

#[test]
fn a_new_instance_is_critical_until_its_owner_says_otherwise() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(10)], false);
    assert_eq!(status(&store, "web-1"), Some(Status::Critical));
    store.update_check(at(1), "service:web-1", Status::Passing, "ok").unwrap();
    assert_eq!(status(&store, "web-1"), Some(Status::Passing));
}

#[test]
fn silence_is_critical_after_the_ttl_and_not_before() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(10)], false);
    store.update_check(at(5), "service:web-1", Status::Passing, "ok").unwrap();
    store.tick(at(10));
    store.tick(at(14));
    assert_eq!(status(&store, "web-1"), Some(Status::Passing));
    assert_eq!(store.deadline(), Some(at(15)));
    store.tick(at(15));
    assert_eq!(status(&store, "web-1"), Some(Status::Critical));
    assert_eq!(store.checks_of("web")[0].output, "TTL expired (last output before timeout follows): ok");
    assert_eq!(store.deadline(), None);
    // A sign of life after that sets the clock again.
    store.update_check(at(20), "service:web-1", Status::Passing, "ok").unwrap();
    store.tick(at(30));
    assert_eq!(status(&store, "web-1"), Some(Status::Critical));
}

#[test]
fn a_heartbeat_wakes_nobody_and_moves_no_index() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(10)], false);
    store.update_check(at(1), "service:web-1", Status::Passing, "ok").unwrap();
    store.take_touched();
    let (index, records) = (store.index(), store.take_records().len());
    assert!(records > 0);
    for second in 2..50 {
        store.update_check(at(second), "service:web-1", Status::Passing, "ok").unwrap();
    }
    assert_eq!(store.index(), index);
    assert!(store.take_touched().is_empty());
    assert!(store.take_records().is_empty());
}

#[test]
fn another_output_alone_is_held_back_and_then_told() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(1000)], false);
    store.update_check(at(1), "service:web-1", Status::Passing, "1").unwrap();
    store.take_touched();
    let before = store.mark(&[service("web")]);
    store.update_check(at(2), "service:web-1", Status::Passing, "2").unwrap();
    assert!(store.take_touched().is_empty());
    let after = store.mark(&[service("web")]);
    assert_eq!(before.index, after.index);
    assert_ne!(before.revision, after.revision, "an answer made before is out of date");
    assert_eq!(store.checks_of("web")[0].output, "2", "whoever asks now learns it");
    store.tick(at(301));
    assert!(store.take_touched().contains(&service("web")));
    assert!(store.mark(&[service("web")]).index > before.index);
}

#[test]
fn a_registration_that_says_the_same_again_changes_nothing() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(10)], false);
    store.update_check(at(1), "service:web-1", Status::Passing, "ok").unwrap();
    store.take_touched();
    let mark = store.mark(&[service("web"), Topic::ServiceNames]);
    store.register_service(at(2), instance("web-1", "web"), vec![ttl(10)], false);
    assert_eq!(store.mark(&[service("web"), Topic::ServiceNames]), mark);
    assert_eq!(status(&store, "web-1"), Some(Status::Passing), "the status is kept");
    assert!(store.take_touched().is_empty());
}

#[test]
fn a_change_wakes_only_those_who_wait_for_it() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![], false);
    store.register_service(at(0), instance("db-1", "db"), vec![], false);
    store.take_touched();
    let names = store.mark(&[Topic::ServiceNames]);
    store.register_service(at(1), instance("db-2", "db"), vec![], false);
    let touched = store.take_touched();
    assert!(touched.contains(&service("db")) && !touched.contains(&service("web")));
    assert!(!touched.contains(&Topic::ServiceNames), "the names and tags are what they were");
    assert_eq!(store.mark(&[Topic::ServiceNames]), names);
    let tagged = Service { tags: vec!["new".to_owned()], ..instance("db-2", "db") };
    store.register_service(at(2), tagged, vec![], false);
    assert!(store.take_touched().contains(&Topic::ServiceNames));
}

#[test]
fn the_index_of_a_service_does_not_go_back_when_it_goes() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![], false);
    let there = store.mark(&[service("web")]).index;
    assert!(store.deregister_service(at(1), "web-1"));
    assert!(store.mark(&[service("web")]).index > there);
    assert!(!store.deregister_service(at(2), "web-1"));
}

#[test]
fn services_that_are_gone_are_not_remembered_without_bound() {
    let mut store = store();
    for number in 0..10_000 {
        let name = format!("web-{number}");
        store.register_service(at(0), instance(&name, &name), vec![], false);
        let there = store.mark(&[service(&name)]).index;
        store.deregister_service(at(0), &name);
        assert!(store.mark(&[service(&name)]).index > there);
    }
    let first = store.mark(&[service("web-0")]).index;
    assert!(first > EPOCH + 3);
}

#[test]
fn several_checks_are_numbered_and_the_worst_counts() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(10), ttl(20)], false);
    store.update_check(at(1), "service:web-1:1", Status::Passing, "").unwrap();
    store.update_check(at(1), "service:web-1:2", Status::Warning, "").unwrap();
    assert_eq!(status(&store, "web-1"), Some(Status::Warning));
    // With only one given, and no others to stay, the second goes.
    store.register_service(
        at(2),
        instance("web-1", "web"),
        vec![CheckSpec { id: "service:web-1:1".to_owned(), ..ttl(10) }],
        true,
    );
    assert_eq!(status(&store, "web-1"), Some(Status::Passing));
}

#[test]
fn what_is_critical_for_too_long_is_removed() {
    let mut store = store();
    let check = CheckSpec { deregister_after: Some(Duration::from_secs(1)), ..ttl(2) };
    store.register_service(at(0), instance("web-1", "web"), vec![check], false);
    store.update_check(at(1), "service:web-1", Status::Passing, "").unwrap();
    for second in 0..63 {
        store.tick(at(second));
    }
    assert_eq!(
        status(&store, "web-1"),
        Some(Status::Critical),
        "a second is less than the least: {LEAST_DEREGISTER_AFTER:?}"
    );
    for second in 63..=93 {
        store.tick(at(second));
    }
    assert_eq!(status(&store, "web-1"), None);
}

#[test]
fn maintenance_comes_with_its_reason_and_goes() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![], false);
    store.maintain_service(at(1), "web-1", true, "disk").unwrap();
    assert_eq!(status(&store, "web-1"), Some(Status::Critical));
    assert_eq!(store.checks_of("web")[0].notes, "disk");
    store.maintain_service(at(2), "web-1", false, "").unwrap();
    assert_eq!(status(&store, "web-1"), Some(Status::Passing));
    assert_eq!(store.maintain_service(at(2), "gone", true, "").unwrap_err().status, 404);
    store.take_touched();
    store.maintain_node(at(3), true, "");
    assert_eq!(status(&store, "web-1"), Some(Status::Critical), "what the node says counts for all on it");
    assert!(store.take_touched().contains(&service("web")));
}

#[test]
fn a_node_elsewhere_is_registered_and_goes_with_all_on_it() {
    let mut store = store();
    let registration = CatalogRegistration {
        node: Node { name: "there".to_owned(), address: "10.0.0.9".to_owned(), ..Node::default() },
        service: Some(instance("db-1", "db")),
        checks: vec![Check {
            id: "ping".to_owned(),
            name: "ping".to_owned(),
            status: Status::Passing,
            ..Check::default()
        }],
        ..CatalogRegistration::default()
    };
    store.catalog_register(at(0), registration).unwrap();
    assert_eq!(store.instances("db").count(), 1);
    assert_eq!(store.instance("there", "db-1").unwrap().checks.len(), 1);
    store.catalog_deregister(at(1), "there", "", "").unwrap();
    assert_eq!(store.instances("db").count(), 0);
    assert_eq!(store.nodes().count(), 1);
    let nameless = CatalogRegistration::default();
    assert_eq!(store.catalog_register(at(2), nameless).unwrap_err().text, "Must provide node");
}

#[test]
fn an_alias_says_what_its_subject_says() {
    let mut store = store();
    store.register_service(at(0), instance("db-1", "db"), vec![ttl(10)], false);
    let source = Source::Alias { node: String::new(), service: "db-1".to_owned() };
    let alias = CheckSpec { kind: "alias".to_owned(), source, ..CheckSpec::default() };
    store.register_service(at(0), instance("web-1", "web"), vec![alias], false);
    assert_eq!(status(&store, "web-1"), Some(Status::Critical));
    store.update_check(at(1), "service:db-1", Status::Passing, "").unwrap();
    assert_eq!(status(&store, "web-1"), Some(Status::Passing));
    store.tick(at(11));
    assert_eq!(status(&store, "web-1"), Some(Status::Critical));
    store.deregister_service(at(12), "db-1");
    assert_eq!(status(&store, "web-1"), Some(Status::Critical));
}

#[test]
fn results_of_looks_count_only_once_there_are_enough() {
    let mut store = store();
    let look = Look::Tcp { address: "127.0.0.1:1".to_owned() };
    let check = CheckSpec {
        kind: "tcp".to_owned(),
        source: Source::Probe(look),
        failures_before_critical: 1,
        ..CheckSpec::default()
    };
    store.register_service(at(0), instance("web-1", "web"), vec![check], false);
    assert!(store.take_touched().contains(&Topic::Looks));
    store.looked(at(1), "here", "service:web-1", Status::Passing, "connected");
    assert_eq!(status(&store, "web-1"), Some(Status::Passing));
    store.looked(at(2), "here", "service:web-1", Status::Critical, "refused");
    assert_eq!(status(&store, "web-1"), Some(Status::Passing));
    store.looked(at(3), "here", "service:web-1", Status::Critical, "refused");
    assert_eq!(status(&store, "web-1"), Some(Status::Critical));
    store.looked(at(4), "here", "gone", Status::Critical, "refused");
}

#[test]
fn a_check_that_is_not_there_or_has_no_ttl_takes_no_update() {
    let mut store = store();
    assert_eq!(store.update_check(at(0), "service:gone", Status::Passing, "").unwrap_err().status, 404);
    let refused = store.update_check(at(0), SERF_HEALTH, Status::Passing, "").unwrap_err();
    assert_eq!((refused.status, refused.text.contains("does not have associated TTL")), (500, true));
}
