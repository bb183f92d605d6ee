//! What is answered to whom, word for word.

use crate::alone;
use crate::pilot::Pilot;
use serde_json::{Value, json};

#[test]
fn the_paths_of_the_original_answer_in_its_words() {
    alone(async {
        let pilot = Pilot::new().await;
        let ok = (200, "\n".to_owned());
        for method in ["GET", "POST", "DELETE"] {
            assert_eq!(pilot.request(method, "/v3/ping").await, ok, "{method}");
        }
        assert_eq!(pilot.post("/v3/environ", r#"{"A":"1=2","B":null}"#).await, ok);
        assert_eq!(pilot.environment.borrow().get("A").map(String::as_str), Some("1=2"));
        assert_eq!(pilot.post("/v3/metric", r#"{"requests":1,"odd":"x"}"#).await, ok);
        assert_eq!(pilot.post("/v3/maintenance/enable", "").await, ok);
        assert_eq!(pilot.post("/v3/maintenance/disable", "ignored").await, ok);
        for body in ["", "{", "[]", r#"{"A":1}"#] {
            assert_eq!(
                pilot.post("/v3/environ", body).await,
                (422, "Unprocessable Entity\n".to_owned()),
                "{body}"
            );
        }
        for path in ["/v3/environ", "/v3/metric", "/v3/reload", "/v3/maintenance/enable"] {
            assert_eq!(pilot.request("GET", path).await, (405, "Method Not Allowed\n".to_owned()), "{path}");
        }
        for path in ["/", "/v3/env", "/v3/status"] {
            assert_eq!(pilot.request("GET", path).await, (404, "404 page not found\n".to_owned()), "{path}");
        }
        let me = rustix::process::geteuid().as_raw();
        assert_eq!(
            *pilot.asked.borrow(),
            [
                format!("{me}: put-env A B"),
                format!("{me}: put-metric odd requests"),
                format!("{me}: maintenance enable"),
                format!("{me}: maintenance disable"),
            ]
        );
        assert_eq!(
            pilot.answered.borrow().iter().filter(|answer| **answer == ("/v3/environ", 422)).count(),
            4
        );
        assert!(pilot.answered.borrow().contains(&("other", 404)));
    });
}

#[test]
fn q_41_a_refused_reload_is_told_with_its_report() {
    alone(async {
        let pilot = Pilot::new().await;
        assert_eq!(pilot.post("/v3/reload", "").await, (422, "line 1: no\nline 2: no\n".to_owned()));
        let (status, body) = pilot.post("/v1/orders", r#"{"order":"reload"}"#).await;
        assert_eq!((status, read(&body)), (409, json!({ "error": "line 1: no\nline 2: no" })));
    });
}

#[test]
fn our_own_paths_answer_in_json() {
    alone(async {
        let pilot = Pilot::new().await;
        let (status, body) = pilot.request("GET", "/v1/status").await;
        assert_eq!((status, &read(&body)["maintenance"]), (200, &json!(true)));
        let (status, body) = pilot.request("GET", "/v1/why/a%2Fb%20c").await;
        assert_eq!((status, &read(&body)["summary"]), (200, &json!("it waits")));
        let (status, body) = pilot.request("GET", "/v1/why/nobody").await;
        assert_eq!((status, read(&body)), (404, json!({ "error": "there is no job called nobody" })));
        let (status, body) = pilot.request("GET", "/v1/graph").await;
        assert_eq!((status, read(&body)), (200, json!([{ "from": "db", "to": "web", "event": "healthy" }])));
        assert_eq!(pilot.request("GET", "/v1/plan").await.0, 200);
        for (order, want) in [
            (
                json!({ "order": "signal", "job": "web", "signal": "HUP" }),
                (200, json!({ "done": "signal SIGHUP web: done" })),
            ),
            (
                json!({ "order": "stop", "job": "gone" }),
                (404, json!({ "error": "there is no job called gone" })),
            ),
            (json!({ "order": "run-once", "job": "busy" }), (409, json!({ "error": "busy runs already" }))),
        ] {
            let (status, body) = pilot.post("/v1/orders", &order.to_string()).await;
            assert_eq!((status, read(&body)), want, "{order}");
        }
        assert_eq!(pilot.post("/v1/orders", "{}").await.0, 422);
        let (status, body) = pilot.request("DELETE", "/v1/status").await;
        assert_eq!((status, read(&body)), (405, json!({ "error": "Method Not Allowed" })));
        assert_eq!(pilot.request("GET", "/v1/nothing").await.0, 404);
        assert_eq!(pilot.request("GET", "/v1/events?since=x").await.0, 422);
    });
}

#[test]
fn a_client_that_says_it_has_nothing_more_to_say_is_answered() {
    use tokio::io::AsyncWriteExt as _;
    alone(async {
        let pilot = Pilot::new().await;
        let mut stream = pilot.connect().await;
        stream.write_all(b"GET /v1/status HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(crate::pilot::rest(&mut stream).await.starts_with("HTTP/1.1 200 "));
    });
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}
