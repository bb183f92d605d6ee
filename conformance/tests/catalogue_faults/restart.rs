//! The end and the beginning: who is given time to return, and what is refused.

use crate::kept::Start;
use gyropilot_conformance::http::{self, Peer, Request};
use gyropilot_conformance::wait::{SOON, seconds, wait_until};
use std::path::PathBuf;

/// While the catalogue was away nobody could tell it that they live. A check that expired in the
/// meantime, and a session, have the time of the grace to return; who waits for the
/// service is answered with everybody in it.
#[test]
fn nothing_is_emptied_before_its_owner_had_the_time_to_return() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let start = Start::new(home.path(), &data);
    let mut catalogue = start.start();
    catalogue.register("web", "3s");
    let session = r#"{"TTL": "10s", "Behavior": "delete", "LockDelay": "0s"}"#;
    let made = catalogue.ask("PUT", "/v1/session/create", session).body;
    let id = made.split('"').nth(3).unwrap().to_owned();
    assert_eq!(catalogue.ask("PUT", &format!("/v1/kv/lock?acquire={id}"), "mine").body, "true");
    let before = catalogue.ask("GET", "/v1/health/service/web?passing", "");
    let index: u64 = before.header("x-consul-index").unwrap().parse().unwrap();
    assert_eq!(catalogue.ask("PUT", "/v1/agent/check/pass/web-ttl", "").status, 200);
    catalogue.kill();
    // Another catalogue of the same kind shows that the time of that check is over.
    let (aside, elsewhere) = (tempfile::tempdir().unwrap(), home.path().join("elsewhere"));
    let other = Start::new(aside.path(), &elsewhere).start();
    other.register("marker", "4s");
    wait_until(SOON, "a longer TTL to expire", || (other.passing("marker") == 0).then_some(()));
    let catalogue = start.start();
    // One who waited before the crash is answered at once, and with what was there.
    let path = format!("/v1/health/service/web?passing&wait=60s&index={index}");
    let request = Request { method: "GET", path: &path, headers: &[], body: b"", deadline: seconds(10) };
    let answer = http::begin(&Peer::Tcp(catalogue.address()), &request).unwrap().answer().unwrap();
    assert!(answer.body.contains("web-ttl"), "{}", answer.body);
    assert!(answer.header("x-consul-index").unwrap().parse::<u64>().unwrap() > index);
    catalogue.register("marker", "4s");
    wait_until(SOON, "a check of this life to expire", || {
        assert_eq!(catalogue.passing("web"), 1, "more than its TTL is no reason within the grace");
        (catalogue.passing("marker") == 0).then_some(())
    });
    assert!(catalogue.json("/v1/kv/lock")[0]["Session"] == id);
    // Its owner returns, and from then on it counts as ever.
    assert_eq!(catalogue.ask("PUT", "/v1/agent/check/pass/web-ttl", "").status, 200);
    wait_until(SOON, "the check to expire once its owner is back", || {
        (catalogue.passing("web") == 0).then_some(())
    });
}

#[test]
fn a_clean_end_keeps_everything_as_well() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let start = Start::new(home.path(), &data);
    let mut catalogue = start.start();
    assert!(catalogue.said().contains(&format!("It keeps its data in {}.", data.display())));
    assert_eq!(catalogue.ask("PUT", "/v1/kv/key", "value").body, "true");
    catalogue.terminate();
    let catalogue = start.start();
    assert_eq!(catalogue.ask("GET", "/v1/kv/key?raw", "").body, "value");
}

#[test]
fn two_catalogues_do_not_share_a_folder() {
    let (home, aside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let data = home.path().join("data");
    let catalogue = Start::new(home.path(), &data).start();
    let (status, said) = Start::new(aside.path(), &data).refused();
    let wanted = format!(
        "error: {}: another catalogue keeps its data here\n\
         hint: each catalogue needs a folder of its own, or stop the other one\n",
        data.display()
    );
    assert_eq!((status, said), (Some(1), wanted));
    assert_eq!(catalogue.ask("PUT", "/v1/kv/key", "value").body, "true");
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let start = Start::new(home.path(), &data);
    let mut catalogue = start.start();
    for key in 0..3 {
        assert_eq!(catalogue.ask("PUT", &format!("/v1/kv/{key}"), "value").body, "true");
    }
    catalogue.kill();
    let log: PathBuf = data.join("log-0000000001");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[70] ^= 4;
    std::fs::write(&log, &bytes).unwrap();
    let (status, said) = start.refused();
    let wanted =
        format!("error: {}, byte 32: this is not what was written\nhint: nothing was changed", log.display());
    assert!(said.starts_with(&wanted), "{said}");
    assert_eq!(status, Some(1));
    assert_eq!(std::fs::read(&log).unwrap(), bytes);
}

#[test]
fn an_end_that_was_not_written_out_is_cut_off_and_told() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let start = Start::new(home.path(), &data);
    let mut catalogue = start.start();
    assert_eq!(catalogue.ask("PUT", "/v1/kv/key", "value").body, "true");
    catalogue.kill();
    let log = data.join("log-0000000001");
    let mut bytes = std::fs::read(&log).unwrap();
    let whole = bytes.len();
    bytes.extend([7; 30]);
    std::fs::write(&log, &bytes).unwrap();
    let catalogue = start.start();
    assert_eq!(catalogue.ask("GET", "/v1/kv/key?raw", "").body, "value");
    let wanted = format!("note: the last 30 bytes of {} were not written to their end", log.display());
    wait_until(SOON, "the note", || catalogue.said().contains(&wanted).then_some(()));
    assert!(catalogue.said().contains(&format!("cut off at byte {whole}")), "{}", catalogue.said());
}
