//! The journal on a real folder, with its thread.

use crate::journal::{Due, Journal, JournalError, Options, Recovered};
use std::cell::Cell;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let bounded = async { tokio::time::timeout(Duration::from_secs(30), future).await };
    tokio::task::LocalSet::new().block_on(&runtime, bounded).expect("within its bound")
}

fn open(dir: &Path) -> (Journal, Vec<String>) {
    let (journal, recovered) = Journal::open(dir, Options { log_bytes: 4096 }).unwrap();
    (journal, texts(&recovered))
}

fn texts(recovered: &Recovered) -> Vec<String> {
    recovered.records().map(|record| String::from_utf8(record.to_vec()).unwrap()).collect()
}

fn numbered(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("record {number}")).collect()
}

#[test]
fn what_was_appended_is_there_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("deep/data");
    let (journal, before) = open(&dir);
    assert!(before.is_empty());
    block_on(async {
        let last = journal.append(numbered(0..3));
        journal.durable(last).await.unwrap();
        // Not waited for: the end of the journal writes it.
        journal.append(numbered(3..4));
    });
    drop(journal);
    let (journal, kept) = open(&dir);
    assert_eq!(kept, numbered(0..4));
    assert_eq!(journal.append(Vec::<Vec<u8>>::new()), journal.appended());
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in dir.read_dir().unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_folder_belongs_to_one_journal() {
    let home = tempfile::tempdir().unwrap();
    let (journal, _) = open(home.path());
    let refused = Journal::open(home.path(), Options::default()).map(drop).unwrap_err();
    assert!(matches!(refused, JournalError::Locked { .. }));
    assert!(refused.hint().unwrap().contains("a folder of its own"));
    drop(journal);
    open(home.path());
}

#[test]
fn a_snapshot_takes_the_place_of_the_log() {
    let home = tempfile::tempdir().unwrap();
    let (journal, _) = open(home.path());
    block_on(async {
        journal.append(numbered(0..500));
        assert_eq!(journal.snapshot_due().await, Due::Long);
        let snapshot = journal.snapshot().unwrap();
        assert!(journal.snapshot().is_none(), "one at a time");
        // What is appended while it is written stands behind it.
        journal.append(["late"]);
        snapshot.write(numbered(0..2)).await.unwrap();
        let usage = journal.usage();
        assert!(usage.log_bytes < 100 && usage.snapshot_bytes < 200, "{usage:?}");
        // One that is not finished changes nothing, and does not block the next one.
        drop(journal.snapshot());
        drop(journal.snapshot().unwrap());
    });
    drop(journal);
    let mut files: Vec<String> = home
        .path()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    assert_eq!(files, ["lock", "log-0000000002", "log-0000000003", "log-0000000004", "snapshot-0000000002"]);
    assert_eq!(open(home.path()).1, ["record 0", "record 1", "late"]);
}

#[test]
fn records_of_one_turn_share_their_synchronisation() {
    let home = tempfile::tempdir().unwrap();
    let (journal, _) = open(home.path());
    let journal = Rc::new(journal);
    block_on(async {
        let tasks: Vec<_> = (0..1000)
            .map(|number| {
                let journal = Rc::clone(&journal);
                tokio::task::spawn_local(async move {
                    let mine = journal.append(numbered(number..number + 1));
                    journal.durable(mine).await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    });
    // A record takes 14 to 16 bytes, a frame 24 more: far fewer frames than records.
    let bytes = journal.usage().log_bytes;
    assert!(bytes < 1000 * 16 + 200 * 24, "{bytes} bytes");
}

#[test]
fn the_loop_goes_on_while_a_snapshot_is_written() {
    let home = tempfile::tempdir().unwrap();
    let (journal, _) = open(home.path());
    let turns = Rc::new(Cell::new(0_usize));
    block_on(async {
        let counted = Rc::clone(&turns);
        let counter = tokio::task::spawn_local(async move {
            loop {
                counted.set(counted.get() + 1);
                tokio::task::yield_now().await;
            }
        });
        let snapshot = journal.snapshot().unwrap();
        snapshot.write((0..1000).map(|_| vec![b'x'; 8 << 10])).await.unwrap();
        counter.abort();
    });
    // Eight megabytes in pieces of 64 KiB: others had a turn after each.
    assert!(turns.get() >= 120, "{}", turns.get());
}

#[test]
fn damage_is_told_with_its_place_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (journal, _) = open(home.path());
    block_on(async {
        for number in 0..3 {
            let last = journal.append(numbered(number..number + 1));
            journal.durable(last).await.unwrap();
        }
    });
    drop(journal);
    let log = home.path().join("log-0000000001");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[60] ^= 1;
    replace(&log, &bytes);
    let error = Journal::open(home.path(), Options::default()).map(drop).unwrap_err();
    assert_eq!(error.to_string(), format!("{}, byte 32: this is not what was written", log.display()));
    assert!(error.hint().unwrap().starts_with("nothing was changed"));
    assert_eq!(std::fs::read(&log).unwrap(), bytes);
    std::fs::remove_file(&log).unwrap();
    replace(&home.path().join("log-0000000002"), b"");
    let error = Journal::open(home.path(), Options::default()).map(drop).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: this file is missing", log.display()));
}

#[test]
fn a_torn_end_is_cut_and_told() {
    let home = tempfile::tempdir().unwrap();
    let (journal, _) = open(home.path());
    journal.append(["kept"]);
    drop(journal);
    let log = home.path().join("log-0000000001");
    let whole = std::fs::read(&log).unwrap();
    replace(&log, &[&whole[..], b"torn"].concat());
    let (journal, recovered) = Journal::open(home.path(), Options::default()).unwrap();
    let cut = recovered.cut.as_ref().unwrap();
    assert_eq!((&cut.path, cut.offset, cut.bytes), (&log, whole.len() as u64, 4));
    assert_eq!(texts(&recovered), ["kept"]);
    journal.append(["next"]);
    drop(journal);
    assert_eq!(open(home.path()).1, ["kept", "next"]);
}

/// Another process than the journal changes the file.
#[allow(clippy::disallowed_methods, reason = "no reader to protect from a half-written file")]
fn replace(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}
