//! `gyropilot catalog watch`.

use super::document::{InstanceDocument, KeyDocument};
use super::news::{Change, Item};
use super::refusal::Refusal;
use super::{ask, query, whole};
use crate::commands::catalog::{Following, WatchTarget};
use crate::errands::Errands;
use crate::printer;
use gyropilot_catalog::{Answer, Catalog, Error, Follower, KeyValue, Read, ServiceQuery};
use gyropilot_kernel::{Signals, SpawnSpec, sealed_memory};
use gyropilot_telemetry::describe;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::rc::Rc;
use std::time::Duration;

/// How long a query waits for a change.
const WAIT: Duration = Duration::from_secs(60);

/// What is followed.
enum Target {
    Services,
    Service(ServiceQuery),
    Key(String),
    Prefix(String),
}

/// What is done with a change.
enum Then<'a> {
    /// A line for each.
    Tell,
    /// A JSON document a line.
    Json,
    /// The command is run.
    Run(&'a [String]),
}

/// Follows until it is interrupted, and gives the exit status.
pub(super) fn run(target: WatchTarget, environment: &BTreeMap<String, String>) -> u8 {
    let (target, following) = match target {
        WatchTarget::Services { following } => (Target::Services, following),
        WatchTarget::Service { name, only, following } => (Target::Service(query(name, only)), following),
        WatchTarget::Key { key, following } => (Target::Key(key), following),
        WatchTarget::Prefix { prefix, following } => (Target::Prefix(prefix), following),
    };
    let Following { json, which, exec } = following;
    let then = match (exec.as_slice(), json) {
        ([], false) => Then::Tell,
        ([], true) => Then::Json,
        (command, _) => Then::Run(command),
    };
    ask(&which, environment, async |catalog| {
        let listened = |error| Refusal::failed(format!("cannot start: {error}"));
        let (mut signals, errands) =
            (Signals::listen().map_err(listened)?, Errands::listen().map_err(listened)?);
        tokio::select! {
            ended = follow(&*catalog, &target, &then, &errands, environment) => ended,
            signal = signals.next() => {
                // As a shell counts it.
                Ok(128_u8.saturating_add(u8::try_from(signal.number()).unwrap_or_default()))
            }
        }
    })
}

async fn follow(
    catalog: &dyn Catalog,
    target: &Target,
    then: &Then<'_>,
    errands: &Errands,
    environment: &BTreeMap<String, String>,
) -> Result<u8, Refusal> {
    // What is wrong from the beginning will not become right by itself.
    whole(target.read(catalog, &Read::default()).await?);
    let told = Rc::new(|event| printer::talk(describe(&event).message));
    let mut follower = Follower::new(format!("watch of {target}"), WAIT, None, told);
    let mut before: Option<Vec<Item>> = None;
    loop {
        let now = follower.next(async |read: &_| target.read(catalog, read).await).await;
        let changes = Change::between(before.as_deref(), &now);
        // A clock set to a year that the calendar does not have.
        let time = Timestamp::try_from(errands.wall()).unwrap_or(Timestamp::UNIX_EPOCH);
        let time = format!("{time:.3}");
        let ended = match then {
            Then::Tell if now.is_empty() && before.is_none() => {
                printer::stream(format!("{time} nothing  {target}\n"))
            }
            Then::Tell => {
                let lines: String = changes.iter().map(|it| format!("{time} {}\n", it.line())).collect();
                printer::stream(lines)
            }
            Then::Json => printer::stream(target.document(&time, &now, &changes)),
            Then::Run(command) => {
                let document = target.document(&time, &now, &changes);
                execute(command, &document, errands, environment).await?;
                None
            }
        };
        if let Some(status) = ended {
            return Ok(status);
        }
        before = Some(now);
    }
}

/// Runs the command with the document as its input. How it ends is its own
/// affair, but worth a word when it is not well.
async fn execute(
    command: &[String],
    document: &str,
    errands: &Errands,
    environment: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let failed = |error: &dyn std::fmt::Display| Refusal::failed(format!("cannot run {program}: {error}"));
    let input = sealed_memory("change", document.as_bytes()).map_err(|error| failed(&error))?;
    let spec = SpawnSpec {
        args: arguments.iter().map(OsString::from).collect(),
        env: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        input: Some(input.into()),
        ..SpawnSpec::new(program)
    };
    let exit = errands.run(&spec).await.map_err(|error| failed(&error))?;
    if !exit.is_success() {
        printer::talk(format_args!("warning: {program}: {exit}"));
    }
    Ok(())
}

// === impl Target ===

impl Target {
    async fn read(&self, catalog: &dyn Catalog, read: &Read) -> Result<Answer<Vec<Item>>, Error> {
        let keys = |pairs: Vec<KeyValue>| -> Vec<Item> {
            pairs.into_iter().map(|pair| Item::key(&KeyDocument::new(pair))).collect()
        };
        Ok(match self {
            Self::Services => catalog.services(read).await?.map(|services| {
                services.into_iter().map(|(name, tags)| Item::service(name, &tags)).collect()
            }),
            Self::Service(query) => catalog
                .instances(query, read)
                .await?
                .map(|entries| InstanceDocument::all(&entries).iter().map(Item::instance).collect()),
            Self::Key(key) => catalog.key(key, read).await?.map(|pair| keys(pair.into_iter().collect())),
            Self::Prefix(prefix) => catalog.tree(prefix, read).await?.map(keys),
        })
    }

    /// All that is there and what changed, in one line.
    fn document(&self, time: &str, now: &[Item], changes: &[Change<'_>]) -> String {
        let all: Vec<&Value> = now.iter().map(Item::document).collect();
        let mut document = Map::new();
        document.insert("time".to_owned(), time.into());
        let (kind, key, found) = match self {
            Self::Services => ("services", None, ("services", json!(all))),
            Self::Service(query) => ("service", Some(("name", &query.name)), ("instances", json!(all))),
            Self::Key(key) => ("key", Some(("name", key)), ("key", json!(all.first()))),
            Self::Prefix(prefix) => ("prefix", Some(("name", prefix)), ("keys", json!(all))),
        };
        document.insert("watch".to_owned(), kind.into());
        if let Some((key, value)) = key {
            document.insert(key.to_owned(), value.as_str().into());
        }
        document.insert(found.0.to_owned(), found.1);
        document.insert("changes".to_owned(), json!(changes));
        Value::Object(document).to_string() + "\n"
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Services => f.write_str("services"),
            Self::Service(query) => write!(f, "service {}", query.name),
            Self::Key(key) => write!(f, "key {key}"),
            Self::Prefix(prefix) => write!(f, "prefix {prefix}"),
        }
    }
}
