//! What can be watched, and that no watch disturbs another: the same programme
//! over the real Consul and the simulated one.

use crate::agent::{Agent, on_gyropilot};
use crate::rig::{Log, run, run_paused, service, until};
use gyropilot_catalog::simulated::Simulated;
use gyropilot_catalog::{Catalog, Watcher};
use gyropilot_model::{Event, Seen, Status, WatchTarget};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

struct Watched {
    seen: Rc<RefCell<Vec<Seen>>>,
    _watcher: Watcher,
}

fn watch(catalog: &Rc<dyn Catalog>, target: WatchTarget, log: &Log) -> Watched {
    let seen: Rc<RefCell<Vec<Seen>>> = Rc::default();
    let sink = {
        let seen = seen.clone();
        move |new| seen.borrow_mut().push(new)
    };
    let watcher = Watcher::new(catalog.clone(), target, Duration::from_secs(60), log.sink(), sink);
    Watched { seen, _watcher: watcher }
}

fn of_service(name: &str, tag: Option<&str>, datacenter: Option<&str>) -> WatchTarget {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    WatchTarget::Service { name: name.to_owned(), tag: owned(tag), datacenter: owned(datacenter) }
}

fn keys(pairs: &[(&str, &[u8])]) -> Seen {
    Seen::Keys(pairs.iter().map(|(key, value)| ((*key).to_owned(), value.to_vec())).collect())
}

impl Watched {
    async fn becomes(&self, want: &Seen) {
        until(&format!("{want:?}"), || self.seen.borrow().last() == Some(want)).await;
    }

    /// The ids of the instances in each snapshot.
    fn ids(&self) -> Vec<Vec<String>> {
        let ids = |seen: &Seen| match seen {
            Seen::Instances(instances) => instances.iter().map(|instance| instance.id.clone()).collect(),
            Seen::Keys(keys) => panic!("keys of a service: {keys:?}"),
        };
        self.seen.borrow().iter().map(ids).collect()
    }
}

/// the original kept one memory a service name, so that two watches of one
/// service with other tags or datacentres told each other's changes.
async fn q_07_watches_of_one_service_are_independent(catalog: Rc<dyn Catalog>) {
    let log = Log::default();
    let all = watch(&catalog, of_service("kept", None, None), &log);
    let primary = watch(&catalog, of_service("kept", Some("primary"), None), &log);
    let here = watch(&catalog, of_service("kept", Some("primary"), Some("dc1")), &log);
    for watched in [&all, &primary, &here] {
        watched.becomes(&Seen::Instances(vec![])).await;
    }
    let plain = service("kept-a", 600);
    let tagged = gyropilot_model::Service { tags: vec!["primary".to_owned()], ..service("kept-b", 600) };
    catalog.register(&plain, Status::Passing).await.unwrap();
    until("the plain one", || all.ids().last().is_some_and(|ids| ids == &["kept-a"])).await;
    catalog.register(&tagged, Status::Passing).await.unwrap();
    until("both", || all.ids().last().is_some_and(|ids| ids == &["kept-a", "kept-b"])).await;
    for narrow in [&primary, &here] {
        until("the tagged one", || narrow.ids().len() == 2).await;
        assert_eq!(narrow.ids()[1], ["kept-b"]);
    }
    catalog.deregister(&plain.id).await.unwrap();
    until("only one left", || all.ids().last().is_some_and(|ids| ids == &["kept-b"])).await;
    assert_eq!((primary.ids().len(), here.ids().len()), (2, 2), "no word of another's change");
    catalog.deregister(&tagged.id).await.unwrap();

    let elsewhere = watch(&catalog, of_service("kept", None, Some("nowhere")), &log);
    until("no such datacentre", || {
        log.count(|event| {
            matches!(event, Event::CatalogUnavailable { request, .. }
                if request == "watch of service kept (datacentre nowhere)")
        }) == 1
    })
    .await;
    assert!(elsewhere.seen.borrow().is_empty());
}

async fn keys_are_watched(catalog: Rc<dyn Catalog>) {
    let log = Log::default();
    let key = WatchTarget::Key { key: "watched/one".to_owned(), datacenter: None };
    let prefix = WatchTarget::Prefix { prefix: "watched/".to_owned(), datacenter: None };
    let (one, all) = (watch(&catalog, key, &log), watch(&catalog, prefix, &log));
    one.becomes(&keys(&[])).await;
    all.becomes(&keys(&[])).await;

    catalog.put("watched/one", b"1").await.unwrap();
    one.becomes(&keys(&[("watched/one", b"1")])).await;
    all.becomes(&keys(&[("watched/one", b"1")])).await;
    catalog.put("watched/two", &[0, 255]).await.unwrap();
    all.becomes(&keys(&[("watched/one", b"1"), ("watched/two", &[0, 255])])).await;
    assert_eq!(one.seen.borrow().len(), 2, "another key is not its own");

    // The same value written once more is no change.
    catalog.put("watched/one", b"1").await.unwrap();
    catalog.put("watched/one", b"2").await.unwrap();
    one.becomes(&keys(&[("watched/one", b"2")])).await;
    assert_eq!(one.seen.borrow().len(), 3);
    catalog.delete("watched/one").await.unwrap();
    one.becomes(&keys(&[])).await;
    all.becomes(&keys(&[("watched/two", &[0, 255])])).await;
    catalog.delete("watched/two").await.unwrap();
    all.becomes(&keys(&[])).await;
    assert_eq!(log.all(), []);
}

async fn whole(catalog: Rc<dyn Catalog>) {
    q_07_watches_of_one_service_are_independent(catalog.clone()).await;
    keys_are_watched(catalog).await;
}

#[test]
fn the_simulated_catalogue_is_watched() {
    run_paused(whole(Rc::new(Simulated::new())));
}

#[test]
fn consul_is_watched() {
    run(async { whole(Agent::shared().await.client()).await });
}

#[test]
fn the_embedded_catalogue_is_watched() {
    run(on_gyropilot(whole));
}
