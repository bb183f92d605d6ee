//! Templates in the idioms of those that are in use, each rendered to the end
//! over the same catalogue. `INSTA_UPDATE=always` writes the snapshots anew;
//! look at what changed before it is committed.

use crate::quiet_host::QuietHost;
use gyropilot_catalog::simulated::Simulated;
use gyropilot_catalog::{Catalog, TaggedAddress};
use gyropilot_model::{ConsulConfig, Instance, Status};
use gyropilot_render::{ExitCode, Invocation, parse, run};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::LocalSet;

/// Service, id, address, port, tags, status.
const INSTANCES: &[(&str, &str, &str, u16, &str, Status)] = &[
    ("web", "web-1", "10.0.0.1", 8080, "http,v1", Status::Passing),
    ("web", "web-2", "10.0.0.2", 8080, "v2,http", Status::Passing),
    ("web", "web-3", "10.0.0.3", 8081, "backup,http", Status::Warning),
    ("web", "web-4", "10.0.0.4", 8082, "http", Status::Critical),
    ("web", "web.5", "10.0.0.5", 8080, "http,backup", Status::Passing),
    ("api", "api-1", "10.0.1.1", 9000, "http", Status::Passing),
    ("api", "api-2", "10.0.1.2", 9000, "http", Status::Passing),
    ("api", "api-3", "10.0.1.3", 9000, "http", Status::Passing),
    ("sales", "sales-1", "10.0.2.1", 4000, "", Status::Passing),
    ("sales", "sales-2", "10.0.2.2", 4000, "", Status::Passing),
    ("customers", "customers-1", "10.0.3.1", 4000, "", Status::Passing),
    ("db", "db-1", "10.0.4.1", 5432, "primary", Status::Passing),
    ("db", "db-2", "10.0.4.2", 5432, "replica", Status::Passing),
    ("memcached", "mc-1", "10.0.5.1", 11211, "", Status::Passing),
    ("dns", "dns-1", "10.0.6.1", 53, "", Status::Passing),
    ("static_files", "static-1", "10.0.7.1", 80, "http", Status::Passing),
];

const KEYS: &[(&str, &str)] = &[
    ("app/", ""),
    ("app/db/host", "db.example.com"),
    ("app/db/pool/size", "15"),
    ("app/port", "8080"),
    (
        "apps/blog",
        r#"{"domain":"blog.example.com","labels":{"HAPROXY_HTTP":true,"TEAM":"a"},"haproxy":{"balance":"source"}}"#,
    ),
    ("apps/intern", r#"{"domain":"intern.example.com","labels":{"HAPROXY_HTTP":false}}"#),
    ("apps/shop", r#"{"domain":"shop.example.com","labels":{"HAPROXY_HTTP":true}}"#),
    ("env/db/host-name", "db.example.com"),
    ("env/greeting", "say \"hi\""),
    ("flags", r#"{"cache":true,"debug":false,"gzip":true,"level":3}"#),
    ("haproxy/timeout/connect", "3s"),
    ("release/version", "v1.2.3"),
    ("sites/a.example.com/listen", "80"),
    ("sites/a.example.com/root", "/srv/a"),
    ("sites/b.example.com/listen", "8080"),
    ("wordpress/auth_key", "s3'cr\"et"),
    ("wordpress/db_name", "wp"),
    ("wordpress/deeper/unseen", "x"),
];

async fn catalog() -> Rc<Simulated> {
    let catalog = Simulated::new();
    for (service, id, address, port, tags, status) in INSTANCES {
        let tags = tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        let instance = Instance {
            id: (*id).to_owned(),
            address: (*address).to_owned(),
            port: *port,
            tags,
            status: *status,
        };
        catalog.add(service, &instance);
    }
    for (id, version, shard) in [("api-1", "1.0", "7"), ("api-2", "1.0", "11"), ("api-3", "2.0 beta", "")] {
        catalog.tamper(id, |record| {
            record.meta.insert("version".to_owned(), version.to_owned());
            record.meta.insert("shard".to_owned(), shard.to_owned());
            let wan = TaggedAddress { address: "203.0.113.9".to_owned(), port: 443 };
            record.tagged_addresses.insert("wan".to_owned(), wan);
        });
    }
    for (key, value) in KEYS {
        catalog.put(key, value.as_bytes()).await.unwrap();
    }
    Rc::new(catalog)
}

/// Renders a template as `consul-template -once` does.
fn render(name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/templates").join(name);
    let target = folder.path().join("out");
    let spec = format!("{}:{}", source.display(), target.display());
    let args = ["-once", "-template", &spec].map(str::to_owned);
    let Ok(Invocation::Run(options)) = parse(&args, ConsulConfig::default(), |_| None) else { panic!() };
    let host = Rc::new(QuietHost::new());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let end = LocalSet::new().block_on(&runtime, async {
        let (_keep, mut signals) = unbounded_channel();
        let catalog: Rc<dyn Catalog> = catalog().await;
        let run = run(&options, catalog, Rc::clone(&host), &mut signals);
        tokio::time::timeout(Duration::from_secs(3600), run).await.expect("did not end")
    });
    assert_eq!(end, ExitCode::Ok, "{name}: {:?}", host.log.borrow());
    std::fs::read_to_string(target).unwrap()
}

macro_rules! templates {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), render(concat!(stringify!($name), ".ctmpl")));
        })*

        #[test]
        fn every_template_has_a_test() {
            let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/templates"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            assert_eq!(files, [$(concat!(stringify!($name), ".ctmpl")),*]);
        }
    };
}

templates! {
    article_nginx,
    by_key,
    by_meta,
    by_port,
    by_tag,
    dnsmasq,
    environment_file,
    execute_template,
    exploded_tree,
    feature_flags,
    first_of_many,
    haproxy_labels,
    haproxy_roundrobin,
    haproxy_switches,
    haproxy_weights,
    hosts_file,
    maintenance,
    message_of_the_day,
    nested_conditions,
    nginx_every_service,
    nginx_fallback,
    no_spaces,
    ports,
    prometheus_targets,
    regular_expressions,
    scratch_collect,
    status_page,
    tagged_addresses,
    tags_2016,
    varnish_directors,
    wordpress_hosts,
}
