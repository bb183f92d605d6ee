//! The command line of Consul: keys.

use crate::Stand;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;

on_each_agent! {
    what_is_put_is_got_until_it_is_deleted,
    keys_below_a_prefix_are_listed_and_deleted_together,
    a_change_that_comes_too_late_is_refused,
    what_is_exported_can_be_imported,
    a_key_is_held_by_one_session,
    a_value_that_is_too_large_is_refused,
}

/// One field of `kv get -detailed`.
fn field(detailed: &str, name: &str) -> String {
    let line = detailed.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} is missing in:\n{detailed}")).trim().to_owned()
}

fn what_is_put_is_got_until_it_is_deleted(make: Make) {
    let stand = Stand::new(make);
    assert_eq!(stand.prints(&["kv", "put", "app/name", "shop"]), "Success! Data written to: app/name\n");
    assert_eq!(stand.prints(&["kv", "get", "app/name"]), "shop\n");
    stand.prints(&["kv", "put", "-flags=18446744073709551615", "app/flagged", "x"]);
    let detailed = stand.prints(&["kv", "get", "-detailed", "app/flagged"]);
    assert_eq!(field(&detailed, "Flags"), "18446744073709551615");
    assert_eq!((field(&detailed, "LockIndex"), field(&detailed, "Session")), ("0".into(), "-".into()));
    assert_eq!(field(&detailed, "CreateIndex"), field(&detailed, "ModifyIndex"));
    stand.prints(&["kv", "put", "empty"]);
    assert_eq!(stand.prints(&["kv", "get", "empty"]), "\n");
    // Any bytes, and names that a path has to escape.
    stand.prints(&["kv", "put", "-base64", "bytes", "AP8KDQ=="]);
    assert_eq!(stand.prints(&["kv", "get", "-base64", "bytes"]), "AP8KDQ==\n");
    for name in ["with space", "100%", "ä/ö", "a?b#c"] {
        stand.prints(&["kv", "put", name, "odd"]);
        assert_eq!(stand.prints(&["kv", "get", name]), "odd\n", "{name}");
    }
    let file = stand.file("value", "from a file").display().to_string();
    stand.prints(&["kv", "put", "file", &format!("@{file}")]);
    assert_eq!(stand.prints(&["kv", "get", "file"]), "from a file\n");
    assert_eq!(stand.prints(&["kv", "delete", "app/name"]), "Success! Deleted key: app/name\n");
    stand.fails(&["kv", "get", "app/name"], &["No key exists at: app/name"]);
    stand.prints(&["kv", "delete", "app/name"]);
}

fn keys_below_a_prefix_are_listed_and_deleted_together(make: Make) {
    let stand = Stand::new(make);
    for (key, value) in [("a/b", "1"), ("a/d/e", "2"), ("a/c", "3"), ("ab", "4")] {
        stand.prints(&["kv", "put", key, value]);
    }
    assert_eq!(stand.prints(&["kv", "get", "-recurse", "a/"]), "a/b:1\na/c:3\na/d/e:2\n");
    assert_eq!(stand.prints(&["kv", "get", "-recurse"]), "a/b:1\na/c:3\na/d/e:2\nab:4\n");
    assert_eq!(stand.prints(&["kv", "get", "-keys", "-separator=/", "a/"]), "a/b\na/c\na/d/\n");
    assert_eq!(stand.prints(&["kv", "get", "-keys", "-separator=", "a"]), "a/b\na/c\na/d/e\nab\n");
    assert_eq!(stand.prints(&["kv", "get", "-recurse", "none"]), "");
    let said = stand.prints(&["kv", "delete", "-recurse", "a/"]);
    assert_eq!(said, "Success! Deleted keys with prefix: a/\n");
    assert_eq!(stand.prints(&["kv", "get", "-recurse", "a"]), "ab:4\n");
}

fn a_change_that_comes_too_late_is_refused(make: Make) {
    let stand = Stand::new(make);
    stand.prints(&["kv", "put", "key", "first"]);
    let index = field(&stand.prints(&["kv", "get", "-detailed", "key"]), "ModifyIndex");
    let index = format!("-modify-index={index}");
    stand.prints(&["kv", "put", "-cas", &index, "key", "second"]);
    stand.fails(&["kv", "put", "-cas", &index, "key", "third"], &["Did not write to key: CAS failed"]);
    stand.fails(&["kv", "delete", "-cas", &index, "key"], &["Did not delete key key: CAS failed"]);
    let detailed = stand.prints(&["kv", "get", "-detailed", "key"]);
    assert_eq!(field(&detailed, "Value"), "second");
    let number = |name| field(&detailed, name).parse::<u64>().unwrap();
    assert!(number("ModifyIndex") > number("CreateIndex"));
    stand.prints(&["kv", "delete", "-cas", &format!("-modify-index={}", number("ModifyIndex")), "key"]);
    stand.fails(&["kv", "get", "key"], &["No key exists"]);
}

fn what_is_exported_can_be_imported(make: Make) {
    let stand = Stand::new(make);
    for (key, value) in [("app/a", "1"), ("app/b", "zwei"), ("app/c/d", ""), ("other", "x")] {
        stand.prints(&["kv", "put", "-flags=7", key, value]);
    }
    let exported = stand.prints(&["kv", "export", "app/"]);
    let file = stand.file("export.json", &exported).display().to_string();
    stand.prints(&["kv", "delete", "-recurse"]);
    let said = stand.prints(&["kv", "import", &format!("@{file}")]);
    assert_eq!(said, "Imported: app/a\nImported: app/b\nImported: app/c/d\n");
    assert_eq!(stand.prints(&["kv", "export", ""]), exported);
    assert_eq!(stand.prints(&["kv", "export", "none"]), "[]\n");
}

fn a_key_is_held_by_one_session(make: Make) {
    let stand = Stand::new(make);
    let session = |name: &str| {
        let answer = stand.agent.ask("PUT", "/v1/session/create", &format!("{{\"Name\": \"{name}\"}}"));
        let made: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        format!("-session={}", made["ID"].as_str().unwrap())
    };
    let (one, two) = (session("one"), session("two"));
    assert_eq!(
        stand.prints(&["kv", "put", "-acquire", &one, "lead", "1"]),
        "Success! Lock acquired on: lead\n"
    );
    let held = stand.prints(&["kv", "get", "-detailed", "lead"]);
    assert_eq!(
        (field(&held, "LockIndex"), format!("-session={}", field(&held, "Session"))),
        ("1".into(), one.clone())
    );
    stand.fails(&["kv", "put", "-acquire", &two, "lead", "2"], &["Did not acquire lock"]);
    stand.fails(&["kv", "put", "-release", &two, "lead", "2"], &["Did not release lock"]);
    assert_eq!(stand.prints(&["kv", "put", "-release", &one, "lead"]), "Success! Lock released on: lead\n");
    stand.prints(&["kv", "put", "-acquire", &two, "lead", "2"]);
    assert_eq!(field(&stand.prints(&["kv", "get", "-detailed", "lead"]), "LockIndex"), "2");
    let unknown = "-session=11111111-1111-1111-1111-111111111111";
    stand.fails(&["kv", "put", "-acquire", unknown, "lead", "3"], &["500", "invalid session"]);
}

fn a_value_that_is_too_large_is_refused(make: Make) {
    let stand = Stand::new(make);
    let put = |size: usize| {
        let file = stand.file("value", &"x".repeat(size)).display().to_string();
        stand.consul(&["kv", "put", "large", &format!("@{file}")]).run()
    };
    put(512 * 1024).assert_status(0);
    // So much that a connection closed at once would be a broken pipe to who still writes.
    for size in [512 * 1024 + 1, 700 * 1024] {
        let refused = put(size);
        refused.assert_status(1);
        let words = format!("Request body({size} bytes) too large, max size: 524288 bytes");
        refused.assert_says(&["413", &words]);
    }
}
