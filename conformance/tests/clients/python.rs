//! py-consul: a program that uses it or python-consul, which it continues, and its own tests.

use crate::Stand;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::launch::Launch;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::target;
use gyropilot_conformance::wait::SOON;
use std::path::{Path, PathBuf};

on_each_agent! {
    a_program_of_python_consul_offers_follows_keeps_and_leads,
    a_program_offers_follows_keeps_and_leads,
    its_own_tests_of_the_agent_pass,
    its_own_tests_of_health_and_the_catalogue_pass,
    its_own_tests_of_keys_sessions_and_the_rest_pass,
}

const RELEASE: &str = "py_consul-1.8.0";

/// Its tests that no agent of ours can pass.
const LEFT_OUT: &[&str] = &[
    // Have to reach an agent at port 8500, and to run scripts.
    "test_agent_checks",
    "test_service_multi_check",
    // Ends the agent.
    "test_agent_leave",
    // Want access control, and Consul with it.
    "test_agent_token_set",
    // Want a later Consul than 1.8.7, which fails them too.
    "test_agent_self",
    "test_agent_service_register_kind_proxy_locality",
    "test_agent_metrics",
    "test_catalog_filter",
    "test_catalog_gateway_services",
    "test_health_service_peer",
    "test_raft_transfer_leader_no_other_peers",
    "test_usage",
];

/// What only Consul itself has: the mesh, its log, more than one node.
const OF_CONSUL: &[&str] = &[
    "test_agent_service_connect",
    "test_agent_monitor_rejects_invalid_loglevel",
    "test_coordinate_update",
    "test_autopilot_configuration",
];

/// What was unpacked.
fn unpacked() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/python")
}

/// Python with what is in these folders, and with a plugin of ours that knows the agent.
fn python(stand: &Stand, folders: &[&str]) -> Launch {
    let folders = folders.iter().map(|name| unpacked().join(name)).chain([ours()]);
    let folders = folders.map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(":");
    let launch =
        stand.bare_launch().program(&target::tool("python3", "bin/python3", "GYROPILOT_TEST_PYTHON"));
    let port = stand.agent.ports().http.to_string();
    launch.env("PYTHONPATH", &folders).env("PYTHONDONTWRITEBYTECODE", "1").env("AGENT_PORT", &port)
}

/// The folder of our own Python.
fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/python")
}

/// Runs our program with the client in the first of these folders.
#[track_caller]
fn runs(make: Make, folders: &[&str]) {
    let stand = Stand::new(make);
    let ended = python(&stand, folders).args([ours().join("scenario.py")]).run();
    ended.assert_status(0);
    assert_eq!(ended.out, "offers: ok\nfollows: ok\nkeeps_settings: ok\nleads: ok\n");
}

fn a_program_offers_follows_keeps_and_leads(make: Make) {
    runs(make, &["wheels"]);
}

fn a_program_of_python_consul_offers_follows_keeps_and_leads(make: Make) {
    runs(make, &["ancestor", "wheels"]);
}

/// Runs its own tests in these files on a new agent; none of them may be missing.
#[track_caller]
fn passes(make: Make, files: &[&str]) {
    let stand = Stand::new(make);
    let tests = unpacked().join("source").join(RELEASE).join("tests");
    let not_covered = if make == Make::Gyropilot { OF_CONSUL } else { &[] };
    let left_out = format!("not {}", [LEFT_OUT, not_covered].concat().join(" and not "));
    let pytest =
        python(&stand, &["wheels"]).args(["-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]);
    // Neither their settings, which want more plugins, nor their container; the client
    // that was installed, not the one beside the tests.
    let pytest = pytest.args(["-c", "/dev/null", "--import-mode=append", "-p", "agent_fixtures"]);
    let pytest =
        pytest.args(["--rootdir", "--confcutdir"].into_iter().flat_map(|flag| [flag.into(), tests.clone()]));
    let pytest = pytest.args(["-k", &left_out]).args(files.iter().map(|file| tests.join("api").join(file)));
    pytest.start().end(SOON * 4).assert_status(0);
}

fn its_own_tests_of_the_agent_pass(make: Make) {
    passes(make, &["test_agent.py"]);
}

fn its_own_tests_of_health_and_the_catalogue_pass(make: Make) {
    passes(make, &["test_health.py", "test_catalog.py"]);
}

fn its_own_tests_of_keys_sessions_and_the_rest_pass(make: Make) {
    let files = ["kv", "session", "txn", "event", "status", "coordinates", "query", "operator"];
    let files = files.map(|name| format!("test_{name}.py"));
    passes(make, &files.each_ref().map(String::as_str));
}
