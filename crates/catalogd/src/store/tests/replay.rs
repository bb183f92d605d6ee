//! What was written down makes the same catalogue again.

use super::super::{Deletion, Put, Record, SessionSpec};
use super::*;
use proptest::prelude::*;

/// What somebody does.
#[derive(Clone, Debug)]
enum Deed {
    Register(u8, u8, u8),
    Deregister(u8),
    Update(u8, u8),
    Maintain(u8, bool),
    Put(u8, u8),
    Delete(u8),
    DeleteBelow(u8),
    Session(u8, bool),
    Destroy(u8),
    Lock(u8, u8),
    Unlock(u8, u8),
    Wait(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (0..4_u8, 0..3_u8, 1..20_u8).prop_map(|(id, name, ttl)| Deed::Register(id, name, ttl)),
        (0..4_u8).prop_map(Deed::Deregister),
        (0..4_u8, 0..3_u8).prop_map(|(id, status)| Deed::Update(id, status)),
        (0..4_u8, any::<bool>()).prop_map(|(id, on)| Deed::Maintain(id, on)),
        (0..6_u8, any::<u8>()).prop_map(|(key, value)| Deed::Put(key, value)),
        (0..6_u8).prop_map(Deed::Delete),
        (0..3_u8).prop_map(Deed::DeleteBelow),
        (0..3_u8, any::<bool>()).prop_map(|(id, deletes)| Deed::Session(id, deletes)),
        (0..3_u8).prop_map(Deed::Destroy),
        (0..6_u8, 0..3_u8).prop_map(|(key, session)| Deed::Lock(key, session)),
        (0..6_u8, 0..3_u8).prop_map(|(key, session)| Deed::Unlock(key, session)),
        (1..40_u8).prop_map(Deed::Wait),
    ]
}

fn key(number: u8) -> String {
    format!("{}/{}", number % 3, number)
}

fn perform(store: &mut Store, now: &mut u64, deed: &Deed) {
    let time = at(*now);
    match deed {
        Deed::Register(id, name, seconds) => {
            let service = instance(&format!("s{id}"), &format!("n{name}"));
            store.register_service(time, service, vec![ttl(u64::from(*seconds))], false);
        }
        Deed::Deregister(id) => drop(store.deregister_service(time, &format!("s{id}"))),
        Deed::Update(id, status) => {
            let status = [Status::Passing, Status::Warning, Status::Critical][usize::from(*status)];
            let _ = store.update_check(time, &format!("service:s{id}"), status, "said");
        }
        Deed::Maintain(id, on) => drop(store.maintain_service(time, &format!("s{id}"), *on, "")),
        Deed::Put(number, value) => {
            store.put_key(time, Put { key: key(*number), value: vec![*value], ..Put::default() }).unwrap();
        }
        Deed::Delete(number) => drop(store.delete_key(&key(*number), Deletion::One)),
        Deed::DeleteBelow(number) => drop(store.delete_key(&format!("{number}/"), Deletion::Below)),
        Deed::Session(id, deletes) => {
            let behavior = if *deletes { "delete" } else { "" }.to_owned();
            let id = format!("session{id}");
            if store.session(&id).is_none() {
                store
                    .create_session(
                        time,
                        SessionSpec { id, behavior, ttl: "10s".to_owned(), ..SessionSpec::default() },
                    )
                    .unwrap();
            }
        }
        Deed::Destroy(id) => drop(store.destroy_session(time, &format!("session{id}"))),
        Deed::Lock(number, session) => {
            let acquire = Some(format!("session{session}"));
            let _ = store.put_key(time, Put { key: key(*number), acquire, ..Put::default() });
        }
        Deed::Unlock(number, session) => {
            let release = Some(format!("session{session}"));
            let _ = store.put_key(time, Put { key: key(*number), release, ..Put::default() });
        }
        Deed::Wait(seconds) => {
            for _ in 0..*seconds {
                *now += 1;
                store.tick(at(*now));
            }
        }
    }
}

/// Everything there is, but for delays, whose time goes on, outputs that nobody was
/// woken for, and what the catalogue says of itself.
fn known(store: &Store) -> Vec<String> {
    let mut known = Vec::new();
    for record in store.snapshot() {
        let text = match &record {
            Record::Index(_) | Record::Delay { .. } => continue,
            Record::Node(node) if node.name == "here" => continue,
            Record::Service(service) if service.name == "consul" => continue,
            Record::Check(check) if check.id == "serfHealth" => continue,
            Record::Check(check) => {
                let check = super::super::Check { output: String::new(), ..(**check).clone() };
                serde_json::to_string(&check).unwrap()
            }
            _ => serde_json::to_string(&record).unwrap(),
        };
        known.push(text);
    }
    known
}

/// What each session holds.
fn held(store: &Store) -> Vec<(String, Vec<String>)> {
    let all = |held: &std::collections::BTreeSet<String>| held.iter().cloned().collect();
    store.sessions.iter().map(|(id, entry)| (id.clone(), all(&entry.held))).collect()
}

fn read_again(records: &[Record]) -> Vec<Record> {
    let again = |record| serde_json::from_slice(&serde_json::to_vec(record).unwrap()).unwrap();
    records.iter().map(again).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_and_snapshots_make_the_same_catalogue(
        deeds in proptest::collection::vec(deed(), 1..60),
        cut in 0..60_usize,
    ) {
        let mut store = store();
        let mut now = 0;
        let mut kept = store.snapshot();
        store.take_records();
        for (position, deed) in deeds.iter().enumerate() {
            if position == cut {
                kept = store.snapshot();
            }
            perform(&mut store, &mut now, deed);
            kept.extend(store.take_records());
        }
        let restored = Store::restore(identity(), EPOCH, read_again(&kept), at(0));
        prop_assert_eq!(known(&restored), known(&store));
        prop_assert_eq!(held(&restored), held(&store), "no session frees what it no longer holds");
        prop_assert!(restored.index() > store.index(), "the index never goes back");
    }

    #[test]
    fn no_order_of_deeds_leaves_a_key_with_a_session_that_is_gone(
        deeds in proptest::collection::vec(deed(), 1..80),
    ) {
        let mut store = store();
        let (mut now, mut index) = (0, store.index());
        for deed in &deeds {
            perform(&mut store, &mut now, deed);
            prop_assert!(store.index() >= index);
            index = store.index();
            for entry in store.keys_below("") {
                prop_assert!(entry.session.is_empty() || store.session(&entry.session).is_some());
                prop_assert!(entry.modified <= index);
            }
        }
    }
}

#[test]
fn who_has_returned_is_held_to_its_own_time_again() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(5)], false);
    store.update_check(at(0), "service:web-1", Status::Passing, "").unwrap();
    let spec = SessionSpec { id: "one".to_owned(), ttl: "10s".to_owned(), ..SessionSpec::default() };
    store.create_session(at(0), spec).unwrap();
    let mut restored = Store::restore(identity(), EPOCH, read_again(&store.snapshot()), at(0));
    restored.update_check(at(1), "service:web-1", Status::Passing, "").unwrap();
    restored.renew_session(at(1), "one").unwrap();
    restored.tick(at(5));
    assert_eq!(status(&restored, "web-1"), Some(Status::Passing));
    assert_eq!(restored.deadline(), Some(at(6)));
    restored.tick(at(6));
    assert_eq!(status(&restored, "web-1"), Some(Status::Critical));
    restored.tick(at(20));
    assert!(restored.session("one").is_some());
    restored.tick(at(21));
    assert!(restored.session("one").is_none());
}

/// The wall clock only says where an index begins. One that was set back, or one that will be, makes
/// none go backwards.
#[test]
fn a_wall_clock_that_was_set_back_does_not_set_back_the_index() {
    let mut store = Store::new(identity(), 5_000_000, true);
    store.put_key(at(0), Put { key: "key".to_owned(), ..Put::default() }).unwrap();
    let told = store.index();
    let mut earlier = Store::restore(identity(), 1_000, read_again(&store.take_records()), at(0));
    assert!(earlier.index() > told);
    let told = earlier.index();
    let later = Store::restore(identity(), 9_000_000, read_again(&earlier.take_records()), at(0));
    assert!(later.index() > told && later.index() > 9_000_000);
}

#[test]
fn nothing_expires_before_its_owner_had_the_time_to_return() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(5)], false);
    store.register_service(at(0), instance("slow-1", "slow"), vec![ttl(90)], false);
    for id in ["service:web-1", "service:slow-1"] {
        store.update_check(at(0), id, Status::Passing, "").unwrap();
    }
    let spec = SessionSpec { id: "one".to_owned(), ttl: "10s".to_owned(), ..SessionSpec::default() };
    store.create_session(at(0), spec).unwrap();
    let mut restored = Store::restore(identity(), EPOCH, read_again(&store.snapshot()), at(0));
    restored.tick(at(89));
    assert_eq!(status(&restored, "web-1"), Some(Status::Passing));
    assert!(restored.session("one").is_some());
    restored.tick(at(185));
    assert_eq!(status(&restored, "web-1"), Some(Status::Critical));
    assert!(restored.session("one").is_none());
}
