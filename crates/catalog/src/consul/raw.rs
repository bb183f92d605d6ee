//! Answers handed on as they came.

use super::exchange::{Call, Response};
use super::{Consul, token};
use crate::Error;
use bytes::Bytes;
use hyper::Method;
use hyper::header::{HeaderMap, HeaderValue};
use std::time::Duration;

/// The longest that Consul waits for a change, the sixteenth of it that it adds
/// at random, and 10 s on the way.
const TIMEOUT: Duration = Duration::from_secs(600 + 600 / 16 + 10);

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Raw {
    /// The status of HTTP.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

// === impl Consul ===

impl Consul {
    /// Asks for `target`, a path with its query as they stand, and gives the
    /// answer as it came, whatever its status. `token` counts in place of the
    /// configuration's. Giving up the wait ends the request.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub async fn raw(&self, target: &str, token: Option<&HeaderValue>) -> Result<Raw, Error> {
        let call = Call {
            method: Method::GET,
            target: target.to_owned(),
            body: Bytes::new(),
            timeout: TIMEOUT,
            token: token.map(token::hidden),
        };
        let Response { status, headers, body } = self.exchange.call(&call).await?;
        Ok(Raw { status: status.as_u16(), headers, body })
    }
}
