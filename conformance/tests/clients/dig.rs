//! `dig`: what names are answered with.

use crate::Stand;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::wait::{SOON, wait_until};

on_each_agent! {
    instances_have_addresses,
    instances_have_ports_and_weights,
    an_instance_may_have_an_address_of_version_6_or_a_name_or_none,
    what_is_not_passing_is_left_out,
    what_is_not_there_is_denied_and_what_is_not_ours_refused,
    the_zone_the_node_and_the_way_back,
    the_case_of_the_question_is_kept,
    many_instances_are_cut_to_the_size_of_the_packet_and_whole_by_tcp,
}

// === impl Stand ===

impl Stand {
    /// What `dig` prints for these words.
    #[track_caller]
    fn dig(&self, words: &str) -> String {
        let dig = self.program("dig", "usr/bin/dig", "GYROPILOT_TEST_DIG");
        let port = self.agent.ports().dns.to_string();
        let dig = dig.args(["-r", "@127.0.0.1", "-p", &port, "+tries=1", "+time=5"]).args(words.split(' '));
        let ended = dig.run();
        ended.assert_status(0);
        ended.out
    }

    /// The lines of the answer, in order of the alphabet: Consul shuffles them.
    #[track_caller]
    fn short(&self, words: &str) -> Vec<String> {
        let mut lines: Vec<_> = self.dig(&format!("+short {words}")).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// The status and the flags of the answer, and its sections that have content, without the lifetimes.
    #[track_caller]
    fn whole(&self, words: &str) -> (String, String, Vec<String>) {
        let out = self.dig(&format!("+noall +comments +answer +authority {words}"));
        let between = |start: &str, end: &str| {
            let rest = out.split_once(start).unwrap_or_else(|| panic!("no {start:?} in:\n{out}")).1;
            rest.split_once(end).map_or(rest, |it| it.0).to_owned()
        };
        let records = out.lines().filter(|line| !line.starts_with(';') && !line.is_empty());
        let records = records.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        (between("status: ", ","), between("flags: ", ";"), records)
    }

    #[track_caller]
    fn register_raw(&self, body: &str) {
        let answer = self.agent.ask("PUT", "/v1/agent/service/register", body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

fn two_of_web(make: Make) -> Stand {
    let stand = Stand::new(make);
    stand
        .register_raw(r#"{"ID": "w1", "Name": "web", "Address": "192.0.2.1", "Port": 80, "Tags": ["blue"]}"#);
    let weights = r#""Weights": {"Passing": 7, "Warning": 1}"#;
    stand.register_raw(&format!(
        r#"{{"ID": "w2", "Name": "web", "Address": "192.0.2.2", "Port": 81, {weights}}}"#
    ));
    wait_until(SOON, "both", || (stand.short("web.service.consul").len() == 2).then_some(()));
    stand
}

fn instances_have_addresses(make: Make) {
    let stand = two_of_web(make);
    let both = ["192.0.2.1", "192.0.2.2"];
    for name in
        ["web.service.consul", "web.service.dc1.consul", "web.service.consul ANY", "+tcp web.service.consul"]
    {
        assert_eq!(stand.short(name), both, "{name}");
    }
    assert_eq!(stand.short("blue.web.service.consul"), ["192.0.2.1"]);
    let (status, flags, records) = stand.whole("blue.web.service.consul");
    assert_eq!((status.as_str(), flags.as_str()), ("NOERROR", "qr aa rd"));
    assert_eq!(records, ["blue.web.service.consul. 0 IN A 192.0.2.1"]);
}

fn instances_have_ports_and_weights(make: Make) {
    let stand = two_of_web(make);
    let both = ["1 1 80 c0000201.addr.dc1.consul.", "1 7 81 c0000202.addr.dc1.consul."];
    for name in ["web.service.consul", "_web._tcp.service.consul", "+tcp _web._tcp.service.dc1.consul"] {
        assert_eq!(stand.short(&format!("{name} SRV")), both, "{name}");
    }
    assert_eq!(stand.short("_web._blue.service.consul SRV"), both[..1]);
    assert_eq!(stand.short("c0000201.addr.dc1.consul"), ["192.0.2.1"]);
    let additional = stand.dig("+noall +additional _web._blue.service.consul SRV");
    let words: Vec<_> = additional.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(words, ["c0000201.addr.dc1.consul.", "0", "IN", "A", "192.0.2.1"], "{additional}");
}

fn an_instance_may_have_an_address_of_version_6_or_a_name_or_none(make: Make) {
    let stand = Stand::new(make);
    stand.register_raw(r#"{"Name": "six", "Address": "2001:db8::6", "Port": 6}"#);
    stand.register_raw(r#"{"Name": "named", "Address": "db.example.org", "Port": 5}"#);
    stand.register_raw(r#"{"Name": "bare", "Port": 7}"#);
    wait_until(SOON, "bare", || (stand.short("bare.service.consul") == ["127.0.0.1"]).then_some(()));
    assert_eq!(stand.short("six.service.consul AAAA"), ["2001:db8::6"]);
    let (status, _, records) = stand.whole("six.service.consul A");
    assert_eq!((status.as_str(), records.len()), ("NOERROR", 1));
    assert!(records[0].starts_with("consul. 0 IN SOA "), "{records:?}");
    assert_eq!(stand.short("named.service.consul SRV"), ["1 1 5 db.example.org."]);
    assert_eq!(stand.whole("named.service.consul").2, ["named.service.consul. 0 IN CNAME db.example.org."]);
    assert_eq!(stand.short("bare.service.consul SRV"), ["1 1 7 real.node.dc1.consul."]);
}

fn what_is_not_passing_is_left_out(make: Make) {
    let stand = Stand::new(make);
    stand.register_raw(r#"{"Name": "web", "Address": "192.0.2.1", "Check": {"TTL": "60s"}}"#);
    let becomes = |verb: &str, status: &str| {
        stand.agent.ask("PUT", &format!("/v1/agent/check/{verb}/service:web"), "");
        wait_until(SOON, status, || (stand.whole("web.service.consul").0 == status).then_some(()));
    };
    becomes("fail", "NXDOMAIN");
    becomes("warn", "NOERROR");
    becomes("fail", "NXDOMAIN");
    becomes("pass", "NOERROR");
}

fn what_is_not_there_is_denied_and_what_is_not_ours_refused(make: Make) {
    let stand = two_of_web(make);
    for name in [
        "none.service.consul",
        "red.web.service.consul",
        "web.service.dc9.consul",
        "none.node.consul",
        "none.consul",
    ] {
        let (status, flags, records) = stand.whole(name);
        assert_eq!((status.as_str(), flags.as_str()), ("NXDOMAIN", "qr aa rd"), "{name}");
        assert!(
            records.len() == 1 && records[0].starts_with("consul. 0 IN SOA ns.consul. "),
            "{name}: {records:?}"
        );
    }
    assert_eq!(stand.whole("example.org").0, "REFUSED");
}

fn the_zone_the_node_and_the_way_back(make: Make) {
    let stand = two_of_web(make);
    let zone = stand.short("consul SOA");
    let words: Vec<_> = zone[0].split(' ').collect();
    assert_eq!(
        (words[0], words[1], &words[3..]),
        ("ns.consul.", "hostmaster.consul.", &["3600", "600", "86400", "0"][..])
    );
    assert_eq!(stand.short("consul NS"), ["real.node.dc1.consul."]);
    assert_eq!(stand.short("real.node.consul"), ["127.0.0.1"]);
    assert_eq!(stand.short("real.node.dc1.consul"), ["127.0.0.1"]);
    assert_eq!(stand.short("-x 127.0.0.1"), ["real.node.dc1.consul."]);
    assert_eq!(stand.short("-x 192.0.2.2"), ["web.service.dc1.consul."]);
}

fn the_case_of_the_question_is_kept(make: Make) {
    let stand = two_of_web(make);
    let (_, _, mut records) = stand.whole("WEB.SerVice.Consul");
    records.sort();
    assert_eq!(records, ["WEB.SerVice.Consul. 0 IN A 192.0.2.1", "WEB.SerVice.Consul. 0 IN A 192.0.2.2"]);
}

fn many_instances_are_cut_to_the_size_of_the_packet_and_whole_by_tcp(make: Make) {
    let stand = Stand::new(make);
    for number in 1..=60 {
        stand.agent.register(&format!("m{number}"), "many", &format!("198.51.100.{number}"), 80);
    }
    wait_until(SOON, "all", || (stand.short("+tcp many.service.consul SRV").len() == 60).then_some(()));
    assert_eq!(stand.short("+tcp many.service.consul").len(), 60);
    // Consul says nothing of the cut, so its clients see some and never ask for more.
    for (size, most) in [("+noedns", 20), ("+bufsize=1232", 40), ("+bufsize=4096", 60)] {
        let some = stand.short(&format!("+ignore {size} many.service.consul SRV"));
        assert!((3..=most).contains(&some.len()), "{size}: {}", some.len());
    }
}
