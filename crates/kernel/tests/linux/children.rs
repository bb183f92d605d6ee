//! Ends, groups and descendants.

use crate::{BOUND, pilot, shell};
use gyropilot_kernel::{Alarm, Kernel, Pid, Stream, Target};
use gyropilot_model::{Exit, Signal};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) fn a_thousand_statuses_and_none_is_lost() {
    pilot(async |mut pilot| {
        let mut expected: BTreeMap<Pid, Exit> = BTreeMap::new();
        let mut tick = tokio::time::interval(Duration::from_millis(1));
        let mut started = 0_u32;
        let mut ended = 0;
        while ended < 1000 {
            // Bursts of starts, with waits that are given up in between.
            while started < 1000 && expected.len() < 40 {
                let (command, exit) = match started % 4 {
                    0 => ("kill -9 $$".to_owned(), Exit::Signal(9)),
                    1 => ("kill -TERM $$".to_owned(), Exit::Signal(15)),
                    _ => (format!("exit {}", started % 256), Exit::Code((started % 256) as u8)),
                };
                let child = pilot.kernel.spawn(&shell(&command, Stream::Null)).unwrap();
                expected.insert(child.pid, exit);
                started += 1;
            }
            tokio::select! {
                biased;
                _ = tick.tick() => {}
                (pid, exit) = pilot.next_exit() => {
                    assert_eq!(expected.remove(&pid), Some(exit));
                    ended += 1;
                }
            }
        }
    });
}

pub(crate) fn ten_thousand_orphans_do_not_hold_up_a_timer() {
    pilot(async |mut pilot| {
        // A parent that does not wait hands over ten thousand dead at once.
        let forks = "exec perl -e 'for (1..10000) { my $p = fork; die unless defined $p; exit 3 unless $p }'";
        let parent = pilot.kernel.spawn(&shell(forks, Stream::Null)).unwrap();
        assert_eq!(pilot.next_exit().await, (parent.pid, Exit::Code(0)));
        let begun = pilot.kernel.now();
        let mut others_turn = tokio::spawn(async { tokio::task::yield_now().await });
        let mut before_the_others = None;
        for count in 0..10_000 {
            assert_eq!(pilot.next_exit().await.1, Exit::Code(3));
            if before_the_others.is_none() && others_turn.is_finished() {
                before_the_others = Some(count);
            }
        }
        (&mut others_turn).await.unwrap();
        let took = pilot.kernel.now().since(begun);
        println!("10000 orphans reaped in {took:?}; another task ran after {before_the_others:?} of them");
        assert!(before_the_others.is_some_and(|count| count <= 256), "{before_the_others:?}");
        assert!(pilot.kernel.descendants().is_empty());
    });
}

pub(crate) fn a_group_signal_reaches_grandchildren() {
    pilot(async |mut pilot| {
        let family = "sleep 1000 & (sleep 1000 & sleep 1000) & echo ready; wait";
        let child = pilot.kernel.spawn(&shell(family, Stream::Pipe)).unwrap();
        let mut reader = gyropilot_kernel::LineReader::new(child.stdout.unwrap()).unwrap();
        assert_eq!(reader.next().await.unwrap().text(), "ready");
        assert!(pilot.kernel.exists(Target::Group(child.pid)));
        assert!(pilot.kernel.descendants().contains(&child.pid));
        assert_eq!(pilot.kernel.signal(Target::Group(child.pid), Signal::Kill), Ok(true));
        // All of them, the grandchildren as orphans, each by the signal.
        while pilot.kernel.exists(Target::Group(child.pid)) {
            assert_eq!(pilot.next_exit().await.1, Exit::Signal(9));
        }
        assert!(pilot.kernel.descendants().is_empty());
    });
}

pub(crate) fn a_daemon_is_found_among_the_descendants() {
    pilot(async |mut pilot| {
        let daemon = "setsid sh -c 'echo $$; exec >/dev/null; exec sleep 1000' & exit 0";
        let (output, exit) = pilot.shell(daemon).await;
        assert_eq!(exit, Exit::Code(0));
        let pid = Pid::new(output.trim().parse().unwrap()).unwrap();
        assert_eq!(pilot.kernel.descendants(), [pid]);
        assert_eq!(pilot.kernel.signal(Target::Process(pid), Signal::Term), Ok(true));
        assert_eq!(pilot.next_exit().await, (pid, Exit::Signal(15)));
        assert!(pilot.kernel.descendants().is_empty());
    });
}

pub(crate) fn nobody_there_is_no_error() {
    pilot(async |mut pilot| {
        let child = pilot.kernel.spawn(&shell("exit 0", Stream::Null)).unwrap();
        assert_eq!(pilot.next_exit().await, (child.pid, Exit::Code(0)));
        for target in [Target::Process(child.pid), Target::Group(child.pid)] {
            assert_eq!(pilot.kernel.signal(target, Signal::Term), Ok(false));
            assert!(!pilot.kernel.exists(target));
        }
    });
}

pub(crate) fn idle_means_asleep() {
    pilot(async |mut pilot| {
        let child = pilot.kernel.spawn(&shell("exec sleep 1000", Stream::Null)).unwrap();
        let switches = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.unwrap().trim().parse::<u64>().unwrap()
        };
        let mut alarm = Alarm::new().unwrap();
        let far = pilot.kernel.now() + BOUND;
        let at = pilot.kernel.now() + Duration::from_millis(500);
        let before = switches();
        // Set, given up, and set again: only the last counts.
        for moment in [Some(far), None, Some(at)] {
            tokio::select! {
                biased;
                () = alarm.wait(pilot.kernel.now(), moment) => assert_eq!(moment, Some(at)),
                ended = pilot.reaper.next_exit() => panic!("{ended:?}"),
                () = std::future::ready(()), if moment != Some(at) => {}
            }
        }
        let woken = switches() - before;
        assert!(pilot.kernel.now() >= at);
        assert!(woken <= 1, "{woken} wake-ups in half a second of nothing");
        pilot.kernel.signal(Target::Group(child.pid), Signal::Kill).unwrap();
        let ended = tokio::time::timeout(BOUND, pilot.reaper.next_exit()).await.unwrap();
        assert_eq!(ended, (child.pid, Exit::Signal(9)));
    });
}
