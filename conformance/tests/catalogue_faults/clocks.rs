//! Clocks that jump.

use crate::kept::Start;
use gyropilot_conformance::wait::{SOON, wait_until};

/// The monotonic clock of one life has nothing to do with that of the next: after a restart of the
/// machine it is younger, in another container it may be older. Time is counted anew in each life.
#[test]
fn a_monotonic_clock_of_another_age_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let aged = |seconds: &str| {
        let words =
            ["unshare", "--time", "--monotonic", seconds, "--boottime", seconds, "--fork", "--kill-child"];
        words.map(Into::into).to_vec()
    };
    let mut index = 0;
    // Forwards by a year, and back again.
    for age in ["31536000", "0"] {
        let mut start = Start::new(home.path(), &data);
        start.prefix = aged(age);
        let catalogue = start.start();
        let answer = catalogue.ask("GET", "/v1/catalog/services", "");
        let now: u64 = answer.header("x-consul-index").unwrap().parse().unwrap();
        assert!(now > index, "{now} after {index}");
        index = now;
        if age == "0" {
            assert_eq!(catalogue.passing("web"), 1, "a year is no reason to expire");
            assert_eq!(catalogue.json("/v1/session/list").as_array().unwrap().len(), 1);
        }
        catalogue.register("web", "20s");
        if age != "0" {
            let made = catalogue.ask("PUT", "/v1/session/create", r#"{"TTL": "10s"}"#);
            assert_eq!(made.status, 200);
        }
        // The clock itself runs as fast as ever.
        let marker = format!("marker-{age}");
        catalogue.register(&marker, "1s");
        wait_until(SOON, "a TTL of a second to expire", || (catalogue.passing(&marker) == 0).then_some(()));
        assert_eq!(catalogue.passing("web"), 1);
    }
}
