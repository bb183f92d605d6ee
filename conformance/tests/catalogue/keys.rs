//! Keys and values.

use crate::{against_consul, allowed};
use gyropilot_conformance::recorder::{Scenario, ask, delete, get, put, scenario};

#[test]
fn keys() {
    against_consul("keys", &[reading(), listing(), writing(), removing(), refused()].concat(), allowed::KEYS);
}

fn reading() -> Vec<Scenario> {
    vec![
        scenario(
            "a key that is not there",
            [
                get("/v1/kv/never"),
                get("/v1/kv/never?raw"),
                get("/v1/kv/never?recurse"),
                get("/v1/kv/never?keys"),
                get("/v1/kv/?recurse"),
                get("/v1/kv/?keys"),
            ],
        ),
        scenario(
            "written and read",
            [
                put("/v1/kv/plain", "some text"),
                get("/v1/kv/plain"),
                get("/v1/kv/plain?raw"),
                get("/v1/kv/plain?raw=false"),
                put("/v1/kv/plain", "other text"),
                get("/v1/kv/plain"),
                put("/v1/kv/plain", "other text"),
                get("/v1/kv/plain"),
                get("/v1/kv/plain?stale"),
                get("/v1/kv/plain?consistent"),
                get("/v1/kv/plain?stale&consistent"),
                get("/v1/kv/plain?dc=dc1"),
                get("/v1/kv/plain?dc=elsewhere"),
                get("/v1/kv/plain?ns=other"),
                get("/v1/kv/plain?pretty"),
                get("/v1/kv/absent"),
            ],
        ),
        scenario(
            "values of every kind",
            [
                put("/v1/kv/empty", ""),
                get("/v1/kv/empty"),
                get("/v1/kv/empty?raw"),
                put("/v1/kv/json", "{\"a\": [1, 2]}").header("Content-Type", "application/json"),
                get("/v1/kv/json"),
                get("/v1/kv/json?raw").text(),
                put("/v1/kv/letters", "grüße ☃"),
                get("/v1/kv/letters"),
                put("/v1/kv/lines", "a\nb\r\n\u{0}c"),
                get("/v1/kv/lines"),
                get("/v1/kv/lines?raw").text(),
            ],
        ),
        scenario(
            "keys of every kind",
            [
                put("/v1/kv/with%20space", "1"),
                get("/v1/kv/with%20space"),
                put("/v1/kv/slash%2Fed", "1"),
                get("/v1/kv/slash/ed"),
                put("/v1/kv/folder/", ""),
                get("/v1/kv/folder/"),
                get("/v1/kv/absent-folder"),
                put("/v1/kv/gr%C3%BC%C3%9Fe", "1"),
                get("/v1/kv/gr%C3%BC%C3%9Fe"),
                put("/v1/kv/plus+sign", "1"),
                get("/v1/kv/plus+sign"),
                put("/v1/kv/question%3Fmark", "1"),
                get("/v1/kv/question%3Fmark"),
                get("/v1/kv/double//slash"),
                get("/v1/kv//leading"),
                get("/v1/kv/dots/../plain"),
            ],
        ),
    ]
}

fn listing() -> Vec<Scenario> {
    vec![scenario(
        "lists",
        [
            put("/v1/kv/tree/b", "2"),
            put("/v1/kv/tree/a", "1"),
            put("/v1/kv/tree/sub/x", "3"),
            put("/v1/kv/tree/sub/y", "4"),
            put("/v1/kv/treehouse", "5"),
            get("/v1/kv/tree?recurse"),
            get("/v1/kv/tree/?recurse"),
            get("/v1/kv/tree/?recurse=false"),
            get("/v1/kv/tree/?keys"),
            get("/v1/kv/tree/?keys&separator=/"),
            get("/v1/kv/tree?keys&separator=/"),
            get("/v1/kv/tree/?keys&separator=%2F"),
            get("/v1/kv/tree/?keys&separator=s"),
            get("/v1/kv/tree/?keys&separator="),
            get("/v1/kv/tree/?keys=True"),
            get("/v1/kv/?keys&separator=/"),
            get("/v1/kv/tree/?keys&recurse"),
            get("/v1/kv/tree/?raw&recurse"),
            get("/v1/kv/absent/?recurse"),
            get("/v1/kv/absent/?keys"),
            put("/v1/kv/tree/a", "1!"),
            get("/v1/kv/tree/?recurse"),
            delete("/v1/kv/tree/sub/x"),
            get("/v1/kv/tree/?recurse"),
            get("/v1/kv/tree/sub/?keys"),
            delete("/v1/kv/tree/sub?recurse"),
            get("/v1/kv/tree/sub/?keys"),
            get("/v1/kv/tree/?keys"),
        ],
    )]
}

fn writing() -> Vec<Scenario> {
    vec![
        scenario(
            "flags",
            [
                put("/v1/kv/flagged?flags=42", "a"),
                get("/v1/kv/flagged"),
                put("/v1/kv/flagged", "a"),
                get("/v1/kv/flagged"),
                put("/v1/kv/flagged?flags=18446744073709551615", "a"),
                get("/v1/kv/flagged"),
                put("/v1/kv/flagged?flags=18446744073709551616", "a"),
                put("/v1/kv/flagged?flags=-1", "a"),
                put("/v1/kv/flagged?flags=x", "a"),
                put("/v1/kv/flagged?flags=", "a"),
                get("/v1/kv/flagged"),
            ],
        ),
        scenario(
            "check and set",
            [
                put("/v1/kv/cas?cas=0", "first"),
                put("/v1/kv/cas?cas=0", "second"),
                get("/v1/kv/cas").keep("now", "/0/ModifyIndex"),
                put("/v1/kv/cas?cas={now}", "second"),
                put("/v1/kv/cas?cas={now}", "third"),
                get("/v1/kv/cas").keep("now", "/0/ModifyIndex"),
                put("/v1/kv/cas?cas=1", "fourth"),
                put("/v1/kv/cas?cas=x", "fourth"),
                put("/v1/kv/cas?cas=", "fourth"),
                put("/v1/kv/cas?cas=-1", "fourth"),
                put("/v1/kv/cas?cas={now}&flags=7", "fourth"),
                get("/v1/kv/cas").keep("now", "/0/ModifyIndex"),
                put("/v1/kv/absent-cas?cas=5", "no"),
                get("/v1/kv/absent-cas"),
                delete("/v1/kv/cas?cas=1"),
                delete("/v1/kv/cas?cas=0"),
                delete("/v1/kv/cas?cas=x"),
                delete("/v1/kv/cas?cas={now}"),
                get("/v1/kv/cas"),
                delete("/v1/kv/cas?cas={now}"),
            ],
        ),
    ]
}

fn removing() -> Vec<Scenario> {
    vec![scenario(
        "removed",
        [
            put("/v1/kv/gone/a", "1"),
            put("/v1/kv/gone/b", "2"),
            put("/v1/kv/gone-too", "3"),
            delete("/v1/kv/gone/a"),
            get("/v1/kv/gone/a"),
            delete("/v1/kv/gone/a"),
            get("/v1/kv/gone/?recurse"),
            delete("/v1/kv/gone?recurse"),
            get("/v1/kv/gone?keys"),
            get("/v1/kv/gone?recurse"),
            put("/v1/kv/gone/a", "4"),
            get("/v1/kv/gone?recurse"),
            delete("/v1/kv/gone/?recurse&cas=1"),
            delete("/v1/kv/nothing?recurse"),
        ],
    )]
}

fn refused() -> Vec<Scenario> {
    vec![
        scenario(
            "keys that are refused",
            [
                get("/v1/kv/"),
                get("/v1/kv"),
                put("/v1/kv/", "x"),
                delete("/v1/kv/"),
                ask("POST", "/v1/kv/posted", "x"),
                ask("PATCH", "/v1/kv/posted", "x"),
                put("/v1/kv/absent-both?acquire=40e4a748-2192-161a-0510-9bf59fe950b5&cas=0", "x"),
                put(
                    "/v1/kv/absent-both?acquire=40e4a748-2192-161a-0510-9bf59fe950b5&release=40e4a748-2192-161a-0510-9bf59fe950b5",
                    "x",
                ),
                put("/v1/kv/absent-both?cas=0&release=40e4a748-2192-161a-0510-9bf59fe950b5", "x"),
                get("/v1/kv/absent-both"),
            ],
        ),
        scenario(
            "values that are too long",
            [
                put("/v1/kv/long", "x".repeat(512 * 1024)),
                get("/v1/kv/long").only("/0/Key").only("/0/CreateIndex").only("/0/ModifyIndex"),
                put("/v1/kv/absent-longer", "x".repeat(512 * 1024 + 1)),
                get("/v1/kv/absent-longer"),
            ],
        ),
    ]
}
