//! What goes back: in the original's words below `/v3`, as JSON elsewhere.

use crate::{Follower, Misunderstood, Refusal};
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

/// What goes back.
pub(crate) type Answer = Response<Either<Full<Bytes>, Follower>>;

/// In which form errors are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The original's: the words of the status, or a text.
    Original,
    /// `{"error": …}`.
    Own,
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

// === impl Form ===

impl Form {
    pub(crate) fn of(path: &str) -> Self {
        if path == "/v1" || path.starts_with("/v1/") { Self::Own } else { Self::Original }
    }

    /// An error in this form. Without a reason the words of the status are one.
    pub(crate) fn error(self, status: StatusCode, reason: Option<&str>) -> Answer {
        let reason = reason.or(status.canonical_reason()).unwrap_or_default();
        match self {
            Self::Original => answer(status, TEXT, format!("{}\n", reason.trim_end_matches('\n'))),
            Self::Own => answer(status, JSON, format!("{}\n", serde_json::json!({ "error": reason }))),
        }
    }

    /// The request wants nothing that there is.
    pub(crate) fn misunderstood(self, why: &Misunderstood) -> Answer {
        match why {
            Misunderstood::NoSuchPath => self.error(StatusCode::NOT_FOUND, Some("404 page not found")),
            Misunderstood::Method(wanted) => {
                let mut answer = self.error(StatusCode::METHOD_NOT_ALLOWED, None);
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static(wanted));
                answer
            }
            Misunderstood::Unreadable(reason) => {
                self.error(StatusCode::UNPROCESSABLE_ENTITY, reason.as_deref())
            }
        }
    }

    /// What became of an order.
    pub(crate) fn ordered(self, outcome: Result<String, Refusal>) -> Answer {
        match (self, outcome) {
            (Self::Original, Ok(_)) => done(),
            (Self::Original, Err(refusal)) => {
                self.error(StatusCode::UNPROCESSABLE_ENTITY, Some(&refusal.to_string()))
            }
            (Self::Own, Ok(done)) => json(&serde_json::json!({ "done": done })),
            (Self::Own, Err(refusal)) => {
                let status = match refusal {
                    Refusal::NoSuchJob(_) => StatusCode::NOT_FOUND,
                    Refusal::Refused(_) => StatusCode::CONFLICT,
                };
                self.error(status, Some(&refusal.to_string()))
            }
        }
    }
}

/// The original's answer to everything that was done.
pub(crate) fn done() -> Answer {
    answer(StatusCode::OK, TEXT, "\n".to_owned())
}

pub(crate) fn json(value: &impl Serialize) -> Answer {
    match serde_json::to_string(value) {
        Ok(text) => answer(StatusCode::OK, JSON, text + "\n"),
        Err(error) => Form::Own.error(StatusCode::INTERNAL_SERVER_ERROR, Some(&error.to_string())),
    }
}

/// One line of JSON for each event.
pub(crate) fn events(follower: Follower) -> Answer {
    with_type("application/x-ndjson", Response::new(Either::Right(follower)))
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Answer {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(body))));
    *response.status_mut() = status;
    with_type(kind, response)
}

fn with_type(kind: &'static str, mut response: Answer) -> Answer {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
