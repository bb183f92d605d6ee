//! How a service of the jobs generation is registered: in the words of
//! ContainerPilot 3, with what it did not have, and in place of what version 2 left.

use crate::agent::{Agent, on_gyropilot};
use crate::double::{Does, Double};
use crate::rig::{Log, pass, present, run, run_paused, service, until};
use gyropilot_catalog::simulated::Simulated;
use gyropilot_catalog::{Catalog, Read, Registrar, ServiceQuery};
use gyropilot_model::{Compat, Event, Service, Status, Weights};
use std::rc::Rc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn job(id: &str, ttl: u64) -> Service {
    Service { check_id: format!("service:{id}"), tags: vec![], ..service(id, ttl) }
}

fn with_extras(id: &str) -> Service {
    Service {
        meta: [("version".to_owned(), "7".to_owned())].into(),
        weights: Some(Weights { passing: 10, warning: 1 }),
        tagged_addresses: [("wan".to_owned(), ("198.51.100.7".to_owned(), 80))].into(),
        ..job(id, 60)
    }
}

async fn registered(catalog: Rc<dyn Catalog>, service: Service, log: &Log) -> Registrar {
    let registrar = Registrar::new(catalog, service, Compat::default(), log.sink());
    registrar.set(present(Status::Passing));
    registrar.settle(10 * SECOND).await.unwrap();
    registrar
}

/// The checks of a service's own, by id.
async fn checks(catalog: &dyn Catalog, service: &Service) -> Vec<(String, String)> {
    let query = ServiceQuery { name: service.name.clone(), ..ServiceQuery::default() };
    let entries = catalog.instances(&query, &Read::default()).await.unwrap().value;
    let checks = entries.into_iter().flat_map(|entry| entry.checks);
    checks.filter(|check| check.service_id == service.id).map(|check| (check.id, check.status)).collect()
}

#[test]
fn the_body_is_that_of_containerpilot_3() {
    run(async {
        let double = Double::serve(|_| Does::Answers(200, "", String::new())).await;
        let service = Service {
            deregister_critical_after: Some("10m".to_owned()),
            enable_tag_override: true,
            tags: vec!["a".to_owned()],
            ..job("web-h1", 15)
        };
        let _registrar = registered(double.client(), service, &Log::default()).await;
        assert_eq!(
            double.asked.borrow()[0].body,
            r#"{"ID":"web-h1","Name":"web","Tags":["a"],"Address":"10.0.0.5","Port":8080,"#.to_owned()
                + r#""EnableTagOverride":true,"#
                + r#""Check":{"Status":"passing","Notes":"TTL for web set by containerpilot","TTL":"15s","#
                + r#""DeregisterCriticalServiceAfter":"10m"}}"#
        );
        assert_eq!(
            double.lines(),
            [
                "PUT /v1/agent/service/register",
                "PUT /v1/agent/check/update/service:web-h1",
                "PUT /v1/agent/check/deregister/web-h1",
            ]
        );
    });
}

async fn a_check_of_version_2_does_not_stay(catalog: Rc<dyn Catalog>) {
    // An image with version 2 is replaced on the same host.
    let old = service("upgraded-h1", 60);
    catalog.register(&old, Status::Passing).await.unwrap();
    catalog.update(&old.check_id, Status::Critical, "nobody feeds it").await.unwrap();
    let (log, new) = (Log::default(), job("upgraded-h1", 60));
    let registrar = registered(catalog.clone(), new.clone(), &log).await;
    assert_eq!(checks(&*catalog, &new).await, [("service:upgraded-h1".to_owned(), "passing".to_owned())]);
    registrar.withdraw(5 * SECOND).await.unwrap();
}

async fn extras_are_kept(catalog: Rc<dyn Catalog>) {
    let (log, service) = (Log::default(), with_extras("extras-h1"));
    let registrar = registered(catalog.clone(), service.clone(), &log).await;
    let record = catalog.registration(&service.id).await.unwrap().unwrap();
    assert_eq!(record.meta, service.meta);
    assert_eq!((record.weights.passing, record.weights.warning), (10, 1));
    let wan = &record.tagged_addresses["wan"];
    assert_eq!((wan.address.as_str(), wan.port), ("198.51.100.7", 80));
    registrar.withdraw(5 * SECOND).await.unwrap();
    let id = service.id;
    assert_eq!(log.all(), [Event::Registered { id: id.clone(), again: None }, Event::Deregistered { id }]);
}

async fn whole(catalog: Rc<dyn Catalog>) {
    a_check_of_version_2_does_not_stay(catalog.clone()).await;
    extras_are_kept(catalog).await;
}

#[test]
fn the_simulated_catalogue_takes_it() {
    run_paused(whole(Rc::new(Simulated::new())));
}

#[test]
fn consul_takes_it() {
    run(async { whole(Agent::shared().await.client()).await });
}

#[test]
fn the_embedded_catalogue_takes_it() {
    run(on_gyropilot(whole));
}

#[test]
fn what_an_old_catalogue_refuses_is_left_out() {
    run(async {
        let double = Double::serve(|asked| {
            let text = "Request decode failed: json: unknown field \"Meta\"";
            match asked.body.contains("\"Meta\"") {
                true => Does::Answers(400, "", text.to_owned()),
                false => Does::Answers(200, "", String::new()),
            }
        })
        .await;
        let log = Log::default();
        let _registrar = registered(double.client(), with_extras("web-h1"), &log).await;
        let reduced = |event: &Event| {
            matches!(event, Event::RegistrationReduced { id, reason }
                if id == "web-h1" && reason.contains("unknown field"))
        };
        assert_eq!((log.count(reduced), log.registered()), (1, 1), "{:?}", log.all());
    });
}

#[test]
fn what_is_wrong_with_more_than_the_extras_is_told_as_it_is() {
    run(async {
        let double = Double::serve(|_| Does::Answers(403, "", "Permission denied".to_owned())).await;
        let log = Log::default();
        let registrar = Registrar::new(double.client(), with_extras("web-h1"), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        let told = |event: &Event| matches!(event, Event::CatalogUnavailable { reason, .. } if reason.contains("Permission denied"));
        until("a failure", || log.count(told) == 1).await;
        assert_eq!(log.all().len(), 1, "{:?}", log.all());
    });
}

#[test]
fn what_an_old_catalogue_ignores_is_missed_once() {
    run_paused(async {
        let (catalog, log) = (Rc::new(Simulated::new()), Log::default());
        let service = with_extras("web-h1");
        let _registrar = registered(catalog.clone(), service.clone(), &log).await;
        for _ in 0..10 {
            catalog.tamper(&service.id, |record| record.meta.clear());
            pass(70 * SECOND).await;
        }
        let reduced = log.count(|event| matches!(event, Event::RegistrationReduced { .. }));
        assert_eq!((reduced, log.registered()), (1, 2), "{:?}", log.all());
    });
}
