//! Prometheus with `consul_sd_configs`: what it scrapes is what is registered.

use crate::Stand;
use gyropilot_conformance::agent::{Make, NODE};
use gyropilot_conformance::http::{self, Peer};
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::port;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

on_each_agent! {
    targets_come_and_go_with_their_registrations,
}

fn targets_come_and_go_with_their_registrations(make: Make) {
    let stand = Stand::new(make);
    let own = port::one();
    let config = json!({
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{
            "job_name": "catalogue",
            "consul_sd_configs": [{"server": stand.agent.address(), "tags": ["v1"], "refresh_interval": "1s"}],
            "relabel_configs": [{"source_labels": ["__meta_consul_service"], "target_label": "service"}],
        }],
    });
    let config = stand.file("prometheus.yml", &config.to_string()).display().to_string();
    let prometheus = stand.program("prometheus", "usr/bin/prometheus", "GYROPILOT_TEST_PROMETHEUS");
    let listen = format!("--web.listen-address=127.0.0.1:{own}");
    let data = format!("--storage.tsdb.path={}", stand.at("data"));
    let _running = prometheus.args([format!("--config.file={config}"), data, listen]).start();
    let ask = |path: &str| -> Option<Value> {
        let answer = http::ask(&Peer::Tcp(([127, 0, 0, 1], own).into()), "GET", path, "").ok()?;
        serde_json::from_str::<Value>(&answer.body).ok().map(|mut it| it["data"].take())
    };
    let targets = |service: &str| -> Option<Vec<Value>> {
        let mut all = ask("/api/v1/targets")?["activeTargets"].take();
        let all = all.as_array_mut()?.drain(..);
        Some(all.filter(|it| it["labels"]["service"] == service).collect())
    };

    // It scrapes itself, since the catalogue says where it is.
    stand.agent.register("p1", "monitoring", "127.0.0.1", own);
    let target = wait_until(SOON, "a target that is up", || {
        targets("monitoring")?.into_iter().find(|target| target["health"] == "up")
    });
    let labels = &target["discoveredLabels"];
    let seen = |name: &str| labels[format!("__meta_consul_{name}")].as_str().map(str::to_owned);
    assert_eq!(seen("dc").as_deref(), Some("dc1"));
    assert_eq!(seen("node").as_deref(), Some(NODE));
    assert_eq!(seen("tags").as_deref(), Some(",v1,"));
    assert_eq!(seen("service_id").as_deref(), Some("p1"));
    assert_eq!(seen("health").as_deref(), Some("passing"));
    assert_eq!(labels["__address__"], format!("127.0.0.1:{own}"));
    wait_until(SOON, "a sample", || {
        let up = ask("/api/v1/query?query=up%7Bservice%3D%22monitoring%22%7D")?;
        (up["result"][0]["value"][1] == "1").then_some(())
    });

    stand.agent.register("p2", "monitoring", "127.0.0.2", own);
    wait_until(SOON, "two targets", || (targets("monitoring")?.len() == 2).then_some(()));
    stand.agent.register("d1", "db", "127.0.0.1", own);
    wait_until(SOON, "another service", || (targets("db")?.len() == 1).then_some(()));
    stand.agent.deregister("p2");
    wait_until(SOON, "one target", || (targets("monitoring")?.len() == 1).then_some(()));
    stand.agent.deregister("d1");
    wait_until(SOON, "no other service", || targets("db")?.is_empty().then_some(()));
}
