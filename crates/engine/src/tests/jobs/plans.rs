//! Plans of jobs to be varied by each test.

use super::super::world::{command, plan, seconds};
use gyropilot_model::{
    Awaited, EventCode, ExitPolicy, HealthCheck, Job, Jobs, Plan, Probe, Restart, RestartMode, Restarts,
    Service, Signal, StopPolicy, Surroundings, Trigger, Warning, When, Work,
};
use std::time::Duration;

pub(super) fn jobs_plan(jobs: Vec<Job>) -> Plan {
    let mut plan = plan();
    for job in &jobs {
        if let Some(id) = &job.service {
            plan.services.push(offered(&job.name, id));
        }
    }
    plan.work = Work::Jobs(Jobs {
        jobs,
        watches: Vec::new(),
        control: gyropilot_model::Control::default(),
        exit: ExitPolicy::All,
        stop_budget: None,
        secrets: std::collections::BTreeMap::new(),
    });
    plan
}

fn offered(name: &str, id: &str) -> Service {
    let health = gyropilot_model::Health { command: None, interval: seconds(1), timeout: None };
    let service = Service::new(name, "host", seconds(5), health);
    Service { id: id.to_owned(), address: [10, 0, 0, 1].into(), port: 80, ..service }
}

pub(super) fn jobs(plan: &mut Plan) -> &mut Jobs {
    match &mut plan.work {
        Work::Jobs(jobs) => jobs,
        Work::Hooks(_) => panic!("not a plan of jobs"),
    }
}

/// A job that starts at once and is not started again.
pub(super) fn job(name: &str) -> Job {
    Job {
        name: name.to_owned(),
        main: false,
        exec: Some(command(name)),
        raw: false,
        when: When { trigger: Trigger::Startup, timeout: None },
        timeout: None,
        stop: StopPolicy { timeout: seconds(5), signal: Signal::Term, drain: Duration::ZERO },
        restart: restart(Restarts::Limited(0)),
        health: None,
        ready: None,
        service: None,
        surroundings: Surroundings::default(),
    }
}

pub(super) fn restart(attempts: Restarts) -> Restart {
    Restart { attempts, interval: None, delay: seconds(1), max_delay: seconds(30), mode: RestartMode::Fail }
}

pub(super) fn when(mut job: Job, trigger: Trigger) -> Job {
    job.when.trigger = trigger;
    job
}

pub(super) fn awaited(code: EventCode, source: &str) -> Awaited {
    Awaited { source: source.to_owned(), code }
}

pub(super) fn once(code: EventCode, source: &str) -> Trigger {
    Trigger::Events { awaited: vec![awaited(code, source)], all: false, each: false }
}

pub(super) fn each(code: EventCode, source: &str) -> Trigger {
    Trigger::Events { awaited: vec![awaited(code, source)], all: false, each: true }
}

pub(super) fn checked(mut job: Job, probe: Option<Probe>, interval: u64) -> Job {
    job.health = Some(HealthCheck {
        probe,
        interval: seconds(interval),
        timeout: seconds(interval),
        raw: false,
        success_threshold: 1,
        failure_threshold: 1,
        start_period: Duration::ZERO,
        jitter: Duration::ZERO,
        warning: Warning::default(),
        check_restart: None,
    });
    job
}

pub(super) fn exec_check(job: Job, interval: u64) -> Job {
    checked(job, Some(Probe::Exec(command("check"))), interval)
}

/// A job with a service, a drain of 2 s and an exec check each second.
pub(super) fn web() -> Job {
    let mut web = exec_check(job("web"), 1);
    web.service = Some("web-host".to_owned());
    web.stop.drain = seconds(2);
    web
}
