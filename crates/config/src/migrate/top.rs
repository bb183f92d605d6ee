//! What becomes of the keys at the top.

use super::migrating::Migrating;
use super::old::Part;
use super::page::{Object, Value};
use crate::service::is_discoverable;
use gyropilot_model::{LogFormat, Signal};
use std::collections::BTreeSet;

// === impl Migrating ===

impl Migrating<'_> {
    /// The whole file.
    pub(super) fn page(&mut self, application: &[String]) -> Object {
        let mut page = Object::with(self.old.before());
        self.carry(&mut page, "consul");
        self.carry(&mut page, "logging");
        if self.plan.logging.format == LogFormat::Default {
            page.say("lines of the log begin with a time such as 2026-01-31T10:20:30.5Z now");
        }
        self.carry(&mut page, "stopTimeout");
        self.exit(&mut page, application);
        self.signals(&mut page);
        self.compat(&mut page);
        let watches = self.watches();
        if !watches.is_empty() {
            let about = self.old.about(self.root, "backends");
            page.member(about, "watches", Value::List(watches));
        }
        self.telemetry(&mut page);
        self.work(application);
        page.member(Vec::new(), "jobs", Value::List(std::mem::take(&mut self.jobs)));
        let afterwards = self.old.afterwards(self.root);
        page.about.extend(afterwards);
        for lost in &self.lost {
            page.say(format!("not carried over: {lost}"));
        }
        page
    }

    fn exit(&mut self, page: &mut Object, application: &[String]) {
        if application.is_empty() {
            let note =
                "no application was given after `--`: what is migrated are the hooks and services alone";
            self.notes.push(note.to_owned());
            page.member(
                vec!["without an application the pilot waits for a signal, as it did".to_owned()],
                "exit",
                Value::Text("\"never\"".to_owned()),
            );
        } else {
            page.member(
                vec!["the container ends with the application, and with its status, as it did".to_owned()],
                "exit",
                Value::Text("\"main\"".to_owned()),
            );
        }
    }

    /// What signals meant, where they mean something else to jobs.
    fn signals(&self, page: &mut Object) {
        let mut signals = Object::default();
        let given = self.root.get("signals").and_then(Part::of);
        for member in given.map_or(&[][..], Part::members) {
            signals.text(&member.key, self.old.written(&member.node));
        }
        for (signal, word) in [(Signal::Hup, "\"reload\""), (Signal::Usr1, "\"maintenance\"")] {
            if !self.plan.signals.contains_key(&signal) {
                signals.text(&signal.to_string(), word);
            }
        }
        let mut about = self.old.about(self.root, "signals");
        about.push(
            "with jobs, SIGHUP is an event and SIGUSR1 opens the log anew; this keeps what they did"
                .to_owned(),
        );
        page.member(about, "signals", Value::Object(signals));
    }

    fn compat(&mut self, page: &mut Object) {
        let Some(given) = self.root.get("compat").and_then(Part::of) else { return };
        let mut compat = Object::default();
        for member in given.members() {
            if !member.key.eq_ignore_ascii_case("keepRegisteredOnExit") {
                compat.text(&member.key, self.old.written(&member.node));
            } else if self.plan.compat.keep_registered_on_exit {
                self.lost.push(
                    "`compat.keepRegisteredOnExit`: a job that has ended is always withdrawn from the catalogue"
                        .to_owned(),
                );
            }
        }
        if !compat.is_empty() {
            page.member(self.old.about(self.root, "compat"), "compat", Value::Object(compat));
        }
    }

    /// One watch for each service that is depended on.
    fn watches(&mut self) -> Vec<Object> {
        let mut watches = Vec::new();
        let mut seen = BTreeSet::new();
        let items = self.old.items(self.root.get("backends"));
        let backends = self.hooks.backends.clone();
        for (item, backend) in items.iter().zip(&backends) {
            if !seen.insert((&backend.name, &backend.tag)) {
                continue;
            }
            if !is_discoverable(&backend.name) {
                self.lost.push(format!(
                    "the backend `{}`: a watch has the name of its service, with a small letter first, then letters, \
                     digits and `-`",
                    backend.name
                ));
                continue;
            }
            let mut watch = Object::with(item.about.clone());
            self.pass(&mut watch, item.part, "name", "name");
            self.pass(&mut watch, item.part, "poll", "interval");
            self.pass(&mut watch, item.part, "tag", "tag");
            watches.push(watch);
        }
        watches
    }

    /// Metrics, and what of them is posted by jobs.
    fn telemetry(&mut self, page: &mut Object) {
        let Some(part) = self.root.get("telemetry").and_then(Part::of) else { return };
        let mut telemetry = Object::default();
        self.pass(&mut telemetry, part, "port", "port");
        self.interfaces(&mut telemetry, part);
        self.pass(&mut telemetry, part, "tags", "tags");
        for (key, what) in [
            ("serviceName", "the service of the metrics is named `containerpilot`"),
            ("url", "metrics are served at `/metrics`"),
            ("poll", "the heartbeat of the metrics' service is its own"),
            ("ttl", "the heartbeat of the metrics' service is its own"),
        ] {
            if part.get(key).is_some() {
                self.lost.push(format!("`telemetry.{key}`: {what}"));
            }
        }
        let metrics: Vec<Object> = self
            .old
            .items(part.get("sensors"))
            .into_iter()
            .map(|item| {
                let mut metric = Object::with(item.about);
                for key in ["namespace", "subsystem", "name", "help", "type"] {
                    self.pass(&mut metric, item.part, key, key);
                }
                metric
            })
            .collect();
        if !metrics.is_empty() {
            telemetry.member(Vec::new(), "metrics", Value::List(metrics));
        }
        page.member(self.old.about(self.root, "telemetry"), "telemetry", Value::Object(telemetry));
    }
}
