//! Against a real Consul agent, and the catalogue that stands in its place.

use crate::quiet_host::QuietHost;
use gyropilot_catalog::Catalog;
use gyropilot_catalog::consul::Consul;
use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::on_each_agent;
use gyropilot_model::{ConsulConfig, Health, Service, Signal, Status};
use gyropilot_render::{ExitCode, Invocation, Options, parse, run};
use std::future::Future;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::{Instant, timeout};

on_each_agent! {
    once_renders_what_consul_knows_within_some_round_trips,
    changes_in_consul_arrive_in_the_file,
    a_key_that_appears_ends_the_wait_and_trees_are_followed,
    a_consul_that_dies_changes_nothing_and_is_followed_again_when_it_is_back,
}

const BOUND: Duration = Duration::from_secs(30);

/// An agent of this test's own, and a folder with one template.
struct Rig {
    folder: TempDir,
    agent: Agent,
    host: Rc<QuietHost>,
    catalog: Rc<dyn Catalog>,
}

impl Rig {
    fn new(make: Make, template: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let agent = make.start(folder.path());
        let config = ConsulConfig { address: agent.address(), ..ConsulConfig::default() };
        let catalog = Rc::new(Consul::new(&config).unwrap());
        let rig = Self { folder, agent, host: Rc::new(QuietHost::new()), catalog };
        rig.template(template);
        rig
    }

    fn template(&self, text: &str) {
        gyropilot_render::replace(&self.path("in"), text.as_bytes(), &Default::default()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self) -> Option<String> {
        std::fs::read_to_string(self.path("out")).ok()
    }

    fn options(&self, flags: &[&str]) -> Options {
        let spec = format!("{}:{}:reload it", self.path("in").display(), self.path("out").display());
        let flags = flags.iter().copied().chain(["-log-level", "debug", "-template", &spec]);
        let args: Vec<String> = flags.map(str::to_owned).collect();
        match parse(&args, ConsulConfig::default(), |_| None) {
            Ok(Invocation::Run(options)) => *options,
            other => panic!("{other:?}"),
        }
    }

    async fn once(&self) -> ExitCode {
        let (_keep, mut signals) = unbounded_channel();
        let options = self.options(&["-once"]);
        let run = run(&options, Rc::clone(&self.catalog), Rc::clone(&self.host), &mut signals);
        timeout(BOUND, run).await.expect("did not end")
    }

    fn start(&self) -> (UnboundedSender<Signal>, JoinHandle<ExitCode>) {
        let (send, mut signals) = unbounded_channel();
        let (options, catalog, host) = (self.options(&[]), Rc::clone(&self.catalog), Rc::clone(&self.host));
        let task = tokio::task::spawn_local(async move { run(&options, catalog, host, &mut signals).await });
        (send, task)
    }

    async fn until(&self, want: &str) {
        let mut ticks = self.host.ticks.subscribe();
        let wait = async {
            while self.read().as_deref() != Some(want) {
                ticks.changed().await.unwrap();
            }
        };
        if timeout(BOUND, wait).await.is_err() {
            panic!("never {want:?} but {:?}; log: {:#?}", self.read(), self.host.log.borrow());
        }
    }
}

async fn register(catalog: &dyn Catalog, name: &str, id: &str, port: u16, tags: &[&str]) {
    let health = Health { command: None, interval: Duration::from_secs(60), timeout: None };
    let service = Service {
        id: id.to_owned(),
        check_id: id.to_owned(),
        address: "10.9.8.7".parse().unwrap(),
        port,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Service::new(name, "", Duration::from_secs(600), health)
    };
    catalog.register(&service, Status::Passing).await.unwrap();
}

async fn stop(rig: &Rig, (send, task): (UnboundedSender<Signal>, JoinHandle<ExitCode>)) {
    send.send(Signal::Term).unwrap();
    let end = timeout(BOUND, task).await.expect("did not end").unwrap();
    assert_eq!(end, ExitCode::Interrupt, "{:#?}", rig.host.log.borrow());
}

fn local(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, work);
}

const ONE_LINE: &str =
    "{{range service \"NAME\"}}{{.ID}}={{.Address}}:{{.Port}}{{.Tags}} {{else}}none{{end}}";

fn once_renders_what_consul_knows_within_some_round_trips(make: Make) {
    local(async {
        let text = "{{range service \"sales\"}}{{.ID}}={{.Address}}:{{.Port}}{{.Tags}} {{end}}\
                    {{range service \"customers\"}}{{.ID}} {{.Node}} {{.Status}} {{len .Checks}} {{end}}\
                    {{key \"/once\"}} {{keyOrDefault \"none\" \"default\"}} {{datacenters}} \
                    {{with node}}{{.Node.Node}}{{end}} {{range nodes}}{{.Node}}{{end}} \
                    {{range services}}{{if eq .Name \"sales\"}}{{.Tags}}{{end}}{{end}}";
        let rig = Rig::new(make, text);
        register(&*rig.catalog, "sales", "sales-1", 4000, &["b", "a"]).await;
        register(&*rig.catalog, "sales", "sales-2", 4001, &[]).await;
        register(&*rig.catalog, "customers", "customers-1", 4002, &[]).await;
        rig.catalog.put("once", b"value").await.unwrap();
        let started = Instant::now();
        assert_eq!(rig.once().await, ExitCode::Ok, "{:#?}", rig.host.log.borrow());
        let took = started.elapsed();
        assert_eq!(
            rig.read().unwrap(),
            "sales-1=10.9.8.7:4000[a b] sales-2=10.9.8.7:4001[] \
             customers-1 real passing 2 value default [dc1] real real [a b]"
        );
        // Some milliseconds where nothing else runs; a round trip after the other would still be far below.
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(rig.host.commands.borrow().len(), 1);
        assert_eq!(rig.once().await, ExitCode::Ok);
        assert_eq!(rig.host.commands.borrow().len(), 1, "nothing changed, so nothing is run");
    });
}

fn changes_in_consul_arrive_in_the_file(make: Make) {
    local(async {
        let rig = Rig::new(make, &ONE_LINE.replace("NAME", "follow"));
        let running = rig.start();
        rig.until("none").await;
        register(&*rig.catalog, "follow", "web-1", 1, &[]).await;
        rig.until("web-1=10.9.8.7:1[] ").await;
        rig.catalog.update("web-1", Status::Critical, "sick").await.unwrap();
        rig.until("none").await;
        rig.catalog.update("web-1", Status::Passing, "well").await.unwrap();
        rig.until("web-1=10.9.8.7:1[] ").await;
        rig.catalog.deregister("web-1").await.unwrap();
        rig.until("none").await;
        stop(&rig, running).await;
    });
}

fn a_key_that_appears_ends_the_wait_and_trees_are_followed(make: Make) {
    local(async {
        let rig = Rig::new(make, "{{key \"late\"}} {{range ls \"dir\"}}{{.Key}}={{.Value}} {{end}}");
        let running = rig.start();
        rig.catalog.put("dir/a", b"1").await.unwrap();
        rig.catalog.put("dir/deeper/b", b"2").await.unwrap();
        rig.catalog.put("late", b"here").await.unwrap();
        rig.until("here a=1 ").await;
        rig.catalog.put("dir/c", b"3").await.unwrap();
        rig.until("here a=1 c=3 ").await;
        rig.catalog.delete("dir/a").await.unwrap();
        rig.until("here c=3 ").await;
        // A key that vanishes leaves the last file standing.
        rig.catalog.delete("late").await.unwrap();
        rig.catalog.put("dir/d", b"4").await.unwrap();
        rig.catalog.put("late", b"back").await.unwrap();
        rig.until("back c=3 d=4 ").await;
        stop(&rig, running).await;
    });
}

fn a_consul_that_dies_changes_nothing_and_is_followed_again_when_it_is_back(make: Make) {
    local(async {
        let mut rig = Rig::new(make, &ONE_LINE.replace("NAME", "web"));
        register(&*rig.catalog, "web", "w1", 1, &[]).await;
        let running = rig.start();
        rig.until("w1=10.9.8.7:1[] ").await;
        rig.agent.kill();
        let mut ticks = rig.host.ticks.subscribe();
        let noticed = async {
            while !rig.host.log.borrow().iter().any(|line| line.contains("retry attempt 2 ")) {
                ticks.changed().await.unwrap();
            }
        };
        timeout(BOUND, noticed).await.expect("the outage was not noticed");
        assert_eq!(rig.read().unwrap(), "w1=10.9.8.7:1[] ");
        rig.agent.start_again();
        register(&*rig.catalog, "web", "w2", 2, &[]).await;
        rig.until("w2=10.9.8.7:2[] ").await;
        stop(&rig, running).await;
    });
}
