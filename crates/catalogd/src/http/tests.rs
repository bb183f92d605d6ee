//! Whatever is asked, there is an answer.

use super::request::Request;
use super::serve::serve;
use crate::access::Access;
use crate::catalogue::Catalogue;
use crate::store::{Identity, Store};
use bytes::Bytes;
use proptest::prelude::*;
use tokio::time::Instant;

const WORDS: &[&str] = &[
    "web",
    "web-1",
    "service:web-1",
    "here",
    "there",
    "a/b",
    "",
    "*",
    "serfHealth",
    "0",
    "1",
    "18446744073709551615",
    "any",
    "passing",
    "-1",
    "1s",
    "10s",
    "%",
    "\u{e9}",
    "00000000-0000-0000-0000-000000000000",
];

const NAMES: &[&str] = &[
    "index",
    "wait",
    "passing",
    "tag",
    "near",
    "filter",
    "stale",
    "consistent",
    "recurse",
    "keys",
    "separator",
    "raw",
    "cas",
    "flags",
    "acquire",
    "release",
    "enable",
    "reason",
    "note",
    "dc",
    "ns",
    "node-meta",
    "pretty",
    "hash",
    "format",
    "name",
    "replace-existing-checks",
    "cached",
    "wan",
    "token",
];

const VALUES: &[&str] =
    &["true", "false", "ServiceName == \"web\"", "not (a", "text", "prometheus", "x:y", "Checks is empty"];

const FIELDS: &[&str] = &[
    "Name",
    "ID",
    "name",
    "Tags",
    "Port",
    "Address",
    "Check",
    "Checks",
    "TTL",
    "check_id",
    "Status",
    "Interval",
    "HTTP",
    "TCP",
    "AliasService",
    "AliasNode",
    "DeregisterCriticalServiceAfter",
    "Weights",
    "Passing",
    "Meta",
    "TaggedAddresses",
    "Node",
    "Service",
    "SkipNodeUpdate",
    "Behavior",
    "LockDelay",
    "NodeChecks",
    "ServiceChecks",
    "KV",
    "Verb",
    "Key",
    "Value",
    "Index",
    "Session",
    "Output",
    "Datacenter",
    "ServiceID",
    "CheckID",
    "Definition",
    "SuccessBeforePassing",
    "Proxy",
    "Kind",
];

const TEXTS: &[&str] = &[
    "passing",
    "critical",
    "delete",
    "set",
    "cas",
    "lock",
    "get-tree",
    "dmFsdWU=",
    "127.0.0.1:1",
    "0.0.0.0",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        1 => proptest::sample::select(VALUES).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (0..100_u64).prop_map(Into::into),
        proptest::sample::select(TEXTS).prop_map(Into::into),
        word().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let field = proptest::sample::select(FIELDS).prop_map(str::to_owned);
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            4 => proptest::collection::btree_map(field, inner, 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => Just(Vec::new()),
        5 => document().prop_map(|document| document.to_string().into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

/// A request: method, path, query, body.
type Asked = (&'static str, String, Vec<(String, String)>, Vec<u8>);

fn asked() -> impl Strategy<Value = Asked> {
    let paths: Vec<&'static str> = super::routes::paths().collect();
    let method = proptest::sample::select(&["GET", "PUT", "PUT", "DELETE", "POST", "OPTIONS", "HEAD"][..]);
    let name = proptest::sample::select(NAMES).prop_map(str::to_owned);
    let query = proptest::collection::vec((name, word()), 0..3);
    (method, proptest::sample::select(paths), word(), query, body()).prop_map(
        |(method, path, rest, query, body)| {
            let path = if path.ends_with('/') { format!("{path}{rest}") } else { path.to_owned() };
            (method, path, query, body)
        },
    )
}

fn request((method, path, query, body): Asked) -> Request {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let uri = format!("/?{query}");
    let (head, ()) = hyper::Request::builder().method(method).uri(uri).body(()).unwrap().into_parts();
    Request::new(&head, path, Bytes::from(body), None)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_program_of_requests_is_answered(program in proptest::collection::vec(asked(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let identity = Identity {
            datacenter: "dc1".to_owned(),
            node: "here".to_owned(),
            id: crate::uuid_of("here"),
            address: "127.0.0.1".to_owned(),
        };
        runtime.block_on(async {
            let store = Store::new(identity, 1_000, false);
            let catalogue = Catalogue::new(store, None, Access::default(), Instant::now());
            let mut index = 0;
            for one in program {
                let is_known = super::routes::find(&one.1).is_some();
                let (reply, extras) = serve(&catalogue, request(one.clone())).await;
                let response = reply.response(extras);
                prop_assert!(is_known || response.status() == 404, "{one:?}");
                prop_assert!(response.status().as_u16() < 600);
                let known = catalogue.read(Store::index);
                prop_assert!(known >= index, "the index goes back after {one:?}");
                index = known;
                // Time passes: whatever is due happens.
                tokio::time::advance(std::time::Duration::from_secs(7)).await;
                catalogue.change(Store::tick);
            }
            Ok(())
        })?;
    }
}
