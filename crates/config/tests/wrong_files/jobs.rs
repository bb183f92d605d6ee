//! Wrong files in the form of jobs.

use super::told;

mod top {
    use super::told;

    files! {
        unknown_keys: r#"
{
  consul: "localhost:8500",
  jobs: [],
  watchs: [],
  stoptimeout: 3,
  foo: 1,
}
"#,
        keys_of_v2: r#"
{ consul: "localhost:8500", jobs: [], telemetry: { sensors: [] }, compat: { keepRegisteredOnExit: true } }
"#,
        capital_jobs: r#"
{ consul: "localhost:8500", Jobs: [ { name: "app", exec: "/bin/app" } ] }
"#,
        no_catalogue: r#"
{
  jobs: [ { name: "app", exec: "/bin/app", port: 80, health: { interval: 5, ttl: 15 } } ],
  watches: [ { name: "db", interval: 3 } ],
}
"#,
        consul_as_a_number: r#"
{ consul: 8500, jobs: [] }
"#,
        watches_without_a_catalogue: r#"
{ consul: false, jobs: [], watches: [ { name: "db", interval: 3 } ] }
"#,
        q04_certificate_not_spoken_of: r#"
{ consul: "https://consul:8501", jobs: [] }
"#,
        two_tokens: r#"
{ consul: { token: "5f2c0a7e-secret", tokenFile: "/run/token" }, jobs: [] }
"#,
        token_file_that_is_not_there: r#"
{ consul: { tokenFile: "/does/not/exist" }, jobs: [] }
"#,
        jobs_not_a_list: r#"
{ consul: "localhost:8500", jobs: { name: "app", exec: "/bin/app" } }
"#,
        exit_words: r#"
{ consul: "localhost:8500", jobs: [], exit: "first" }
"#,
        exit_main_without_main: r#"
{ consul: "localhost:8500", jobs: [ { name: "app", exec: "/bin/app" } ], exit: "main" }
"#,
        two_mains: r#"
{
  exit: "main",
  jobs: [
    { name: "a", exec: "/bin/a", main: true },
    { name: "b", exec: "/bin/b", main: true },
  ],
}
"#,
        main_for_nothing: r#"
{ jobs: [ { name: "a", exec: "/bin/a", main: true } ] }
"#,
        main_every_so_often: r#"
{ exit: "main", jobs: [ { name: "a", exec: "/bin/a", main: true, when: { interval: 5 } } ] }
"#,
        stop_budget: r#"
{ stopBudget: "10s", jobs: [ { name: "a", exec: "/bin/a", stopTimeout: "30s" } ] }
"#,
        stop_budget_of_nothing: r#"
{ stopBudget: 0, jobs: [] }
"#,
        signals: r#"
{ jobs: [], signals: { SIGHUP: "restart", SIGTERM: "event", SIGINT: "event", SIGUSR1: "reopenlog" } }
"#,
        control: r#"
{ jobs: [], control: { socket: "", mode: 600, alow: ["www"] } }
"#,
        control_socket_too_long: r#"
{ jobs: [], control: { socket: "/a/very/long/path/that/no/address/of/a/socket/can/hold/because/there/is/only/room/for/one/hundred/and/eight/bytes" } }
"#,
        secrets: r#"
{
  secrets: { "db-1": { file: "/run/db" }, a: { file: "run/a" }, b: {}, c: { file: "/c", fd: 3 }, d: { fd: 1 } },
  jobs: [ { name: "app", exec: "/bin/app", secrets: ["aa"] } ],
}
"#,
        logging_level: r#"
{ jobs: [], logging: { level: "TRACE", format: "jsn", output: 5 } }
"#,
        telemetry: r#"
{
  jobs: [],
  telemetry: {
    port: 0, address: "localhost",
    metrics: [ { name: "free-memory", help: "", type: "guage" }, { name: "x", check: "/bin/x" } ],
  },
}
"#,
        key_given_twice: r#"
{ jobs: [], jobs: [ { name: "a", exec: "/bin/a", name: "b" } ] }
"#,
    }
}

mod job {
    use super::told;

    files! {
        nothing: r#"
{ jobs: [ {} ] }
"#,
        no_name: r#"
{ jobs: [ { exec: "/bin/app" }, { name: "  ", exec: "/bin/app" } ] }
"#,
        empty_exec: r#"
{ jobs: [ { name: "app", exec: [] } ] }
"#,
        not_an_object: r#"
{ jobs: [ "/bin/app" ] }
"#,
        keys_of_elsewhere: r#"
{
  jobs: [ { name: "app", command: "/bin/app", poll: 3, environment: {}, restart: 3, timeot: 5 } ],
}
"#,
        port_without_health: r#"
{ consul: "localhost:8500", jobs: [ { name: "app", exec: "/bin/app", port: 80 } ] }
"#,
        health_without_anything: r#"
{ consul: "localhost:8500", jobs: [ { name: "app", exec: "/bin/app", port: 80, health: {} } ] }
"#,
        name_that_cannot_be_discovered: r#"
{ consul: "localhost:8500", jobs: [ { name: "My_App", port: 80, health: { interval: 5, ttl: 15 } } ] }
"#,
        port_out_of_range: r#"
{ consul: "localhost:8500", jobs: [ { name: "app", port: 99999, health: { interval: 5, ttl: 15 } } ] }
"#,
        interfaces_not_found: r#"
{ consul: "localhost:8500", jobs: [ { name: "app", port: 80, interfaces: ["eth9"], health: { interval: 5, ttl: 15 } } ] }
"#,
        q18_initial_status: r#"
{ consul: "localhost:8500", jobs: [ { name: "app", port: 80, initialStatus: "pasing", health: { interval: 5, ttl: 15 } } ] }
"#,
        deregister_without_a_unit: r#"
{
  consul: "localhost:8500",
  jobs: [
    { name: "app", port: 80, health: { interval: 5, ttl: 15 }, consul: { deregisterCriticalServiceAfter: "90" } },
  ],
}
"#,
        what_is_told_to_nobody: r#"
{ jobs: [ { name: "app", exec: "/bin/app", tags: ["a"], meta: { a: "b" }, weights: {}, drain: "5s" } ] }
"#,
        what_only_a_process_has: r#"
{
  consul: "localhost:8500",
  jobs: [ { name: "app", port: 80, health: { interval: 5, ttl: 15 }, user: "www", ready: "notify", env: {} } ],
}
"#,
        timeouts: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", timeout: "0", stopTimeout: "5 seconds" },
    { name: "b", exec: "/bin/b", timeout: "100us", stopTimeout: [5] },
  ],
}
"#,
        restarts: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", restarts: "always" },
    { name: "b", exec: "/bin/b", restarts: -1 },
    { name: "c", exec: "/bin/c", restarts: true },
    { name: "d", exec: "/bin/d", restarts: "unlimited", when: { source: "a", each: "stopped" } },
  ],
}
"#,
        restart: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", restarts: 1, restart: { attempts: 1 } },
    { name: "b", exec: "/bin/b", restart: { delay: "5s", mode: "delay" } },
    { name: "c", exec: "/bin/c", restart: { attempts: "unlimited", interval: "1m" } },
    { name: "d", exec: "/bin/d", restart: { attempts: 3, delay: "5s", maxDelay: "1s", mode: "restart" } },
  ],
}
"#,
        restart_of_old_examples: r#"
{ jobs: [ { name: "a", exec: "/bin/a", restart: "never" } ] }
"#,
        stop_signal: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", stopSignal: "SIGSTP" },
    { name: "b", exec: "/bin/b", stopSignal: "KILL" },
  ],
}
"#,
        q16_two_jobs_of_one_name: r#"
{
  jobs: [
    { name: "app", exec: "/bin/a" },
    { name: "app", exec: "/bin/b" },
  ],
}
"#,
        name_of_telemetry: r#"
{ telemetry: {}, jobs: [ { name: "containerpilot", exec: "/bin/a" } ] }
"#,
        names_of_other_sources: r#"
{ jobs: [ { name: "global", exec: "/bin/a" }, { name: "watch.db", exec: "/bin/a" } ] }
"#,
        surroundings: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", workingDirectory: "srv", env: { "A=B": "c" } },
    { name: "b", exec: "/bin/b", env: { DEBUG: true }, dropCapabilities: ["NET_RAWW"] },
    { name: "c", exec: "/bin/c", rlimits: { nofiles: 5 } },
    { name: "d", exec: "/bin/d", rlimits: { nofile: -1, core: { soft: 5 } } },
    { name: "e", exec: "/bin/e", rlimits: { nofile: { soft: 5, hard: 1 } } },
    { name: "f", exec: "/bin/f", rlimits: { RLIMIT_NOFILE: 5 } },
  ],
}
"#,
        meta: r#"
{
  consul: "localhost:8500",
  jobs: [
    { name: "app", port: 80, health: { interval: 5, ttl: 15 }, meta: { "a b": 1 }, weights: { passing: 0 },
      taggedAddresses: { lan: { address: "10.0.0.1:80" } } },
    { name: "api", port: 81, health: { interval: 5, ttl: 15 }, meta: { "consul-x": 1 }, taggedAddresses: { lan: {} } },
  ],
}
"#,
        secret_in_the_environment: r#"
{ jobs: [ { name: "app", exec: "/bin/app", env: { DB_PASSWORD: "hunter2-hunter2" }, foo: 1 } ] }
"#,
    }
}

mod health {
    use super::told;

    files! {
        units: r#"
{ jobs: [ { name: "app", exec: "/bin/app", health: { interval: "5s", ttl: 0, exec: "" } } ] }
"#,
        as_in_v2: r#"
{ jobs: [ { name: "app", exec: "/bin/app", health: "/bin/check" } ] }
"#,
        misspelt_in_old_examples: r#"
{ consul: "localhost:8500", jobs: [ { name: "app", port: 80, health: { interval: 5, tll: 15, poll: 3 } } ] }
"#,
        two_probes: r#"
{ jobs: [ { name: "app", exec: "/bin/app", health: { interval: 5, exec: "/bin/check", http: "http://localhost" } } ] }
"#,
        wrong_addresses: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", health: { interval: 5, http: "localhost:80" } },
    { name: "b", exec: "/bin/b", health: { interval: 5, tcp: ":5432" } },
    { name: "c", exec: "/bin/c", health: { interval: 5, grpc: "http://localhost:50051" } },
    { name: "d", exec: "/bin/d", health: { interval: 5, file: "run/ok" } },
    { name: "e", exec: "/bin/e", health: { interval: 5, http: { method: "FETCH", expect: 99, headers: { "a b": 1 } } } },
    { name: "f", exec: "/bin/f", health: { interval: 5, grpc: {}, timeout: "5 sec" } },
  ],
}
"#,
        thresholds: r#"
{ jobs: [ { name: "app", exec: "/bin/app", health: { interval: 5, exec: "c", failureThreshold: 0, jitter: "5s" } } ] }
"#,
        what_needs_a_probe: r#"
{ jobs: [ { name: "app", exec: "/bin/app", health: { interval: 5, failureThreshold: 2, onUnhealthy: "restart" } } ] }
"#,
        on_unhealthy: r#"
{ jobs: [ { name: "app", exec: "/bin/app", health: { interval: 5, exec: "c", onUnhealthy: "kill", checkRestart: { limit: 0 } } } ] }
"#,
        warnings: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", health: { interval: 5, exec: "c", warning: { exit: 0, status: 429, latency: "5s" } } },
    { name: "b", exec: "/bin/b", health: { interval: 5, warning: { latency: "1s" } } },
    { name: "c", exec: "/bin/c", health: { interval: 5, http: { url: "http://a", expect: [429] }, warning: { status: [429] } } },
  ],
}
"#,
        ready: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", ready: "notfy" },
    { name: "b", exec: "/bin/b", ready: {} },
    { name: "c", exec: "/bin/c", ready: { fd: 3, log: "x" } },
    { name: "d", exec: "/bin/d", ready: { log: "(" } },
    { name: "e", exec: "/bin/e", ready: { log: "x" }, logging: { raw: true } },
    { name: "f", exec: "/bin/f", ready: { port: 80, watchdog: "5s" } },
    { name: "g", exec: "/bin/g", ready: { fd: 2 } },
    { name: "h", exec: "/bin/h", ready: { notify: false } },
  ],
}
"#,
    }
}

mod when {
    use super::told;

    files! {
        two_kinds: r#"
{ jobs: [ { name: "a", exec: "/bin/a", when: { interval: "5s", once: "startup" } } ] }
"#,
        unknown_event: r#"
{ jobs: [ { name: "a", exec: "/bin/a", when: { source: "b", once: "exitSucces" } }, { name: "b", exec: "/bin/b" } ] }
"#,
        no_event_at_all: r#"
{ jobs: [ { name: "a", exec: "/bin/a", when: { source: "b", once: "done" } } ] }
"#,
        intervals: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", when: { interval: "100us" } },
    { name: "b", exec: "/bin/b", when: { interval: "2 days" } },
    { name: "c", exec: "/bin/c", when: { interval: 5, source: "a", timeout: 3 } },
  ],
}
"#,
        source_as_a_list: r#"
{ jobs: [ { name: "a", exec: "/bin/a", when: { source: ["b", "c"], once: "healthy" } } ] }
"#,
        lists: r#"
{
  jobs: [
    { name: "a", exec: "/bin/a", when: [] },
    { name: "b", exec: "/bin/b", when: [ { source: "a", once: "ready" }, { source: "a", each: "stopped" } ] },
    { name: "c", exec: "/bin/c", when: [ { once: "startup" }, { source: "a" } ] },
    { name: "d", exec: "/bin/d", when: { all: [ { source: "a", once: "ready" } ], any: [] } },
    { name: "e", exec: "/bin/e", when: { any: [ { source: "a", once: "ready" } ], source: "b" } },
    { name: "f", exec: "/bin/f", when: { all: { source: "a", once: "ready" } } },
  ],
}
"#,
        q19_what_never_starts: r#"
{
  consul: "localhost:8500",
  watches: [ { name: "database", interval: 3 } ],
  jobs: [
    { name: "a", exec: "/bin/a", when: {} },
    { name: "b", exec: "/bin/b", when: { once: "startup" } },
    { name: "c", exec: "/bin/c", when: { source: "watch.databse", each: "changed" } },
    { name: "d", exec: "/bin/d", when: { source: "database", each: "changed" } },
    { name: "e", exec: "/bin/e", when: { source: "f", once: "exitSuccess" } },
    { name: "f", exec: "/bin/f", when: { source: "e", once: "exitSuccess" } },
    { name: "g", exec: "/bin/g", when: { source: "SIGHUP", each: "SIGHUP" } },
  ],
  signals: { SIGHUP: "reload" },
}
"#,
        watches: r#"
{
  consul: "localhost:8500",
  watches: [
    { name: "db" },
    { name: "watch.db", interval: 3 },
    { name: "api", poll: 3, onChange: "/bin/reload" },
    { name: "x", interval: 3, key: "/a/b", tag: "t" },
    { name: "y", interval: 3, key: "a", prefix: "a/" },
    { name: "z", interval: "3s", prefix: "" },
  ],
}
"#,
    }
}
