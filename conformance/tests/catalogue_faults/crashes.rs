//! Killed under load, again and again.

use crate::checker::{Client, Shared};
use crate::kept::Start;
use gyropilot_conformance::wait::{SOON, milliseconds, wait_until};
use std::sync::atomic::Ordering;
use std::time::Instant;

#[test]
fn nothing_that_was_promised_is_lost_when_it_is_killed_again_and_again() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let start = Start::new(home.path(), &data);
    let shared = Shared::default();
    let mut clients: Vec<Client> = (0..6).map(Client::new).collect();
    let mut snapshots = 0;
    for round in 0..14_u64 {
        let mut catalogue = start.start();
        let address = catalogue.address();
        shared.check(address);
        clients.iter_mut().for_each(|client| client.check(address, &shared));
        let promised = shared.promises.load(Ordering::SeqCst);
        std::thread::scope(|scope| {
            for client in &mut clients {
                scope.spawn(|| client.write(address, &shared));
            }
            // Some die early and some late, but none before it had something to lose.
            let (began, life) = (Instant::now(), milliseconds(20 + round * 67 % 600));
            wait_until(SOON, "promises to be made", || {
                let made = shared.promises.load(Ordering::SeqCst) - promised;
                (made > 20 + round * 5 && began.elapsed() > life).then_some(())
            });
            catalogue.kill();
            shared.is_over.store(true, Ordering::SeqCst);
        });
        let names = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name());
        snapshots += usize::from(
            names.filter_map(|name| name.into_string().ok()).any(|it| it.starts_with("snapshot-")),
        );
    }
    let catalogue = start.start();
    shared.check(catalogue.address());
    clients.iter_mut().for_each(|client| client.check(catalogue.address(), &shared));
    assert!(snapshots > 0, "the load was enough for snapshots");
}
