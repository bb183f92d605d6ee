//! Answers of Consuls that are not at hand: older, newer, or hiding things.

use crate::double::{Does, Double};
use crate::rig::{Log, instances_of, present, run, service, until};
use gyropilot_catalog::{Catalog, Read, Registrar, ServiceQuery, Watcher};
use gyropilot_model::{Compat, Event, Status};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn ok() -> Does {
    Does::Answers(200, "", String::new())
}

#[test]
fn every_wording_of_an_unknown_check_leads_to_a_registration() {
    run(async {
        for (status, text) in [
            (500, "CheckID \"web-h1\" does not have associated TTL"),
            (404, "Unknown check ID \"web-h1\". Ensure that the check ID is passed, not the check name."),
            (
                404,
                "Unknown service ID \"web-h1\". Ensure that the service ID is passed, not the service name.",
            ),
        ] {
            let known = Rc::new(Cell::new(true));
            let double = {
                let known = known.clone();
                Double::serve(move |asked| {
                    if asked.line.contains("/register") {
                        known.set(true);
                    } else if !known.get() {
                        return Does::Answers(status, "", text.to_owned());
                    }
                    ok()
                })
                .await
            };
            let log = Log::default();
            let registrar =
                Registrar::new(double.client(), service("web-h1", 1), Compat::default(), log.sink());
            registrar.set(present(Status::Passing));
            registrar.settle(5 * SECOND).await.unwrap();
            known.set(false);
            until("registered again", || log.registered() == 2).await;
            assert_eq!(log.all().len(), 2, "{:?}", log.all());
        }
    });
}

#[test]
fn a_catalogue_that_denies_what_it_registers_is_no_busy_loop() {
    run(async {
        let double = Double::serve(|asked| match asked.line.contains("/register") {
            true => ok(),
            false => Does::Answers(404, "", "Unknown check ID \"web-h1\"".to_owned()),
        })
        .await;
        let log = Log::default();
        let registrar = Registrar::new(double.client(), service("web-h1", 30), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        assert!(registrar.settle(SECOND).await.is_err());
        assert!(double.lines().len() < 30, "{:?}", double.lines());
        assert_eq!(log.count(|event| matches!(event, Event::CatalogUnavailable { .. })), 1);
        assert_eq!(log.count(|event| matches!(event, Event::CatalogAvailable { .. })), 0);
    });
}

#[test]
fn an_agent_without_check_update_is_told_the_old_way() {
    run(async {
        let double = Double::serve(|asked| match asked.line.contains("/check/update/") {
            true => Does::Answers(404, "", "404 page not found\n".to_owned()),
            false => ok(),
        })
        .await;
        let consul = double.client();
        for status in [Status::Passing, Status::Warning, Status::Critical] {
            consul.update("web/h 1", status, "it is so").await.unwrap();
        }
        assert_eq!(
            double.lines(),
            [
                "PUT /v1/agent/check/update/web%2Fh%201",
                "PUT /v1/agent/check/pass/web%2Fh%201?note=it%20is%20so",
                "PUT /v1/agent/check/warn/web%2Fh%201?note=it%20is%20so",
                "PUT /v1/agent/check/fail/web%2Fh%201?note=it%20is%20so",
            ]
        );
    });
}

#[test]
fn an_agent_without_single_services_is_asked_for_all() {
    run(async {
        let double = Double::serve(|asked| match asked.line.as_str() {
            "GET /v1/agent/services" => {
                Does::Answers(200, "", r#"{"a":{"ID":"a","Service":"x","Port":1}}"#.to_owned())
            }
            _ => Does::Answers(404, "", String::new()),
        })
        .await;
        let consul = double.client();
        assert_eq!(consul.registration("a").await.unwrap().unwrap().port, 1);
        assert_eq!(consul.registration("b").await.unwrap(), None);
        assert_eq!(double.lines().len(), 3, "the missing endpoint is asked once");
    });
}

#[test]
fn the_newer_refusal_to_deregister_the_unknown_is_done() {
    run(async {
        let text = "Unknown service ID \"x\". Ensure that the service ID is passed, not the service name.";
        let double = Double::serve(move |_| Does::Answers(404, "", text.to_owned())).await;
        double.client().deregister("x").await.unwrap();
    });
}

#[test]
fn the_registration_on_the_wire() {
    run(async {
        let double = Double::serve(|_| ok()).await;
        let mut web = service("web-h1", 25);
        double.client().register(&web, Status::Passing).await.unwrap();
        web.tags.clear();
        web.enable_tag_override = true;
        web.deregister_critical_after = Some("90m".to_owned());
        double.client().register(&web, Status::Maintenance).await.unwrap();
        let asked = double.asked.borrow().clone();
        assert_eq!(asked[0].line, "PUT /v1/agent/service/register");
        assert_eq!(
            asked[0].body,
            concat!(
                r#"{"ID":"web-h1","Name":"web","Tags":["b","a"],"Address":"10.0.0.5","Port":8080,"#,
                r#""Check":{"CheckID":"web-h1","Name":"web-h1","Status":"passing","#,
                r#""Notes":"TTL for web set by containerpilot","TTL":"25s"}}"#
            )
        );
        assert_eq!(
            asked[1].body,
            concat!(
                r#"{"ID":"web-h1","Name":"web","Address":"10.0.0.5","Port":8080,"EnableTagOverride":true,"#,
                r#""Check":{"CheckID":"web-h1","Name":"web-h1","Status":"critical","#,
                r#""Notes":"TTL for web set by containerpilot","TTL":"25s","DeregisterCriticalServiceAfter":"90m"}}"#
            )
        );
    });
}

#[test]
fn reads_on_the_wire() {
    run(async {
        let double = Double::serve(|_| Does::Answers(200, "", "null".to_owned())).await;
        let consul = double.client();
        let query = ServiceQuery {
            name: "a/b".to_owned(),
            tags: vec!["x".to_owned(), "y&z".to_owned()],
            near: Some("_agent".to_owned()),
            passing: true,
        };
        let read = Read { index: Some(7), wait: 3 * SECOND, datacenter: Some("dc2".to_owned()), stale: true };
        consul.instances(&query, &read).await.unwrap();
        consul.tree("/app/", &Read::default()).await.unwrap();
        consul.keys("app/", Some('/'), &Read::default()).await.unwrap();
        assert_eq!(
            double.lines(),
            [
                "GET /v1/health/service/a%2Fb?passing=1&tag=x&tag=y%26z&near=_agent&dc=dc2&stale=&index=7&wait=3000ms",
                "GET /v1/kv/app/?recurse=",
                "GET /v1/kv/app/?keys=&separator=%2F",
            ]
        );
    });
}

#[test]
fn what_the_headers_say_of_an_answer() {
    run(async {
        let headers = concat!(
            "x-consul-index: 0\r\nx-consul-knownleader: false\r\nx-consul-lastcontact: 12731\r\n",
            "x-consul-results-filtered-by-acls: true\r\n"
        );
        let double = Double::serve(move |_| Does::Answers(200, headers, "[]".to_owned())).await;
        let meta = double.client().nodes(None, &Read::default()).await.unwrap().meta;
        assert_eq!(meta.index, Some(1), "blocking on 0 does not block");
        assert!(!meta.known_leader && meta.filtered_by_acls);
        assert_eq!(meta.last_contact, Duration::from_millis(12731));
    });
}

#[test]
fn answers_hidden_by_acls_are_said_by_the_watch() {
    run(async {
        let headers = "x-consul-index: 5\r\nx-consul-results-filtered-by-acls: true\r\n";
        let double = Double::serve(move |asked| match asked.line.contains("index=") {
            true => Does::Hangs,
            false => Does::Answers(200, headers, "[]".to_owned()),
        })
        .await;
        let log = Log::default();
        let _watcher = Watcher::new(double.client(), instances_of("web"), 10 * SECOND, log.sink(), drop);
        until("it waits with the index", || double.lines().len() == 2).await;
        assert_eq!(double.lines()[1], "GET /v1/health/service/web?passing=1&index=5&wait=10000ms");
        let doubts = log.count(
            |event| matches!(event, Event::CatalogDoubtful { reason, .. } if reason.contains("token")),
        );
        assert_eq!(doubts, 1);
    });
}

#[test]
fn an_index_with_a_failure_is_never_asked_with() {
    run(async {
        let turn = Rc::new(Cell::new(0));
        let double = Double::serve(move |_| {
            turn.set(turn.get() + 1);
            match turn.get() {
                1 => Does::Answers(200, "x-consul-index: 40\r\n", "[]".to_owned()),
                2 => Does::Answers(500, "x-consul-index: 1\r\n", "rpc error".to_owned()),
                3 => Does::Answers(200, "x-consul-index: 41\r\n", "[]".to_owned()),
                _ => Does::Hangs,
            }
        })
        .await;
        let _watcher =
            Watcher::new(double.client(), instances_of("web"), 10 * SECOND, Log::default().sink(), drop);
        until("four requests", || double.lines().len() == 4).await;
        let asked: Vec<_> = double
            .lines()
            .iter()
            .map(|line| line.replace("GET /v1/health/service/web?passing=1", ""))
            .collect();
        assert_eq!(asked, ["", "&index=40&wait=10000ms", "", "&index=41&wait=10000ms"]);
    });
}

#[test]
fn servers_without_a_leader_are_asked_for_what_they_have() {
    run(async {
        let double = Double::serve(|asked| {
            if !asked.line.contains("stale=") {
                return Does::Answers(500, "", "rpc error making call: No cluster leader".to_owned());
            }
            match asked.line.contains("index=") {
                true => Does::Hangs,
                false => Does::Answers(
                    200,
                    "x-consul-index: 9\r\nx-consul-knownleader: false\r\n",
                    "[]".to_owned(),
                ),
            }
        })
        .await;
        let log = Log::default();
        let _watcher = Watcher::new(double.client(), instances_of("web"), 10 * SECOND, log.sink(), drop);
        until("it waits for a stale answer", || double.lines().len() == 3).await;
        let asked: Vec<_> = double
            .lines()
            .iter()
            .map(|line| line.replace("GET /v1/health/service/web?passing=1", ""))
            .collect();
        assert_eq!(asked, ["", "&stale=", "&stale=&index=9&wait=10000ms"]);
        assert!(
            matches!(&log.all()[..], [Event::CatalogDoubtful { reason, .. }] if reason.contains("no leader"))
        );
    });
}
