//! Following what templates ask for.

use crate::Retry;
use crate::data::Data;
use crate::dependency::{Dependency, ServiceDependency};
use gyropilot_catalog::{Answer, Catalog, Error, Follower, Read, ServiceQuery};
use gyropilot_model::{Event, Status};
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// How long a query waits for a change, as in the original.
const WAIT: Duration = Duration::from_secs(60);

/// How often is asked what cannot wait: the list of datacentres.
const POLL: Duration = Duration::from_secs(15);

/// How often a file is looked at.
const POLL_FILE: Duration = Duration::from_secs(2);

/// With `-once` everything is usually known and done within some milliseconds;
/// only when it is not, changes are followed, after this time. What happens in
/// between is not lost, as the query asks with the index of the first answer.
const ONCE_PAUSE: Duration = Duration::from_millis(250);

/// The largest file that `file` reads, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// What a view has to say.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) dependency: Dependency,
    pub(crate) news: News,
}

#[derive(Debug)]
pub(crate) enum News {
    /// A first answer, or one that differs from the one before.
    Data(Data),
    /// No answer; it is asked again after the pause, `None`: no more.
    Failed { reason: String, retry: u32, pause: Option<Duration> },
    /// An answer after failures.
    Recovered,
    /// An answer that should not be trusted blindly.
    Doubtful(String),
}

/// How views ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViewSettings {
    pub(crate) retry: Retry,
    /// Keep trying whatever `retry` says, as a running process does.
    pub(crate) for_ever: bool,
    pub(crate) max_stale: Duration,
}

/// Follows one dependency until it is dropped, or has given up.
pub(crate) async fn follow(
    catalog: Rc<dyn Catalog>,
    dependency: Dependency,
    settings: ViewSettings,
    updates: UnboundedSender<Update>,
) {
    let tell = |news| {
        // Nobody listens any more: the view is about to be dropped.
        let _ = updates.send(Update { dependency: dependency.clone(), news });
    };
    if let Dependency::File(path) = &dependency {
        return follow_file(path, settings, tell).await;
    }
    let doubts = updates.clone();
    let about = dependency.clone();
    let events = Rc::new(move |event| {
        if let Some(doubt) = doubt(event) {
            let _ = doubts.send(Update { dependency: about.clone(), news: News::Doubtful(doubt) });
        }
    });
    let interval = if dependency == Dependency::Datacenters { POLL } else { WAIT };
    let datacenter = datacenter(&dependency).cloned();
    let mut follower = Follower::new(dependency.to_string(), interval, datacenter, events);
    loop {
        let data =
            follower.next(async |read: &Read| ask(&*catalog, &dependency, read, settings, &tell).await).await;
        tell(News::Data(data));
        if !settings.for_ever {
            tokio::time::sleep(ONCE_PAUSE).await;
        }
    }
}

/// Asks until there is an answer, with the pauses of the command line. Never
/// fails: when the retries are used up it says so and waits to be dropped.
async fn ask(
    catalog: &dyn Catalog,
    dependency: &Dependency,
    read: &Read,
    settings: ViewSettings,
    tell: &impl Fn(News),
) -> Result<Answer<Data>, Error> {
    let retries = if settings.for_ever {
        Retry { enabled: true, attempts: 0, ..settings.retry }
    } else {
        settings.retry
    };
    let may_be_stale = !settings.max_stale.is_zero();
    let mut read = read.clone();
    read.stale |= may_be_stale;
    let mut retry = 0_u32;
    loop {
        match fetch(catalog, dependency, &read).await {
            Ok(answer)
                if may_be_stale
                    && read.stale
                    && answer.meta.known_leader
                    && answer.meta.last_contact > settings.max_stale =>
            {
                // Too old to be used: the leader has to answer.
                read.stale = false;
                read.index = None;
            }
            Ok(answer) => {
                if retry > 0 {
                    tell(News::Recovered);
                }
                return Ok(answer);
            }
            Err(error) => {
                let pause = retries.pause(retry).map(|pause| jittered(pause, settings.for_ever));
                tell(News::Failed { reason: error.to_string(), retry: retry.saturating_add(1), pause });
                let Some(pause) = pause else { return std::future::pending().await };
                tokio::time::sleep(pause).await;
                // Whatever answers next may not know the index that the last one gave.
                read.index = None;
                read.stale = may_be_stale || error.is_no_leader();
                retry = retry.saturating_add(1);
            }
        }
    }
}

/// Shortened by up to a half, so that not all processes ask at the same moment
/// when the catalogue is back. With `-once` the pauses are as documented.
fn jittered(pause: Duration, jitter: bool) -> Duration {
    if jitter { pause.mul_f64(1.0 - fastrand::f64() / 2.0) } else { pause }
}

async fn fetch(catalog: &dyn Catalog, dependency: &Dependency, read: &Read) -> Result<Answer<Data>, Error> {
    Ok(match dependency {
        Dependency::Datacenters => catalog.datacenters().await?.map(Data::Datacenters),
        Dependency::Key { path, .. } => catalog.key(path, read).await?.map(Data::Key),
        Dependency::Tree { prefix, .. } => catalog.tree(prefix, read).await?.map(Data::Tree),
        Dependency::Services { .. } => catalog.services(read).await?.map(Data::Services),
        Dependency::Nodes { near, .. } => catalog.nodes(near.as_deref(), read).await?.map(Data::Nodes),
        Dependency::Node { name: Some(name), .. } => catalog.node(name, read).await?.map(Data::Node),
        Dependency::Node { name: None, .. } => {
            let name = catalog.agent().await?.value.node_name;
            catalog.node(&name, read).await?.map(Data::Node)
        }
        Dependency::Service(service) => catalog.instances(&query(service), read).await?.map(Data::Service),
        // Files are followed elsewhere.
        Dependency::File(_) => {
            Answer { value: Data::File(Vec::new()), meta: gyropilot_catalog::Meta::default() }
        }
    })
}

fn query(service: &ServiceDependency) -> ServiceQuery {
    ServiceQuery {
        name: service.name.clone(),
        tags: service.tag.iter().cloned().collect(),
        near: service.near.clone(),
        // The catalogue filters what it can; everything else is filtered here.
        passing: service.filter == Some(BTreeSet::from([Status::Passing])),
    }
}

const fn datacenter(dependency: &Dependency) -> Option<&String> {
    match dependency {
        Dependency::Key { datacenter, .. }
        | Dependency::Node { datacenter, .. }
        | Dependency::Nodes { datacenter, .. }
        | Dependency::Service(ServiceDependency { datacenter, .. })
        | Dependency::Services { datacenter }
        | Dependency::Tree { datacenter, .. } => datacenter.as_ref(),
        Dependency::Datacenters | Dependency::File(_) => None,
    }
}

fn doubt(event: Event) -> Option<String> {
    match event {
        Event::CatalogIndexReset { .. } => {
            Some("the index went backwards: the catalogue was wiped or restored".to_owned())
        }
        Event::CatalogDoubtful { reason, .. } => Some(reason),
        _ => None,
    }
}

/// Looks at a file again and again. A file that cannot be read at first is a
/// failure like any other; one that vanishes later leaves its contents standing.
async fn follow_file(path: &str, settings: ViewSettings, tell: impl Fn(News)) {
    let mut last: Option<Vec<u8>> = None;
    let mut failures = 0_u32;
    loop {
        match read_file(path) {
            Ok(bytes) => {
                if failures > 0 {
                    tell(News::Recovered);
                }
                failures = 0;
                if last.as_ref() != Some(&bytes) {
                    tell(News::Data(Data::File(bytes.clone())));
                    last = Some(bytes);
                }
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                let pause = settings.for_ever.then_some(POLL_FILE);
                // The second look at a file that is not there says nothing new.
                if failures == 1 {
                    tell(News::Failed { reason: error.to_string(), retry: failures, pause });
                }
                if pause.is_none() {
                    return std::future::pending().await;
                }
            }
        }
        tokio::time::sleep(POLL_FILE).await;
    }
}

fn read_file(path: &str) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if metadata.len() > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {MAX_FILE} bytes")));
    }
    std::fs::read(path)
}
