//! The client of this room.

use crate::alone;
use crate::pilot::{Pilot, desk};
use gyropilot_control::{Client, ClientError, ControlServer, Request};
use gyropilot_model::{Control, Order};
use std::collections::BTreeMap;

#[test]
fn everything_can_be_asked() {
    alone(async {
        let pilot = Pilot::new().await;
        let client = pilot.client();
        client.ping().await.unwrap();
        assert!(client.status().await.unwrap().maintenance);
        assert_eq!(client.why("a/b c").await.unwrap().summary, "it waits");
        assert_eq!(client.graph().await.unwrap().len(), 1);
        assert!(client.plan().await.unwrap().is_object());
        let stop = Order::Stop { job: "web".into() };
        assert_eq!(client.order(&stop).await.unwrap(), "stop web: done");
        client.maintenance(true).await.unwrap();
        client.put_metrics(&[("a".to_owned(), 1.into())].into()).await.unwrap();
        let variables = [("A".to_owned(), Some("1".to_owned())), ("B".to_owned(), None)];
        client.put_environment(&BTreeMap::from(variables)).await.unwrap();
        assert_eq!(pilot.environment.borrow().len(), 1);
    });
}

#[test]
fn a_refusal_has_its_reason() {
    alone(async {
        let pilot = Pilot::new().await;
        let refused = pilot.client().reload().await.unwrap_err();
        assert!(matches!(&refused, ClientError::Refused { status: 422, .. }));
        assert_eq!(refused.to_string(), "line 1: no\nline 2: no");
        let refused = pilot.client().why("nobody").await.unwrap_err();
        assert_eq!(refused.to_string(), "there is no job called nobody");
    });
}

#[test]
fn nobody_there_is_told_apart() {
    alone(async {
        let pilot = Pilot::new().await;
        let client = Client::new(pilot.folder.path().join("none"));
        let error = client.ping().await.unwrap_err();
        assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
        assert!(error.to_string().starts_with("no pilot answers at /"), "{error}");
    });
}

#[test]
fn a_pilot_that_ends_meanwhile_says_so() {
    alone(async {
        let folder = tempfile::TempDir::new().unwrap();
        let control = Control { socket: folder.path().join("s"), ..Control::default() };
        let (desk, mut requests) = desk();
        let _server = ControlServer::bind(&control, desk).await.unwrap();
        let client = Client::new(&control.socket);
        let asking = tokio::task::spawn_local(async move { client.reload().await });
        let asked = requests.recv().await.unwrap();
        assert!(matches!(asked.request, Request::Order(Order::Reload, _)));
        drop(asked);
        let error = asking.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the pilot is ending");
    });
}

#[test]
fn events_are_replayed_and_followed_to_the_end() {
    alone(async {
        let pilot = Pilot::new().await;
        pilot.say("one");
        pilot.say("two");
        let mut replayed = pilot.client().events(1, false).await.unwrap();
        assert!(replayed.next().await.unwrap().unwrap().contains("\"message\":\"two\""));
        assert_eq!(replayed.next().await.unwrap(), None);
        let mut followed = pilot.client().events(0, true).await.unwrap();
        for message in ["one", "two"] {
            assert!(followed.next().await.unwrap().unwrap().contains(message));
        }
        pilot.say("last");
        pilot.server.close().await;
        assert!(followed.next().await.unwrap().unwrap().contains("last"), "the last word is heard");
        assert_eq!(followed.next().await.unwrap(), None);
    });
}

#[test]
fn a_slow_follower_is_told_what_it_missed_and_holds_up_nobody() {
    alone(async {
        let pilot = Pilot::new().await;
        let mut slow = pilot.client().events(0, true).await.unwrap();
        for number in 0..20_000 {
            pilot.say(&format!("{number} {}", "x".repeat(300)));
            if number % 100 == 0 {
                tokio::task::yield_now().await;
            }
        }
        pilot.events.end();
        let (mut seen, mut lost) = (0_u64, 0_u64);
        while let Some(line) = slow.next().await.unwrap() {
            let event: serde_json::Value = serde_json::from_str(&line).unwrap();
            match event["lost"].as_str() {
                Some(count) => lost += count.parse::<u64>().unwrap(),
                None => seen += 1,
            }
        }
        assert_eq!(seen + lost, 20_000, "{seen} seen, {lost} lost");
        assert!(lost > 10_000, "{lost}");
    });
}

#[test]
fn a_follower_that_left_frees_its_place_at_once() {
    alone(async {
        let pilot = Pilot::new().await;
        for _ in 0..3 {
            let mut followers = Vec::new();
            for _ in 0..64 {
                followers.push(pilot.client().events(0, true).await.unwrap());
            }
            // Nothing happens that would tell the server so.
            drop(followers);
        }
        pilot.client().ping().await.unwrap();
    });
}
