//! Which keys of a job have another value, and which of them a running process
//! cannot be given.

use super::{FieldChange, Fields, words};
use gyropilot_model::{
    HealthCheck, Job, Jobs, Readiness, ReadyBy, Restart, SecretSource, StopPolicy, Surroundings,
};

/// What of `new` is not as in `old`. `was` and `is` are the plans they are from.
///
/// A process is what was executed, as whom, where, with what it inherited.
/// Everything else about a job is decided by the pilot as it comes.
pub(super) fn compare(was: &Jobs, is: &Jobs, old: &Job, new: &Job) -> Vec<FieldChange> {
    // Each field is named, so that a new one cannot be forgotten here.
    let Job {
        name: _,
        main,
        exec,
        raw,
        when,
        timeout,
        stop,
        restart,
        health,
        ready,
        service: _,
        surroundings,
    } = new;
    let mut fields = Fields::default();
    fields.look("main", &old.main, main, words::yes);
    fields.look_inside("exec", &old.exec, exec, |exec| exec.as_ref().map(words::command));
    fields.look_inside("logging.raw", &old.raw, raw, words::yes);
    fields.look("when", &old.when.trigger, &when.trigger, words::plain);
    fields.look("when.timeout", &old.when.timeout, &when.timeout, words::maybe_span);
    fields.look("timeout", &old.timeout, timeout, words::maybe_span);
    compare_stop(&mut fields, &old.stop, stop);
    compare_restart(&mut fields, &old.restart, restart);
    compare_health(&mut fields, old.health.as_ref(), health.as_ref());
    compare_ready(&mut fields, old.ready.as_ref(), ready.as_ref());
    compare_surroundings(&mut fields, &old.surroundings, surroundings);
    let sources = |jobs: &Jobs, job: &Job| -> Vec<(String, Option<SecretSource>)> {
        let named = job.surroundings.secrets.iter();
        named.map(|name| (name.clone(), jobs.secrets.get(name).cloned())).collect()
    };
    fields.look_inside("secrets", &sources(was, old), &sources(is, new), |sources| words::secrets(sources));
    fields.0
}

fn compare_stop(fields: &mut Fields, old: &StopPolicy, new: &StopPolicy) {
    let StopPolicy { timeout, signal, drain } = new;
    fields.look("stopTimeout", &old.timeout, timeout, words::span);
    fields.look("stopSignal", &old.signal, signal, |signal| Some(signal.to_string()));
    fields.look("drain", &old.drain, drain, words::span);
}

fn compare_restart(fields: &mut Fields, old: &Restart, new: &Restart) {
    let Restart { attempts, interval, delay, max_delay, mode } = new;
    fields.look("restart.attempts", &old.attempts, attempts, words::restarts);
    fields.look("restart.interval", &old.interval, interval, words::maybe_span);
    fields.look("restart.delay", &old.delay, delay, words::span);
    fields.look("restart.maxDelay", &old.max_delay, max_delay, words::span);
    fields.look("restart.mode", &old.mode, mode, words::mode);
}

fn compare_health(fields: &mut Fields, old: Option<&HealthCheck>, new: Option<&HealthCheck>) {
    let (Some(old), Some(new)) = (old, new) else {
        fields.look("health", &old, &new, |health| health.map(words::health));
        return;
    };
    let HealthCheck {
        probe,
        interval,
        timeout,
        raw,
        success_threshold,
        failure_threshold,
        start_period,
        jitter,
        warning,
        check_restart,
    } = new;
    fields.look("health", &old.probe, probe, |probe| probe.as_ref().map(words::probe));
    fields.look("health.interval", &old.interval, interval, words::span);
    fields.look("health.timeout", &old.timeout, timeout, words::span);
    fields.look("health.logging.raw", &old.raw, raw, words::yes);
    fields.look("health.successThreshold", &old.success_threshold, success_threshold, words::plain);
    fields.look("health.failureThreshold", &old.failure_threshold, failure_threshold, words::plain);
    fields.look("health.startPeriod", &old.start_period, start_period, words::span);
    fields.look("health.jitter", &old.jitter, jitter, words::span);
    fields.look("health.warning", &old.warning, warning, words::warning);
    fields.look("health.checkRestart", &old.check_restart, check_restart, |restart| {
        restart.as_ref().map(words::check_restart)
    });
}

/// A process is told at its start where to say that it is ready.
fn compare_ready(fields: &mut Fields, old: Option<&Readiness>, new: Option<&Readiness>) {
    let inside = |ready: Option<&Readiness>| match ready.map(|ready| &ready.by) {
        Some(by @ (ReadyBy::Notify | ReadyBy::Descriptor(_))) => Some(by.clone()),
        _ => None,
    };
    let by = |ready: Option<&Readiness>| ready.map(|ready| ready.by.clone());
    let restarts = inside(old) != inside(new);
    fields.note("ready", &by(old), &by(new), |by| by.as_ref().map(words::ready), restarts);
    if let (Some(old), Some(new)) = (old, new) {
        let Readiness { by: _, timeout, watchdog } = new;
        fields.look("ready.timeout", &old.timeout, timeout, words::span);
        fields.look("ready.watchdog", &old.watchdog, watchdog, words::maybe_span);
    }
}

fn compare_surroundings(fields: &mut Fields, old: &Surroundings, new: &Surroundings) {
    let Surroundings {
        user,
        group,
        supplementary_groups,
        working_directory,
        environment,
        limits,
        no_new_privileges,
        drop_capabilities,
        // Compared with what they stand for.
        secrets: _,
    } = new;
    fields.look_inside("user", &old.user, user, Clone::clone);
    fields.look_inside("group", &old.group, group, Clone::clone);
    fields.look_inside("supplementaryGroups", &old.supplementary_groups, supplementary_groups, |groups| {
        groups.as_ref().map(|groups| groups.join(", "))
    });
    fields.look_inside("workingDirectory", &old.working_directory, working_directory, |path| {
        path.as_ref().map(|path| path.display().to_string())
    });
    for name in
        old.environment.keys().chain(environment.keys().filter(|name| !old.environment.contains_key(*name)))
    {
        let shown = |value: &Option<&Option<String>>| {
            value.map(|value| value.clone().unwrap_or_else(|| "null".to_owned()))
        };
        let key = format!("env.{name}");
        fields.look_inside(&key, &old.environment.get(name), &environment.get(name), shown);
    }
    for name in old.limits.keys().chain(limits.keys().filter(|name| !old.limits.contains_key(*name))) {
        let key = format!("rlimits.{name}");
        fields.look_inside(&key, &old.limits.get(name), &limits.get(name), |limit| limit.map(words::limit));
    }
    fields.look_inside("noNewPrivileges", &old.no_new_privileges, no_new_privileges, words::yes);
    fields.look_inside("dropCapabilities", &old.drop_capabilities, drop_capabilities, words::list);
}
