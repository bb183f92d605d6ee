use super::super::{Deletion, Operation, Put, Record, SessionSpec, Verb};
use super::*;

fn put(key: &str, value: &str) -> Put {
    Put { key: key.to_owned(), value: value.as_bytes().to_vec(), ..Put::default() }
}

fn lock(key: &str, session: &str) -> Put {
    Put { acquire: Some(session.to_owned()), ..put(key, session) }
}

fn session(store: &mut Store, now: Time, id: &str, ttl: &str, behavior: &str) -> String {
    let spec = SessionSpec {
        id: id.to_owned(),
        ttl: ttl.to_owned(),
        behavior: behavior.to_owned(),
        ..SessionSpec::default()
    };
    store.create_session(now, spec).unwrap()
}

fn holder(store: &Store, key: &str) -> String {
    store.key(key).map(|entry| entry.session.clone()).unwrap_or_default()
}

#[test]
fn a_key_is_written_only_if_it_is_what_the_writer_knows() {
    let mut store = store();
    assert!(store.put_key(at(0), Put { cas: Some(0), ..put("a", "1") }).unwrap());
    assert!(!store.put_key(at(0), Put { cas: Some(0), ..put("a", "2") }).unwrap());
    let index = store.key("a").unwrap().modified;
    assert!(store.put_key(at(0), Put { cas: Some(index), ..put("a", "2") }).unwrap());
    assert!(!store.put_key(at(0), Put { cas: Some(index), ..put("a", "3") }).unwrap());
    assert!(!store.delete_key("a", Deletion::Cas(index)));
    assert!(store.delete_key("a", Deletion::One));
    assert!(store.delete_key("a", Deletion::One), "what is not there is removed already");
}

#[test]
fn a_change_concerns_the_key_and_every_prefix_of_it() {
    let mut store = store();
    store.put_key(at(0), put("a/b", "1")).unwrap();
    store.put_key(at(0), put("x", "1")).unwrap();
    let of = |store: &Store, prefix: &str| store.mark(&[Topic::Prefix(prefix.to_owned())]).index;
    let before = of(&store, "a/");
    store.put_key(at(0), put("x", "2")).unwrap();
    assert_eq!(of(&store, "a/"), before);
    store.delete_key("a/b", Deletion::One);
    assert!(of(&store, "a/") > before, "that something went is a change");
    assert_eq!(store.key_names("", ""), ["x"]);
    store.put_key(at(0), put("d/1/x", "")).unwrap();
    store.put_key(at(0), put("d/1/y", "")).unwrap();
    store.put_key(at(0), put("d/2", "")).unwrap();
    assert_eq!(store.key_names("d/", "/"), ["d/1/", "d/2"]);
    assert!(store.delete_key("d/", Deletion::Below));
    assert_eq!(store.keys_below("d/").count(), 0);
}

#[test]
fn a_lock_is_held_by_one_until_it_lets_go() {
    let mut store = store();
    let (one, two) = (session(&mut store, at(0), "one", "", ""), session(&mut store, at(0), "two", "", ""));
    assert!(store.put_key(at(0), lock("leader", &one)).unwrap());
    assert!(!store.put_key(at(0), lock("leader", &two)).unwrap());
    assert!(store.put_key(at(0), lock("leader", &one)).unwrap(), "its holder has it already");
    assert_eq!(store.key("leader").unwrap().lock_index, 1);
    // A write without a session leaves the holder and the epoch alone.
    store.put_key(at(0), put("leader", "note")).unwrap();
    assert_eq!((holder(&store, "leader"), store.key("leader").unwrap().lock_index), (one.clone(), 1));
    assert!(!store.put_key(at(0), Put { release: Some(two.clone()), ..put("leader", "") }).unwrap());
    assert!(store.put_key(at(0), Put { release: Some(one), ..put("leader", "") }).unwrap());
    assert!(store.put_key(at(0), lock("leader", &two)).unwrap(), "who lets go leaves no delay");
    assert_eq!(store.key("leader").unwrap().lock_index, 2);
    assert_eq!(store.put_key(at(0), lock("leader", "gone")).unwrap_err().status, 500);
}

#[test]
fn the_lock_of_one_who_vanished_stays_closed_for_a_while() {
    let mut store = store();
    let (one, two) =
        (session(&mut store, at(0), "one", "10s", ""), session(&mut store, at(0), "two", "", ""));
    assert!(store.put_key(at(0), lock("leader", &one)).unwrap());
    assert!(store.renew_session(at(9), &one).is_some());
    store.tick(at(28));
    assert_eq!(holder(&store, "leader"), one);
    store.take_touched();
    store.tick(at(29));
    assert_eq!(holder(&store, "leader"), "", "twice the TTL after the last renewal");
    assert!(store.take_touched().contains(&Topic::Key("leader".to_owned())));
    assert!(store.renew_session(at(29), &one).is_none());
    assert!(!store.put_key(at(43), lock("leader", &two)).unwrap(), "15 s are the default");
    assert!(store.put_key(at(44), lock("leader", &two)).unwrap());
}

#[test]
fn keys_go_with_a_session_that_says_so() {
    let mut store = store();
    let one = session(&mut store, at(0), "one", "", "delete");
    assert!(store.put_key(at(0), lock("leader", &one)).unwrap());
    assert!(store.destroy_session(at(1), &one));
    assert!(store.key("leader").is_none());
    assert!(!store.destroy_session(at(1), &one));
}

#[test]
fn a_session_ends_with_a_check_that_it_depends_on() {
    let mut store = store();
    store.register_service(at(0), instance("web-1", "web"), vec![ttl(10)], false);
    let spec = || SessionSpec {
        id: "one".to_owned(),
        node_checks: Some(vec!["service:web-1".to_owned()]),
        ..SessionSpec::default()
    };
    assert!(store.create_session(at(0), spec()).unwrap_err().text.contains("critical"));
    store.update_check(at(0), "service:web-1", Status::Passing, "").unwrap();
    let one = store.create_session(at(0), spec()).unwrap();
    assert!(store.put_key(at(0), lock("leader", &one)).unwrap());
    store.tick(at(10));
    assert!(store.session(&one).is_none());
    assert_eq!(holder(&store, "leader"), "");
}

#[test]
fn the_terms_of_a_session_have_bounds() {
    let mut store = store();
    let refused = |store: &mut Store, spec: SessionSpec| store.create_session(at(0), spec).unwrap_err().text;
    let spec = SessionSpec::default;
    assert_eq!(
        refused(&mut store, SessionSpec { ttl: "5s".to_owned(), ..spec() }),
        "Invalid Session TTL '5000000000', must be between [10s=24h0m0s]"
    );
    assert_eq!(
        refused(&mut store, SessionSpec { behavior: "zap".to_owned(), ..spec() }),
        "Invalid Behavior setting 'zap'"
    );
    assert_eq!(
        refused(&mut store, SessionSpec { node: "gone".to_owned(), ..spec() }),
        "Missing node registration"
    );
    let node_checks = Some(vec!["x".to_owned()]);
    assert_eq!(refused(&mut store, SessionSpec { node_checks, ..spec() }), "Missing check 'x' registration");
}

#[test]
fn a_transaction_is_done_whole_or_not_at_all() {
    let mut store = store();
    let one = session(&mut store, at(0), "one", "", "");
    store.put_key(at(0), put("old", "1")).unwrap();
    let of = |verb, key: &str| Operation {
        verb,
        key: key.to_owned(),
        value: b"v".to_vec(),
        ..Operation::default()
    };
    let take = Operation { session: one, ..of(Verb::Lock, "leader") };
    let stale = Operation { index: 1, ..of(Verb::Cas, "old") };
    let before: Vec<_> = store.keys_below("").cloned().collect();
    store.take_records();
    let errors = store
        .transact(at(0), &[take.clone(), of(Verb::Set, "new"), of(Verb::DeleteTree, ""), stale])
        .unwrap_err();
    assert_eq!(errors.iter().map(|error| error.position).collect::<Vec<_>>(), [3]);
    assert_eq!(store.keys_below("").cloned().collect::<Vec<_>>(), before);
    let records = store.take_records();
    assert!(records.iter().all(|record| matches!(record, Record::Index(_))), "{records:?}");
    let results = store.transact(at(0), &[take, of(Verb::Set, "new"), of(Verb::Get, "new")]).unwrap();
    let indexes: Vec<Index> = results.iter().map(|result| result.entry.modified).collect();
    assert!(indexes.iter().all(|index| *index == indexes[0]), "one index for all: {indexes:?}");
    assert_eq!(results.iter().map(|result| result.shows_value).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(holder(&store, "leader"), "one");
}
