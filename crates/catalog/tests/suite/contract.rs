//! What every catalogue does alike: the same programme over the real Consul,
//! the embedded catalogue and the simulated one.

use crate::agent::{Agent, on_gyropilot};
use crate::rig::{check, run, run_paused, service};
use gyropilot_catalog::simulated::Simulated;
use gyropilot_catalog::{Catalog, Read, ServiceQuery};
use gyropilot_model::Status;
use std::rc::Rc;
use std::time::Duration;

async fn services_come_and_go(catalog: &dyn Catalog) {
    let web = service("contract-h1", 60);
    assert_eq!(catalog.registration(&web.id).await.unwrap(), None);
    assert!(catalog.update(&web.id, Status::Passing, "x").await.unwrap_err().is_unknown_id());

    catalog.register(&web, Status::Passing).await.unwrap();
    assert_eq!(check(catalog, &web).await.unwrap().0, "passing");
    let record = catalog.registration(&web.id).await.unwrap().unwrap();
    assert_eq!((record.name.as_str(), record.address.as_str(), record.port), ("contract", "10.0.0.5", 8080));
    assert_eq!(record.tags, ["b", "a"]);

    catalog.update(&web.id, Status::Critical, "it broke").await.unwrap();
    assert_eq!(check(catalog, &web).await.unwrap(), ("critical".to_owned(), "it broke".to_owned()));
    assert!(
        catalog
            .instances(&ServiceQuery::passing("contract"), &Read::default())
            .await
            .unwrap()
            .value
            .is_empty()
    );

    // A check keeps its status when its service is registered once more.
    catalog.register(&web, Status::Passing).await.unwrap();
    assert_eq!(check(catalog, &web).await.unwrap().0, "critical");
    catalog.update(&web.id, Status::Maintenance, "").await.unwrap();
    assert_eq!(check(catalog, &web).await.unwrap().0, "critical");
    catalog.update(&web.id, Status::Passing, "ok").await.unwrap();

    let tagged = |tags: &[&str]| ServiceQuery {
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        ..ServiceQuery::passing("contract")
    };
    for (tags, found) in [(vec!["a"], 1), (vec!["a", "b"], 1), (vec!["a", "c"], 0)] {
        let answer = catalog.instances(&tagged(&tags), &Read::default()).await.unwrap();
        assert_eq!(answer.value.len(), found, "{tags:?}");
    }
    let instance =
        catalog.instances(&tagged(&[]), &Read::default()).await.unwrap().value[0].instance().unwrap();
    assert_eq!(
        (instance.address.as_str(), instance.port, instance.status),
        ("10.0.0.5", 8080, Status::Passing)
    );
    assert_eq!(instance.tags, ["a", "b"], "sorted");

    let services = catalog.services(&Read::default()).await.unwrap().value;
    assert_eq!(services["contract"], ["a", "b"]);
    assert!(services.contains_key("consul"));

    catalog.deregister(&web.id).await.unwrap();
    catalog.deregister(&web.id).await.unwrap();
    assert_eq!(catalog.registration(&web.id).await.unwrap(), None);
    assert_eq!(check(catalog, &web).await, None);
}

async fn a_waiting_read_wakes_on_change(catalog: Rc<dyn Catalog>) {
    let web = service("waits-h1", 60);
    let query = ServiceQuery::passing("waits");
    let index = catalog.instances(&query, &Read::default()).await.unwrap().meta.index;
    assert!(index.is_some_and(|index| index > 0));
    let read = Read { index, wait: Duration::from_secs(30), ..Read::default() };
    let waiting = {
        let (catalog, query) = (catalog.clone(), query.clone());
        tokio::task::spawn_local(async move { catalog.instances(&query, &read).await.unwrap() })
    };
    catalog.register(&web, Status::Passing).await.unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("woken").unwrap();
    assert_eq!(answer.value.len(), 1);
    assert!(answer.meta.index > index);

    // Nothing changes: the wait ends with the same index.
    let read = Read { index: answer.meta.index, wait: Duration::from_millis(50), ..Read::default() };
    let again = catalog.instances(&query, &read).await.unwrap();
    assert_eq!(again.meta.index, answer.meta.index);
    catalog.deregister(&web.id).await.unwrap();
}

async fn keys_are_read_and_waited_for(catalog: Rc<dyn Catalog>) {
    let missing = catalog.key("contract/absent", &Read::default()).await.unwrap();
    assert_eq!(missing.value, None);
    assert!(missing.meta.index.is_some(), "a missing key can be waited for");
    let read = Read { index: missing.meta.index, wait: Duration::from_secs(30), ..Read::default() };
    let waiting = {
        let catalog = catalog.clone();
        tokio::task::spawn_local(async move { catalog.key("/contract/a b", &read).await.unwrap() })
    };
    catalog.put("/contract/a b", &[0, 159, 255]).await.unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("woken").unwrap();
    let pair = answer.value.unwrap();
    assert_eq!((pair.key.as_str(), pair.value.as_slice()), ("contract/a b", &[0, 159, 255][..]));

    catalog.put("contract/dir/x", b"").await.unwrap();
    catalog.put("contract/dir/y", b"y").await.unwrap();
    let tree = catalog.tree("contract/", &Read::default()).await.unwrap().value;
    let found: Vec<_> = tree.iter().map(|pair| (pair.key.as_str(), pair.value.len())).collect();
    assert_eq!(found, [("contract/a b", 3), ("contract/dir/x", 0), ("contract/dir/y", 1)]);
    let keys = catalog.keys("contract/", None, &Read::default()).await.unwrap().value;
    assert_eq!(keys, ["contract/a b", "contract/dir/x", "contract/dir/y"]);
    let folders = catalog.keys("contract/", Some('/'), &Read::default()).await.unwrap().value;
    assert_eq!(folders, ["contract/a b", "contract/dir/"]);
    for key in ["contract/a b", "contract/dir/x", "contract/dir/y", "contract/dir/y"] {
        catalog.delete(key).await.unwrap();
    }
    assert!(catalog.tree("contract/", &Read::default()).await.unwrap().value.is_empty());
    assert!(catalog.keys("contract/", None, &Read::default()).await.unwrap().value.is_empty());
}

async fn a_key_is_written_unless_somebody_else_did(catalog: &dyn Catalog) {
    assert!(catalog.compare_and_set("contract/cas", b"1", 0).await.unwrap());
    assert!(!catalog.compare_and_set("contract/cas", b"2", 0).await.unwrap(), "it is there");
    let pair = catalog.key("contract/cas", &Read::default()).await.unwrap().value.unwrap();
    assert!(catalog.compare_and_set("/contract/cas", b"3", pair.modify_index).await.unwrap());
    assert!(!catalog.compare_and_set("contract/cas", b"4", pair.modify_index).await.unwrap(), "it changed");
    let pair = catalog.key("contract/cas", &Read::default()).await.unwrap().value.unwrap();
    assert_eq!(pair.value, b"3");
    catalog.put("contract/cast", b"").await.unwrap();
    catalog.put("contract/other", b"").await.unwrap();
    catalog.delete_tree("/contract/cas").await.unwrap();
    catalog.delete_tree("contract/cas").await.unwrap();
    let keys = catalog.keys("contract/", None, &Read::default()).await.unwrap().value;
    assert_eq!(keys, ["contract/other"]);
    catalog.delete("contract/other").await.unwrap();
}

async fn nodes_and_datacentres_are_named(catalog: &dyn Catalog) {
    let agent = catalog.agent().await.unwrap().value;
    assert_eq!((agent.datacenter.as_str(), agent.address.as_str()), ("dc1", "127.0.0.1"));
    assert_eq!(catalog.datacenters().await.unwrap().value, ["dc1"]);
    let nodes = catalog.nodes(Some("_agent"), &Read::default()).await.unwrap().value;
    assert_eq!(nodes.len(), 1);
    assert_eq!((nodes[0].name.as_str(), nodes[0].address.as_str()), (agent.node_name.as_str(), "127.0.0.1"));
    let node = catalog.node(&agent.node_name, &Read::default()).await.unwrap().value.unwrap();
    assert_eq!(node.node.name, agent.node_name);
    assert_eq!(catalog.node("nobody", &Read::default()).await.unwrap().value, None);

    let elsewhere = Read { datacenter: Some("nowhere".to_owned()), ..Read::default() };
    let error = catalog.services(&elsewhere).await.unwrap_err();
    assert!(error.to_string().contains("No path to datacenter"), "{error}");
}

async fn a_service_without_a_word_becomes_critical(catalog: &dyn Catalog) {
    let web = service("silent-h1", 1);
    catalog.register(&web, Status::Passing).await.unwrap();
    let query = ServiceQuery::passing("silent");
    let before = catalog.instances(&query, &Read::default()).await.unwrap();
    assert_eq!(before.value.len(), 1);
    let read = Read { index: before.meta.index, wait: Duration::from_secs(30), ..Read::default() };
    let after = tokio::time::timeout(Duration::from_secs(10), catalog.instances(&query, &read)).await;
    assert!(after.expect("woken").unwrap().value.is_empty());
    assert_eq!(check(catalog, &web).await.unwrap(), ("critical".to_owned(), "TTL expired".to_owned()));
    catalog.deregister(&web.id).await.unwrap();
}

async fn whole(catalog: Rc<dyn Catalog>) {
    services_come_and_go(&*catalog).await;
    a_waiting_read_wakes_on_change(catalog.clone()).await;
    keys_are_read_and_waited_for(catalog.clone()).await;
    a_key_is_written_unless_somebody_else_did(&*catalog).await;
    nodes_and_datacentres_are_named(&*catalog).await;
    a_service_without_a_word_becomes_critical(&*catalog).await;
}

#[test]
fn the_simulated_catalogue_keeps_the_contract() {
    run_paused(whole(Rc::new(Simulated::new())));
}

#[test]
fn consul_keeps_the_contract() {
    run(async { whole(Agent::shared().await.client()).await });
}

#[test]
fn the_embedded_catalogue_keeps_the_contract() {
    run(on_gyropilot(whole));
}
