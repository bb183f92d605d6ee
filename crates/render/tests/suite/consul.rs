//! Against a real Consul agent.

use crate::agent::Agent;
use crate::quiet_host::QuietHost;
use gyropilot_catalog::Catalog;
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

const BOUND: Duration = Duration::from_secs(30);

/// A folder with one template, over a client of its own.
struct Rig {
    folder: TempDir,
    host: Rc<QuietHost>,
    catalog: Rc<dyn Catalog>,
}

impl Rig {
    fn new(agent: &Agent, template: &str) -> Self {
        let rig = Self {
            folder: TempDir::new().unwrap(),
            host: Rc::new(QuietHost::new()),
            catalog: agent.client(),
        };
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
    let service = Service {
        id: id.to_owned(),
        name: name.to_owned(),
        address: "10.9.8.7".parse().unwrap(),
        port,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ttl: Duration::from_secs(600),
        health: Health { command: None, interval: Duration::from_secs(60), timeout: None },
        enable_tag_override: false,
        deregister_critical_after: None,
    };
    catalog.register(&service, Status::Passing).await.unwrap();
}

async fn stop(rig: &Rig, (send, task): (UnboundedSender<Signal>, JoinHandle<ExitCode>)) {
    send.send(Signal::Term).unwrap();
    let end = timeout(BOUND, task).await.expect("did not end").unwrap();
    assert_eq!(end, ExitCode::Interrupt, "{:#?}", rig.host.log.borrow());
}

async fn local<T>(work: impl Future<Output = T>) -> T {
    LocalSet::new().run_until(work).await
}

const ONE_LINE: &str =
    "{{range service \"NAME\"}}{{.ID}}={{.Address}}:{{.Port}}{{.Tags}} {{else}}none{{end}}";

#[tokio::test]
async fn once_renders_what_consul_knows_within_some_round_trips() {
    local(async {
        let agent = Agent::shared().await;
        let client = agent.client();
        register(&*client, "render-sales", "render-sales-1", 4000, &["b", "a"]).await;
        register(&*client, "render-sales", "render-sales-2", 4001, &[]).await;
        register(&*client, "render-customers", "render-customers-1", 4002, &[]).await;
        client.put("render/once", b"value").await.unwrap();
        let text = "{{range service \"render-sales\"}}{{.ID}}={{.Address}}:{{.Port}}{{.Tags}} {{end}}\
                    {{range service \"render-customers\"}}{{.ID}} {{.Node}} {{.Status}} {{len .Checks}} {{end}}\
                    {{key \"/render/once\"}} {{keyOrDefault \"render/none\" \"default\"}} {{datacenters}} \
                    {{with node}}{{.Node.Node}}{{end}} {{range nodes}}{{.Node}}{{end}} \
                    {{range services}}{{if eq .Name \"render-sales\"}}{{.Tags}}{{end}}{{end}}";
        let rig = Rig::new(agent, text);
        let started = Instant::now();
        assert_eq!(rig.once().await, ExitCode::Ok, "{:#?}", rig.host.log.borrow());
        let took = started.elapsed();
        assert_eq!(
            rig.read().unwrap(),
            "render-sales-1=10.9.8.7:4000[a b] render-sales-2=10.9.8.7:4001[] \
             render-customers-1 test passing 2 value default [dc1] test test [a b]"
        );
        // Some milliseconds where nothing else runs; a round trip after the other would still be far below.
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(rig.host.commands.borrow().len(), 1);
        assert_eq!(rig.once().await, ExitCode::Ok);
        assert_eq!(rig.host.commands.borrow().len(), 1, "nothing changed, so nothing is run");
    })
    .await;
}

#[tokio::test]
async fn changes_in_consul_arrive_in_the_file() {
    local(async {
        let agent = Agent::shared().await;
        let client = agent.client();
        let rig = Rig::new(agent, &ONE_LINE.replace("NAME", "render-follow"));
        let running = rig.start();
        rig.until("none").await;
        register(&*client, "render-follow", "rf-1", 1, &[]).await;
        rig.until("rf-1=10.9.8.7:1[] ").await;
        client.update("rf-1", Status::Critical, "sick").await.unwrap();
        rig.until("none").await;
        client.update("rf-1", Status::Passing, "well").await.unwrap();
        rig.until("rf-1=10.9.8.7:1[] ").await;
        client.deregister("rf-1").await.unwrap();
        rig.until("none").await;
        stop(&rig, running).await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_appears_ends_the_wait_and_trees_are_followed() {
    local(async {
        let agent = Agent::shared().await;
        let client = agent.client();
        let rig =
            Rig::new(agent, "{{key \"render/late\"}} {{range ls \"render/dir\"}}{{.Key}}={{.Value}} {{end}}");
        let running = rig.start();
        client.put("render/dir/a", b"1").await.unwrap();
        client.put("render/dir/deeper/b", b"2").await.unwrap();
        client.put("render/late", b"here").await.unwrap();
        rig.until("here a=1 ").await;
        client.put("render/dir/c", b"3").await.unwrap();
        rig.until("here a=1 c=3 ").await;
        client.delete("render/dir/a").await.unwrap();
        rig.until("here c=3 ").await;
        // A key that vanishes leaves the last file standing.
        client.delete("render/late").await.unwrap();
        client.put("render/dir/d", b"4").await.unwrap();
        client.put("render/late", b"back").await.unwrap();
        rig.until("back c=3 d=4 ").await;
        stop(&rig, running).await;
    })
    .await;
}

#[tokio::test]
async fn a_consul_that_dies_changes_nothing_and_is_followed_again_when_it_is_back() {
    local(async {
        let mut agent = Agent::start(&[]).await;
        let rig = Rig::new(&agent, &ONE_LINE.replace("NAME", "web"));
        register(&*agent.client(), "web", "w1", 1, &[]).await;
        let running = rig.start();
        rig.until("w1=10.9.8.7:1[] ").await;
        agent.kill();
        let mut ticks = rig.host.ticks.subscribe();
        let noticed = async {
            while !rig.host.log.borrow().iter().any(|line| line.contains("retry attempt 2 ")) {
                ticks.changed().await.unwrap();
            }
        };
        timeout(BOUND, noticed).await.expect("the outage was not noticed");
        assert_eq!(rig.read().unwrap(), "w1=10.9.8.7:1[] ");
        agent.launch();
        agent.ready().await;
        register(&*agent.client(), "web", "w2", 2, &[]).await;
        rig.until("w2=10.9.8.7:2[] ").await;
        stop(&rig, running).await;
    })
    .await;
}
