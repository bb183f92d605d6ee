//! The command line of Consul: who is there, what is offered, in what state.

use crate::{Stand, rows};
use gyropilot_conformance::agent::{Make, NODE};
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::{SOON, wait_until};

on_each_agent! {
    members_shows_the_one_server,
    catalog_shows_datacenters_nodes_and_services,
    services_are_registered_from_words_and_from_files,
    what_is_wrong_with_a_file_is_said,
    maint_takes_a_service_out_and_puts_it_back,
    maint_takes_the_node_out_and_puts_it_back,
    info_shows_a_server_that_leads,
    rtt_measures_the_way_to_the_node_itself,
    an_event_that_is_fired_is_seen,
    operators_see_one_voter_that_leads,
    a_reload_keeps_the_keys,
    access_control_is_not_to_be_had_and_that_is_said,
}

fn members_shows_the_one_server(make: Make) {
    let stand = Stand::new(make);
    let table = stand.prints(&["members"]);
    let rows = rows(&table);
    assert_eq!(rows[0], ["Node", "Address", "Status", "Type", "Build", "Protocol", "DC", "Segment"]);
    assert_eq!(rows.len(), 2, "{table}");
    assert_eq!((rows[1][0], rows[1][2], rows[1][3], rows[1][6]), (NODE, "alive", "server", "dc1"));
    let detailed = stand.prints(&["members", "-detailed", "-wan"]);
    assert!(detailed.contains("role=consul") && detailed.contains(",dc=dc1,"), "{detailed}");
}

fn catalog_shows_datacenters_nodes_and_services(make: Make) {
    let stand = Stand::new(make);
    stand.agent.register("w1", "web", "192.0.2.1", 80);
    assert_eq!(stand.prints(&["catalog", "datacenters"]), "dc1\n");
    let nodes = stand.prints(&["catalog", "nodes"]);
    let listed = rows(&nodes);
    assert_eq!(listed[0], ["Node", "ID", "Address", "DC"]);
    assert_eq!((listed[1][0], listed[1][2], listed[1][3], listed.len()), (NODE, "127.0.0.1", "dc1", 2));
    assert_eq!(stand.prints(&["catalog", "nodes", "-service", "web"]), nodes);
    stand.consul(&["catalog", "nodes", "-service", "none"]).run().assert_says(&["No nodes match"]);
    assert!(stand.prints(&["catalog", "nodes", "-detailed"]).contains("wan=127.0.0.1"));
    assert_eq!(stand.prints(&["catalog", "services"]), "consul\nweb\n");
    assert_eq!(rows(&stand.prints(&["catalog", "services", "-tags"])), [vec!["consul"], vec!["web", "v1"]]);
    assert_eq!(stand.prints(&["catalog", "services", "-node", NODE]), "consul\nweb\n");
}

fn services_are_registered_from_words_and_from_files(make: Make) {
    let stand = Stand::new(make);
    let words =
        "services register -name web -id w1 -address 192.0.2.1 -port 80 -tag a -tag b -meta kind=shop";
    assert_eq!(stand.prints(&words.split(' ').collect::<Vec<_>>()), "Registered service: web\n");
    let seen = &stand.agent.json("/v1/health/service/web?passing")[0]["Service"];
    assert_eq!((seen["Address"].as_str(), seen["Port"].as_u64()), (Some("192.0.2.1"), Some(80)));
    assert_eq!((&seen["Tags"], &seen["Meta"]["kind"]), (&serde_json::json!(["a", "b"]), &"shop".into()));

    let db = r#"{"service": {"name": "db", "id": "db1", "port": 5432, "enable_tag_override": true,
        "check": {"ttl": "30s", "deregister_critical_service_after": "90m"}}}"#;
    let db = stand.file("db.json", db).display().to_string();
    let two = r#"services { name = "x" port = 1 } services { name = "y" checks = [{ ttl = "5s" status = "passing" }] }"#;
    let two = stand.file("two.hcl", two).display().to_string();
    let said = stand.prints(&["services", "register", &db, &two]);
    assert_eq!(said, "Registered service: db\nRegistered service: x\nRegistered service: y\n");
    assert_eq!(stand.prints(&["catalog", "services"]), "consul\ndb\nweb\nx\ny\n");
    assert_eq!(stand.agent.status("db1").as_deref(), Some("critical"));
    assert_eq!(stand.agent.passing("y"), ["y"]);

    assert_eq!(stand.prints(&["services", "deregister", &db]), "Deregistered service: db1\n");
    assert_eq!(stand.prints(&["services", "deregister", "-id", "w1"]), "Deregistered service: w1\n");
    // What is not there is gone.
    stand.prints(&["services", "deregister", "-id", "w1"]);
    assert_eq!(stand.prints(&["catalog", "services"]), "consul\nx\ny\n");
}

fn what_is_wrong_with_a_file_is_said(make: Make) {
    let stand = Stand::new(make);
    let file =
        stand.file("bad.json", r#"{"service": {"name": "x", "check": {"ttl": "1s", "interval": "1s"}}}"#);
    stand.fails(&["services", "register", &file.display().to_string()], &["400", "TTL"]);
    assert_eq!(stand.prints(&["catalog", "services"]), "consul\n");
}

fn maint_takes_a_service_out_and_puts_it_back(make: Make) {
    let stand = Stand::new(make);
    stand.agent.register("w1", "web", "192.0.2.1", 80);
    assert_eq!(stand.prints(&["maint"]), "");
    let said = stand.prints(&["maint", "-enable", "-service", "w1", "-reason", "new disk"]);
    assert_eq!(said, "Service maintenance is now enabled for \"w1\"\n");
    assert_eq!(stand.prints(&["maint"]), "Service:\n  ID:     w1\n  Reason: new disk\n\n");
    assert!(stand.agent.passing("web").is_empty());
    stand.prints(&["maint", "-disable", "-service", "w1"]);
    assert_eq!(stand.prints(&["maint"]), "");
    assert_eq!(stand.agent.passing("web"), ["w1"]);
    stand.fails(&["maint", "-enable", "-service", "none"], &["404", "none"]);
}

fn maint_takes_the_node_out_and_puts_it_back(make: Make) {
    let stand = Stand::new(make);
    stand.agent.register("w1", "web", "192.0.2.1", 80);
    assert_eq!(stand.prints(&["maint", "-enable", "-reason", "move"]), "Node maintenance is now enabled\n");
    assert_eq!(stand.prints(&["maint"]), format!("Node:\n  Name:   {NODE}\n  Reason: move\n\n"));
    assert!(stand.agent.passing("web").is_empty());
    assert_eq!(stand.prints(&["maint", "-disable"]), "Node maintenance is now disabled\n");
    assert_eq!(stand.agent.passing("web"), ["w1"]);
}

fn info_shows_a_server_that_leads(make: Make) {
    let info = Stand::new(make).prints(&["info"]);
    for line in ["agent:", "build:", "consul:", "\tserver = true", "\tleader = true", "\tversion = "] {
        assert!(info.contains(line), "{line:?} is missing in:\n{info}");
    }
}

fn rtt_measures_the_way_to_the_node_itself(make: Make) {
    let stand = Stand::new(make);
    // Consul's first coordinate takes up to half a minute.
    wait_until(SOON * 3, "a coordinate", || {
        let ended = stand.consul(&["rtt", NODE]).run();
        (ended.status == 0).then(|| ended.assert_says(&[&format!("{NODE} <-> {NODE} rtt: "), " ms"]))
    });
    stand.fails(&["rtt", "nowhere"], &["no", "coordinate", "nowhere"]);
}

fn an_event_that_is_fired_is_seen(make: Make) {
    let stand = Stand::new(make);
    // An agent hears only what is meant for a service of its own.
    stand.agent.register("web", "web", "192.0.2.1", 80);
    let said = stand.prints(&["event", "-name", "deploy", "-service", "web", "payload"]);
    let id = said.strip_prefix("Event ID: ").unwrap().trim();
    let list = wait_until(SOON, "the event", || {
        let list = stand.agent.json("/v1/event/list?name=deploy");
        list.as_array().is_some_and(|list| !list.is_empty()).then_some(list)
    });
    assert_eq!((list[0]["ID"].as_str(), list[0]["ServiceFilter"].as_str()), (Some(id), Some("web")));
    // Without a handler a watch prints what is there, and ends.
    let seen: serde_json::Value =
        serde_json::from_str(&stand.prints(&["watch", "-type", "event", "-name", "deploy"])).unwrap();
    assert_eq!((seen[0]["ID"].as_str(), seen[0]["Payload"].as_str()), (Some(id), Some("cGF5bG9hZA==")));
}

fn operators_see_one_voter_that_leads(make: Make) {
    let stand = Stand::new(make);
    let table = stand.prints(&["operator", "raft", "list-peers"]);
    let rows = rows(&table);
    assert_eq!((rows[1][0], rows[1][3], rows[1][4], rows.len()), (NODE, "leader", "true", 2), "{table}");
}

fn a_reload_keeps_the_keys(make: Make) {
    let stand = Stand::new(make);
    stand.prints(&["kv", "put", "a", "1"]);
    assert_eq!(stand.prints(&["reload"]), "Configuration reload triggered\n");
    assert_eq!(stand.prints(&["kv", "get", "a"]), "1\n");
}

fn access_control_is_not_to_be_had_and_that_is_said(make: Make) {
    let stand = Stand::new(make);
    stand.fails(&["acl", "bootstrap"], &["401", "ACL support disabled"]);
    stand.fails(&["acl", "token", "list"], &["401", "ACL support disabled"]);
}

#[test]
fn what_only_consul_has_is_refused_and_said() {
    let stand = Stand::new(Make::Gyropilot);
    let commands = "connect ca get-config; snapshot save here; monitor; config list -kind service-defaults; \
        intention create a b; leave; keyring -list; operator autopilot set-config -cleanup-dead-servers=false";
    for command in commands.split("; ") {
        let words: Vec<_> = command.split(' ').collect();
        stand.fails(&words, &["501", "not supported by this catalogue; Consul has it"]);
    }
    stand.fails(&["join", "127.0.0.1"], &["single node"]);
    let remove = ["operator", "raft", "remove-peer", "-address", "192.0.2.1:8300"];
    stand.fails(&remove, &["\"192.0.2.1:8300\" was not found in the Raft configuration"]);
    let sidecar = r#"{"service": {"name": "web", "connect": {"sidecar_service": {}}}}"#;
    let file = stand.file("web.json", sidecar).display().to_string();
    stand.fails(&["services", "register", &file], &["400", "no mesh"]);
    // It is still there, and took nothing of that for granted.
    assert_eq!(stand.prints(&["catalog", "services"]), "consul\n");
}
