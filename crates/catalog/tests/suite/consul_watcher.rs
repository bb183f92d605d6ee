//! The watcher against a real Consul in good health.

use crate::agent::Agent;
use crate::rig::{Log, instances, instances_of, run, service, until};
use gyropilot_catalog::{Catalog, Watcher};
use gyropilot_model::{Instance, Status};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

type Snapshots = Rc<RefCell<Vec<(Instant, Vec<Instance>)>>>;

pub(crate) fn follow(catalog: Rc<dyn Catalog>, service: &str, log: &Log) -> (Watcher, Snapshots) {
    let snapshots = Snapshots::default();
    let sink = {
        let snapshots = snapshots.clone();
        move |seen| snapshots.borrow_mut().push((Instant::now(), instances(seen)))
    };
    let interval = Duration::from_secs(60);
    (Watcher::new(catalog, instances_of(service), interval, log.sink(), sink), snapshots)
}

#[test]
fn changes_arrive_in_milliseconds() {
    run(async {
        let agent = Agent::shared().await;
        let (consul, log) = (agent.client(), Log::default());
        let mut latencies = Vec::new();
        for batch in 0..25 {
            // A new watch each time: after ten changes in a row one is paced.
            let name = format!("latency{batch}");
            let web = service(&format!("{name}-h1"), 600);
            consul.register(&web, Status::Passing).await.unwrap();
            let (_watcher, snapshots) = follow(agent.client(), &name, &log);
            until("first snapshot", || snapshots.borrow().len() == 1).await;
            for turn in 0..8 {
                let status = if turn % 2 == 0 { Status::Critical } else { Status::Passing };
                let sent = Instant::now();
                consul.update(&web.id, status, "").await.unwrap();
                until("the change", || snapshots.borrow().len() == turn + 2).await;
                let (at, snapshot) = snapshots.borrow().last().unwrap().clone();
                assert_eq!(snapshot.is_empty(), turn % 2 == 0);
                latencies.push(at.duration_since(sent));
            }
            consul.deregister(&web.id).await.unwrap();
        }
        latencies.sort();
        let (p50, p99) = (latencies[100], latencies[198]);
        println!("change to snapshot: p50 {p50:?}, p99 {p99:?}, most {:?}", latencies[199]);
        assert!(p50 < Duration::from_millis(50), "{p50:?}");
        assert_eq!(log.all(), []);
    });
}

#[test]
fn a_change_elsewhere_wakes_nobody() {
    run(async {
        let agent = Agent::shared().await;
        let (consul, log) = (agent.client(), Log::default());
        let (_watcher, snapshots) = follow(agent.client(), "quiet", &log);
        until("first snapshot", || snapshots.borrow().len() == 1).await;
        let (other, quiet) = (service("noise-h1", 600), service("quiet-h1", 600));
        consul.register(&other, Status::Passing).await.unwrap();
        consul.register(&quiet, Status::Passing).await.unwrap();
        until("its own", || snapshots.borrow().len() == 2).await;
        assert_eq!(snapshots.borrow()[1].1[0].id, "quiet-h1");
        consul.deregister(&other.id).await.unwrap();
        consul.deregister(&quiet.id).await.unwrap();
        until("gone", || snapshots.borrow().len() == 3).await;
        assert!(snapshots.borrow()[2].1.is_empty());
    });
}
