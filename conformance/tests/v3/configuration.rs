//! Sections 2.2 to 2.6 and 2.10 to 2.12: every key's check. A wrong
//! configuration ends the start with status 1 and names what is wrong; no job
//! ever starts.

use crate::scene;
use gyropilot_conformance::cases;
use gyropilot_conformance::scene::merged;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// The configuration with one more job, last, that leaves a trace. Nobody
/// listens on port 1: what is registered here never gets there.
fn traced(scene: &gyropilot_conformance::scene::Scene, config: &Value) -> Value {
    let mut whole = merged(json!({"consul": "127.0.0.1:1", "control": {"socket": scene.at("s")}}), config);
    let trace = scene.job("trace", &["note=started", "forever"], &json!({}));
    match whole.get_mut("jobs") {
        None => whole["jobs"] = json!([trace]),
        Some(Value::Array(jobs)) => jobs.push(trace),
        Some(_) => {}
    }
    whole
}

#[track_caller]
fn rejects(config: &Value, phrases: &[&str]) {
    let scene = scene();
    let file = scene.file("c.json", &traced(&scene, config).to_string());
    let ended = scene.bare_launch().args(["-config", &file.display().to_string()]).run();
    ended.assert_status(1);
    ended.assert_says(phrases);
    assert!(!scene.has("started"), "a job was started");
}

#[track_caller]
fn accepts(config: &Value) {
    let scene = scene();
    let file = scene.file("c.json", &traced(&scene, config).to_string());
    let _pilot = scene.bare_launch().args(["-config", &file.display().to_string()]).start();
    scene.await_event(SOON, "started");
}

fn job(rest: &Value) -> Value {
    json!({"jobs": [merged(json!({"name": "web", "exec": "true"}), rest)]})
}

fn offer(rest: &Value) -> Value {
    let whole = json!({"port": 80, "interfaces": ["lo"], "health": {"interval": 1, "ttl": 10}});
    job(&merged(whole, rest))
}

fn health(rest: &Value) -> Value {
    offer(&json!({"health": merged(json!({"interval": 1, "ttl": 10}), rest)}))
}

fn when(when: &Value) -> Value {
    job(&json!({"when": when}))
}

fn watch(rest: &Value) -> Value {
    json!({"watches": [merged(json!({"name": "sales", "interval": 1}), rest)]})
}

fn metric(rest: &Value) -> Value {
    let metric = merged(json!({"name": "m", "help": "h", "type": "gauge"}), rest);
    json!({"telemetry": {"port": crate::free_port(), "interfaces": ["lo"], "metrics": [metric]}})
}

cases! {
    rejects:
    an_unknown_top_level_key: json!({"jobz": []}) => ["unknown config keys", "jobz"];
    both_generations_at_once: json!({"services": []}) => ["services", "jobs"];
    no_catalogue_with_a_port: merged(offer(&json!({})), &json!({"consul": null})) => ["no discovery backend defined"];
    no_catalogue_with_a_watch: merged(watch(&json!({})), &json!({"consul": null})) => ["no discovery backend defined"];
    logging_of_an_unknown_level: json!({"logging": {"level": "trace"}}) => ["Unknown log level 'trace'"];
    logging_of_an_unknown_format: json!({"logging": {"format": "xml"}}) => ["Unknown log format 'xml'"];
    a_log_file_that_cannot_be_opened: json!({"logging": {"output": "/no/such/folder/log"}})
        => ["Error initializing log file", "/no/such/folder/log"];
    a_control_without_a_socket: json!({"control": {"socket": ""}}) => ["control"];
    a_stop_timeout_with_a_unit: json!({"stopTimeout": "5s"}) => ["stopTimeout", "int"];
    a_job_without_a_name: json!({"jobs": [{"exec": "true"}]}) => ["'name' must not be blank"];
    a_job_with_a_blank_name: job(&json!({"name": ""})) => ["'name' must not be blank"];
    a_job_with_an_unknown_key: job(&json!({"execc": "true"})) => ["has invalid keys", "execc"];
    an_offer_whose_name_is_no_dns_label: offer(&json!({"name": "my_web"}))
        => ["service names must be alphanumeric with dashes"];
    an_offer_whose_name_begins_with_a_capital: offer(&json!({"name": "Web"}))
        => ["service names must be alphanumeric with dashes"];
    an_offer_with_a_name_of_one_letter: offer(&json!({"name": "w"}))
        => ["service names must be alphanumeric with dashes"];
    an_empty_exec: job(&json!({"exec": ""})) => ["unable to create job[web].exec", "zero-length argument"];
    an_empty_list_as_exec: job(&json!({"exec": []})) => ["unable to create job[web].exec", "zero-length argument"];
    a_timeout_that_is_none: job(&json!({"timeout": "soon"})) => ["unable to parse job[web].timeout 'soon'"];
    a_timeout_below_a_millisecond: job(&json!({"timeout": "10us"})) => ["job[web].timeout", "cannot be less than 1ms"];
    a_timeout_of_nothing: job(&json!({"timeout": "0"})) => ["job[web].timeout '0' cannot be less than 1ms"];
    a_stop_timeout_that_is_none: job(&json!({"stopTimeout": "later"})) => ["unable to parse job[web].stopTimeout 'later'"];
    restarts_in_other_words: job(&json!({"restarts": "often"}))
        => ["job[web].restarts", "accepts positive integers, \"unlimited\", or \"never\""];
    fewer_restarts_than_none: job(&json!({"restarts": -1})) => ["job[web].restarts", "number must be positive integer"];
    restarts_that_are_a_boolean: job(&json!({"restarts": true})) => ["job[web].restarts"];
    unlimited_restarts_of_each: job(&json!({"restarts": "unlimited", "when": {"source": "a", "each": "healthy"}}))
        => ["job[web].restarts", "may not be used when 'job.when.each' is set"];
    a_port_without_health: job(&json!({"port": 80, "interfaces": ["lo"]}))
        => ["job[web].health must be set if 'port' is set"];
    a_health_without_an_interval: offer(&json!({"health": {"ttl": 5}})) => ["job[web].health.interval must be > 0"];
    a_health_without_a_ttl: offer(&json!({"health": {"interval": 5}})) => ["job[web].health.ttl must be > 0"];
    a_health_with_an_unknown_key: health(&json!({"exek": "true"})) => ["has invalid keys", "exek"];
    a_health_with_an_empty_exec: health(&json!({"exec": ""})) => ["unable to create job[web].health.exec"];
    a_health_timeout_that_is_none: health(&json!({"timeout": "x"})) => ["could not parse job[web].health.timeout 'x'"];
    an_initial_status_of_its_own: offer(&json!({"initial_status": "splendid"}))
        => ["job[web].initialStatus must be one of 'passing', 'warning' or 'critical'"];
    interfaces_that_are_not_there: offer(&json!({"interfaces": ["nosuch7"]})) => ["none of the interface specifications"];
    tags_that_are_no_list: offer(&json!({"tags": "a"})) => ["tags"];
    a_deregistration_without_a_unit: offer(&json!({"consul": {"deregisterCriticalServiceAfter": "90"}}))
        => ["unable to parse job[web].consul.deregisterCriticalServiceAfter"];
    both_once_and_each: when(&json!({"source": "a", "once": "healthy", "each": "healthy"}))
        => ["job[web].when can have only one of 'interval', 'once', or 'each'"];
    both_interval_and_once: when(&json!({"source": "a", "once": "healthy", "interval": "1s"}))
        => ["job[web].when can have only one of 'interval', 'once', or 'each'"];
    an_event_that_nobody_knows: when(&json!({"source": "a", "once": "happy"}))
        => ["unable to parse job[web].when.event", "happy is not a valid event code"];
    an_interval_below_a_millisecond: when(&json!({"interval": "1us"}))
        => ["job[web].when.interval", "cannot be less than 1ms"];
    an_interval_that_is_none: when(&json!({"interval": "often"})) => ["unable to parse job[web].when.interval 'often'"];
    a_when_timeout_that_is_none: when(&json!({"source": "a", "once": "healthy", "timeout": "x"}))
        => ["unable to parse job[web].when.timeout"];
    a_when_with_an_unknown_key: when(&json!({"sauce": "a"})) => ["has invalid keys", "sauce"];
    a_watch_without_a_name: json!({"watches": [{"interval": 1}]}) => ["'name' must not be blank"];
    a_watch_without_an_interval: json!({"watches": [{"name": "sales"}]}) => ["watch[sales].interval must be > 0"];
    a_watch_whose_name_is_no_dns_label: watch(&json!({"name": "sales_x"}))
        => ["service names must be alphanumeric with dashes"];
    a_watch_with_an_unknown_key: watch(&json!({"poll": 1})) => ["has invalid keys", "poll"];
    a_metric_of_an_unknown_type: metric(&json!({"type": "thing"})) => ["invalid metric type", "thing"];
    a_metric_without_help: metric(&json!({"help": ""})) => ["help"];
    a_metric_with_a_name_that_is_none: metric(&json!({"name": "a-b"})) => ["a-b"];
    a_consul_certificate_that_is_not_there:
        json!({"consul": {"address": "127.0.0.1:1", "scheme": "https", "tls": {"cafile": "/no/such/ca.pem"}}})
        => ["Error loading CA File", "/no/such/ca.pem"];
    a_consul_with_an_unknown_key: json!({"consul": {"adress": "127.0.0.1:1"}}) => ["adress"];
}

const EVENTS: [&str; 14] = [
    "exitSuccess",
    "exitFailed",
    "stopping",
    "stopped",
    "healthy",
    "unhealthy",
    "changed",
    "timerExpired",
    "enterMaintenance",
    "exitMaintenance",
    "error",
    "quit",
    "startup",
    "shutdown",
];

cases! {
    accepts:
    null_is_as_good_as_nothing: json!({"logging": null, "watches": null, "telemetry": null, "stopTimeout": null});
    keys_inside_match_in_any_case: json!({"jobs": [{"NAME": "web", "Exec": "true"}]});
    numbers_stand_for_text_and_text_for_numbers: offer(&json!({"port": "80", "tags": [1, true]}));
    a_number_with_a_fraction_is_cut: offer(&json!({"port": 80.7}));
    a_job_without_an_exec: json!({"jobs": [{"name": "idle"}]});
    any_name_without_a_port: job(&json!({"name": "My job_1!"}));
    an_object_as_catalogue: json!({"consul": {"address": "127.0.0.1:1", "scheme": "http", "token": "t"}});
    interfaces_as_text: offer(&json!({"interfaces": "lo"}));
    a_duration_without_a_unit_is_seconds: job(&json!({"timeout": 5}));
    restarts_as_text: job(&json!({"restarts": "3"}));
    restarts_with_a_fraction: job(&json!({"restarts": 1.9}));
    no_restarts_in_a_word: job(&json!({"restarts": "never"}));
    a_when_of_null: when(&Value::Null);
    an_interval_with_a_source: when(&json!({"interval": "1h", "source": "a"}));
    a_trigger_that_is_a_watch: merged(watch(&json!({})), &when(&json!({"source": "watch.sales", "each": "changed"})));
    each_event_of_the_original: json!({"jobs": EVENTS.map(|event| {
        json!({"name": event, "exec": "true", "when": {"source": "a", "once": event}})
    })});
    a_tag_and_a_datacenter: watch(&json!({"tag": "a", "dc": "east"}));
    the_extras_of_consul: offer(&json!({"consul": {"enableTagOverride": true, "deregisterCriticalServiceAfter": "90m"}}));
    an_initial_status: offer(&json!({"initial_status": "warning"}));
    null_among_the_jobs: json!({"jobs": [null]});
}

#[test]
fn the_catalogue_is_not_asked_for_at_the_start() {
    accepts(&json!({"consul": "http://192.0.2.1:1"}));
}

#[test]
fn q_05_the_extras_of_consul_may_stand_alone() {
    fixed("Q-05", || accepts(&offer(&json!({"consul": {"enableTagOverride": true}}))));
}

#[test]
fn q_16_two_jobs_of_one_name_are_refused() {
    fixed("Q-16", || {
        let jobs = json!([{"name": "twin", "exec": "true"}, {"name": "twin", "exec": "true"}]);
        rejects(&json!({"jobs": jobs}), &["twin"]);
    });
}

#[test]
fn q_18_the_documented_spelling_of_the_initial_status_is_known() {
    fixed("Q-18", || accepts(&offer(&json!({"initialStatus": "warning"}))));
}

#[test]
fn q_19_a_when_that_can_never_come_is_told() {
    fixed("Q-19", || {
        for when in [
            json!({}),
            json!({"source": "trace"}),
            json!({"once": "startup"}),
            json!({"source": "ghost", "once": "healthy"}),
        ] {
            let scene = scene();
            let file = scene.file("c.json", &traced(&scene, &self::when(&when)).to_string());
            let pilot = scene.bare_launch().args(["-config", &file.display().to_string()]).start();
            scene.await_event(SOON, "started");
            pilot.await_phrase(SOON, "job[web]");
            assert!(pilot.said().contains("never"), "{when}: {}", pilot.said());
        }
    });
}

#[test]
fn every_error_is_told_at_once() {
    fixed("all-errors", || {
        let jobs = json!([{"name": "web", "exec": ""}, {"name": "api", "exec": "true", "restarts": "often"}]);
        rejects(&json!({"jobs": jobs}), &["job[web].exec", "job[api].restarts"]);
    });
}

#[test]
fn jobs_that_are_no_list_are_refused() {
    fixed("list-type", || rejects(&json!({"jobs": {"name": "web"}}), &["jobs"]));
}
