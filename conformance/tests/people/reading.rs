//! Services and their instances.

use crate::{Desk, lines};
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use serde_json::{Value, json};

on_each_agent! {
    services_and_how_they_are,
    instances_and_what_is_the_matter_with_them,
    nobody_there_is_status_1_and_an_empty_list,
    maintenance_tells_its_reason,
    a_catalogue_is_named_in_each_way,
}

fn services_and_how_they_are(make: Make) {
    let desk = Desk::new(make);
    desk.register("web-1", 8080, "passing");
    desk.register("web-2", 8081, "critical");
    let shown = desk.ask(0, &["services"]);
    let shown = lines(&shown.out);
    assert_eq!(shown[0], ["SERVICE", "INSTANCES", "HEALTH", "TAGS"]);
    assert!(shown.contains(&vec!["consul", "1", "1", "passing"]), "{shown:?}");
    assert!(shown.contains(&vec!["web", "2", "1", "passing,", "1", "critical", "v1"]), "{shown:?}");

    let services = desk.document(&["services", "--json"]);
    let web = json!({
        "name": "web", "instances": 2, "passing": 1, "warning": 0, "critical": 1, "maintenance": 0, "tags": ["v1"],
    });
    assert_eq!(services[1], web);
}

fn instances_and_what_is_the_matter_with_them(make: Make) {
    let desk = Desk::new(make);
    desk.register("web-1", 8080, "passing");
    desk.register("web-2", 8081, "passing");
    desk.update("web-2", "critical", "the disk is full");
    let shown = desk.ask(0, &["instances", "web"]);
    let shown = lines(&shown.out);
    assert_eq!(shown[0], ["INSTANCE", "ADDRESS", "HEALTH", "NODE", "TAGS", "BECAUSE"]);
    assert_eq!(shown[1], ["web-1", "192.0.2.7:8080", "passing", "real", "v1"]);
    assert_eq!(shown[2], ["web-2", "192.0.2.7:8081", "critical", "real", "v1", "the", "disk", "is", "full"]);

    let instances = desk.document(&["instances", "web", "--json"]);
    let second = &instances[1];
    assert_eq!(
        (&second["id"], &second["service"], &second["address"], &second["port"], &second["status"]),
        (&json!("web-2"), &json!("web"), &json!("192.0.2.7"), &json!(8081), &json!("critical"))
    );
    assert_eq!((&second["tags"], &second["meta"]["zone"]), (&json!(["v1"]), &json!("a")));
    let own =
        second["checks"].as_array().unwrap().iter().find(|check| check["id"] == "service:web-2").unwrap();
    assert_eq!(
        (&own["status"], &own["output"], &own["notes"]),
        (&json!("critical"), &json!("the disk is full"), &json!("said by a test"))
    );

    for (words, found) in [
        (&["instances", "web", "--passing", "--json"][..], vec!["web-1"]),
        (&["instances", "web", "--tag", "v1", "--json"], vec!["web-1", "web-2"]),
    ] {
        let instances = desk.document(words);
        let ids: Vec<&Value> = instances.as_array().unwrap().iter().map(|instance| &instance["id"]).collect();
        assert_eq!(ids, found, "{words:?}");
    }
}

fn nobody_there_is_status_1_and_an_empty_list(make: Make) {
    let desk = Desk::new(make);
    desk.register("web-1", 8080, "critical");
    let none = desk.ask(1, &["instances", "wbe"]);
    assert_eq!(none.out, "");
    assert_eq!(
        none.err,
        "error: there is no instance of wbe\nhint: the services that there are: gyropilot catalog services\n"
    );
    let none = desk.ask(1, &["instances", "web", "--passing", "--tag", "v2", "--json"]);
    assert_eq!(none.out, "[]\n");
    none.assert_says(&["no passing instance of web with the tag v2", "hint: "]);
}

fn maintenance_tells_its_reason(make: Make) {
    let desk = Desk::new(make);
    desk.register("web-1", 8080, "passing");
    let path = "/v1/agent/service/maintenance/web-1?enable=true&reason=a+new+disk";
    assert_eq!(desk.agent.ask("PUT", path, "").status, 200);
    let shown = desk.ask(0, &["instances", "web"]);
    shown.assert_says(&["maintenance", "a new disk"]);
    assert_eq!(desk.document(&["services", "--json"])[1]["maintenance"], 1);
}

fn a_catalogue_is_named_in_each_way(make: Make) {
    let desk = Desk::new(make);
    let address = desk.agent.address();
    let mut urls = vec![format!("http://{address}"), address.clone()];
    if make == Make::Consul {
        urls.push(format!("unix://{}", desk.agent.socket().display()));
    }
    for url in &urls {
        let named = desk.scene.bare_launch().args(["catalog", "services", "--catalog", url]);
        // The command line wins.
        let ended = named.env("CONSUL_HTTP_ADDR", "192.0.2.1:1").run();
        ended.assert_status(0);
        assert!(ended.out.contains("consul"), "{url}: {}", ended.said());
    }
    desk.ask(0, &["services"]);
}
