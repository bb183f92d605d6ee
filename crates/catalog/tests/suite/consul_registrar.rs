//! The registrar against a real Consul in good health.

use crate::agent::Agent;
use crate::rig::{Log, check, present, run, service, until};
use gyropilot_catalog::{Catalog, Registrar, ServiceQuery};
use gyropilot_model::{Compat, Event, Status};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_service_lives_and_leaves() {
    run(async {
        let consul = Agent::shared().await.client();
        let (log, mut web) = (Log::default(), service("lives-h1", 30));
        web.deregister_critical_after = Some("10m".to_owned());
        let registrar = Registrar::new(consul.clone(), web.clone(), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        registrar.settle(5 * SECOND).await.unwrap();
        assert_eq!(check(&*consul, &web).await.unwrap().0, "passing");
        registrar.set(present(Status::Critical));
        registrar.settle(5 * SECOND).await.unwrap();
        let expected = ("critical".to_owned(), "because it is critical".to_owned());
        assert_eq!(check(&*consul, &web).await.unwrap(), expected);
        registrar.withdraw(5 * SECOND).await.unwrap();
        assert_eq!(check(&*consul, &web).await, None);
        let id = web.id;
        assert_eq!(
            log.all(),
            [Event::Registered { id: id.clone(), again: None }, Event::Deregistered { id }]
        );
    });
}

#[test]
fn the_check_is_the_one_of_containerpilot_2() {
    run(async {
        let consul = Agent::shared().await.client();
        let (log, web) = (Log::default(), service("check-h1", 25));
        let registrar = Registrar::new(consul.clone(), web.clone(), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        registrar.settle(5 * SECOND).await.unwrap();
        let query = ServiceQuery { name: "check".to_owned(), ..ServiceQuery::default() };
        let entries = consul.instances(&query, &Default::default()).await.unwrap().value;
        let check = entries[0].checks.iter().find(|check| check.service_id == web.id).unwrap();
        assert_eq!((check.id.as_str(), check.name.as_str()), ("check-h1", "check-h1"));
        assert_eq!(check.notes, "TTL for check set by containerpilot");
        registrar.withdraw(5 * SECOND).await.unwrap();
    });
}

#[test]
fn it_is_never_seen_in_another_state_than_passing_while_it_registers() {
    run(async {
        let agent = Agent::shared().await;
        let web = service("atomic-h1", 30);
        let consul = agent.client();
        let query = ServiceQuery { name: web.name.clone(), ..ServiceQuery::default() };
        let mut index = consul.instances(&query, &Default::default()).await.unwrap().meta.index;
        let registrar = Registrar::new(agent.client(), web, Compat::default(), Log::default().sink());
        registrar.set(present(Status::Passing));
        let settled = tokio::task::spawn_local(registrar.settle(5 * SECOND));
        loop {
            let read = gyropilot_catalog::Read { index, wait: SECOND, ..Default::default() };
            let answer = consul.instances(&query, &read).await.unwrap();
            index = answer.meta.index;
            assert!(answer.value.iter().all(|entry| entry.status() == Status::Passing), "{:?}", answer.value);
            if !answer.value.is_empty() && settled.is_finished() {
                break;
            }
        }
        registrar.withdraw(5 * SECOND).await.unwrap();
    });
}

#[test]
fn heartbeats_outlive_a_short_ttl() {
    run(async {
        let agent = Agent::shared().await;
        let (consul, web) = (agent.client(), service("beats-h1", 1));
        let registrar = Registrar::new(agent.client(), web.clone(), Compat::default(), Log::default().sink());
        registrar.set(present(Status::Passing));
        registrar.settle(5 * SECOND).await.unwrap();
        // Whatever happens to it wakes this read; in three TTLs it is never away.
        let query = ServiceQuery::passing("beats");
        let mut seen = consul.instances(&query, &Default::default()).await.unwrap();
        let end = tokio::time::Instant::now() + 3 * SECOND;
        while let left = end.saturating_duration_since(tokio::time::Instant::now())
            && !left.is_zero()
        {
            // An agent that has only just started may move its index without any change to the service.
            assert_eq!(seen.value.len(), 1, "it was passing all the time");
            let read = gyropilot_catalog::Read { index: seen.meta.index, wait: left, ..Default::default() };
            seen = consul.instances(&query, &read).await.unwrap();
        }
        assert_eq!(seen.value.len(), 1);
        registrar.withdraw(5 * SECOND).await.unwrap();
    });
}

#[test]
fn what_somebody_else_deregisters_comes_back() {
    run(async {
        let agent = Agent::shared().await;
        let (consul, log, web) = (agent.client(), Log::default(), service("comesback-h1", 1));
        let registrar = Registrar::new(agent.client(), web.clone(), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        registrar.settle(5 * SECOND).await.unwrap();
        consul.deregister(&web.id).await.unwrap();
        until("registered again", || log.registered() == 2).await;
        assert_eq!(check(&*consul, &web).await.unwrap().0, "passing");
        registrar.withdraw(5 * SECOND).await.unwrap();
    });
}
