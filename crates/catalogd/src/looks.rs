//! Checks for which the catalogue looks by itself.

use crate::catalogue::Catalogue;
use crate::store::{Look, Source, Status, Store, Topic};
use gyropilot_model::{Finding, HttpProbe, Probe, Verdict, Warning};
use gyropilot_probe::Prober;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::task::AbortHandle;

/// For how long a look may take when its registration does not say, as with Consul.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Looks are no further apart than this, and no closer than [`LEAST_INTERVAL`].
const DEFAULT_INTERVAL: Duration = Duration::from_secs(10);
/// However short an interval is written.
const LEAST_INTERVAL: Duration = Duration::from_secs(1);

/// One check, and how it is looked after.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Round {
    probe: Probe,
    interval: Duration,
    timeout: Duration,
}

/// A round that goes on until this is dropped.
struct Walking {
    round: Round,
    task: AbortHandle,
}

impl Drop for Walking {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Looks after all checks that want it, for ever. Needs a `LocalSet`.
pub(crate) async fn keep_looking(catalogue: Rc<Catalogue>) {
    let prober = Rc::new(Prober::default());
    let waiting = catalogue.waiters.wait(&[Topic::Looks], None);
    let mut walking: BTreeMap<(String, String), Walking> = BTreeMap::new();
    loop {
        let wanted = catalogue.read(rounds);
        walking.retain(|place, walking| wanted.get(place) == Some(&walking.round));
        for (place, round) in wanted {
            walking.entry(place.clone()).or_insert_with(|| {
                let walk = walk(Rc::clone(&catalogue), Rc::clone(&prober), place, round.clone());
                Walking { round, task: tokio::task::spawn_local(walk).abort_handle() }
            });
        }
        waiting.woken().await;
    }
}

fn rounds(store: &Store) -> BTreeMap<(String, String), Round> {
    let mut rounds = BTreeMap::new();
    for check in store.checks() {
        let Source::Probe(look) = &check.source else { continue };
        let round = Round {
            probe: probe(look),
            interval: check.interval.unwrap_or(DEFAULT_INTERVAL).max(LEAST_INTERVAL),
            timeout: check.timeout.unwrap_or(DEFAULT_TIMEOUT),
        };
        rounds.insert((check.node.clone(), check.id.clone()), round);
    }
    rounds
}

async fn walk(catalogue: Rc<Catalogue>, prober: Rc<Prober>, place: (String, String), round: Round) {
    let (node, id) = place;
    // 429 is what a server answers that asks to be spared: it works, in doubt.
    let warning = Warning { status: vec![429], ..Warning::default() };
    loop {
        // The age of files is not looked at here, so the calendar does not matter.
        let Finding { verdict, output } = prober.ask(&round.probe, &warning, round.timeout, UNIX_EPOCH).await;
        let status = match verdict {
            Verdict::Well => Status::Passing,
            Verdict::Doubtful => Status::Warning,
            Verdict::Ill => Status::Critical,
        };
        catalogue.change(|store, now| store.looked(now, &node, &id, status, &output));
        tokio::time::sleep(round.interval).await;
    }
}

fn probe(look: &Look) -> Probe {
    match look {
        Look::Http { url, method, headers, skip_verify } => Probe::Http(HttpProbe {
            url: url.clone(),
            method: if method.is_empty() { "GET".to_owned() } else { method.clone() },
            headers: headers.iter().cloned().collect(),
            expect: Some((200..300).collect()),
            verify: !skip_verify,
        }),
        Look::Tcp { address } => Probe::Tcp { address: address.clone() },
        Look::Grpc { address } => {
            let (address, service) = address.split_once('/').unwrap_or((address, ""));
            Probe::Grpc { address: address.to_owned(), service: service.to_owned() }
        }
    }
}
