//! The name server without sockets.

use super::{StoreZone, Transport, respond};
use crate::store::{CatalogRegistration, Check, Identity, Node, Service, Status, Store, Weights};
use gyropilot_model::Time;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RecordType};
use proptest::prelude::*;
use std::time::Duration;

const NOW: u32 = 1_795_621_361;
const SOA: &str = "consul. 0 IN SOA ns.consul. hostmaster.consul. 1795621361 3600 600 86400 0";

fn register(store: &mut Store, node: (&str, &str), service: Option<Service>, status: Status) {
    let check = |service: &Service| Check {
        node: node.0.to_owned(),
        id: format!("check-{}", service.id),
        service_id: service.id.clone(),
        status,
        ..Check::default()
    };
    let registration = CatalogRegistration {
        node: Node {
            name: node.0.to_owned(),
            address: node.1.to_owned(),
            meta: [("zone", "west"), ("rfc1035-note", "a b"), ("a=`", "`")]
                .into_iter()
                .filter(|_| node.0 == "n2")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            ..Node::default()
        },
        skip_node_update: false,
        checks: service.iter().map(check).collect(),
        service,
    };
    store.catalog_register(Time::from_start(Duration::ZERO), registration).unwrap();
}

fn service(id: &str, address: &str, port: u16, tags: &[&str]) -> Option<Service> {
    let (name, _) = id.rsplit_once('-').unwrap();
    Some(Service {
        id: id.to_owned(),
        name: name.to_owned(),
        address: address.to_owned(),
        port,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        weights: Weights { passing: 3, warning: 2 },
        ..Service::default()
    })
}

fn store() -> Store {
    let identity = Identity {
        datacenter: "dc1".to_owned(),
        node: "here".to_owned(),
        id: "00000000-0000-0000-0000-000000000001".to_owned(),
        address: "127.0.0.1".to_owned(),
    };
    let mut store = Store::new(identity, 1, false);
    let (n2, n6, named) = (("n2", "10.7.0.2"), ("n6", "fd00::6"), ("named", "host.example.com"));
    for (node, service, status) in [
        (n2, service("web-1", "", 8080, &["v1", "Blue", "big.tag"]), Status::Passing),
        (n2, service("web-2", "10.8.0.9", 8081, &["v2"]), Status::Warning),
        (n2, service("web-3", "10.8.0.10", 8082, &["v3"]), Status::Critical),
        (n2, service("sick-1", "", 1, &[]), Status::Critical),
        (n6, service("six-1", "fd00::77", 1, &[]), Status::Passing),
        (n6, service("six-2", "10.6.6.6", 2, &[]), Status::Passing),
        (named, service("far-1", "", 5, &[]), Status::Passing),
        (n2, service("near-1", "n6.node.consul", 6, &[]), Status::Passing),
        (n2, service("loop-1", "loop.service.consul", 7, &[]), Status::Passing),
        (n2, service("mixed-1", "www.example.org", 8, &[]), Status::Passing),
        (n2, service("mixed-2", "10.8.0.11", 8, &[]), Status::Passing),
        (("Upper.Node", "10.7.0.10"), service("Camel-1", "", 9, &[]), Status::Passing),
    ] {
        register(&mut store, node, service, status);
    }
    for index in 0..40 {
        let address = format!("10.9.1.{index}");
        let own = service(&format!("many-{index}"), &address, 1000 + index, &[]);
        register(&mut store, n2, own, Status::Passing);
    }
    store
}

fn question(name: &str, kind: RecordType) -> Message {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn send(question: &Message, transport: Transport) -> (Message, usize) {
    let store = store();
    let zone = StoreZone { store: &store, domain: "consul" };
    // From the end, so that an order that is not shuffled shows.
    let mut shuffle = |below: usize| below - 1;
    let packet = question.to_vec().unwrap();
    let answer = respond(&packet, transport, &zone, NOW, &mut shuffle).unwrap();
    (Message::from_vec(&answer).unwrap(), answer.len())
}

fn ask(name: &str, kind: RecordType) -> Message {
    send(&question(name, kind), Transport::Udp).0
}

fn lines(records: &[hickory_proto::rr::Record]) -> Vec<String> {
    let mut lines: Vec<_> = records.iter().map(ToString::to_string).collect();
    lines.sort();
    lines
}

/// Status, answers, whose they are, and what comes with them; each sorted.
#[track_caller]
fn assert_answer(name: &str, kind: RecordType, code: ResponseCode, sections: [&[&str]; 3]) {
    let message = ask(name, kind);
    let got = (
        message.metadata.response_code,
        [&message.answers, &message.authorities, &message.additionals].map(|records| lines(records)),
    );
    let want = sections.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
    assert_eq!(got, (code, want), "{name} {kind}");
    assert_eq!(message.metadata.authoritative, code != ResponseCode::Refused, "{name} {kind}");
}

const TEXTS: [&str; 3] = ["TXT a b", "TXT a`=``=``", "TXT zone=west"];

fn texts(owner: &str) -> Vec<String> {
    TEXTS.iter().map(|text| format!("{owner} 0 IN {text}")).collect()
}

use RecordType::{A, AAAA, ANY, MX, NS, PTR, SRV, TXT};
use ResponseCode::{NXDomain, NoError, Refused};

#[test]
fn services_by_address() {
    let both = ["web.service.consul. 0 IN A 10.7.0.2", "web.service.consul. 0 IN A 10.8.0.9"];
    assert_answer("web.service.consul.", A, NoError, [&both, &[], &[]]);
    assert_answer("web.service.consul.", ANY, NoError, [&both, &[], &[]]);
    assert_answer("web.service.consul.", AAAA, NoError, [&[], &[SOA], &[]]);
    assert_answer("web.service.consul.", TXT, NoError, [&[], &[SOA], &[]]);
    for name in [
        "v1.web.service.consul.",
        "BLUE.web.service.dc1.consul.",
        "_Web._v1.service.Consul.",
        "big.tag.web.service.consul.",
    ] {
        assert_answer(name, A, NoError, [&[&format!("{name} 0 IN A 10.7.0.2")], &[], &[]]);
    }
    assert_answer(
        "camel.service.consul.",
        A,
        NoError,
        [&["camel.service.consul. 0 IN A 10.7.0.10"], &[], &[]],
    );
    for name in [
        "sick.service.consul.",
        "v9.web.service.consul.",
        "no.service.consul.",
        "web.service.dc2.consul.",
        "q.query.consul.",
        "web.consul.",
    ] {
        for kind in [A, SRV, TXT, NS] {
            assert_answer(name, kind, NXDomain, [&[], &[SOA], &[]]);
        }
    }
}

#[test]
fn services_by_server() {
    let name = "_web._tcp.service.consul.";
    let answers = [2, 3].map(|weight| {
        format!(
            "{name} 0 IN SRV 1 {weight} {}",
            ["8081 0a080009.addr.dc1.consul.", "8080 n2.node.dc1.consul."][weight - 2]
        )
    });
    let mut more = vec![
        "0a080009.addr.dc1.consul. 0 IN A 10.8.0.9".to_owned(),
        "n2.node.dc1.consul. 0 IN A 10.7.0.2".to_owned(),
    ];
    more.extend(texts("n2.node.dc1.consul."));
    let more: Vec<_> = more.iter().map(String::as_str).collect();
    assert_answer(name, SRV, NoError, [&answers.each_ref().map(String::as_str), &[], &more]);
    assert_answer(
        "six.service.consul.",
        SRV,
        NoError,
        [
            &[
                "six.service.consul. 0 IN SRV 1 3 1 fd000000000000000000000000000077.addr.dc1.consul.",
                "six.service.consul. 0 IN SRV 1 3 2 0a060606.addr.dc1.consul.",
            ],
            &[],
            &[
                "0a060606.addr.dc1.consul. 0 IN A 10.6.6.6",
                "fd000000000000000000000000000077.addr.dc1.consul. 0 IN AAAA fd00::77",
            ],
        ],
    );
    // A node's name keeps its capitals.
    assert_answer(
        "Camel.service.consul.",
        SRV,
        NoError,
        [
            &["Camel.service.consul. 0 IN SRV 1 3 9 Upper.Node.node.dc1.consul."],
            &[],
            &["Upper.Node.node.dc1.consul. 0 IN A 10.7.0.10"],
        ],
    );
    assert_answer(
        "far.service.consul.",
        SRV,
        NoError,
        [&["far.service.consul. 0 IN SRV 1 3 5 host.example.com."], &[], &[]],
    );
}

#[test]
fn addresses_that_are_host_names() {
    let far = "far.service.consul. 0 IN CNAME host.example.com.";
    for kind in [A, AAAA, ANY, RecordType::CNAME] {
        assert_answer("far.service.consul.", kind, NoError, [&[far], &[], &[]]);
        assert_answer(
            "named.node.consul.",
            kind,
            NoError,
            [&["named.node.consul. 0 IN CNAME host.example.com."], &[], &[]],
        );
    }
    let near = "near.service.consul. 0 IN CNAME n6.node.consul.";
    assert_answer(
        "near.service.consul.",
        AAAA,
        NoError,
        [&["n6.node.consul. 0 IN AAAA fd00::6", near], &[], &[]],
    );
    assert_answer("near.service.consul.", A, NoError, [&[near], &[SOA], &[]]);
    // One that leads to itself, and one among addresses, of which an alias cannot be part.
    assert_answer("loop.service.consul.", A, NoError, [&["loop.service.consul. 0 IN A 10.7.0.2"], &[], &[]]);
    assert_answer(
        "mixed.service.consul.",
        A,
        NoError,
        [&["mixed.service.consul. 0 IN A 10.8.0.11"], &[], &[]],
    );
}

#[test]
fn nodes_and_addresses() {
    let name = "N2.node.consul.";
    let texts = texts(name);
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    assert_answer(name, A, NoError, [&["N2.node.consul. 0 IN A 10.7.0.2"], &[], &texts]);
    assert_answer(name, TXT, NoError, [&texts, &[], &[]]);
    assert_answer(
        name,
        ANY,
        NoError,
        [&[&["N2.node.consul. 0 IN A 10.7.0.2"], &texts[..]].concat(), &[], &[]],
    );
    assert_answer(name, MX, NoError, [&[], &[SOA], &[]]);
    assert_answer(
        "upper.node.node.consul.",
        A,
        NoError,
        [&["upper.node.node.consul. 0 IN A 10.7.0.10"], &[], &[]],
    );
    assert_answer("nobody.node.consul.", SRV, NXDomain, [&[], &[SOA], &[]]);
    let name = "0A07ff01.addr.dc1.consul.";
    assert_answer(name, A, NoError, [&["0A07ff01.addr.dc1.consul. 0 IN A 10.7.255.1"], &[], &[]]);
    assert_answer(name, AAAA, NoError, [&[], &[SOA], &[]]);
    assert_answer("zz.addr.consul.", A, NXDomain, [&[], &[SOA], &[]]);
}

#[test]
fn the_domain_itself() {
    let server = "consul. 0 IN NS here.node.dc1.consul.";
    let glue = "here.node.dc1.consul. 0 IN A 127.0.0.1";
    assert_answer("CONSUL.", RecordType::SOA, NoError, [&[SOA], &[server], &[glue]]);
    assert_answer("consul.", NS, NoError, [&[server], &[], &[glue]]);
    for name in ["consul.", "service.consul.", "_tcp.service.consul.", "dc1.consul.", "node.dc1.consul."] {
        assert_answer(name, A, NoError, [&[], &[SOA], &[]]);
    }
    for name in ["example.com.", ".", "consul.example.com.", "xconsul."] {
        assert_answer(name, A, Refused, [&[], &[], &[]]);
    }
    assert_answer("consul.", RecordType::AXFR, Refused, [&[], &[], &[]]);
}

#[test]
fn names_of_addresses() {
    let name = "2.0.7.10.in-addr.arpa.";
    assert_answer(name, PTR, NoError, [&[&format!("{name} 0 IN PTR n2.node.dc1.consul.")], &[], &[]]);
    let name = "9.0.8.10.IN-ADDR.arpa.";
    assert_answer(name, PTR, NoError, [&[&format!("{name} 0 IN PTR web.service.dc1.consul.")], &[], &[]]);
    let name = "7.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa.";
    assert_answer(name, PTR, NoError, [&[&format!("{name} 0 IN PTR six.service.dc1.consul.")], &[], &[]]);
    assert_answer("2.0.7.10.in-addr.arpa.", A, NoError, [&[], &[], &[]]);
    assert_answer("9.9.9.10.in-addr.arpa.", PTR, Refused, [&[], &[], &[]]);
}

#[test]
fn what_does_not_fit_is_cut_and_the_client_told() {
    let mut question = question("many.service.consul.", SRV);
    let (answer, length) = send(&question, Transport::Udp);
    assert!(answer.metadata.truncation && length <= 512 && answer.answers.len() > 3, "{length} {answer}");
    assert_eq!(answer.edns, None);
    let mut edns = Edns::new();
    edns.set_max_payload(1232).set_version(0).set_dnssec_ok(true);
    question.set_edns(edns);
    let (wider, length) = send(&question, Transport::Udp);
    assert!(wider.metadata.truncation && length <= 1232, "{length}");
    assert!(wider.answers.len() > answer.answers.len());
    let edns = wider.edns.unwrap();
    assert!(edns.max_payload() == 1232 && edns.version() == 0 && edns.flags().dnssec_ok);
    let (whole, _) = send(&question, Transport::Tcp);
    assert!(!whole.metadata.truncation);
    assert_eq!((whole.answers.len(), whole.additionals.len()), (40, 43));
    // What was not asked for goes without a word.
    question.queries[0].query_type = A;
    let (answer, _) = send(&question, Transport::Udp);
    assert_eq!((answer.metadata.truncation, answer.answers.len()), (false, 40));
    let first = &answer.answers[0];
    assert_ne!(first.to_string(), "many.service.consul. 0 IN A 10.9.1.0", "not shuffled");
}

#[test]
fn requests_that_are_none() {
    let respond = |packet: &[u8]| {
        let store = store();
        let zone = StoreZone { store: &store, domain: "consul" };
        respond(packet, Transport::Udp, &zone, NOW, &mut |_| 0)
    };
    let asked = question("web.service.consul.", A);
    let packet = asked.to_vec().unwrap();
    assert_eq!(respond(&packet[..11]), None);
    let mut response = asked.clone();
    response.metadata.message_type = MessageType::Response;
    assert_eq!(respond(&response.to_vec().unwrap()), None);
    for cut in 12..packet.len() {
        assert_eq!(respond(&packet[..cut]).unwrap(), [0, 7, 0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0], "{cut}");
    }
    let code = |message: &Message| {
        let answer = Message::from_vec(&respond(&message.to_vec().unwrap()).unwrap()).unwrap();
        assert_eq!((answer.metadata.id, answer.answers.len()), (7, 0));
        answer.metadata.response_code
    };
    let with = |change: fn(&mut Message)| {
        let mut message = asked.clone();
        change(&mut message);
        code(&message)
    };
    assert_eq!(with(|message| message.metadata.op_code = OpCode::Notify), ResponseCode::NotImp);
    assert_eq!(with(|message| message.queries.clear()), ResponseCode::FormErr);
    assert_eq!(with(|message| message.queries.extend(message.queries.clone())), ResponseCode::FormErr);
    assert_eq!(with(|message| message.queries[0].query_class = DNSClass::CH), Refused);
    let newer = |message: &mut Message| {
        let mut edns = Edns::new();
        edns.set_version(1);
        message.set_edns(edns);
    };
    // 16 has another name in signatures.
    assert_eq!(u16::from(with(newer)), u16::from(ResponseCode::BADVERS));
}

#[test]
fn a_large_service_is_answered_in_part() {
    let mut store = store();
    for index in 0..1100_u16 {
        let [high, low] = index.to_be_bytes();
        let own = service(&format!("large-{index}"), &format!("10.20.{high}.{low}"), 1, &[]);
        register(&mut store, ("n2", "10.7.0.2"), own, Status::Passing);
    }
    let zone = StoreZone { store: &store, domain: "consul" };
    let packet = question("large.service.consul.", SRV).to_vec().unwrap();
    let answer = respond(&packet, Transport::Tcp, &zone, NOW, &mut |below| below - 1).unwrap();
    let answer = Message::from_vec(&answer).unwrap();
    assert_eq!((answer.answers.len(), answer.metadata.truncation), (1000, false));
    assert!(!answer.additionals.is_empty());
}

proptest! {
    #[test]
    fn any_packet_is_answered_in_its_limits(
        packet in prop::collection::vec(any::<u8>(), 0..80),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        is_noise in any::<bool>(),
    ) {
        let mut asked = if is_noise { packet } else { question("web.service.consul.", SRV).to_vec().unwrap() };
        for (place, byte) in places {
            if !asked.is_empty() {
                let place = place.index(asked.len());
                asked[place] = byte;
            }
        }
        let store = store();
        let zone = StoreZone { store: &store, domain: "consul" };
        if let Some(answer) = respond(&asked, Transport::Udp, &zone, NOW, &mut |below| below / 2) {
            prop_assert!(answer.len() <= 4096);
            prop_assert_eq!(&answer[..2], &asked[..2]);
            prop_assert!(Message::from_vec(&answer).is_ok());
        }
    }

    #[test]
    fn any_name_is_answered(
        labels in prop::collection::vec(
            prop::sample::select(vec!["web", "_web", "_tcp", "service", "node", "addr", "dc1", "consul", "0a000001", "n2", "query", "far", "arpa", "in-addr", "1"]),
            0..8,
        ),
        is_ours in any::<bool>(),
    ) {
        let tail = if is_ours { "consul." } else { "" };
        let name: String = labels.iter().map(|label| format!("{label}.")).collect::<String>() + tail;
        let name = if name.is_empty() { ".".to_owned() } else { name };
        for kind in [A, SRV, ANY, TXT, PTR] {
            let answer = ask(&name, kind);
            let is_nothing = answer.answers.is_empty();
            let code = answer.metadata.response_code;
            prop_assert!(is_nothing || code == NoError);
            prop_assert!(!is_ours || code != Refused);
            prop_assert!(!is_nothing || code == Refused || !answer.authorities.is_empty());
        }
    }
}
