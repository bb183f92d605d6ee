//! What a child gets from us, and what it does not.

use crate::{SCENARIO, pilot, shell};
use gyropilot_kernel::{Kernel, LineReader, SpawnSpec, Stderr, Stream, Target};
use gyropilot_model::{Exit, Signal};
use std::os::unix::process::CommandExt;

/// Set in a process whose own parent left it a bad inheritance.
const BURDENED: &str = "GYROPILOT_KERNEL_BURDENED";

/// The signals that a `/proc/PID/status` shows as blocked and as ignored, one bit each.
fn signal_state(status: &str) -> Vec<(&str, u64)> {
    // 32 and 33 belong to the C library, whose posix_spawn always ignores them.
    const THREADS: u64 = 0b11 << 31;
    let fields = status.lines().filter_map(|line| line.split_once(":\t"));
    let asked = fields.filter(|(name, _)| matches!(*name, "SigBlk" | "SigIgn"));
    asked.map(|(name, bits)| (name, u64::from_str_radix(bits, 16).unwrap() & !THREADS)).collect()
}

/// The descriptors that this process was itself given to pass on.
fn inherited() -> Vec<String> {
    const CLOSED_ON_EXEC: u32 = 0o2_000_000;
    let passed_on = |number: &String| {
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        flags.is_some_and(|flags| u32::from_str_radix(flags.trim(), 8).unwrap() & CLOSED_ON_EXEC == 0)
    };
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    open.map(|entry| entry.unwrap().file_name().into_string().unwrap()).filter(passed_on).collect()
}

pub(crate) fn no_blocked_or_ignored_signal_is_passed_on() {
    if std::env::var_os(BURDENED).is_none() {
        nix::sys::signal::SigSet::all().thread_block().unwrap();
        let ignoring = "trap '' HUP INT QUIT TERM USR1 USR2; exec \"$0\"";
        let own = std::env::current_exe().unwrap();
        let failed =
            std::process::Command::new("sh").args(["-c", ignoring]).arg(own).env(BURDENED, "1").exec();
        panic!("{failed}");
    }
    let own = std::fs::read_to_string("/proc/self/status").unwrap();
    assert!(signal_state(&own).iter().all(|(_, bits)| *bits != 0), "no burden, no test: {own}");
    pilot(async |mut pilot| {
        // Handlers of ours that are in place must not matter either.
        let _signals = gyropilot_kernel::Signals::listen().unwrap();
        let (status, _) = pilot.shell("exec cat /proc/self/status").await;
        assert_eq!(signal_state(&status), [("SigBlk", 0), ("SigIgn", 0)]);
    });
}

pub(crate) fn input_is_empty_and_nothing_else_is_open() {
    let inherited = inherited();
    pilot(async |mut pilot| {
        // Things of ours that are open must not show up in children.
        let _own = std::fs::File::open("/proc/self/status").unwrap();
        let _pipe = std::io::pipe().unwrap();
        let _signals = gyropilot_kernel::Signals::listen().unwrap();
        let other = pilot.kernel.spawn(&shell("exec sleep 1000", Stream::Pipe)).unwrap();
        let (open, _) = pilot.shell("readlink /proc/self/fd/0; exec ls /proc/self/fd").await;
        let mut lines = open.lines();
        assert_eq!(lines.next(), Some("/dev/null"));
        let strangers: Vec<&str> = lines.filter(|fd| !inherited.iter().any(|known| known == fd)).collect();
        // The folder that ls itself reads.
        assert_eq!(strangers.len(), 1, "{open}");
        let (group, _) = pilot.shell("exec cut -d' ' -f1,5 /proc/self/stat").await;
        let (pid, group) = group.trim().split_once(' ').unwrap();
        assert_eq!(pid, group);
        pilot.kernel.signal(Target::Group(other.pid), Signal::Kill).unwrap();
        assert_eq!(pilot.next_exit().await.0, other.pid);
    });
}

pub(crate) fn input_is_what_was_given() {
    pilot(async |mut pilot| {
        for user in [None, Some("0".to_owned())] {
            let input = gyropilot_kernel::sealed_memory("news", b"first\nsecond\n").unwrap();
            let mut spec = shell("cat; echo end", Stream::Pipe);
            spec.input = Some(input.into());
            // With a user, the way to start it is another one.
            if rustix::process::geteuid().is_root() {
                spec.surroundings.user = user;
            }
            let mut reader = LineReader::new(pilot.kernel.spawn(&spec).unwrap().stdout.unwrap()).unwrap();
            for line in ["first", "second", "end"] {
                assert_eq!(reader.next().await.unwrap().text(), line);
            }
            pilot.next_exit().await;
        }
    });
}

pub(crate) fn the_environment_is_what_was_given() {
    pilot(async |mut pilot| {
        let mut spec = SpawnSpec::new("/usr/bin/env");
        spec.env.insert("A".into(), "1=2".into());
        spec.env.insert("B".into(), "".into());
        spec.stdout = Stream::Pipe;
        let child = pilot.kernel.spawn(&spec).unwrap();
        let mut reader = LineReader::new(child.stdout.unwrap()).unwrap();
        assert_eq!(reader.next().await.unwrap().text(), "A=1=2");
        assert_eq!(reader.next().await.unwrap().text(), "B=");
        assert_eq!(reader.next().await, None);
        assert_eq!(pilot.next_exit().await, (child.pid, Exit::Code(0)));
    });
}

pub(crate) fn descriptors_do_not_leak() {
    pilot(async |mut pilot| {
        let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        pilot.shell("exit 0").await;
        let before = open();
        for _ in 0..100 {
            let mut spec = shell("echo out; echo err >&2", Stream::Pipe);
            spec.stderr = Stderr::To(Stream::Pipe);
            let child = pilot.kernel.spawn(&spec).unwrap();
            for (pipe, want) in [(child.stdout, "out"), (child.stderr, "err")] {
                let mut reader = LineReader::new(pipe.unwrap()).unwrap();
                assert_eq!(reader.next().await.unwrap().text(), want);
                assert_eq!(reader.next().await, None);
            }
            pilot.next_exit().await;
            spec.program = "no-such-program".into();
            assert!(pilot.kernel.spawn(&spec).is_err());
        }
        assert_eq!(open(), before);
    });
}

pub(crate) fn an_own_name_runs_the_own_program() {
    // Asked by its own name, this program tells which name that was.
    let called = std::env::args().next().unwrap();
    if called == "gyropilot-own-name" {
        return println!("called {called}");
    }
    pilot(async |mut pilot| {
        let mut spec = SpawnSpec::new("gyropilot-own-name");
        spec.env.insert("PATH".into(), "/usr/bin:/bin".into());
        spec.env.insert(SCENARIO.into(), std::env::var_os(SCENARIO).unwrap());
        spec.stdout = Stream::Pipe;
        let child = pilot.kernel.spawn(&spec).unwrap();
        let mut reader = LineReader::new(child.stdout.unwrap()).unwrap();
        assert_eq!(reader.next().await.unwrap().text(), "called gyropilot-own-name");
        assert_eq!(pilot.next_exit().await, (child.pid, Exit::Code(0)));
    });
}
