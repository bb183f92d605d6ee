//! What a file says of one container, in the same words for every scheduler.

use crate::hcl::{self, LABEL};
use crate::node::{Node, Unreadable, Value};
use crate::scheduler::Scheduler;
use crate::{unit, yaml};
use gyropilot_model::parse_duration;
use std::collections::BTreeMap;
use std::time::Duration;

/// Kubernetes' kinds whose pod template is at `spec.template`.
const TEMPLATED: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"];

/// What is said of a container.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Its name.
    pub(crate) name: String,
    /// Where it begins.
    pub(crate) line: usize,
    /// Its image and its command, for recognizing it.
    pub(crate) runs: String,
    pub(crate) grace: Option<(Duration, usize)>,
    pub(crate) signal: Option<(String, usize)>,
    pub(crate) probes: Vec<Asked>,
    /// The container's own ports.
    pub(crate) ports: Vec<(u16, usize)>,
    /// A port of the host is fixed there.
    pub(crate) host_port: Option<usize>,
    pub(crate) replicas: Option<(u64, usize)>,
    pub(crate) variables: BTreeMap<String, (String, usize)>,
    /// Variables come from elsewhere besides.
    pub(crate) has_more_variables: bool,
    /// Old ones stop before new ones start.
    pub(crate) stop_first: Option<usize>,
    pub(crate) read_only: Option<usize>,
    /// What can be written nevertheless.
    pub(crate) writable: Vec<String>,
}

/// A probe of the scheduler's.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) kills: bool,
    /// A number, or the name of a port.
    pub(crate) port: Option<u16>,
    pub(crate) path: Option<String>,
    pub(crate) line: usize,
}

/// Whose file is this, and what does it say of each of its containers?
pub(crate) fn facts(text: &str, scheduler: Option<Scheduler>) -> Result<(Scheduler, Vec<Facts>), Unreadable> {
    let unknown =
        || Unreadable { line: 1, reason: "this is the file of no scheduler that is known".to_owned() };
    let scheduler = match scheduler {
        Some(scheduler) => scheduler,
        None => recognized(text).ok_or_else(unknown)?,
    };
    let found = match scheduler {
        Scheduler::Systemd => vec![of_unit(&unit::read(text)?)],
        Scheduler::Nomad => of_nomad(&hcl::read(text)?),
        Scheduler::Compose | Scheduler::Swarm => yaml::read(text)?.iter().flat_map(of_compose).collect(),
        Scheduler::Kubernetes => yaml::read(text)?.iter().flat_map(of_kubernetes).collect(),
        Scheduler::Marathon => yaml::read(text)?.iter().map(of_marathon).collect(),
    };
    Ok((scheduler, found))
}

fn recognized(text: &str) -> Option<Scheduler> {
    let begins = |word: &str| text.lines().any(|line| line.starts_with(word));
    if begins("[Service]") {
        return Some(Scheduler::Systemd);
    }
    if begins("job ") || begins("job\t") {
        return Some(Scheduler::Nomad);
    }
    let documents = yaml::read(text).ok()?;
    let has = |name: &str| documents.iter().any(|document| document.get(name).is_some());
    if has("apiVersion") {
        return Some(Scheduler::Kubernetes);
    }
    if has("services") {
        let services = documents.iter().filter_map(|document| document.get("services"));
        let mut each = services.flat_map(Node::members);
        let is_stack = each.any(|(_, service)| service.at(&["deploy", "update_config"]).is_some());
        return Some(if is_stack { Scheduler::Swarm } else { Scheduler::Compose });
    }
    (has("id") && has("instances") || has("container")).then_some(Scheduler::Marathon)
}

fn of_compose(document: &Node) -> Vec<Facts> {
    let services = document.get("services").map(Node::members).unwrap_or_default();
    services.iter().map(|(name, service)| of_service(name, service)).collect()
}

fn of_service(name: &str, service: &Node) -> Facts {
    let mut facts = Facts::new(name, service);
    facts.runs = format!("{} {}", words(service.get("image")), words(service.get("command")));
    facts.grace = seconds(service.text_at(&["stop_grace_period"]));
    facts.signal = service.text_at(&["stop_signal"]);
    for port in service.get("ports").map(Node::items).unwrap_or_default() {
        if let Some(text) = port.as_text() {
            let text = text.split('/').next().unwrap_or_default();
            let mut parts = text.rsplitn(3, ':');
            facts.ports.extend(number(parts.next()).map(|number| (number, port.line)));
            // A range, or none, is not one port of the host.
            if parts.next().is_some_and(|host| host.parse::<u16>().is_ok_and(|host| host != 0)) {
                facts.host_port = Some(port.line);
            }
        } else {
            let target = port.text_at(&["target"]);
            facts
                .ports
                .extend(number(target.as_ref().map(|(text, _)| text.as_str())).map(|n| (n, port.line)));
            let is_host = port.text_at(&["mode"]).is_some_and(|(mode, _)| mode == "host");
            if port.get("published").is_some() && is_host {
                facts.host_port = Some(port.line);
            }
        }
    }
    let replicas = service.text_at(&["deploy", "replicas"]).or_else(|| service.text_at(&["scale"]));
    facts.replicas = counted(replicas);
    facts.take_variables(service.get("environment"));
    facts.has_more_variables = service.get("env_file").is_some();
    let order = service.at(&["deploy", "update_config"]);
    if let Some(update) = order {
        let order = update.text_at(&["order"]);
        if order.as_ref().is_none_or(|(order, _)| order != "start-first") {
            facts.stop_first = Some(order.map_or(update.line, |(_, line)| line));
        }
    }
    if service.is_true(&["read_only"]) {
        facts.read_only = service.get("read_only").map(|node| node.line);
    }
    let tmpfs = service.get("tmpfs");
    let single = tmpfs.and_then(Node::as_text).map(str::to_owned);
    let several =
        tmpfs.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text).map(str::to_owned);
    facts.writable = single.into_iter().chain(several).collect();
    for volume in service.get("volumes").map(Node::items).unwrap_or_default() {
        let short = volume.as_text().and_then(|text| text.split(':').nth(1)).map(str::to_owned);
        facts.writable.extend(short.or_else(|| Some(volume.text_at(&["target"])?.0)));
    }
    facts
}

fn of_kubernetes(document: &Node) -> Vec<Facts> {
    let Some((kind, _)) = document.text_at(&["kind"]) else { return Vec::new() };
    let spec = document.get("spec");
    let pod = match kind.as_str() {
        "Pod" => spec,
        kind if TEMPLATED.contains(&kind) => spec.and_then(|spec| spec.at(&["template", "spec"])),
        _ => None,
    };
    let (Some(spec), Some(pod)) = (spec, pod) else { return Vec::new() };
    let containers = pod.get("containers").map(Node::items).unwrap_or_default();
    containers.iter().map(|container| of_container(container, pod, spec)).collect()
}

fn of_container(container: &Node, pod: &Node, spec: &Node) -> Facts {
    let name = container.text_at(&["name"]).map_or_else(String::new, |(name, _)| name);
    let mut facts = Facts::new(&name, container);
    let run = [container.get("image"), container.get("command"), container.get("args")];
    facts.runs = run.map(words).join(" ");
    facts.grace = seconds(pod.text_at(&["terminationGracePeriodSeconds"]));
    facts.replicas = counted(spec.text_at(&["replicas"]));
    let mut names: BTreeMap<String, u16> = BTreeMap::new();
    for port in container.get("ports").map(Node::items).unwrap_or_default() {
        let Some((text, line)) = port.text_at(&["containerPort"]) else { continue };
        if let Some(number) = number(Some(&text)) {
            facts.ports.push((number, line));
            names.extend(port.text_at(&["name"]).map(|(name, _)| (name, number)));
        }
        if let Some((_, line)) = port.text_at(&["hostPort"]) {
            facts.host_port = Some(line);
        }
    }
    for (probe, kills) in [("livenessProbe", true), ("readinessProbe", false), ("startupProbe", true)] {
        let Some(probe) = container.get(probe) else { continue };
        for way in ["httpGet", "tcpSocket", "grpc"] {
            let Some(asked) = probe.get(way) else { continue };
            let Some((port, line)) = asked.text_at(&["port"]) else { continue };
            let path = asked.text_at(&["path"]).map(|(path, _)| path);
            let port = number(Some(&port)).or_else(|| names.get(&port).copied());
            // A name of no port is a port that is not there.
            facts.probes.push(Asked { kills, port: port.or(Some(0)), path, line });
        }
    }
    for variable in container.get("env").map(Node::items).unwrap_or_default() {
        if let Some((name, line)) = variable.text_at(&["name"]) {
            let value =
                variable.text_at(&["value"]).map_or_else(|| "elsewhere".to_owned(), |(value, _)| value);
            facts.variables.insert(name, (value, line));
        }
    }
    facts.has_more_variables = container.get("envFrom").is_some();
    if let Some((kind, line)) = spec.text_at(&["strategy", "type"]) {
        facts.stop_first = (kind == "Recreate").then_some(line);
    }
    if container.is_true(&["securityContext", "readOnlyRootFilesystem"]) {
        facts.read_only = container.at(&["securityContext", "readOnlyRootFilesystem"]).map(|node| node.line);
    }
    let mounts = container.get("volumeMounts").map(Node::items).unwrap_or_default();
    facts.writable = mounts.iter().filter_map(|mount| Some(mount.text_at(&["mountPath"])?.0)).collect();
    facts
}

fn of_nomad(document: &Node) -> Vec<Facts> {
    let mut found = Vec::new();
    for job in document.all("job") {
        for group in job.all("group") {
            for task in group.all("task") {
                found.push(of_task(task, group, job));
            }
        }
    }
    found
}

fn of_task(task: &Node, group: &Node, job: &Node) -> Facts {
    let name = task.text_at(&[LABEL]).map_or_else(String::new, |(name, _)| name);
    let mut facts = Facts::new(&name, task);
    let config = task.get("config");
    let part = |name: &str| words(config.and_then(|config| config.get(name)));
    facts.runs = ["image", "command", "args"].map(part).join(" ");
    facts.grace = seconds(task.text_at(&["kill_timeout"]));
    facts.signal = task.text_at(&["kill_signal"]);
    facts.replicas = counted(group.text_at(&["count"]));
    for network in group.all("network") {
        for port in network.all("port") {
            if let Some((text, line)) = port.text_at(&["to"]) {
                facts.ports.extend(number(Some(&text)).map(|number| (number, line)));
            }
            if let Some((_, line)) = port.text_at(&["static"]) {
                facts.host_port = Some(line);
            }
        }
    }
    facts.take_variables(task.get("env"));
    facts.has_more_variables = task.all("template").any(|template| template.is_true(&["env"]));
    // Nomad starts canaries first where there are some, and stops first otherwise.
    if let Some(update) = group.get("update").or_else(|| job.get("update")) {
        let canaries = counted(update.text_at(&["canary"])).map_or(0, |(count, _)| count);
        facts.stop_first = (canaries == 0).then_some(update.line);
    }
    if config.is_some_and(|config| config.is_true(&["readonly_rootfs"])) {
        facts.read_only = config.and_then(|config| config.get("readonly_rootfs")).map(|node| node.line);
    }
    for mount in config.into_iter().flat_map(|config| config.all("mount")) {
        facts.writable.extend(mount.text_at(&["target"]).map(|(target, _)| target));
    }
    facts
}

fn of_marathon(app: &Node) -> Facts {
    let name = app.text_at(&["id"]).map_or_else(String::new, |(id, _)| id);
    let mut facts = Facts::new(name.rsplit('/').next().unwrap_or_default(), app);
    facts.runs = format!("{} {}", words(app.at(&["container", "docker", "image"])), words(app.get("args")));
    facts.grace = seconds(app.text_at(&["taskKillGracePeriodSeconds"]));
    facts.replicas = counted(app.text_at(&["instances"]));
    facts.take_variables(app.get("env"));
    let mappings = [&["container", "portMappings"][..], &["container", "docker", "portMappings"]];
    let mappings = mappings.into_iter().filter_map(|way| app.at(way)).flat_map(Node::items);
    let mut ports = Vec::new();
    for mapping in mappings {
        if let Some((text, line)) = mapping.text_at(&["containerPort"]) {
            facts.ports.extend(number(Some(&text)).map(|number| (number, line)));
            ports.extend(number(Some(&text)));
        }
        if let Some((text, line)) = mapping.text_at(&["hostPort"]) {
            facts.host_port = (text != "0").then_some(line).or(facts.host_port);
        }
    }
    for check in app.get("healthChecks").map(Node::items).unwrap_or_default() {
        let index = check.text_at(&["portIndex"]);
        let by_index = index.as_ref().map(|(text, _)| {
            text.parse::<usize>().ok().and_then(|index| ports.get(index).copied()).unwrap_or(0)
        });
        let port = number(check.text_at(&["port"]).as_ref().map(|(text, _)| text.as_str())).or(by_index);
        let path = check.text_at(&["path"]).map(|(path, _)| path);
        facts.probes.push(Asked { kills: true, port, path, line: check.line });
    }
    let capacity = app.text_at(&["upgradeStrategy", "minimumHealthCapacity"]);
    facts.stop_first =
        capacity.filter(|(text, _)| text.parse::<f64>().is_ok_and(|share| share < 1.0)).map(|(_, line)| line);
    facts
}

fn of_unit(unit: &Node) -> Facts {
    let service = unit.get("Service").cloned().unwrap_or_else(|| Node::text(1, ""));
    let mut facts = Facts::new("", &service);
    facts.runs = words(service.get("ExecStart"));
    facts.grace = seconds(service.text_at(&["TimeoutStopSec"]));
    facts.signal = service.text_at(&["KillSignal"]);
    for node in service.all("Environment") {
        for word in node.as_text().unwrap_or_default().split_whitespace() {
            if let Some((name, value)) = word.trim_matches('"').split_once('=') {
                facts.variables.insert(name.to_owned(), (value.to_owned(), node.line));
            }
        }
    }
    facts.has_more_variables = service.get("EnvironmentFile").is_some();
    facts
}

// === impl Facts ===

impl Facts {
    fn new(name: &str, node: &Node) -> Self {
        Self { name: name.to_owned(), line: node.line, ..Self::default() }
    }

    /// A map, or a list of NAME=VALUE.
    fn take_variables(&mut self, node: Option<&Node>) {
        let Some(node) = node else { return };
        for (name, value) in node.members() {
            let text = value.as_text().unwrap_or("elsewhere").to_owned();
            self.variables.insert(name.clone(), (text, value.line));
        }
        for item in node.items() {
            // NAME alone is handed on from whoever starts it.
            let (name, value) = item
                .as_text()
                .unwrap_or_default()
                .split_once('=')
                .unwrap_or_else(|| (item.as_text().unwrap_or_default(), "elsewhere"));
            self.variables.insert(name.to_owned(), (value.to_owned(), item.line));
        }
    }
}

/// A text, or the texts of a list, as one.
fn words(node: Option<&Node>) -> String {
    match node.map(|node| &node.value) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::List(items)) => items.iter().filter_map(Node::as_text).collect::<Vec<_>>().join(" "),
        Some(Value::Map(_)) | None => String::new(),
    }
}

fn number(text: Option<&str>) -> Option<u16> {
    text?.parse().ok()
}

fn counted(text: Option<(String, usize)>) -> Option<(u64, usize)> {
    text.and_then(|(text, line)| Some((text.parse().ok()?, line)))
}

/// `25`, `25s`, `1m30s`, and as systemd has it `1min 30s`.
fn seconds(text: Option<(String, usize)>) -> Option<(Duration, usize)> {
    let (text, line) = text?;
    if let Ok(seconds) = text.parse() {
        return Some((Duration::from_secs(seconds), line));
    }
    let plain = text.replace("min", "m").replace("sec", "s").replace(' ', "");
    Some((parse_duration(&plain).ok()?, line))
}
