//! What is answered.

use crate::store::{Index, Refusal};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, VARY};
use hyper::{Method, Response, StatusCode};
use serde::Serialize;
use std::cell::OnceCell;
use std::io::Write as _;

/// Answers shorter than this are sent as they are.
const WORTH_GZIP: usize = 1400;

/// An answer, encoded once for all who asked the same.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether it is of the router, which compresses nothing, and not of an endpoint.
    is_of_router: bool,
    /// The body in gzip, once somebody wanted it; empty when that would not make it shorter.
    zipped: OnceCell<Bytes>,
}

/// What comes with an answer to one reader.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extras {
    /// The index that the answer is true for.
    pub(crate) index: Option<Index>,
    /// Whether it says that there is a leader.
    pub(crate) tells_leader: bool,
    /// How fresh it is; only tables say so.
    pub(crate) consistency: Option<&'static str>,
    /// Whether it tells why a read failed, which is true for no index.
    pub(crate) has_failed: bool,
    pub(crate) takes_gzip: bool,
}

pub(super) const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const TEXT_PLAIN: &str = "text/plain";
const HTML: &str = "text/html; charset=utf-8";

// === impl Reply ===

impl Reply {
    /// Done, without a word.
    pub(crate) fn done() -> Self {
        Self::default()
    }

    /// A JSON document.
    pub(crate) fn json(value: &impl Serialize, pretty: bool) -> Self {
        let mut body = Vec::new();
        let written = match pretty {
            true => {
                let form = serde_json::ser::PrettyFormatter::with_indent(b"    ");
                value.serialize(&mut serde_json::Serializer::with_formatter(&mut body, form))
            }
            false => serde_json::to_writer(&mut body, value),
        };
        if let Err(error) = written {
            return Self::text(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("the answer cannot be written: {error}"),
            );
        }
        if pretty {
            body.push(b'\n');
        }
        Self { body: body.into(), content_type: Some(JSON), ..Self::default() }
    }

    /// Words for people.
    pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, body: Bytes::from(text.into()), content_type: Some(TEXT), ..Self::default() }
    }

    /// What is part of the program.
    pub(crate) fn file(content_type: &'static str, body: &'static str) -> Self {
        let body = Bytes::from_static(body.as_bytes());
        Self { body, content_type: Some(content_type), ..Self::default() }
    }

    /// The value of a key as it is, which nobody's browser may take for a page of ours.
    pub(crate) fn raw(value: Vec<u8>) -> Self {
        Self { body: value.into(), content_type: Some(TEXT_PLAIN), ..Self::default() }
            .with("content-security-policy", "sandbox")
            .with("x-content-type-options", "nosniff")
    }

    /// A status without a word.
    pub(crate) fn status(status: StatusCode) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn of_type(mut self, content_type: &'static str) -> Self {
        self.content_type = Some(content_type);
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// The method is not one that is understood here.
    pub(crate) fn wrong_method(method: &str, allowed: &[&str]) -> Self {
        let mut reply = Self::text(StatusCode::METHOD_NOT_ALLOWED, format!("method {method} not allowed"));
        reply.allow(allowed);
        reply
    }

    pub(crate) fn options(allowed: &[&str]) -> Self {
        let mut reply = Self::done();
        reply.allow(allowed);
        reply
    }

    fn allow(&mut self, allowed: &[&str]) {
        let words: Vec<&str> = std::iter::once("OPTIONS").chain(allowed.iter().copied()).collect();
        if let Ok(value) = HeaderValue::from_str(&words.join(",")) {
            self.headers.push((ALLOW, value));
        }
    }

    /// There is no such endpoint.
    pub(crate) fn nowhere() -> Self {
        Self { status: StatusCode::NOT_FOUND, is_of_router: true, ..Self::default() }
    }

    /// The path cannot be understood.
    pub(crate) fn unreadable() -> Self {
        Self { is_of_router: true, ..Self::text(StatusCode::BAD_REQUEST, "400 Bad Request") }
    }

    /// The path is spelled in another way.
    pub(crate) fn moved(to: &str, method: &Method) -> Self {
        let mut reply = Self { status: StatusCode::MOVED_PERMANENTLY, is_of_router: true, ..Self::default() };
        if matches!(*method, Method::GET | Method::HEAD) {
            let link =
                to.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&#34;");
            reply.content_type = Some(HTML);
            reply.body = format!("<a href=\"{link}\">Moved Permanently</a>.\n\n").into();
        }
        if let Ok(value) = HeaderValue::from_str(to) {
            reply.headers.push((LOCATION, value));
        }
        reply
    }

    fn zipped(&self) -> Option<Bytes> {
        if self.body.len() < WORTH_GZIP {
            return None;
        }
        let zipped = self.zipped.get_or_init(|| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            match encoder.write_all(&self.body).and_then(|()| encoder.finish()) {
                Ok(zipped) if zipped.len() < self.body.len() => zipped.into(),
                _ => Bytes::new(),
            }
        });
        (!zipped.is_empty()).then(|| zipped.clone())
    }

    /// The response to one who asked. The bytes of the body are shared, not copied.
    pub(crate) fn response(&self, extras: Extras) -> Response<Full<Bytes>> {
        let zipped = if extras.takes_gzip { self.zipped() } else { None };
        let is_zipped = zipped.is_some();
        let mut response = Response::new(Full::new(zipped.unwrap_or_else(|| self.body.clone())));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if !self.is_of_router {
            headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        if is_zipped {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(kind) = self.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in &self.headers {
            headers.append(name.clone(), value.clone());
        }
        if let Some(index) = extras.index {
            headers.insert("x-consul-index", HeaderValue::from(index));
        }
        if extras.index.is_some() && extras.tells_leader {
            headers.insert("x-consul-knownleader", HeaderValue::from_static("true"));
            headers.insert("x-consul-lastcontact", HeaderValue::from_static("0"));
        }
        if extras.has_failed {
            headers.insert("x-consul-index", HeaderValue::from_static("1"));
            headers.insert("x-consul-knownleader", HeaderValue::from_static("false"));
            headers.insert("x-consul-lastcontact", HeaderValue::from_static("0"));
        }
        if let Some(consistency) = extras.consistency {
            headers.insert("x-consul-effective-consistency", HeaderValue::from_static(consistency));
        }
        response
    }

    /// About how much memory it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.body.len() + self.zipped.get().map_or(0, Bytes::len)
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::text(status, refusal.text)
    }
}
