//! Broken answers of every kind: an error, never a panic. What the fuzz
//! targets do for hours, done for a moment with a fixed seed.

use gyropilot_catalog::Error;
use gyropilot_catalog::consul::decode;

const HEALTH: &str = r#"[{"Node":{"ID":"6e","Node":"n1","Address":"127.0.0.1","Datacenter":"dc1","TaggedAddresses":{"lan":"127.0.0.1"},"Meta":null},
"Service":{"ID":"web-h1","Service":"web","Tags":["a","b"],"Address":"","TaggedAddresses":{"lan_ipv4":{"Address":"10.0.0.5","Port":80}},
"Meta":{},"Port":8080,"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false},
"Checks":[{"Node":"n1","CheckID":"serfHealth","Name":"x","Status":"passing","Notes":"","Output":"ok","ServiceID":"","ServiceName":""}]}]"#;
const KEYS: &str = r#"[{"LockIndex":0,"Key":"a/b","Flags":0,"Value":"aGVsbG8=","CreateIndex":3,"ModifyIndex":4},{"Key":"c","Value":null,"Flags":0}]"#;
const NODE: &str = r#"{"Node":{"Node":"n1","Address":"127.0.0.1"},"Services":{"web":{"ID":"web","Service":"web","Port":1}}}"#;
const SELF: &str =
    r#"{"Config":{"Datacenter":"dc1","NodeName":"n1","Version":"1.8.7"},"Member":{"Addr":"127.0.0.1"}}"#;

fn decode_as_everything(body: &[u8]) {
    if let Ok(entries) = decode::instances(body) {
        entries.iter().for_each(|entry| drop((entry.instance(), entry.status())));
    }
    drop((decode::services(body), decode::nodes(body), decode::node(body), decode::datacenters(body)));
    drop((decode::agent(body), decode::registration(body), decode::registrations(body)));
    let meta = decode::meta(|_| Some(body));
    assert_ne!(meta.index, Some(0));
    drop((decode::key_values(body), decode::keys(body), decode::text(body, &["a", ""])));
}

#[test]
fn broken_bodies_never_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    for seed in [HEALTH, KEYS, NODE, SELF] {
        decode_as_everything(seed.as_bytes());
        for _ in 0..5_000 {
            let mut body = seed.as_bytes().to_vec();
            for _ in 0..random.usize(1..8) {
                if body.is_empty() {
                    break;
                }
                let at = random.usize(0..body.len());
                match random.u8(0..5) {
                    0 => body[at] = random.u8(..),
                    1 => drop(body.remove(at)),
                    2 => body.insert(at, b"[]{}\",:0-\\"[random.usize(0..10)]),
                    3 => body.truncate(at.max(1)),
                    _ => {
                        let copy = body[at..(at + 20).min(body.len())].to_vec();
                        body.splice(at..at, copy);
                    }
                }
            }
            decode_as_everything(&body);
        }
    }
}

#[test]
fn nesting_without_end_is_refused() {
    for open in ["[", "{\"a\":"] {
        let body = open.repeat(1_000_000);
        assert!(matches!(decode::instances(body.as_bytes()), Err(Error::Malformed(_))));
        assert!(matches!(decode::registration(body.as_bytes()), Err(Error::Malformed(_))));
    }
}

#[test]
fn absent_and_null_read_as_empty() {
    assert!(decode::instances(b"null").unwrap().is_empty());
    assert!(decode::services(b"{\"web\":null}").unwrap()["web"].is_empty());
    let entries = decode::instances(
        br#"[{"Service":{"ID":"x","Tags":null,"Port":80},"Node":{"Address":"10.1.1.1"},"Checks":null}]"#,
    );
    let instance = entries.unwrap()[0].instance().unwrap();
    assert_eq!((instance.address.as_str(), instance.tags.len()), ("10.1.1.1", 0));
    assert_eq!(decode::node(b"null").unwrap(), None);
    assert_eq!(decode::key_values(KEYS.as_bytes()).unwrap()[0].value, b"hello");
}

#[test]
fn what_cannot_be_talked_to_is_no_instance() {
    for (id, address, port) in [
        ("x", "h", "-1"),
        ("x", "h", "65536"),
        ("x", "h", "9223372036854775807"),
        ("", "h", "1"),
        ("x", "", "1"),
    ] {
        let body = format!(r#"[{{"Service":{{"ID":"{id}","Address":"{address}","Port":{port}}}}}]"#);
        assert_eq!(decode::instances(body.as_bytes()).unwrap()[0].instance(), None, "{body}");
    }
}

#[test]
fn the_worst_check_counts_and_maintenance_is_worse_than_critical() {
    let of = |checks: &str| {
        let body = format!(r#"[{{"Service":{{"ID":"x"}},"Checks":[{checks}]}}]"#);
        decode::instances(body.as_bytes()).unwrap()[0].status().as_str()
    };
    let check = |id: &str, status: &str| format!(r#"{{"CheckID":"{id}","Status":"{status}"}}"#);
    assert_eq!(of(""), "passing");
    assert_eq!(of(&[check("a", "passing"), check("b", "warning")].join(",")), "warning");
    assert_eq!(of(&[check("a", "critical"), check("b", "warning")].join(",")), "critical");
    assert_eq!(
        of(&[check("_node_maintenance", "critical"), check("b", "critical")].join(",")),
        "maintenance"
    );
    assert_eq!(of(&check("a", "nonsense")), "critical");
}

#[test]
fn malformed_answers_are_placed_but_not_quoted() {
    let error = decode::key_values(br#"[{"Key":"a","Flags":"s3cret"}]"#).unwrap_err();
    assert!(error.to_string().contains("line 1 column"), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn an_error_page_is_shortened_to_a_line() {
    let page = "<html>\n  <body>".repeat(100_000);
    let text = decode::text(page.as_bytes(), &[]);
    assert!(text.len() < 400 && !text.contains('\n'), "{text}");
    assert_eq!(decode::text("ä\u{0}ö".as_bytes(), &[]), "ä ö");
}
