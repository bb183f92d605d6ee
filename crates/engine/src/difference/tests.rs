//! What a change of one key does to a job that runs.

use super::{Fate, difference};
use gyropilot_model::{
    CatalogConfig, Command, Compat, ConsulConfig, Control, EventCode, ExitPolicy, Hooks, Job, Jobs, Logging,
    Plan, Readiness, ReadyBy, Restart, RestartMode, Restarts, SecretSource, Signal, StopPolicy, StopTimeout,
    Surroundings, Trigger, Watch, WatchTarget, When, Work,
};
use std::collections::BTreeMap;
use std::time::Duration;

fn job(name: &str) -> Job {
    Job {
        name: name.to_owned(),
        main: false,
        exec: Some(Command::from_line("/bin/app --port 80").unwrap()),
        raw: false,
        when: When { trigger: Trigger::Startup, timeout: None },
        timeout: None,
        stop: StopPolicy { timeout: Duration::from_secs(5), signal: Signal::Term, drain: Duration::ZERO },
        restart: Restart {
            attempts: Restarts::Limited(0),
            interval: None,
            delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            mode: RestartMode::Fail,
        },
        health: None,
        ready: None,
        service: None,
        surroundings: Surroundings::default(),
    }
}

fn plan(jobs: Vec<Job>) -> Plan {
    let work = Jobs {
        jobs,
        watches: Vec::new(),
        control: Control { socket: "/var/run/containerpilot.socket".into(), mode: 0o600, allow: Vec::new() },
        exit: ExitPolicy::All,
        stop_budget: None,
        secrets: BTreeMap::new(),
    };
    Plan {
        catalog: Some(CatalogConfig::Consul(ConsulConfig::default())),
        logging: Logging::default(),
        stop_timeout: StopTimeout::default(),
        services: Vec::new(),
        telemetry: None,
        signals: BTreeMap::new(),
        compat: Compat::default(),
        work: Work::Jobs(work),
    }
}

fn jobs(plan: &mut Plan) -> &mut Jobs {
    match &mut plan.work {
        Work::Jobs(jobs) => jobs,
        Work::Hooks(_) => panic!("not a plan of jobs"),
    }
}

/// What becomes of a job of which `change` changed something, and of which key.
fn fate(change: impl FnOnce(&mut Job)) -> (Fate, Vec<String>) {
    let mut changed = job("app");
    change(&mut changed);
    let told = difference(&plan(vec![job("app")]), &plan(vec![changed]));
    let [change] = &told.jobs[..] else { panic!("one change, not {told:?}") };
    (change.fate, change.fields.iter().map(|field| field.key.clone()).collect())
}

fn notify() -> Readiness {
    Readiness { by: ReadyBy::Notify, timeout: Duration::from_secs(60), watchdog: None }
}

#[test]
fn a_plan_does_not_differ_from_itself() {
    let plan = plan(vec![job("app"), job("log")]);
    assert!(difference(&plan, &plan).is_empty());
}

#[test]
fn only_what_a_process_is_begins_anew() {
    for (what, key, want) in [
        (fate(|job| job.exec = None), "exec", Fate::Restarted),
        (fate(|job| job.raw = true), "logging.raw", Fate::Restarted),
        (fate(|job| job.surroundings.user = Some("www".into())), "user", Fate::Restarted),
        (fate(|job| job.surroundings.environment = [("A".into(), None)].into()), "env.A", Fate::Restarted),
        (fate(|job| job.ready = Some(notify())), "ready", Fate::Restarted),
        (
            fate(|job| job.ready = Some(Readiness { by: ReadyBy::Port(80), ..notify() })),
            "ready",
            Fate::Redefined,
        ),
        (fate(|job| job.when.trigger = Trigger::Interval(Duration::from_secs(1))), "when", Fate::Redefined),
        (fate(|job| job.timeout = Some(Duration::from_secs(1))), "timeout", Fate::Redefined),
        (fate(|job| job.stop.signal = Signal::Quit), "stopSignal", Fate::Redefined),
        (fate(|job| job.restart.attempts = Restarts::Unlimited), "restart.attempts", Fate::Redefined),
    ] {
        assert_eq!(what, (want, vec![key.to_owned()]));
    }
}

#[test]
fn a_job_begins_anew_when_a_secret_it_is_given_comes_from_elsewhere() {
    let with = |source: SecretSource| {
        let mut app = job("app");
        app.surroundings.secrets = vec!["DB".into()];
        let mut plan = plan(vec![app, job("log")]);
        jobs(&mut plan).secrets = [("DB".to_owned(), source)].into();
        plan
    };
    let told = difference(&with(SecretSource::File("/a".into())), &with(SecretSource::Descriptor(3)));
    assert_eq!((told.job("app"), told.job("log")), (Some(Fate::Restarted), None));
}

#[test]
fn what_is_new_comes_in_its_order_and_what_is_gone_last() {
    let old = plan(vec![job("gone"), job("stays")]);
    let told = difference(&old, &plan(vec![job("new"), job("stays")]));
    let names: Vec<_> = told.jobs.iter().map(|change| (change.name.as_str(), change.fate)).collect();
    assert_eq!(names, [("new", Fate::Added), ("gone", Fate::Removed)]);
    assert!(told.services.is_empty() && told.settings.is_empty() && told.watches.is_empty());
}

#[test]
fn a_watch_of_something_else_is_another_watch() {
    let with = |tag: Option<&str>, seconds| {
        let mut plan = plan(Vec::new());
        let target =
            WatchTarget::Service { name: "db".into(), tag: tag.map(str::to_owned), datacenter: None };
        jobs(&mut plan).watches =
            vec![Watch { name: "db".into(), target, interval: Duration::from_secs(seconds) }];
        plan
    };
    let names = |told: super::Difference| -> Vec<_> {
        told.watches.into_iter().map(|change| (change.name, change.fate)).collect()
    };
    assert_eq!(
        names(difference(&with(None, 5), &with(Some("rw"), 5))),
        [("db: service db (tag rw)".to_owned(), Fate::Added), ("db".to_owned(), Fate::Removed)]
    );
    assert_eq!(names(difference(&with(None, 5), &with(None, 9))), [("db".to_owned(), Fate::Redefined)]);
}

#[test]
fn a_trigger_is_told_in_words() {
    let awaited = |source: &str, code| gyropilot_model::Awaited { source: source.into(), code };
    let events = vec![awaited("db", EventCode::Ready), awaited("SIGHUP", EventCode::Signal)];
    let mut changed = job("app");
    changed.when.trigger = Trigger::Events { awaited: events, all: true, each: false };
    let told = difference(&plan(vec![job("app")]), &plan(vec![changed]));
    let field = &told.jobs[0].fields[0];
    assert_eq!(field.old.as_deref(), Some("at the start"));
    assert_eq!(field.new.as_deref(), Some("once ready of db and SIGHUP"));
}

#[test]
fn between_hooks_and_jobs_nothing_is_compared() {
    let hooks = Plan { work: Work::Hooks(Hooks::default()), ..plan(Vec::new()) };
    assert!(difference(&hooks, &plan(vec![job("app")])).other_form);
    assert!(!difference(&hooks, &hooks).other_form);
}

#[test]
fn settings_are_told_by_their_key_without_secrets() {
    let mut new = plan(Vec::new());
    new.catalog = None;
    jobs(&mut new).exit = ExitPolicy::Main;
    new.compat.stay_idle = true;
    let told = difference(&plan(Vec::new()), &new);
    let names: Vec<_> = told.settings.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["consul", "compat", "exit"]);
    assert_eq!(told.settings[0].fields[0].old.as_deref(), Some("http://127.0.0.1:8500"));
}
