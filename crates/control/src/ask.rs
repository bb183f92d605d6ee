//! What a request wants: methods, paths and bodies.

use crate::percent;
use gyropilot_model::Order;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Whether anybody is there.
    Ping,
    /// Variables set, or taken away (`None`).
    Environ(BTreeMap<String, Option<String>>),
    /// Values for metrics.
    Metric(BTreeMap<String, Value>),
    /// Something done.
    Order(Order),
    /// How everything stands.
    Status,
    /// Why a job is in the state it is in.
    Why(String),
    /// What happens because of what.
    Graph,
    /// The configuration in force.
    Plan,
    /// What happened.
    Events {
        /// Only after the event of this number.
        since: u64,
        /// And what comes.
        follow: bool,
    },
}

/// Why a request cannot be made sense of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misunderstood {
    /// Nothing is at that path.
    NoSuchPath,
    /// There is something at that path, for this method.
    Method(&'static str),
    /// The body or the query is not as it must be; with the reason.
    Unreadable(Option<String>),
}

/// What can be asked for, before the body is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Ping,
    Environ,
    Metric,
    Reload,
    Maintenance(bool),
    Status,
    Why(String),
    Graph,
    Plan,
    Events,
    Orders,
}

/// What a whole request wants. `path` and `query` as they stand in its first line.
///
/// # Errors
/// [`Misunderstood`] when it wants nothing that there is.
pub fn understand(method: &str, path: &str, query: Option<&str>, body: &[u8]) -> Result<Ask, Misunderstood> {
    Route::find(method, path)?.read(query, body)
}

// === impl Route ===

impl Route {
    pub(crate) fn find(method: &str, path: &str) -> Result<Self, Misunderstood> {
        let (route, wanted) = match path {
            // By any method, as in the original.
            "/v3/ping" => return Ok(Self::Ping),
            "/v3/environ" => (Self::Environ, "POST"),
            "/v3/metric" => (Self::Metric, "POST"),
            "/v3/reload" => (Self::Reload, "POST"),
            "/v3/maintenance/enable" => (Self::Maintenance(true), "POST"),
            "/v3/maintenance/disable" => (Self::Maintenance(false), "POST"),
            "/v1/status" => (Self::Status, "GET"),
            "/v1/graph" => (Self::Graph, "GET"),
            "/v1/plan" => (Self::Plan, "GET"),
            "/v1/events" => (Self::Events, "GET"),
            "/v1/orders" => (Self::Orders, "POST"),
            other => {
                let job = other.strip_prefix("/v1/why/").and_then(percent::decode);
                let job = job.filter(|job| !job.is_empty()).ok_or(Misunderstood::NoSuchPath)?;
                (Self::Why(job), "GET")
            }
        };
        if method == wanted { Ok(route) } else { Err(Misunderstood::Method(wanted)) }
    }

    /// The path without what differs from request to request.
    pub(crate) const fn path(&self) -> &'static str {
        match self {
            Self::Ping => "/v3/ping",
            Self::Environ => "/v3/environ",
            Self::Metric => "/v3/metric",
            Self::Reload => "/v3/reload",
            Self::Maintenance(true) => "/v3/maintenance/enable",
            Self::Maintenance(false) => "/v3/maintenance/disable",
            Self::Status => "/v1/status",
            Self::Why(_) => "/v1/why",
            Self::Graph => "/v1/graph",
            Self::Plan => "/v1/plan",
            Self::Events => "/v1/events",
            Self::Orders => "/v1/orders",
        }
    }

    pub(crate) const fn has_body(&self) -> bool {
        matches!(self, Self::Environ | Self::Metric | Self::Orders)
    }

    pub(crate) fn read(self, query: Option<&str>, body: &[u8]) -> Result<Ask, Misunderstood> {
        Ok(match self {
            Self::Ping => Ask::Ping,
            Self::Environ => Ask::Environ(variables(body)?),
            Self::Metric => Ask::Metric(original(body)?),
            Self::Reload => Ask::Order(Order::Reload),
            Self::Maintenance(on) => Ask::Order(Order::Maintenance { on }),
            Self::Status => Ask::Status,
            Self::Why(job) => Ask::Why(job),
            Self::Graph => Ask::Graph,
            Self::Plan => Ask::Plan,
            Self::Events => events(query.unwrap_or_default())?,
            Self::Orders => Ask::Order(
                serde_json::from_slice(body)
                    .map_err(|error| Misunderstood::Unreadable(Some(error.to_string())))?,
            ),
        })
    }
}

/// A body of the original's, which says nothing about what is wrong with one.
/// As Go reads it, `null` is an empty object.
fn original<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Misunderstood> {
    let read: Option<T> = serde_json::from_slice(body).map_err(|_| Misunderstood::Unreadable(None))?;
    Ok(read.unwrap_or_default())
}

fn variables(body: &[u8]) -> Result<BTreeMap<String, Option<String>>, Misunderstood> {
    let variables: BTreeMap<String, Option<String>> = original(body)?;
    let wrong = variables.iter().find(|(name, value)| {
        name.is_empty()
            || name.contains(['=', '\0'])
            || value.as_ref().is_some_and(|value| value.contains('\0'))
    });
    match wrong {
        None => Ok(variables),
        Some((name, _)) => {
            Err(Misunderstood::Unreadable(Some(format!("{name:?} cannot be a variable of the environment"))))
        }
    }
}

fn events(query: &str) -> Result<Ask, Misunderstood> {
    let (mut since, mut follow) = (0, false);
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match (name, value) {
            ("since", number) => {
                let wrong =
                    || Misunderstood::Unreadable(Some("`since` is the number of an event".to_owned()));
                since = number.parse().map_err(|_| wrong())?;
            }
            ("follow", "" | "1" | "true") => follow = true,
            ("follow", "0" | "false") => follow = false,
            (other, _) => {
                let reason = format!("{other:?} is not understood; there are `since=NUMBER` and `follow`");
                return Err(Misunderstood::Unreadable(Some(reason)));
            }
        }
    }
    Ok(Ask::Events { since, follow })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(path: &str, body: &str) -> Result<Ask, Misunderstood> {
        understand("POST", path, None, body.as_bytes())
    }

    fn get(path: &str, query: &str) -> Result<Ask, Misunderstood> {
        understand("GET", path, Some(query), b"")
    }

    #[test]
    fn q_39_null_takes_a_variable_away() {
        let read = post("/v3/environ", r#"{"A":"x=y","B":"","C":null}"#);
        let want = [("A", Some("x=y")), ("B", Some("")), ("C", None)];
        let want = want.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(read, Ok(Ask::Environ(want.into())));
    }

    #[test]
    fn bodies_that_go_would_not_read() {
        for (path, body) in [
            ("/v3/environ", ""),
            ("/v3/environ", "{"),
            ("/v3/environ", "[]"),
            ("/v3/environ", r#"{"A":1}"#),
            ("/v3/environ", r#"{"A":"b"} x"#),
            ("/v3/metric", "1"),
        ] {
            assert_eq!(post(path, body), Err(Misunderstood::Unreadable(None)), "{path} {body}");
        }
        assert_eq!(post("/v3/metric", "null"), Ok(Ask::Metric(BTreeMap::new())));
        for name in ["", "A=B", "A\\u0000"] {
            let body = format!(r#"{{"{name}":"x"}}"#);
            assert!(matches!(post("/v3/environ", &body), Err(Misunderstood::Unreadable(Some(_)))), "{name}");
        }
    }

    #[test]
    fn paths_and_methods() {
        assert_eq!(understand("DELETE", "/v3/ping", None, b"x"), Ok(Ask::Ping));
        assert_eq!(post("/v3/reload", "ignored"), Ok(Ask::Order(Order::Reload)));
        assert_eq!(get("/v3/reload", ""), Err(Misunderstood::Method("POST")));
        assert_eq!(post("/v1/status", ""), Err(Misunderstood::Method("GET")));
        assert_eq!(get("/v1/why/a%2Fb", ""), Ok(Ask::Why("a/b".into())));
        for path in ["/", "/v3", "/v3/", "/v3/env", "/v1/why/", "/v1/why/%zz", "/v3/maintenance", "*", ""] {
            assert_eq!(get(path, ""), Err(Misunderstood::NoSuchPath), "{path}");
        }
    }

    #[test]
    fn orders_say_what_is_wrong_with_them() {
        assert_eq!(
            post("/v1/orders", r#"{"order":"stop","job":"web"}"#),
            Ok(Ask::Order(Order::Stop { job: "web".into() }))
        );
        let Err(Misunderstood::Unreadable(Some(reason))) = post("/v1/orders", r#"{"order":"halt"}"#) else {
            panic!("an order that there is not");
        };
        assert!(reason.contains("halt") && reason.contains("run-once"), "{reason}");
    }

    #[test]
    fn which_events() {
        assert_eq!(get("/v1/events", ""), Ok(Ask::Events { since: 0, follow: false }));
        assert_eq!(get("/v1/events", "follow&since=7"), Ok(Ask::Events { since: 7, follow: true }));
        for wrong in ["since=", "since=-1", "since=1m", "follow=yes", "x"] {
            assert!(matches!(get("/v1/events", wrong), Err(Misunderstood::Unreadable(Some(_)))), "{wrong}");
        }
    }
}
