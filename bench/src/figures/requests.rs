//! What the catalogue is asked when nothing changes.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::contender::{self, Contender};
use crate::glue;
use crate::mailbox::Mailbox;
use crate::proxy::{Counts, Proxy};
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const SETTLE: Duration = Duration::from_secs(3);
const BOUND: Duration = Duration::from_secs(20);

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    let health = stage.role(&["pass"])?;
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let application = stage.application(&mailbox.words("serve", "application"))?;
    for backend in ["sales", "customers"] {
        consul.set_instance(backend, &format!("{backend}-1"), true)?;
    }
    // One counter each, all in the same minute.
    let proxies = [(); 4].map(|()| Proxy::before(consul.port()));
    let [service, backends, registration, polling] = proxies;
    let (service, backends, registration, polling) = (service?, backends?, registration?, polling?);
    let one_service = json!({
        "consul": format!("127.0.0.1:{}", service.port()),
        "services": [contender::service("ours", &health, 1, 10)],
    });
    let two_backends = json!({
        "consul": format!("127.0.0.1:{}", backends.port()),
        "backends": [
            { "name": "sales", "poll": 3, "onChange": health },
            { "name": "customers", "poll": 3, "onChange": health },
        ],
    });
    let mut running = Vec::new();
    for configuration in [one_service, two_backends] {
        let contender = Contender::gyropilot(stage, "Gyropilot", &configuration, &application)?;
        running.push(Running::start(&mut contender.command())?);
        mailbox.receive(BOUND)?;
    }
    let folder = stage.folder()?;
    glue::registration(&folder.join("register"), registration.port(), "glue", 1, 10, &health)?;
    glue::poll_loop(&folder.join("sales"), polling.port(), "sales", 3, &health)?;
    glue::poll_loop(&folder.join("customers"), polling.port(), "customers", 3, &health)?;
    for name in ["register", "sales", "customers"] {
        let mut command = Command::new(folder.join(name));
        running.push(Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?);
    }
    std::thread::sleep(SETTLE);
    let all = [&service, &backends, &registration, &polling];
    for proxy in all {
        proxy.take();
    }
    let (span, factor) = if stage.quick { (MINUTE / 6, 6) } else { (MINUTE, 1) };
    std::thread::sleep(span);
    let [service, backends, registration, polling] = all.map(Proxy::take);

    let a_minute = |counts: &Counts| counts.values().sum::<u64>() * factor;
    let kinds = |counts: &Counts| {
        let kinds = counts.iter().map(|(kind, count)| format!("{} {kind}", count * factor));
        kinds.collect::<Vec<_>>().join(", ")
    };
    let row = |what: &str, by: &str, counts: &Counts| {
        vec![what.to_owned(), by.to_owned(), a_minute(counts).to_string(), kinds(counts)]
    };
    let verdict = |what, ours: &Counts, name: &str, peer: &Counts, aim: String, met| Verdict {
        what,
        ours: a_minute(ours).to_string(),
        peer: format!("{name} {}", a_minute(peer)),
        ratio: ratio(a_minute(ours) as f64, a_minute(peer) as f64),
        aim,
        met,
    };
    // A heartbeat for each third of the TTL, and a look at the registration.
    let most = 60 * 3 / 10 + 2;
    Ok(Figure {
        title: "Requests to the catalogue",
        method: "Requests in a minute in which nothing changes, counted by a proxy in front of Consul. One service \
            checked every second with a TTL of 10 s; two backends with poll 3."
            .to_owned(),
        plots: Vec::new(),
        heads: vec!["for", "by", "requests a minute", "which"],
        rows: vec![
            row("one service", "Gyropilot", &service),
            row("one service", "shell loop", &registration),
            row("two backends", "Gyropilot", &backends),
            row("two backends", "shell loops", &polling),
        ],
        verdicts: vec![
            verdict(
                "requests a minute, one service",
                &service,
                "shell loop",
                &registration,
                format!("3 a TTL: {most}"),
                Some(a_minute(&service) <= most),
            ),
            verdict("requests a minute, two backends", &backends, "shell loops", &polling, "–".to_owned(), None),
        ],
        notes: vec!["ContainerPilot sent 75 requests a minute for the one service.".to_owned()],
    })
}
