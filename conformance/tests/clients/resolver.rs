//! The resolver of the C library, as any program on a machine uses it that was
//! told of the agent in `/etc/resolv.conf`.

use gyropilot_conformance::agent::{Agent, Make, Ports};
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::stage::Stage;
use gyropilot_conformance::wait::{SOON, wait_until};
use std::path::PathBuf;

on_each_agent! {
    a_machine_may_ask_for_all_names,
}

/// A machine of its own, with the agent where names are asked for.
struct Machine {
    agent: Agent,
    stage: Stage,
    root: PathBuf,
    _scene: Scene,
}

// === impl Machine ===

impl Machine {
    fn new(make: Make) -> Self {
        let (scene, stage) = (Scene::new(env!("CARGO_BIN_EXE_probe")), Stage::new());
        let ports = Ports { http: 8500, dns: 53, server: [8300, 8301, 8302] };
        let agent = Agent::start_within(make, scene.folder(), &stage, ports);
        let root = scene.path("root");
        std::fs::create_dir(&root).unwrap();
        stage.build_root(&root, &[]);
        let machine = Self { agent, stage, root, _scene: scene };
        machine.write("/etc/resolv.conf", "nameserver 127.0.0.1\nsearch service.consul\n");
        machine.write("/etc/nsswitch.conf", "hosts: files dns\n");
        machine.write("/etc/hosts", "127.0.0.1 localhost\n");
        machine
    }

    fn write(&self, path: &str, content: &str) {
        std::fs::write(self.stage.reach(&self.root, path), content).unwrap();
    }

    /// What a program prints there, once it succeeded.
    fn prints(&self, words: &str) -> Option<String> {
        let root = self.root.display().to_string();
        let words: Vec<_> = ["chroot", &root].into_iter().chain(words.split(' ')).collect();
        self.stage.output(&words)
    }

    /// The addresses that a name has.
    fn addresses(&self, name: &str) -> Vec<String> {
        let lines = self.prints(&format!("getent ahosts {name}")).unwrap_or_default();
        let stream =
            lines.lines().filter_map(|line| line.split_once(' ')).filter(|(_, rest)| rest.contains("STREAM"));
        let mut addresses: Vec<_> = stream.map(|(address, _)| address.to_owned()).collect();
        addresses.sort();
        addresses
    }
}

fn a_machine_may_ask_for_all_names(make: Make) {
    let machine = Machine::new(make);
    machine.agent.register("w1", "web", "192.0.2.1", 80);
    machine.agent.register("w2", "web", "192.0.2.2", 80);
    machine.agent.register("s1", "six", "2001:db8::6", 80);
    wait_until(SOON, "all to be known", || {
        (machine.addresses("six.service.consul").len() == 1).then_some(())
    });
    let both = ["192.0.2.1", "192.0.2.2"];
    // The library asks for both kinds of address at once, and for the case of a name it does not care.
    assert_eq!(machine.addresses("web.service.consul"), both);
    assert_eq!(machine.addresses("WEB.service.DC1.consul"), both);
    assert_eq!(machine.addresses("web"), both);
    assert_eq!(machine.addresses("v1.web"), both);
    assert_eq!(machine.addresses("six.service.consul"), ["2001:db8::6"]);
    assert_eq!(machine.addresses("none"), [""; 0]);
    let back = machine.prints("getent hosts 192.0.2.2").unwrap_or_default();
    assert_eq!(back.split_whitespace().collect::<Vec<_>>(), ["192.0.2.2", "web.service.dc1.consul"]);
    // The agent is a service, too.
    let leader = machine.prints("curl -sf --max-time 5 http://consul.service.consul:8500/v1/status/leader");
    assert_eq!(leader.as_deref().map(str::trim), Some("\"127.0.0.1:8300\""));
}
