//! A catalogue that asks who is there: tokens and certificates, as Consul's own
//! command line and the pilot show them.

use crate::Stand;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::launch::{Launch, Pilot};
use gyropilot_conformance::target;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::json;

/// A catalogue that was started with more words than others.
struct Guarded {
    stand: Stand,
    url: String,
    running: Pilot,
}

// === impl Guarded ===

impl Guarded {
    /// What `prepare` gives are the words, after it has written what they name.
    fn start(prepare: impl FnOnce(&Stand) -> Vec<String>) -> Self {
        let stand = Stand::new(Make::Gyropilot);
        let catalog = stand.bare_launch().program(&target::gyropilot());
        let catalog =
            catalog.args(["catalog", "--http", "127.0.0.1:0", "--dns", "127.0.0.1:0"]).args(prepare(&stand));
        let running = catalog.start();
        let url = wait_until(SOON, "the address", || {
            let out = running.out();
            (out.ends_with('\n')).then(|| out.split_whitespace().nth(1).map(str::to_owned))?
        });
        Self { stand, url, running }
    }

    /// The command line of Consul, told of it by these variables.
    fn consul(&self, words: &str, variables: &[(&str, &str)]) -> Launch {
        let words: Vec<_> = words.split(' ').collect();
        let launch = self.stand.consul(&words).env("CONSUL_HTTP_ADDR", &self.url);
        variables.iter().fold(launch, |launch, (name, value)| launch.env(name, value))
    }

    #[track_caller]
    fn allows(&self, words: &str, variables: &[(&str, &str)]) -> String {
        let ended = self.consul(words, variables).run();
        ended.assert_status(0);
        ended.out
    }

    #[track_caller]
    fn refuses(&self, words: &str, variables: &[(&str, &str)], phrase: &str) {
        let ended = self.consul(words, variables).run();
        ended.assert_status(1);
        ended.assert_says(&[phrase]);
    }

    /// A pilot offers `web` until its end, told of the catalogue by these variables.
    #[track_caller]
    fn takes_a_pilot(&self, variables: &[(&str, &str)]) {
        let rest = json!({"consul": self.url});
        let launch = self.stand.jobs(&[self.stand.offer("web", &["forever"], &json!({}))], &rest);
        let pilot = variables.iter().fold(launch, |launch, (name, value)| launch.env(name, value)).start();
        wait_until(SOON, "web to be registered", || {
            (self.allows("catalog services", variables) == "consul\nweb\n").then_some(())
        });
        pilot.stop().assert_status(0);
        assert_eq!(self.allows("catalog services", variables), "consul\n");
    }
}

#[test]
fn who_has_no_token_is_refused_and_who_may_read_may_not_write() {
    let it = Guarded::start(|stand| {
        let tokens = stand.file("tokens", "# for tests\nwrite pencil-7f3a\nread glasses-91bc\n");
        vec!["--tokens".to_owned(), tokens.display().to_string()]
    });
    let token = |value| [("CONSUL_HTTP_TOKEN", value)];
    let (write, read) = (token("pencil-7f3a"), token("glasses-91bc"));
    it.refuses("kv put a 1", &[], "403 (Permission denied)");
    it.refuses("kv get a", &[], "403");
    it.refuses("kv get a", &token("guess"), "403");
    it.refuses("kv put a 1", &read, "403 (Permission denied)");
    it.allows("kv put a 1", &write);
    assert_eq!(it.allows("kv get a", &read), "1\n");
    it.refuses("services register -name db", &read, "403 (Permission denied)");
    it.allows("services register -name db", &write);
    assert_eq!(it.allows("catalog services", &read), "consul\ndb\n");
    it.allows("members", &read);
    it.refuses("event -name deploy", &read, "403");
    it.refuses("lock -try=1s locks/a true", &read, "403");
    it.allows("lock locks/a true", &write);
    let file = it.stand.file("mine", "pencil-7f3a\n").display().to_string();
    it.allows("kv put a 2", &[("CONSUL_HTTP_TOKEN_FILE", &file)]);
    it.allows("services deregister -id db", &write);
    it.takes_a_pilot(&write);
    let said = it.running.said();
    assert!(!said.contains("pencil") && !said.contains("glasses"), "{said}");
}

#[test]
fn who_has_no_certificate_is_refused_and_so_is_who_does_not_know_ours() {
    let make = |stand: &Stand, who: &str| {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = stand.file(&format!("{who}.pem"), &made.cert.pem());
        let key = stand.file(&format!("{who}.key"), &made.signing_key.serialize_pem());
        [certificate, key].map(|path| path.display().to_string())
    };
    let it = Guarded::start(|stand| {
        let ([certificate, key], [client, _]) = (make(stand, "server"), make(stand, "client"));
        let words = ["--tls-cert", &certificate, "--tls-key", &key, "--tls-client-ca", &client];
        words.map(str::to_owned).to_vec()
    });
    assert!(it.url.starts_with("https://127.0.0.1:"), "{}", it.url);
    let [server, client, key] = ["server.pem", "client.pem", "client.key"].map(|name| it.stand.at(name));
    let ours = ("CONSUL_CACERT", server.as_str());
    let whole = [ours, ("CONSUL_CLIENT_CERT", &client), ("CONSUL_CLIENT_KEY", &key)];
    it.refuses("kv get a", &[], "x509: certificate signed by unknown authority");
    it.refuses("kv get a", &[ours], "tls: ");
    let plain = it.url.replace("https", "http");
    it.refuses("kv get a", &[("CONSUL_HTTP_ADDR", &plain)], "error");
    it.allows("kv put a 1", &whole);
    assert_eq!(it.allows("kv get a", &whole), "1\n");
    it.takes_a_pilot(&whole);
}
