//! What becomes of what runs: the application, its services, hooks, backends, coprocesses, tasks and sensors.

use super::migrating::{Migrating, Name, quoted};
use super::old::{Item, Part};
use super::page::Object;
use crate::json5;
use crate::service::is_discoverable;
use gyropilot_model::{Command, Service, format_go_duration};

/// How long a hook may run; the pilot's own bound in the v2 form.
const HOOK_TIMEOUT: &str = "\"1h\"";

// === impl Migrating ===

impl Migrating<'_> {
    /// The jobs, in the order in which the v2 form starts them.
    pub(super) fn work(&mut self, application: &[String]) {
        let services = self.old.items(self.root.get("services"));
        let offered: Vec<Service> = self.plan.services.clone();
        let mut names: Vec<Option<Name>> = Vec::new();
        for (i, (item, service)) in services.iter().zip(&offered).enumerate() {
            let twin = offered.iter().take(i).any(|earlier| earlier.name == service.name);
            if twin {
                self.lost
                    .push(format!("the second service named `{}`: it had the id of the first", service.name));
            }
            names.push((!twin).then(|| self.service_name(&service.name, item.part)));
        }
        let before = self.pre_start();
        let first = names.first().cloned().flatten();
        let main = match &first {
            _ if application.is_empty() => None,
            Some(first) => Some(first.clone()),
            None => Some(self.name("app", None)),
        };
        if let Some(name) = &main {
            let job = self.application(name, application, services.first(), offered.first(), before.as_ref());
            self.jobs.push(job);
        }
        let others = usize::from(main.is_some());
        for ((item, service), name) in services.iter().zip(&offered).zip(&names).skip(others) {
            if let Some(name) = name {
                let mut job = Object::with(item.about.clone());
                if main.is_some() {
                    job.say("another service of the application: in the catalogue while the pilot runs");
                }
                job.text("name", &name.written);
                self.begin(&mut job, before.as_ref());
                self.offer(&mut job, item.part, service);
                self.jobs.push(job);
            }
        }
        let around = main.or(first);
        self.stop_hook("preStop", "stopping", around.as_ref());
        self.stop_hook("postStop", "stopped", around.as_ref());
        self.on_change();
        self.coprocesses(before.as_ref());
        self.tasks(before.is_some());
        self.sensors();
    }

    /// A name that the catalogue and the form of jobs take.
    fn service_name(&mut self, name: &str, part: Part<'_>) -> Name {
        let fit = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let mut adapted: String = name.chars().map(|c| if fit(c) { c } else { '-' }).collect();
        if !adapted.starts_with(|c: char| c.is_ascii_lowercase()) {
            adapted = adapted.to_ascii_lowercase();
        }
        if !adapted.starts_with(|c: char| c.is_ascii_lowercase()) || adapted.len() < 2 {
            adapted = format!("s-{adapted}");
        }
        if adapted != name {
            self.lost.push(format!(
                "the name `{name}`: a job with a port has a small letter first, then letters, digits and `-`; it is \
                 `{adapted}` now, which whoever looks it up has to know"
            ));
        }
        self.name(&adapted, (adapted == name).then_some(part))
    }

    /// The job that has to succeed before anything else starts.
    fn pre_start(&mut self) -> Option<Name> {
        let key = if self.root.get("preStart").is_some() { "preStart" } else { "onStart" };
        let node = self.root.get(key)?;
        let name = self.name("preStart", None);
        let mut job = Object::with(self.old.about(self.root, key));
        job.say("as before: when it fails, the container ends with its status");
        if self.hooks.pre_stop.is_some() || self.hooks.post_stop.is_some() {
            job.say("preStop and postStop run then too, which they did not");
        }
        job.text("name", &name.written).text("exec", self.old.written(node));
        raw(&mut job);
        self.jobs.push(job);
        Some(name)
    }

    fn begin(&self, job: &mut Object, before: Option<&Name>) {
        if let Some(before) = before {
            when(job, &before.written, "once", "exitSuccess");
        }
    }

    fn application(
        &mut self,
        name: &Name,
        application: &[String],
        item: Option<&Item<'_>>,
        service: Option<&Service>,
        before: Option<&Name>,
    ) -> Object {
        let mut job = Object::with(item.map_or_else(Vec::new, |item| item.about.clone()));
        job.say("the application");
        if name.plain != "app" {
            let variable: String = name
                .plain
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
                .collect();
            job.say(format!(
                "its process id is in CONTAINERPILOT_{variable}_PID now, which was CONTAINERPILOT_APP_PID"
            ));
        }
        if application.iter().any(|word| word.contains("{{") && word.contains("CONTAINERPILOT_")) {
            self.lost.push(
                "variables such as CONTAINERPILOT_…_IP in the application's arguments: the file is read before they are set"
                    .to_owned(),
            );
        }
        job.text("name", &name.written).text("main", "true");
        let words: Vec<String> = application.iter().map(|word| self.kept.quoted(word)).collect();
        job.text("exec", format!("[{}]", words.join(", ")));
        raw(&mut job);
        self.begin(&mut job, before);
        if let (Some(item), Some(service)) = (item, service) {
            job.say("when it is stopped, clients have up to 2 s to leave (`drain`) between its withdrawal and the signal");
            self.offer(&mut job, item.part, service);
        }
        job
    }

    /// What the catalogue is told.
    fn offer(&self, job: &mut Object, part: Part<'_>, service: &Service) {
        self.pass(job, part, "port", "port");
        self.interfaces(job, part);
        self.pass(job, part, "tags", "tags");
        self.pass(job, part, "consul", "consul");
        let mut health = Object::default();
        self.pass(&mut health, part, "health", "exec");
        self.pass(&mut health, part, "poll", "interval");
        self.pass(&mut health, part, "ttl", "ttl");
        if service.health.command.is_some() {
            match (service.health.timeout, part.get("timeout"), part.get("ttl")) {
                (Some(_), Some(timeout), _) => {
                    health.text("timeout", self.old.written(timeout));
                }
                // The v2 form lets a check run for the ttl, the form of jobs for the interval.
                (_, _, Some(ttl)) => {
                    let ttl = self.old.written(ttl);
                    health.text("timeout", format!("\"{}s\"", ttl.trim_matches(['"', '\''])));
                }
                _ => {}
            }
        }
        job.object("health", health);
    }

    fn stop_hook(&mut self, key: &str, event: &str, around: Option<&Name>) {
        let Some(node) = self.root.get(key) else { return };
        let Some(around) = around else {
            self.lost.push(format!(
                "`{key}`: there is neither an application nor a service that could be stopped"
            ));
            return;
        };
        let name = self.name(key, None);
        let mut job = Object::with(self.old.about(self.root, key));
        job.say(if key == "preStop" {
            "after the service is withdrawn, as before; now also when the application ends by itself"
        } else {
            "after the process is gone, as before; its status is not that of the container any more"
        });
        job.text("name", &name.written).text("exec", self.old.written(node));
        raw(&mut job);
        job.text("timeout", HOOK_TIMEOUT);
        when(&mut job, &around.written, "once", event);
        self.jobs.push(job);
    }

    /// One job for each command line, lest two runs of it meet.
    fn on_change(&mut self) {
        let items = self.old.items(self.root.get("backends"));
        let backends = self.hooks.backends.clone();
        let mut done: Vec<usize> = Vec::new();
        for (i, (item, backend)) in items.iter().zip(&backends).enumerate() {
            if done.contains(&i) || !is_discoverable(&backend.name) {
                continue;
            }
            let same: Vec<usize> = (i..backends.len())
                .filter(|other| {
                    let other = &backends[*other];
                    is_discoverable(&other.name)
                        && (&other.on_change, other.timeout) == (&backend.on_change, backend.timeout)
                })
                .collect();
            let mut job = Object::default();
            job.say("each change is a run, one after the other; not only one in each `interval`");
            if backends.iter().any(|other| other.name == backend.name && other.tag != backend.tag) {
                job.say(
                    "watches of one service with different tags have one name: a change of either is a run",
                );
            }
            let name = self.name(&format!("{}-changed", backend.name), None);
            job.text("name", &name.written);
            self.pass(&mut job, item.part, "onChange", "exec");
            if backend.timeout.is_some() {
                self.pass(&mut job, item.part, "timeout", "timeout");
            }
            let mut triggers: Vec<String> = Vec::new();
            for node in same.iter().filter_map(|i| items.get(*i)?.part.get("name")) {
                let written = self.old.written(node);
                let inner = written.trim_matches(['"', '\'']);
                let trigger = format!("{{ source: \"watch.{inner}\", each: \"changed\" }}");
                if !triggers.contains(&trigger) {
                    triggers.push(trigger);
                }
            }
            job.text(
                "when",
                if triggers.len() == 1 { triggers.concat() } else { format!("[{}]", triggers.join(", ")) },
            );
            self.jobs.push(job);
            done.extend(same);
        }
    }

    fn coprocesses(&mut self, before: Option<&Name>) {
        let items = self.old.items(self.root.get("coprocesses"));
        let coprocesses = self.hooks.coprocesses.clone();
        for (item, coprocess) in items.iter().zip(&coprocesses) {
            let name = self.name_of(item.part, &coprocess.name, &coprocess.command);
            let mut job = Object::with(item.about.clone());
            job.say("is told to stop together with the application, not after it");
            job.text("name", &name.written);
            self.pass(&mut job, item.part, "command", "exec");
            self.pass(&mut job, item.part, "restarts", "restarts");
            self.begin(&mut job, before);
            self.jobs.push(job);
        }
    }

    fn tasks(&mut self, after_hook: bool) {
        let items = self.old.items(self.root.get("tasks"));
        let tasks = self.hooks.tasks.clone();
        for (item, task) in items.iter().zip(&tasks) {
            let name = self.name_of(item.part, &task.name, &task.command);
            let mut job = Object::with(item.about.clone());
            job.say("the first run is at the start, not one period after it");
            if after_hook {
                job.say("does not wait for preStart, since a job with an interval waits for nothing");
            }
            job.text("name", &name.written);
            self.pass(&mut job, item.part, "command", "exec");
            self.pass_interval(&mut job, item.part, "frequency");
            if item.part.text("timeout") != Some("") {
                self.pass(&mut job, item.part, "timeout", "timeout");
            }
            self.jobs.push(job);
        }
    }

    fn pass_interval(&self, job: &mut Object, part: Part<'_>, key: &str) {
        let Some(node) = part.get(key) else { return };
        let mut when = Object::default();
        when.text("interval", self.old.written(node));
        job.object("when", when);
    }

    /// Its own name, or that of its program.
    fn name_of(&mut self, part: Part<'_>, plain: &str, command: &Command) -> Name {
        if part.text("name").is_some_and(|name| !name.is_empty()) {
            return self.name(plain, Some(part));
        }
        let program = &command.program;
        self.name(program.rsplit('/').next().unwrap_or(program), None)
    }

    /// A sensor is a job that posts what its check prints.
    fn sensors(&mut self) {
        let Some(part) = self.root.get("telemetry").and_then(Part::of) else { return };
        let items = self.old.items(part.get("sensors"));
        let sensors = self.plan.telemetry.iter().flat_map(|telemetry| telemetry.sensors.clone());
        for (item, sensor) in items.iter().zip(sensors) {
            let Some(check) = item.part.get("check") else { continue };
            let words = match &check.value {
                json5::Value::List(items) => items.iter().map(|item| self.old.written(item)).collect(),
                json5::Value::String(line) => {
                    line.trim().split(' ').map(|word| self.kept.quoted(word)).collect()
                }
                _ => Vec::<String>::new(),
            };
            let name = self.name(&format!("{}-sensor", sensor.metric), None);
            let mut job = Object::default();
            job.say("posts the number that the check prints; needs a shell, and `gyropilot` on PATH");
            job.say("the first run is at the start, not one period after it");
            job.text("name", &name.written);
            let script = quoted("v=$(\"$@\") && exec gyropilot put-metric \"$0=$v\"");
            let mut line = vec![quoted("/bin/sh"), quoted("-c"), script, quoted(&sensor.metric)];
            line.extend(words);
            job.text("exec", format!("[{}]", line.join(", ")));
            let mut when = Object::default();
            when.text("interval", quoted(&format_go_duration(sensor.interval)));
            job.object("when", when);
            if sensor.timeout != sensor.interval {
                self.pass(&mut job, item.part, "timeout", "timeout");
            }
            self.jobs.push(job);
        }
    }
}

fn when(job: &mut Object, source: &str, how: &str, event: &str) {
    let mut when = Object::default();
    when.text("source", source).text(how, quoted(event));
    job.object("when", when);
}

/// Its output went past the log, and still does.
fn raw(job: &mut Object) {
    let mut logging = Object::default();
    logging.text("raw", "true");
    job.object("logging", logging);
}
