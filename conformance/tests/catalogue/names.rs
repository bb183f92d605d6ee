//! Names: the same questions, asked by dig of a real Consul and of the catalogue.

use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::target;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

/// Names the dig to ask with.
const DIG_VARIABLE: &str = "GYROPILOT_TEST_DIG";

/// What dig shows of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Reply {
    status: String,
    flags: String,
    /// The question as it came back, and the records of each section, in no order.
    sections: [BTreeSet<String>; 4],
}

/// What both answer alike. `-x` and options are dig's.
const ALIKE: &[&str] = &[
    // Services by address, by server, with tags, case and datacentre.
    "web.service.consul A",
    "web.service.consul AAAA",
    "web.service.consul SRV",
    "web.service.consul ANY",
    "web.service.consul MX",
    "web.service.consul HTTPS",
    "web.service.consul CNAME",
    "web.service.consul PTR",
    "web.service.dc1.consul A",
    "web.service.DC1.consul SRV",
    "v1.web.service.consul A",
    "v1.web.service.dc1.consul SRV",
    "blue.web.service.consul A",
    "v3.web.service.consul A",
    "WEB.Service.Consul A",
    "WEB.Service.Consul SRV",
    "_web._tcp.service.consul SRV",
    "_web._tcp.service.consul A",
    "_WEB._TCP.service.consul SRV",
    "_web._v1.service.consul SRV",
    "_web._udp.service.consul SRV",
    "_web._.service.consul SRV",
    "web._tcp.service.consul SRV",
    "_web._tcp.v1.service.consul SRV",
    "camel.service.consul A",
    "camel.service.consul SRV",
    "big.tag.camel.service.consul A",
    "consul.service.consul A",
    "six.service.consul A",
    "six.service.consul AAAA",
    "six.service.consul SRV",
    "six.service.consul ANY",
    // Nothing there.
    "none.service.consul A",
    "none.service.consul SRV",
    "zz.web.service.consul A",
    "extra.v1.web.service.consul A",
    "web.service.dc9.consul A",
    "web.service.dc1.dc2.consul A",
    "sick.service.consul A",
    "sick.service.consul SRV",
    "web.consul A",
    "q.query.consul A",
    "web.connect.consul A",
    // Host names for addresses.
    "alias.service.consul A",
    "alias.service.consul AAAA",
    "alias.service.consul SRV",
    "alias.service.consul ANY",
    "alias.service.consul CNAME",
    "far.service.consul A",
    "far.service.consul SRV",
    "near.service.consul AAAA",
    "near.service.consul SRV",
    "loop.service.consul A",
    "loop.service.consul SRV",
    "named.node.consul A",
    "named.node.consul ANY",
    // Nodes and addresses.
    "n2.node.consul A",
    "n2.node.dc1.consul A",
    "N2.node.consul TXT",
    "n2.node.consul ANY",
    "n2.node.dc9.consul A",
    "n6.node.consul AAAA",
    "n6.node.consul ANY",
    "dotted.name.node.consul A",
    "upper.node.consul A",
    "none.node.consul A",
    "none.node.consul TXT",
    "0a060001.addr.dc1.consul A",
    "0a060001.addr.consul A",
    "0a060001.addr.consul ANY",
    "fd000000000000000000000000000077.addr.dc1.consul AAAA",
    "-x 10.7.0.2",
    "-x 10.8.0.9",
    "-x fd00::6",
    "-x fd00::77",
    "2.0.7.10.IN-ADDR.ARPA PTR",
    // The domain, and others.
    "consul. SOA",
    "CONSUL. SOA",
    "consul. NS",
    "example.com A",
    "example.com SRV",
    ". NS",
    "version.bind TXT CH",
    // The packet.
    "+norec web.service.consul A",
    "+tcp web.service.consul SRV",
    "+tcp many.service.consul A",
    "+tcp many.service.consul SRV",
    "+tcp none.service.consul A",
    "+edns=0 web.service.consul A",
    "+edns=0 +bufsize=1232 many.service.consul A",
    "+edns=0 +nsid +cookie +subnet=10.0.0.0/24 web.service.consul A",
];

/// What the catalogue answers otherwise, and why.
const OTHERWISE: &[(&str, &str)] = &[
    ("web.service.consul TXT", "Consul answers with addresses, which were not asked for"),
    (
        "web.service.consul NS",
        "Consul answers with those of the domain, under another name than was asked for",
    ),
    ("web.service.consul SOA", "the same"),
    ("n2.node.consul AAAA", "without a SOA nobody knows for how long there is nothing"),
    ("n2.node.consul SRV", "the same"),
    ("n6.node.consul TXT", "the same"),
    ("none.node.consul SRV", "there is no such name"),
    ("zz.addr.consul A", "there is no such name"),
    ("near.service.consul A", "Consul answers with an AAAA where A was asked for"),
    ("0a060001.addr.consul AAAA", "Consul answers with an A where AAAA was asked for"),
    ("0A060001.addr.consul A", "Consul does not give the question's case back"),
    ("consul. A", "the domain exists; a resolver that hears otherwise asks for nothing below it"),
    ("service.consul A", "the same"),
    ("dc1.consul A", "the same"),
    ("_tcp.service.consul A", "the same"),
    ("-x 10.9.9.9", "not to be asked here, and not a failure"),
    ("2.0.7.10.in-addr.arpa A", "Consul answers with a PTR where A was asked for"),
    ("web.service.consul A CH", "there is nothing of this class"),
    (
        "many.service.consul A",
        "Consul gives three without a word; here as many as fit, and that there are more",
    ),
    ("many.service.consul SRV", "the same"),
    ("+edns=0 +bufsize=600 many.service.consul SRV", "Consul does not say that there are more"),
    ("+opcode=NOTIFY consul. SOA", "there are no secondaries to notify"),
    ("+opcode=STATUS +noad web.service.consul A", "refused by both; the question is given back with it"),
    ("+edns=1 +noednsneg web.service.consul A", "version 1 is not known, which RFC 6891 has said so"),
];

#[test]
fn names_as_consul_answers_them() {
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder can be made"));
    let consul = Make::Consul.start(folders[0].path());
    let catalogue = Make::Gyropilot.start(folders[1].path());
    let questions = || ALIKE.iter().copied().chain(OTHERWISE.iter().map(|(question, _)| *question));
    let [want, got] = std::thread::scope(|scope| {
        let askers = [&consul, &catalogue].map(|agent| {
            scope.spawn(move || {
                services().iter().for_each(|service| register(agent, service));
                questions().map(|question| dig(agent, question)).collect::<Vec<_>>()
            })
        });
        askers.map(|asker| asker.join().expect("everything is answered"))
    });
    let mut wrong = Vec::new();
    for (index, question) in questions().enumerate() {
        let (want, got) = (&want[index], &got[index]);
        match index.checked_sub(ALIKE.len()).map(|index| OTHERWISE[index].1) {
            None if want != got => {
                wrong.push(format!("{question}\n  Consul    {want:?}\n  catalogue {got:?}"));
            }
            Some(why) if want == got => {
                wrong.push(format!("{question}: both answer {got:?}, so there is no need to say: {why}"));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_answer_in_another_order_each_time() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let catalogue = Make::Gyropilot.start(folder.path());
    services().iter().for_each(|service| register(&catalogue, service));
    let first = |_| {
        let shown = run(&catalogue, "+tcp +short many.service.consul A");
        shown.lines().next().expect("there are answers").to_owned()
    };
    let firsts: BTreeSet<String> = (0..20).map(first).collect();
    assert!(firsts.len() > 3, "{firsts:?}");
}

fn services() -> Vec<Value> {
    let meta = json!({"zone": "west", "rfc1035-note": "a b", "q": "x\"y"});
    let on = |node: &str, address: &str, id: &str, service: Value| {
        let (name, _) = id.rsplit_once('-').expect("an identifier ends with a number");
        let status = service["Status"].as_str().unwrap_or("passing").to_owned();
        let mut service = service;
        service["ID"] = id.into();
        service["Service"] = name.into();
        service.as_object_mut().expect("a service is an object").remove("Status");
        json!({"Node": node, "Address": address, "NodeMeta": if node == "n2" { meta.clone() } else { json!({}) },
            "Service": service, "Check": {"CheckID": format!("of-{id}"), "Name": "c", "Status": status, "ServiceID": id}})
    };
    let n2 = |id: &str, service: Value| on("n2", "10.7.0.2", id, service);
    let n6 = |id: &str, service: Value| on("n6", "fd00::6", id, service);
    let weights = json!({"Passing": 3, "Warning": 2});
    let mut all = vec![
        n2("web-1", json!({"Tags": ["v1", "Blue"], "Port": 8080, "Weights": weights})),
        n2(
            "web-2",
            json!({"Tags": ["v2"], "Address": "10.8.0.9", "Port": 8081, "Weights": weights, "Status": "warning"}),
        ),
        n2("web-3", json!({"Tags": ["v3"], "Address": "10.8.0.10", "Port": 8082, "Status": "critical"})),
        n2("sick-1", json!({"Address": "10.8.0.11", "Port": 1, "Status": "critical"})),
        n2("far-1", json!({"Address": "www.example.org", "Port": 443})),
        n2("near-1", json!({"Address": "n6.node.consul", "Port": 443})),
        n2("loop-1", json!({"Address": "loop.service.consul", "Port": 443})),
        n6("six-1", json!({"Address": "fd00::77", "Port": 1})),
        n6("six-2", json!({"Port": 2})),
        n6("six-3", json!({"Address": "10.6.6.6", "Port": 3})),
        on("named", "host.example.com", "alias-1", json!({"Port": 5})),
        on("dotted.name", "10.7.0.9", "dot-1", json!({"Port": 5})),
        on("Upper", "10.7.0.10", "Camel-1", json!({"Tags": ["Big.Tag"], "Port": 1})),
    ];
    for index in 0..40 {
        let address = format!("10.9.1.{index}");
        all.push(on(
            "many",
            "10.9.0.1",
            &format!("many-{index}"),
            json!({"Address": address, "Port": 1000 + index}),
        ));
    }
    all
}

fn register(agent: &Agent, service: &Value) {
    let answer = agent.ask("PUT", "/v1/catalog/register", &service.to_string());
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// What dig prints. Without EDNS, unless the question is for it.
fn run(agent: &Agent, question: &str) -> String {
    let program = target::tool("dig", "usr/bin/dig", DIG_VARIABLE);
    let mut command = Command::new(&program);
    if let Some(folder) = target::libraries(&program) {
        command.env("LD_LIBRARY_PATH", folder);
    }
    let port = agent.ports().dns.to_string();
    command.args(["@127.0.0.1", "-p", &port, "+time=5", "+tries=2", "+noedns", "+ignore"]);
    let output = command.args(question.split(' ')).output().expect("dig can be started");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{question}: {shown}");
    shown
}

fn dig(agent: &Agent, question: &str) -> Reply {
    let shown = run(agent, question);
    let after = |mark: &str| shown.split_once(mark).map(|(_, rest)| rest).unwrap_or_default();
    let until = |text: &str, end: char| text.split(end).next().unwrap_or_default().to_owned();
    let section = |name: &str| {
        let lines = after(&format!(";; {name} SECTION:\n")).lines();
        lines.take_while(|line| !line.is_empty()).map(record).collect()
    };
    Reply {
        status: until(after("status: "), ','),
        flags: until(after(";; flags: "), ';'),
        sections: ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"].map(section),
    }
}

/// A record with one blank between its parts. The number of a zone's state is left out: it is the time.
fn record(line: &str) -> String {
    let mut parts: Vec<_> = line.split_whitespace().collect();
    if parts.get(3) == Some(&"SOA") {
        parts[6] = "SERIAL";
    }
    parts.join(" ")
}
