//! How much a catalogue takes in a second.

use std::rc::Rc;

use anyhow::Result;

use crate::catalogue::{Catalogue, registration};
use crate::consul::ask;
use crate::crowd::{self, Rate, Wording, request};
use crate::report::{Figure, Verdict, ratio};
use crate::sample::short;
use crate::stage::Stage;

/// So many clients ask at once, each one request after another.
const CLIENTS: usize = 16;

/// A kind of request.
struct Kind {
    what: &'static str,
    word: fn(usize, usize) -> String,
    /// How many each client sends.
    each: usize,
}

const KINDS: [Kind; 5] = [
    Kind {
        what: "registrations, each of another instance",
        word: |client, turn| {
            let instance = format!("web-{client}-{turn}");
            request("PUT", "/v1/agent/service/register", &registration("web", &instance))
        },
        each: 100,
    },
    Kind {
        what: "updates of a TTL that change nothing",
        word: |client, turn| {
            let path = format!("/v1/agent/check/update/service:web-{client}-{}", turn % 10);
            request("PUT", &path, r#"{"Status":"passing","Output":"ok"}"#)
        },
        each: 2000,
    },
    Kind {
        what: "reads of a key",
        word: |client, _| request("GET", &format!("/v1/kv/bench/{client}"), ""),
        each: 2000,
    },
    Kind {
        what: "writes of a key",
        word: |client, turn| request("PUT", &format!("/v1/kv/bench/{client}"), &turn.to_string()),
        each: 500,
    },
    Kind {
        what: "writes of a key that must not exist (`cas=0`)",
        word: |client, turn| request("PUT", &format!("/v1/kv/cas/{client}/{turn}?cas=0"), "value"),
        each: 500,
    },
];

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let ours = Catalogue::gyropilot(stage)?;
    let consul = Catalogue::consul_in_memory(stage)?;
    let server = Catalogue::consul_server(stage)?;
    let kept = stage.folder()?;
    let durable = Catalogue::gyropilot_with(stage, &["--data", &kept.display().to_string()])?;
    for catalogue in [&ours, &consul, &durable, &server] {
        for client in 0..CLIENTS {
            ask(catalogue.address().port(), "PUT", &format!("/v1/kv/bench/{client}"), "value")?;
        }
    }
    let (mut rows, mut verdicts) = (Vec::new(), Vec::new());
    for kind in &KINDS {
        let mine = rate(stage, kind, &ours)?;
        let disk = rate(stage, kind, &durable)?;
        let other = rate(stage, kind, &consul)?;
        let other_disk = rate(stage, kind, &server)?;
        for (by, rate) in [
            ("Gyropilot", &mine),
            ("Consul, `-dev`", &other),
            ("Gyropilot, `--data`", &disk),
            ("Consul, a server", &other_disk),
        ] {
            let mut row = vec![kind.what.to_owned(), by.to_owned(), format!("{:.0}", rate.a_second)];
            row.extend([50.0, 99.0].map(|percent| short(rate.latency.percentile(percent))));
            rows.push(row);
        }
        verdicts.push(Verdict {
            what: kind.what,
            ours: format!("{:.0} a second", mine.a_second),
            peer: format!("Consul {:.0}", other.a_second),
            ratio: ratio(mine.a_second, other.a_second),
            aim: "–".to_owned(),
            met: None,
        });
    }
    Ok(Figure {
        title: "The catalogue: requests a second",
        method: format!(
            "{CLIENTS} clients on connections that they keep, each with one request after another; requests a second \
             of all together, and from sending to the end of the answer in ms. The clients are one thread on the same \
             two processors. Both are measured in memory, and keeping what they are told on disk."
        ),
        plots: Vec::new(),
        heads: vec!["what", "by", "a second", "p50", "p99"],
        rows,
        verdicts,
        notes: Vec::new(),
    })
}

fn rate(stage: &Stage, kind: &Kind, catalogue: &Catalogue) -> Result<Rate> {
    let word: Wording = Rc::new(kind.word);
    let each = if stage.quick { kind.each / 10 } else { kind.each };
    crowd::run(crowd::rate(catalogue.address(), CLIENTS, each, word))
}
