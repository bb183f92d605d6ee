//! Asking a running pilot, and telling it what to do.

mod graph;
mod status;
mod why;

use crate::commands::{GraphFormat, Whom};
use crate::printer;
use crate::table::{self, Paper};
use gyropilot_config::{Source, control_socket};
use gyropilot_control::{Client, ClientError};
use gyropilot_model::{Control, Order};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// The pilot says no, or something else went wrong.
const REFUSED: u8 = 1;
/// How long it is left alone between two questions whether it is ready.
const PAUSE: Duration = Duration::from_millis(50);
/// There is no pilot to ask.
const UNREACHABLE: u8 = 3;

/// What is asked or told.
pub(crate) enum Request {
    Status {
        json: bool,
    },
    /// Is it ready for requests, or becomes so in time? When not, the reasons are told.
    Ready {
        within: Duration,
    },
    Why {
        job: String,
        json: bool,
    },
    Events {
        since: u64,
        follow: bool,
        json: bool,
    },
    Graph(GraphFormat),
    /// Do something, and say what was done.
    Order(Order),
    /// As the original did: without a word.
    Reload,
    Maintenance(bool),
    Ping,
    PutEnvironment(BTreeMap<String, Option<String>>),
    PutMetrics(BTreeMap<String, Value>),
}

/// Asks, says the answer, and gives the exit status: 0; or with the reason on
/// standard error 1 when the pilot says no, and 3 when there is none to ask.
pub(crate) fn run(request: Request, whom: Whom, environment: &BTreeMap<String, String>) -> u8 {
    let failed = |status: u8, reason: &str| {
        // A report of a configuration begins so by itself.
        let begin = if reason.starts_with("error: ") { "" } else { "error: " };
        printer::talk(format_args!("{begin}{}", reason.trim_end()));
        status
    };
    let socket = match socket(whom, environment) {
        Ok(socket) => socket,
        Err(reason) => return failed(REFUSED, &reason),
    };
    match ask(request, socket, environment) {
        Ok(status) => status,
        Err(error @ ClientError::Unreachable { .. }) => failed(
            UNREACHABLE,
            &format!(
                "{error}\nhint: name its socket with --socket PATH or its configuration with --config FILE; \
                 only a pilot whose configuration has jobs can be asked"
            ),
        ),
        Err(error) => failed(REFUSED, &error.to_string()),
    }
}

/// The same for one of the original's flags, which finds the socket in the configuration.
///
/// # Errors
/// Why it failed.
pub(crate) fn by_flag(
    request: Request,
    setting: &str,
    environment: &BTreeMap<String, String>,
) -> Result<u8, String> {
    ask(request, socket_of(setting, environment)?, environment).map_err(|error| error.to_string())
}

/// Which job starts because of what, by a file alone.
pub(crate) fn graph_of(file: &Path, format: GraphFormat, environment: &BTreeMap<String, String>) -> u8 {
    crate::offline::plan(file, environment)
        .map_or(REFUSED, |plan| printer::data(graph::draw(&gyropilot_engine::graph(&plan), format)))
}

fn ask(request: Request, socket: PathBuf, environment: &BTreeMap<String, String>) -> Result<u8, ClientError> {
    let unreachable = |reason| ClientError::Unreachable { socket: socket.clone(), reason };
    let runtime = crate::runtime::build().map_err(unreachable)?;
    runtime.block_on(answer(request, &Client::new(socket), printer::paper(environment)))
}

/// Where the pilot is that is meant.
fn socket(whom: Whom, environment: &BTreeMap<String, String>) -> Result<PathBuf, String> {
    let inherited = || environment.get("CONTAINERPILOT").filter(|setting| !setting.is_empty()).cloned();
    match (whom.socket, whom.config.or_else(inherited)) {
        (Some(socket), _) => Ok(socket),
        (None, Some(setting)) => socket_of(&setting, environment),
        (None, None) => Ok(Control::DEFAULT_SOCKET.into()),
    }
}

fn socket_of(setting: &str, environment: &BTreeMap<String, String>) -> Result<PathBuf, String> {
    let document = Source::from_setting(setting).read().map_err(|error| error.to_string())?;
    control_socket(&document, environment).map_err(|report| report.to_string())
}

async fn answer(request: Request, client: &Client, paper: Paper) -> Result<u8, ClientError> {
    Ok(match request {
        Request::Status { json: false } => printer::data(status::page(&client.status().await?, paper)),
        Request::Status { json: true } => printer::document(&client.status().await?),
        Request::Ready { within } => readiness(client, within).await?,
        Request::Why { job, json: false } => printer::data(why::story(&client.why(&job).await?)),
        Request::Why { job, json: true } => printer::document(&client.why(&job).await?),
        Request::Graph(format) => printer::data(graph::draw(&client.graph().await?, format)),
        Request::Events { since, follow, json } => {
            let mut lines = client.events(since, follow).await?;
            while let Some(line) = lines.next().await? {
                let shown = if json { line + "\n" } else { event(&line) };
                if let Some(status) = printer::stream(shown) {
                    return Ok(status);
                }
            }
            0
        }
        Request::Order(order) => printer::data(client.order(&order).await? + "\n"),
        Request::Reload => {
            client.reload().await?;
            0
        }
        Request::Maintenance(on) => {
            client.maintenance(on).await?;
            0
        }
        Request::Ping => {
            client.ping().await?;
            printer::data("ok\n")
        }
        Request::PutEnvironment(variables) => {
            client.put_environment(&variables).await?;
            0
        }
        Request::PutMetrics(values) => {
            client.put_metrics(&values).await?;
            0
        }
    })
}

/// Asks again and again until it is ready; a pilot that is not there yet may still come.
async fn readiness(client: &Client, within: Duration) -> Result<u8, ClientError> {
    let end = Instant::now() + within;
    loop {
        let asked = client.status().await.map(|status| status.unready());
        if asked.as_ref().is_ok_and(Vec::is_empty) {
            return Ok(printer::data("ready\n"));
        }
        if Instant::now() >= end {
            printer::talk(format_args!("not ready: {}", asked?.join("; ")));
            return Ok(REFUSED);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// `NAME=VALUE` sets a variable, `NAME` takes it away; the first `=` divides.
pub(crate) fn variables(words: &[String]) -> BTreeMap<String, Option<String>> {
    let divided = words.iter().map(|word| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word.clone(), None),
    });
    divided.collect()
}

/// `NAME=VALUE`; the first word that is not so as the error.
pub(crate) fn values(words: &[String]) -> Result<BTreeMap<String, Value>, String> {
    let divided = words.iter().map(|word| {
        let (name, value) = word.split_once('=').ok_or_else(|| word.clone())?;
        Ok((name.to_owned(), value.into()))
    });
    divided.collect()
}

/// An event for people: when, how grave, what.
fn event(line: &str) -> String {
    let event: Value = serde_json::from_str(line).unwrap_or_default();
    let word = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
    // A report is several lines.
    let message: Vec<String> = word("message").lines().map(table::plain).collect();
    format!("{:24} {:7} {}\n", word("time"), word("level").to_uppercase(), message.join("\n"))
}

/// A span of milliseconds in at most two units: `3m12s`.
fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds}ms"),
        1..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let told = [7, 1999, 61_000, 3_720_000, 90_000_000].map(span);
        assert_eq!(told, ["7ms", "1s", "1m1s", "1h2m", "1d1h"]);
    }

    #[test]
    fn q_39_a_bare_name_takes_a_variable_away() {
        let read = variables(&["A=b=c".to_owned(), "D".to_owned(), "E=".to_owned()]);
        let expected = [("A", Some("b=c")), ("D", None), ("E", Some(""))];
        assert_eq!(read, expected.map(|(name, value)| (name.into(), value.map(str::to_owned))).into());
    }

    #[test]
    fn a_metric_needs_a_value() {
        assert_eq!(values(&["a=1".to_owned(), "b".to_owned()]), Err("b".to_owned()));
    }

    #[test]
    fn an_event_for_people() {
        let line = r#"{"time":"2026-11-23T09:57:25.120Z","level":"info","message":"a\u001b[2Jb\nc"}"#;
        assert_eq!(event(line), "2026-11-23T09:57:25.120Z INFO    a [2Jb\nc\n");
    }
}
