//! Registrar and watcher against a real Consul that is killed, wiped, reloaded or stopped.

use crate::agent::Agent;
use crate::consul_watcher::follow;
use crate::rig::{Log, check, present, run, service, until};
use gyropilot_catalog::Registrar;
use gyropilot_model::{Compat, Event, Status};
use rustix::process::Signal;
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_killed_and_wiped_agent_has_everything_again_within_a_second() {
    run(async {
        let mut agent = Agent::start(&[]).await;
        let (log, watch_log, web) = (Log::default(), Log::default(), service("wiped-h1", 60));
        let registrar = Registrar::new(agent.client(), web.clone(), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        registrar.settle(5 * SECOND).await.unwrap();
        let (_watcher, snapshots) = follow(agent.client(), "wiped", &watch_log);
        until("first snapshot", || snapshots.borrow().len() == 1).await;

        agent.kill();
        until("the loss is seen", || log.count(|e| matches!(e, Event::CatalogUnavailable { .. })) == 1).await;
        assert_eq!(snapshots.borrow().len(), 1, "nothing is invented while it is away");
        agent.launch();
        until("contact", || log.count(|e| matches!(e, Event::CatalogAvailable { .. })) == 1).await;
        let contact = Instant::now();
        until("registered again", || log.registered() == 2).await;
        assert!(contact.elapsed() < SECOND, "{:?}", contact.elapsed());
        agent.ready().await;
        until("the watch has it", || {
            snapshots.borrow().last().is_some_and(|(_, snapshot)| snapshot.len() == 1)
                && watch_log.count(|e| matches!(e, Event::CatalogAvailable { .. })) == 1
        })
        .await;
        assert_eq!(check(&*agent.client(), &web).await.unwrap().0, "passing");
        let again = log.count(
            |event| matches!(event, Event::Registered { again: Some(why), .. } if why.contains("no longer") || why.contains("TTL")),
        );
        assert_eq!(again, 1, "{:?}", log.all());
    });
}

#[test]
fn a_reload_that_drops_services_is_healed_by_the_next_heartbeat() {
    run(async {
        let agent = Agent::start(&[]).await;
        let (consul, log, web) = (agent.client(), Log::default(), service("reloaded-h1", 3));
        let registrar = Registrar::new(agent.client(), web.clone(), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        registrar.settle(5 * SECOND).await.unwrap();
        agent.signal(Signal::HUP);
        until("registered again", || log.registered() == 2).await;
        assert_eq!(check(&*consul, &web).await.unwrap().0, "passing");
    });
}

#[test]
fn a_stopped_agent_cannot_hold_a_withdrawal() {
    run(async {
        let agent = Agent::start(&[]).await;
        let (log, web) = (Log::default(), service("stopped-h1", 30));
        let registrar = Registrar::new(agent.client(), web.clone(), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        registrar.settle(5 * SECOND).await.unwrap();

        agent.freeze().await;
        let begun = Instant::now();
        let unsettled = registrar.withdraw(2 * SECOND).await.unwrap_err();
        assert!(begun.elapsed() < 3 * SECOND, "{:?}", begun.elapsed());
        assert_eq!(unsettled.reason, "no answer within 1s");
        assert_eq!(log.count(|event| matches!(event, Event::DeregistrationUnconfirmed { .. })), 1);

        // The wish stands: it is carried out when the agent is back.
        agent.signal(Signal::CONT);
        registrar.settle(10 * SECOND).await.unwrap();
        assert_eq!(check(&*agent.client(), &web).await, None);
    });
}

#[test]
fn a_withdrawal_from_an_agent_that_is_gone_says_so_in_time() {
    run(async {
        let mut agent = Agent::start(&[]).await;
        let registrar =
            Registrar::new(agent.client(), service("gone-h1", 30), Compat::default(), Log::default().sink());
        registrar.set(present(Status::Passing));
        registrar.settle(5 * SECOND).await.unwrap();
        agent.kill();
        let begun = Instant::now();
        let unsettled = registrar.withdraw(SECOND).await.unwrap_err();
        assert!(begun.elapsed() < 2 * SECOND);
        assert!(unsettled.reason.contains("cannot connect"), "{unsettled}");
    });
}

#[test]
fn a_registration_that_is_not_permitted_is_said_with_consuls_own_words() {
    run(async {
        let acl = "acl {\n enabled = true\n default_policy = \"deny\"\n}";
        let agent = Agent::start(&["-hcl", acl]).await;
        let log = Log::default();
        let registrar = Registrar::new(agent.client(), service("acl-h1", 30), Compat::default(), log.sink());
        registrar.set(present(Status::Passing));
        let unsettled = registrar.settle(SECOND).await.unwrap_err();
        assert!(unsettled.reason.contains("403: Permission denied"), "{unsettled}");
        assert_eq!((log.registered(), log.all().len()), (0, 1));
    });
}
