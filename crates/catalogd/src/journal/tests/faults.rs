//! Faults and crashes at every operation, and random ones.

use super::rig::{Rig, Step};
use super::simulated::{Crash, Fault, Simulated};
use proptest::prelude::*;

/// Everything a journal does, and appends between all of it.
fn everything() -> Vec<Step> {
    use Step::{Abandon, Append, Begin, Finish, Put};
    vec![
        Append(1),
        Append(3),
        Begin,
        Append(2),
        Put(2),
        Append(1),
        Put(1),
        Finish,
        Append(2),
        Append(1),
        Begin,
        Put(3),
        Abandon,
        Append(1),
        Begin,
        Append(1),
        Finish,
        Append(2),
        Begin,
        Put(4),
        Append(4),
        Finish,
        Append(1),
    ]
}

/// How a disk may look after a crash.
fn crashes() -> impl Iterator<Item = Crash> {
    std::iter::once(Crash::Kill).chain((0..12).map(Crash::Power))
}

fn run(rig: &mut Rig, steps: &[Step]) {
    for step in steps {
        rig.step(step);
    }
}

#[test]
fn without_faults_everything_is_durable_at_once() {
    let mut rig = Rig::start(Simulated::default()).unwrap();
    let mut appended = 0;
    for step in everything() {
        rig.step(&step);
        appended += if let Step::Append(count) = step { count } else { 0 };
        assert_eq!(rig.durable(), appended, "{step:?}");
        for crash in crashes() {
            rig.crash(crash);
        }
    }
}

/// The program runs into each fault at each operation; then it is killed or loses its power, or is
/// cured; and in each case it goes on with a second life that is as good as the first.
#[test]
fn no_fault_at_any_operation_loses_what_was_durable() {
    let mut rig = Rig::start(Simulated::default()).unwrap();
    run(&mut rig, &everything());
    let operations = rig.disk.operations();
    assert!(operations > 60, "the program does a lot: {operations}");
    for operation in 1..=operations {
        for fault in [Fault::Full, Fault::Sync, Fault::Crash] {
            let disk = Simulated::default();
            disk.plan(operation, fault);
            let Ok(mut rig) = Rig::start(disk.clone()) else {
                // Not even a beginning could be made; the next attempt makes it.
                Rig::start(disk.after(Crash::Kill)).unwrap();
                continue;
            };
            for step in everything() {
                rig.step(&step);
                for crash in crashes() {
                    rig.crash(crash);
                }
            }
            for crash in crashes() {
                let mut second = rig.crash(crash);
                run(&mut second, &everything());
                assert_eq!(second.failure(), None);
                second.crash(Crash::Power(operation as u64));
            }
            if !rig.disk.is_down() {
                rig.cure();
                assert_eq!(rig.failure(), None, "{fault:?} at {operation}");
                run(&mut rig, &[Step::Append(3)]);
                let durable = rig.durable();
                assert_eq!(rig.crash(Crash::Power(7)).durable(), durable);
            }
        }
    }
}

#[test]
fn a_failed_synchronisation_is_not_tried_again_on_the_same_file() {
    let disk = Simulated::default();
    let mut rig = Rig::start(disk.clone()).unwrap();
    run(&mut rig, &[Step::Append(1)]);
    // The next append is a write and a synchronisation.
    disk.plan(disk.operations() + 2, Fault::Sync);
    run(&mut rig, &[Step::Append(1)]);
    let failure = rig.failure().expect("it was noticed");
    assert_eq!(failure.to_string(), "cannot write data/log-0000000001: input/output error");
    let before = disk.operations();
    run(&mut rig, &[Step::Append(1), Step::Append(1)]);
    assert_eq!((rig.durable(), disk.operations()), (1, before), "the file is left alone");
    rig.cure();
    assert_eq!((rig.durable(), rig.failure()), (4, None));
}

#[test]
fn what_is_appended_during_a_cure_waits_for_its_end() {
    let disk = Simulated::default();
    let mut rig = Rig::start(disk.clone()).unwrap();
    disk.plan(disk.operations() + 1, Fault::Full);
    run(&mut rig, &[Step::Append(1), Step::MakeSpace, Step::Begin, Step::Append(2), Step::Put(1)]);
    assert_eq!(rig.durable(), 0);
    run(&mut rig, &[Step::Append(1), Step::Finish]);
    assert_eq!((rig.durable(), rig.failure()), (4, None));
    rig.crash(Crash::Power(1));
}

#[test]
fn a_full_disk_is_still_full_when_tried_again() {
    let disk = Simulated::default();
    let mut rig = Rig::start(disk.clone()).unwrap();
    disk.plan(disk.operations() + 1, Fault::Full);
    run(&mut rig, &[Step::Append(1)]);
    for _ in 0..3 {
        run(&mut rig, &[Step::Begin, Step::Append(1), Step::Finish, Step::Append(1)]);
        assert_eq!(rig.durable(), 0);
        assert!(rig.failure().is_some());
        rig.crash(Crash::Kill);
    }
    rig.cure();
    assert_eq!((rig.durable(), rig.failure()), (7, None));
}

/// A snapshot that does not fit is no reason to distrust the log.
#[test]
fn a_snapshot_that_cannot_be_written_leaves_the_log_in_use() {
    let disk = Simulated::default();
    let mut rig = Rig::start(disk.clone()).unwrap();
    run(&mut rig, &[Step::Append(2), Step::Begin, Step::Put(1)]);
    disk.plan(disk.operations() + 1, Fault::Full);
    run(&mut rig, &[Step::Put(1), Step::MakeSpace, Step::Append(1), Step::Finish, Step::Append(1)]);
    assert_eq!((rig.durable(), rig.failure()), (4, None));
    rig.crash(Crash::Power(3));
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..5_usize).prop_map(Step::Append),
        2 => Just(Step::Begin),
        2 => (1..4_usize).prop_map(Step::Put),
        2 => Just(Step::Finish),
        1 => Just(Step::Abandon),
        1 => Just(Step::MakeSpace),
    ]
}

fn life() -> impl Strategy<Value = (Vec<Step>, Option<(usize, Fault)>, u64)> {
    let fault = prop_oneof![Just(Fault::Full), Just(Fault::Sync), Just(Fault::Crash)];
    (prop::collection::vec(step(), 1..40), prop::option::of((1..120_usize, fault)), any::<u64>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Lives of any steps and faults, one after the other on the same disk.
    #[test]
    fn whatever_happens_what_was_durable_stays(lives in prop::collection::vec(life(), 1..6)) {
        let mut disk = Simulated::default();
        let mut last: Option<Rig> = None;
        for (steps, fault, seed) in lives {
            let crash = if seed % 3 == 0 { Crash::Kill } else { Crash::Power(seed) };
            let mut rig = match &last {
                Some(last) => last.crash(crash),
                None => Rig::start(disk.clone()).unwrap(),
            };
            disk = rig.disk.clone();
            if let Some((operation, fault)) = fault {
                disk.plan(disk.operations() + operation, fault);
            }
            run(&mut rig, &steps);
            last = Some(rig);
        }
    }
}
