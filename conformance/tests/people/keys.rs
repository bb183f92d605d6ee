//! Keys and their values.

use crate::Desk;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use serde_json::{Value, json};

on_each_agent! {
    a_key_is_written_read_listed_and_removed,
    a_value_is_any_bytes,
    nobody_is_overwritten_who_was_faster,
    a_tree_is_removed_by_its_name_and_never_by_an_empty_one,
}

fn a_key_is_written_read_listed_and_removed(make: Make) {
    let desk = Desk::new(make);
    assert_eq!(desk.ask(0, &["kv", "put", "app/limit", "-17"]).said(), "");
    assert_eq!(desk.ask(0, &["kv", "get", "app/limit"]).out, "-17");
    desk.ask(0, &["kv", "put", "/app/a b/c", ""]);
    assert_eq!(desk.ask(0, &["kv", "list"]).out, "app/a b/c\napp/limit\n");
    assert_eq!(desk.ask(0, &["kv", "list", "app/", "--folders"]).out, "app/a b/\napp/limit\n");
    assert_eq!(desk.document(&["kv", "list", "app/l", "--json"]), json!(["app/limit"]));
    let shown = desk.ask(0, &["kv", "list", "app/", "--values"]).out;
    assert_eq!(shown, "KEY        VALUE\napp/a b/c\napp/limit  -17\n");

    desk.ask(0, &["kv", "delete", "app/limit"]);
    desk.ask(0, &["kv", "delete", "app/limit"]);
    let gone = desk.ask(1, &["kv", "get", "app/limit"]);
    assert_eq!(
        (gone.out.as_str(), gone.err.as_str()),
        (
            "",
            "error: there is no key app/limit\nhint: those that begin so: gyropilot catalog kv list app/limit\n"
        )
    );
    let none = desk.ask(0, &["kv", "list", "application"]);
    assert_eq!((none.out.as_str(), none.err.as_str()), ("", "no key begins with application\n"));
    assert_eq!(desk.document(&["kv", "list", "application", "--values", "--json"]), json!([]));
}

fn a_value_is_any_bytes(make: Make) {
    let desk = Desk::new(make);
    std::fs::write(desk.scene.path("value"), [0, 159, 255, b'\n']).unwrap();
    desk.ask(0, &["kv", "put", "bytes", "--file", &desk.scene.at("value")]);
    let key = desk.document(&["kv", "get", "bytes", "--json"]);
    assert_eq!(
        (&key["key"], &key["value"], &key["base64"]),
        (&json!("bytes"), &Value::Null, &json!("AJ//Cg=="))
    );
    let piped = desk.catalog(&["kv", "put", "text", "--file", "-"]);
    piped.within(["sh", "-c", "printf 'one\ntwo' | exec \"$@\"", "sh"]).run().assert_status(0);
    assert_eq!(desk.ask(0, &["kv", "get", "text"]).out, "one\ntwo");
    let key = desk.document(&["kv", "get", "text", "--json"]);
    assert_eq!(
        (&key["value"], &key["flags"], &key["session"]),
        (&json!("one\ntwo"), &json!(0), &Value::Null)
    );

    std::fs::write(desk.scene.path("large"), vec![b'x'; (512 << 10) + 1]).unwrap();
    desk.ask(1, &["kv", "put", "large", "--file", &desk.scene.at("large")]).assert_says(&["512 KiB"]);
    desk.ask(1, &["kv", "put", "large", "--file", &desk.scene.at("none")])
        .assert_says(&["none: No such file"]);
}

fn nobody_is_overwritten_who_was_faster(make: Make) {
    let desk = Desk::new(make);
    desk.ask(0, &["kv", "put", "once", "1", "--cas", "0"]);
    let told = desk.ask(1, &["kv", "put", "once", "2", "--cas", "0"]);
    told.assert_says(&["once was not written: it exists already", "hint: "]);
    let index = || desk.document(&["kv", "get", "once", "--json"])["modify_index"].to_string();
    let before = index();
    desk.ask(0, &["kv", "put", "once", "3", "--cas", &before]);
    desk.ask(1, &["kv", "put", "once", "4", "--cas", &before]).assert_says(&["no longer", &before]);
    assert_eq!(desk.ask(0, &["kv", "get", "once"]).out, "3");
    assert_ne!(index(), before);
}

fn a_tree_is_removed_by_its_name_and_never_by_an_empty_one(make: Make) {
    let desk = Desk::new(make);
    for key in ["app/1", "app/2", "apple", "other"] {
        desk.agent.set_key(key, "x");
    }
    desk.ask(0, &["kv", "delete", "--recurse", "app/"]);
    assert_eq!(desk.ask(0, &["kv", "list"]).out, "apple\nother\n");
    for empty in ["", "/"] {
        for words in
            [&["kv", "delete", empty, "--recurse"][..], &["kv", "get", empty], &["kv", "put", empty, "x"]]
        {
            desk.ask(2, words).assert_says(&["error: a key has a name"]);
        }
    }
    assert_eq!(desk.ask(0, &["kv", "list"]).out, "apple\nother\n");
}
