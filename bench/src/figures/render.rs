//! Templates.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};
use gyropilot_template::{Template, Value};
use serde_json::json;

use crate::clock;
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::{HEADS, Sample, short};
use crate::stage::Stage;

const PASSES: usize = 200;
const RUNS: usize = 50;
const BOUND: Duration = Duration::from_secs(20);
/// The size of the template, in bytes.
const SIZE: usize = 10_000;

/// What a proxy's configuration is made of.
const BLOCK: &str = "\
{{- range $i, $s := .services }}{{ if $s.tags }}
upstream {{ $s.name }}_{{ $i }} {
    least_conn;
{{- range $s.instances }}
    server {{ .address }}:{{ .port }}{{ with .weight }} weight={{ . }}{{ end }}; # {{ printf \"%-12s\" .id }}
{{- else }}
    server 127.0.0.1:65535; # force a 502
{{- end }}
}
{{- end }}{{ end }}
";

/// Two services, as templates of nginx have them.
const SERVICES: &str = "\
{{ range service \"sales\" }}server {{ .Address }}:{{ .Port }};
{{ end }}{{ range service \"customers\" }}server {{ .Address }}:{{ .Port }};
{{ end }}";

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let (parse, render, bytes) = engine(stage)?;
    let (once, curls) = once(stage)?;
    let row = |name: &str, sample: &Sample| [[name.to_owned()].as_slice(), &sample.cells()].concat();
    let mut rows = vec![row("parse a template of 10 kB", &parse), row("render it", &render)];
    let mut notes =
        vec![format!("The 10 kB template renders {bytes} bytes from a document of four services.")];
    match &once {
        Some(once) => rows.push(row("consul-template -once, two services", once)),
        None => notes.push("This build cannot yet run as consul-template.".to_owned()),
    }
    rows.push(row("shell, curl for each of the two services", &curls));
    let median = once.as_ref().map_or(f64::NAN, Sample::median);
    Ok(Figure {
        title: "Templates",
        method: "In ms. Parsing and rendering are measured inside one process; `consul-template -once` from exec to exit \
            with a template that names two services, every time to a new file; its peer only fetches the same two \
            answers and drops them."
            .to_owned(),
        plots: Vec::new(),
        heads: [["what"].as_slice(), &HEADS].concat(),
        rows,
        verdicts: vec![Verdict {
            what: "consul-template -once, exec to exit, p50",
            ours: format!("{} ms", short(median)),
            peer: format!("two curls {} ms", short(curls.median())),
            ratio: ratio(median, curls.median()),
            aim: "–".to_owned(),
            met: None,
        }],
        notes,
    })
}

fn engine(stage: &Stage) -> Result<(Sample, Sample, usize)> {
    let text = BLOCK.repeat(SIZE.div_ceil(BLOCK.len()));
    let service = |name: &str| {
        let instance = |at: u32| json!({ "id": format!("{name}-{at}"), "address": format!("192.0.2.{at}"), "port": 8000 + at, "weight": at });
        json!({ "name": name, "tags": ["primary"], "instances": (0..4).map(instance).collect::<Vec<_>>() })
    };
    let services = ["sales", "customers", "stock", "mail"].map(service);
    let dot = Value::from(json!({ "services": services }));
    let (mut parse, mut render, mut bytes) = (Sample::default(), Sample::default(), 0);
    for _ in 0..stage.runs(PASSES) {
        let started = clock::now();
        let mut template = Template::new("bench");
        template.parse(&text)?;
        let parsed = clock::now();
        bytes = template.render(&dot)?.len();
        render.add(clock::milliseconds_since(parsed));
        parse.add(clock::milliseconds(started, parsed));
    }
    Ok((parse, render, bytes))
}

/// `consul-template -once`, where the pilot can do it, and its peer.
fn once(stage: &Stage) -> Result<(Option<Sample>, Sample)> {
    let consul = stage.consul()?;
    for (service, instance) in [("sales", "sales-1"), ("sales", "sales-2"), ("customers", "customers-1")] {
        consul.set_instance(service, instance, true)?;
    }
    let folder = stage.folder()?;
    let (source, target) = (folder.join("servers.ctmpl"), folder.join("servers.conf"));
    std::fs::write(&source, SERVICES)?;
    let address = format!("127.0.0.1:{}", consul.port());
    let pair = format!("{}:{}", source.display(), target.display());
    let mut ours = Command::new(stage.pilot());
    ours.args(["consul-template", "-once", "-consul", &address, "-template", &pair]);
    let url = |service| format!("http://{address}/v1/health/service/{service}?passing");
    let mut peer = Command::new("/bin/sh");
    peer.arg("-c").arg(format!("curl -s '{}'; curl -s '{}'", url("sales"), url("customers")));

    let (mut once, mut curls) = (Some(Sample::default()), Sample::default());
    for _ in 0..stage.runs(RUNS) {
        curls.add(one(&mut peer)?.1);
        let Some(sample) = &mut once else { continue };
        let (success, took) = one(&mut ours)?;
        if !success {
            once = None;
            continue;
        }
        sample.add(took);
        let rendered = std::fs::read_to_string(&target)?;
        if rendered.matches("192.0.2.1:80;").count() != 3 {
            bail!("consul-template rendered something else: {rendered:?}");
        }
        std::fs::remove_file(&target)?;
    }
    Ok((once, curls))
}

fn one(command: &mut Command) -> Result<(bool, f64)> {
    let started = clock::now();
    let mut running = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let status = running.wait(BOUND)?;
    Ok((status.success(), clock::milliseconds_since(started)))
}
