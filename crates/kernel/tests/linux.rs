//! The real kernel. Each scenario gets a process of its own, with a bound on its time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "linux/children.rs"]
mod children;
#[path = "linux/inheritance.rs"]
mod inheritance;
#[path = "linux/output.rs"]
mod output;
#[path = "linux/refusals.rs"]
mod refusals;
#[path = "linux/surroundings.rs"]
mod surroundings;

use gyropilot_kernel::{Kernel, LineReader, Linux, Pid, Reaper, SpawnSpec, Spawned, Stream, Target};
use gyropilot_model::{Exit, Signal};
use std::time::Duration;

/// Names the scenario that a process is to run.
const SCENARIO: &str = "GYROPILOT_KERNEL_SCENARIO";
/// How long a scenario may take, on a busy machine.
const BOUND: Duration = Duration::from_secs(60);

const SCENARIOS: &[(&str, fn())] = &[
    ("a_thousand_statuses_and_none_is_lost", children::a_thousand_statuses_and_none_is_lost),
    ("ten_thousand_orphans_do_not_hold_up_a_timer", children::ten_thousand_orphans_do_not_hold_up_a_timer),
    ("a_group_signal_reaches_grandchildren", children::a_group_signal_reaches_grandchildren),
    ("a_daemon_is_found_among_the_descendants", children::a_daemon_is_found_among_the_descendants),
    ("nobody_there_is_no_error", children::nobody_there_is_no_error),
    ("idle_means_asleep", children::idle_means_asleep),
    ("no_blocked_or_ignored_signal_is_passed_on", inheritance::no_blocked_or_ignored_signal_is_passed_on),
    ("input_is_empty_and_nothing_else_is_open", inheritance::input_is_empty_and_nothing_else_is_open),
    ("input_is_what_was_given", inheritance::input_is_what_was_given),
    ("the_environment_is_what_was_given", inheritance::the_environment_is_what_was_given),
    ("descriptors_do_not_leak", inheritance::descriptors_do_not_leak),
    ("an_own_name_runs_the_own_program", inheritance::an_own_name_runs_the_own_program),
    ("refusals_say_what_to_do", refusals::refusals_say_what_to_do),
    ("a_refusal_leaves_no_process_behind", refusals::a_refusal_leaves_no_process_behind),
    ("a_child_becomes_another_user", surroundings::a_child_becomes_another_user),
    ("a_child_runs_where_it_is_told_to", surroundings::a_child_runs_where_it_is_told_to),
    (
        "limits_and_privileges_are_what_was_asked_for",
        surroundings::limits_and_privileges_are_what_was_asked_for,
    ),
    ("descriptors_come_at_their_numbers", surroundings::descriptors_come_at_their_numbers),
    ("what_cannot_be_changed_is_told_in_words", surroundings::what_cannot_be_changed_is_told_in_words),
    ("a_pilot_without_rights_says_so", surroundings::a_pilot_without_rights_says_so),
    ("changes_cost_a_fork_and_nothing_else_does", surroundings::changes_cost_a_fork_and_nothing_else_does),
    (
        "notices_are_taken_from_the_job_s_user_and_nobody_else",
        surroundings::notices_are_taken_from_the_job_s_user_and_nobody_else,
    ),
    (
        "a_secret_is_read_by_the_job_that_is_given_it_and_by_no_other",
        surroundings::a_secret_is_read_by_the_job_that_is_given_it_and_by_no_other,
    ),
    ("q03_a_line_of_100_mb_passes_whole", output::q03_a_line_of_100_mb_passes_whole),
    ("both_outputs_share_a_pipe_in_order", output::both_outputs_share_a_pipe_in_order),
    (
        "a_grandchild_that_holds_the_pipe_holds_nobody_up",
        output::a_grandchild_that_holds_the_pipe_holds_nobody_up,
    ),
];

fn main() -> std::process::ExitCode {
    if let Ok(name) = std::env::var(SCENARIO) {
        run(&name);
        return std::process::ExitCode::SUCCESS;
    }
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let flag = |name: &str| std::env::args().any(|word| word == name);
    // The protocol of the usual harness, as far as test runners use it.
    if flag("--list") {
        if !flag("--ignored") {
            SCENARIOS.iter().for_each(|(name, _)| println!("{name}: test"));
        }
        return std::process::ExitCode::SUCCESS;
    }
    // Heir of what a failing scenario leaves behind.
    gyropilot_kernel::start().unwrap();
    let wanted = |name: &str| {
        words.is_empty()
            || words.iter().any(|w| if flag("--exact") { name == w } else { name.contains(w.as_str()) })
    };
    let failed: Vec<&str> = SCENARIOS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| wanted(name))
        .filter(|name| {
            let passed = passes_alone(name);
            println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
            !passed
        })
        .collect();
    if failed.is_empty() {
        return std::process::ExitCode::SUCCESS;
    }
    println!("failed: {failed:?}");
    std::process::ExitCode::FAILURE
}

fn run(name: &str) {
    let (_, scenario) = SCENARIOS.iter().find(|(known, _)| *known == name).expect("a scenario's name");
    scenario();
}

/// Runs a scenario in a process of its own, within its bound.
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
fn passes_alone(name: &str) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let own = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(own).env(SCENARIO, name).spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    let handle = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
    let bound = Timespec { tv_sec: BOUND.as_secs().cast_signed(), tv_nsec: 0 };
    if poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&bound)).unwrap() == 0 {
        println!("{name} takes longer than {BOUND:?}");
        child.kill().unwrap();
    }
    let passed = child.wait().unwrap().success();
    let mut kernel = Linux::new([]);
    for left in kernel.descendants() {
        kernel.signal(Target::Process(left), Signal::Kill).unwrap();
    }
    passed
}

// === what scenarios share ===

/// A pilot without a brain: the kernel and its reaper.
struct Pilot {
    kernel: Linux,
    reaper: Reaper,
}

/// Runs `scenario` as the pilot's loop runs: one thread, everything set up.
fn pilot<F: Future<Output = ()>>(scenario: impl FnOnce(Pilot) -> F) {
    gyropilot_kernel::start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let own_names = [std::ffi::OsString::from("gyropilot-own-name")];
        scenario(Pilot { kernel: Linux::new(own_names), reaper: Reaper::listen().unwrap() }).await;
    });
}

impl Pilot {
    async fn next_exit(&mut self) -> (Pid, Exit) {
        tokio::time::timeout(BOUND, self.reaper.next_exit()).await.expect("an end within the bound")
    }

    /// Runs a shell command to its end and gives what it wrote, and its end.
    async fn shell(&mut self, command: &str) -> (String, Exit) {
        let Spawned { pid, stdout, .. } = self.kernel.spawn(&shell(command, Stream::Pipe)).unwrap();
        let mut reader = LineReader::new(stdout.unwrap()).unwrap();
        let mut output = String::new();
        while let Some(line) = reader.next().await {
            output += &line.text();
            output += "\n";
        }
        let (ended, exit) = self.next_exit().await;
        assert_eq!(ended, pid);
        (output, exit)
    }
}

fn shell(command: &str, stdout: Stream) -> SpawnSpec {
    let mut spec = SpawnSpec::new("sh");
    spec.args = vec!["-c".into(), command.into()];
    spec.env.insert("PATH".into(), std::env::var_os("PATH").unwrap());
    spec.stdout = stdout;
    spec
}
