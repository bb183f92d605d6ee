//! HAProxy with `server-template`: its servers are the instances that names are answered with.

use crate::Stand;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::http::{self, Peer};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::port;
use gyropilot_conformance::wait::{SOON, wait_until};
use gyropilot_conformance::web::{Manner, Web};
use serde_json::json;

on_each_agent! {
    instances_that_come_and_go_are_followed,
    an_instance_that_is_critical_gets_no_requests,
}

/// It asks five times a second, and forgets at once.
fn configuration(dns: u16, front: u16) -> String {
    format!(
        "defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
resolvers agent
    nameserver one 127.0.0.1:{dns}
    accepted_payload_size 4096
    timeout resolve 200ms
    timeout retry 200ms
    hold valid 200ms
    hold nx 200ms
frontend in
    bind 127.0.0.1:{front}
    default_backend web
backend web
    balance roundrobin
    server-template web 4 _web._tcp.service.consul resolvers agent init-addr none
"
    )
}

/// HAProxy, and how many requests each of its servers got.
struct Front<'a> {
    stand: &'a Stand,
    port: u16,
    _running: Pilot,
}

// === impl Front ===

impl<'a> Front<'a> {
    fn start(stand: &'a Stand) -> Self {
        let port = port::one();
        let config = configuration(stand.agent.ports().dns, port);
        let config = stand.file("haproxy.cfg", &config).display().to_string();
        let haproxy = stand.program("haproxy", "usr/sbin/haproxy", "GYROPILOT_TEST_HAPROXY");
        Self { stand, port, _running: haproxy.args(["-db", "-f", &config]).start() }
    }

    /// A server of its own behind a registration that lives as long as its TTL is refreshed.
    fn offer(&self, id: &str, last: u8) -> Web {
        // HAProxy confuses servers that have one address and several ports.
        let web = Web::start_at(Manner::Status(200), ([127, 0, 0, last], 0).into());
        let body = json!({"ID": id, "Name": "web", "Address": web.address().ip(), "Port": web.address().port(),
            "Check": {"TTL": "60s", "Status": "passing"}});
        let answer = self.stand.agent.ask("PUT", "/v1/agent/service/register", &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        web
    }

    /// The status of the answer; none while it does not listen yet.
    fn ask(&self) -> Option<u16> {
        let peer = Peer::Tcp(([127, 0, 0, 1], self.port).into());
        http::ask(&peer, "GET", "/", "").ok().map(|answer| answer.status)
    }

    /// Waits until a round of requests reaches these servers and no other.
    #[track_caller]
    fn await_served_by(&self, servers: &[&Web], others: &[&Web]) {
        let count = |webs: &[&Web]| webs.iter().map(|web| web.heads().len()).collect::<Vec<_>>();
        wait_until(SOON, "the right servers to be asked", || {
            let (before, before_others) = (count(servers), count(others));
            let statuses: Vec<_> = (0..servers.len() * 3).map(|_| self.ask()).collect();
            let all_asked = count(servers).iter().zip(&before).all(|(now, before)| now > before);
            let right = statuses.iter().all(|status| *status == Some(200));
            (all_asked && right && count(others) == before_others).then_some(())
        });
    }
}

fn instances_that_come_and_go_are_followed(make: Make) {
    let stand = Stand::new(make);
    let front = Front::start(&stand);
    wait_until(SOON, "nobody to serve", || (front.ask() == Some(503)).then_some(()));
    let one = front.offer("one", 1);
    front.await_served_by(&[&one], &[]);
    let two = front.offer("two", 2);
    let three = front.offer("three", 3);
    front.await_served_by(&[&one, &two, &three], &[]);
    stand.agent.deregister("one");
    front.await_served_by(&[&two, &three], &[&one]);
    stand.agent.deregister("two");
    stand.agent.deregister("three");
    wait_until(SOON, "nobody to serve any more", || (front.ask() == Some(503)).then_some(()));
}

fn an_instance_that_is_critical_gets_no_requests(make: Make) {
    let stand = Stand::new(make);
    let front = Front::start(&stand);
    let (one, two) = (front.offer("one", 1), front.offer("two", 2));
    front.await_served_by(&[&one, &two], &[]);
    stand.agent.ask("PUT", "/v1/agent/check/fail/service:one", "");
    front.await_served_by(&[&two], &[&one]);
    stand.agent.ask("PUT", "/v1/agent/check/pass/service:one", "");
    front.await_served_by(&[&one, &two], &[]);
}
