//! The file of the article that describes the Autopilot Pattern, verbatim, with
//! real nginx, a real agent and real curl, as PID 1 of a container-like place:
//! own network with `eth0`, own `/etc`, port 80, a host named `consul`.

use crate::{id, scene, seconds};
use gyropilot_conformance::agent::{Agent, Make, Ports};
use gyropilot_conformance::launch::{Ended, Launch};
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::stage::{ETH0_INET, Stage};
use gyropilot_conformance::target::{self, fixed};
use gyropilot_conformance::wait::{SOON, wait_until};
use std::path::PathBuf;

on_each_agent! {
    nginx_follows_the_catalogue_and_leaves_no_trace,
    called_containerpilot_it_is_the_same,
    a_configuration_that_nginx_refuses_is_not_the_end_of_it,
    nginx_that_dies_takes_the_container_and_the_registration_along,
}

const CONFIGURATION: &str = include_str!("article/containerpilot.json");
const TEMPLATE: &str = include_str!("article/nginx.conf.ctmpl");

/// The place, with Consul up and nobody registered.
struct Container {
    scene: Scene,
    stage: Stage,
    consul: Agent,
    root: PathBuf,
    path: String,
}

impl Container {
    fn new(make: Make) -> Self {
        let (scene, stage) = (scene(), Stage::new());
        // The ports of the place's own network are all free.
        let ports = Ports { http: 8500, dns: 8600, server: [8300, 8301, 8302] };
        let consul = Agent::start_within(make, scene.folder(), &stage, ports);
        let root = scene.path("root");
        std::fs::create_dir(&root).unwrap();
        let nginx = target::tool("nginx", "usr/sbin/nginx", "GYROPILOT_TEST_NGINX");
        let bin = scene.path("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(nginx.canonicalize().unwrap(), bin.join("nginx")).unwrap();
        let binary = target::binary();
        let nginx_folder = nginx.canonicalize().unwrap().parent().unwrap().to_owned();
        stage.build_root(&root, &[scene.folder(), binary.parent().unwrap(), &nginx_folder]);
        let path = format!("{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", bin.display());
        let container = Self { scene, stage, consul, root, path };
        for (path, content) in [
            ("/etc/hosts", "127.0.0.1 localhost consul\n"),
            ("/etc/containerpilot.json", CONFIGURATION),
            ("/etc/containerpilot/nginx.conf.ctmpl", TEMPLATE),
            ("/etc/nginx/empty", ""),
        ] {
            let path = container.inside(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        container
    }

    /// A path inside, as the test reaches it.
    fn inside(&self, path: &str) -> PathBuf {
        self.stage.reach(&self.root, path)
    }

    fn launch(&self, name: &str) -> Launch {
        let launch = self.scene.bare_launch().named(name).within(self.stage.enter_as_pid_1(&self.root));
        let launch = launch.env("PATH", &self.path).env("CONSUL", "consul");
        launch.args(["-config", "file:///etc/containerpilot.json"]).app(["nginx", "-g", "daemon off;"])
    }

    fn rendered(&self) -> String {
        std::fs::read_to_string(self.inside("/etc/nginx/nginx.conf")).unwrap_or_default()
    }

    /// What nginx answers.
    fn get(&self, path: &str) -> Option<String> {
        let url = format!("http://{ETH0_INET}{path}");
        self.stage.output(&["curl", "--fail", "-s", "--max-time", "5", &url])
    }

    #[track_caller]
    fn await_upstreams(&self, name: &str, ports: &[u16]) {
        // `poll` is 3 or 4 s: a first change is acted on at once, a later one after that time.
        wait_until(seconds(8), &format!("nginx to know {name} at {ports:?}"), || {
            let answer = self.get(&format!("/upstreams/{name}"))?;
            let wanted: String = ports.iter().map(|port| format!("127.0.0.1:{port} ")).collect();
            (answer.trim_end() == wanted.trim_end()).then_some(())
        });
    }

    #[track_caller]
    fn await_up(&self) {
        wait_until(SOON, "nginx to be passing", || {
            (self.consul.passing("nginx") == [id("nginx")]).then_some(())
        });
    }

    #[track_caller]
    fn assert_gone(&self, ended: &Ended) {
        ended.assert_status(0);
        assert!(self.consul.passing("nginx").is_empty());
        assert_eq!(self.consul.json("/v1/agent/services").get(id("nginx")), None);
        self.scene.await_silence(seconds(2));
    }
}

fn nginx_follows_the_catalogue_and_leaves_no_trace(make: Make) {
    fixed("consul-template", || {
        let it = Container::new(make);
        it.consul.register("sales-1", "sales", "127.0.0.1", 9001);
        it.consul.register("customers-1", "customers", "127.0.0.1", 9101);
        let pilot = it.launch("gyropilot").start();
        // preStart rendered the first file, so nginx has never run with another one.
        it.await_up();
        it.await_upstreams("sales", &[9001]);
        it.await_upstreams("customers", &[9101]);
        let seen = &it.consul.json("/v1/health/service/nginx?passing")[0];
        assert_eq!(
            (seen["Service"]["Address"].as_str(), seen["Service"]["Port"].as_u64()),
            (Some(ETH0_INET), Some(80))
        );
        // The reload goes to the nginx that runs; it is never started anew.
        let master = std::fs::read_to_string(it.inside("/run/nginx.pid")).unwrap();
        it.consul.register("sales-2", "sales", "127.0.0.1", 9002);
        it.await_upstreams("sales", &[9001, 9002]);
        it.consul.deregister("sales-1");
        it.await_upstreams("sales", &[9002]);
        it.consul.register("customers-2", "customers", "127.0.0.1", 9102);
        it.await_upstreams("customers", &[9101, 9102]);
        it.consul.deregister("sales-2");
        it.await_upstreams("sales", &[]);
        assert_eq!(std::fs::read_to_string(it.inside("/run/nginx.pid")).unwrap(), master);
        assert!(it.rendered().contains("9102"));
        it.assert_gone(&pilot.stop());
    });
}

fn called_containerpilot_it_is_the_same(make: Make) {
    fixed("consul-template", || {
        let it = Container::new(make);
        let pilot = it.launch("containerpilot").start();
        it.await_up();
        it.consul.register("sales-1", "sales", "127.0.0.1", 9001);
        it.await_upstreams("sales", &[9001]);
        it.assert_gone(&pilot.stop());
    });
}

fn a_configuration_that_nginx_refuses_is_not_the_end_of_it(make: Make) {
    fixed("consul-template", || {
        let it = Container::new(make);
        let pilot = it.launch("gyropilot").start();
        it.await_up();
        // A semicolon is missing in what is rendered from now on.
        let broken = TEMPLATE.replace("worker_processes 1;", "worker_processes 1");
        std::fs::write(it.inside("/etc/containerpilot/nginx.conf.ctmpl"), broken).unwrap();
        it.consul.register("sales-1", "sales", "127.0.0.1", 9001);
        wait_until(seconds(8), "the broken file", || it.rendered().contains("9001").then_some(()));
        // nginx goes on with what it had, and the next good file is taken up.
        assert!(it.get("/health").is_some());
        std::fs::write(it.inside("/etc/containerpilot/nginx.conf.ctmpl"), TEMPLATE).unwrap();
        it.consul.register("sales-2", "sales", "127.0.0.1", 9002);
        it.await_upstreams("sales", &[9001, 9002]);
        it.assert_gone(&pilot.stop());
    });
}

fn nginx_that_dies_takes_the_container_and_the_registration_along(make: Make) {
    fixed("consul-template", || {
        let it = Container::new(make);
        let pilot = it.launch("gyropilot").start();
        it.await_up();
        let within = gyropilot_conformance::process::children(pilot.pid());
        let nginx = within.iter().find(|child| child.name == "nginx").unwrap();
        gyropilot_conformance::process::signal(nginx.pid, nix::sys::signal::Signal::SIGKILL);
        let ended = pilot.end(SOON);
        ended.assert_status(137);
        assert!(it.consul.passing("nginx").is_empty());
    });
}
