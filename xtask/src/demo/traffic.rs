//! Visitors who come all the while and notice when they are not served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Result, bail};

use super::observe::Observer;
use super::storefront::Shop;

/// Between two visitors; far more often than anything about nginx changes.
const PAUSE: Duration = Duration::from_millis(5);

/// A stream of visitors.
#[derive(Debug)]
pub(crate) struct Traffic {
    enough: Arc<AtomicBool>,
    visits: JoinHandle<(usize, Vec<String>)>,
}

// === impl Traffic ===

impl Traffic {
    /// Starts visiting each shop in turn.
    pub(crate) fn start(observer: Observer) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&enough);
        let visits = std::thread::spawn(move || {
            let (mut count, mut failures) = (0, Vec::new());
            while !heard.load(Ordering::SeqCst) {
                for shop in Shop::ALL {
                    match observer.visit(shop.name()) {
                        Ok(Some(_)) => {}
                        Ok(None) => failures.push(format!("nginx knew no {}", shop.name())),
                        Err(error) => failures.push(format!("{error:#}")),
                    }
                    count += 1;
                }
                std::thread::sleep(PAUSE);
            }
            (count, failures)
        });
        Self { enough, visits }
    }

    /// Ends the stream; gives how many came, when all of them were served.
    pub(crate) fn end(self) -> Result<usize> {
        self.enough.store(true, Ordering::SeqCst);
        match self.visits.join() {
            Ok((count, failures)) if failures.is_empty() => Ok(count),
            Ok((count, failures)) => {
                bail!("of {count} visitors {} were not served; the first: {}", failures.len(), failures[0])
            }
            Err(_) => bail!("the visitors' thread panicked"),
        }
    }
}
