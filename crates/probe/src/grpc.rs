//! The gRPC health checking protocol.
//!
//! Sources: "GRPC Health Checking Protocol" (`grpc.health.v1`) and "gRPC over HTTP2",
//! both in the gRPC project's `doc` folder; "Encoding" of Protocol Buffers. The two
//! messages have one field each, number 1: a text to ask with, a number to answer with.

use crate::dial::Dialer;
use crate::http::while_driven;
use crate::target::{Target, host_and_port};
use crate::{Answer, words};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, TE};
use hyper::{Method, Request, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};

/// An honest answer has 7 bytes.
const MAX_BODY: usize = 4 << 10;

/// How much the other side may send before it is read, in bytes: RFC 9113, section 6.9.2.
const WINDOW: u32 = 65_535;

/// Tag of field 1 with a length, and with a number.
const TEXT: u8 = 1 << 3 | 2;
const NUMBER: u64 = 1 << 3;

pub(crate) async fn ask(address: &str, service: &str, dialer: &Dialer<'_>) -> Result<Answer, String> {
    let (host, port) = host_and_port(address, None)?;
    let path = "/grpc.health.v1.Health/Check";
    let uri = format!("http://{address}{path}");
    let request = request(&uri, service).ok_or_else(|| format!("\"{address}\" is not host:port"))?;
    let stream = dialer.tcp(&host, port).await?;
    let (authority, path) = (address.to_owned(), path.to_owned());
    let target = Target::Tcp { host, port, tls: false, authority, path };
    let failed =
        |error: hyper::Error| format!("{target} does not answer as gRPC does: {}", words::innermost(&error));
    let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    // No more than the protocol's least is ever on its way to us.
    builder.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(failed)?;
    while_driven(connection, async {
        let (head, mut body) = sender.send_request(request).await.map_err(failed)?.into_parts();
        if !head.status.is_success() {
            return Err(format!("{target} answers with HTTP status {}, not gRPC", head.status.as_u16()));
        }
        let mut message = Vec::new();
        // An error comes in the head alone, with nothing behind it.
        let mut end = head.headers;
        while let Some(frame) = body.frame().await {
            match frame.map_err(failed)?.into_data() {
                Ok(data) if message.len() + data.len() <= MAX_BODY => message.extend_from_slice(&data),
                Ok(_) => return Err(format!("{target} answers with more than {MAX_BODY} bytes")),
                Err(frame) => end.extend(frame.into_trailers().unwrap_or_default()),
            }
        }
        verdict(&end, &message)
    })
    .await
}

fn request(uri: &str, service: &str) -> Option<Request<Full<Bytes>>> {
    let mut request = Request::new(Full::new(Bytes::from(question(service))));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.parse::<Uri>().ok()?;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    Some(request)
}

/// `HealthCheckRequest`, with the five bytes that come before each message: not
/// compressed, and its length.
fn question(service: &str) -> Vec<u8> {
    let mut message = Vec::new();
    if !service.is_empty() {
        message.push(TEXT);
        let mut length = service.len();
        while length >= 0x80 {
            message.push(length as u8 | 0x80);
            length >>= 7;
        }
        message.push(length as u8);
        message.extend_from_slice(service.as_bytes());
    }
    let mut framed = vec![0];
    framed.extend_from_slice(&(message.len() as u32).to_be_bytes());
    framed.append(&mut message);
    framed
}

fn verdict(end: &HeaderMap, message: &[u8]) -> Result<Answer, String> {
    let text = |name: &str| end.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    match text("grpc-status").as_deref() {
        Some("0") => {}
        None => return Err("an answer without a gRPC status".to_owned()),
        Some(code) => {
            let name = code.parse().ok().and_then(|code: usize| CODES.get(code)).copied();
            let said = text("grpc-message").map(|said| words::one_line(&unescaped(&said)));
            let said =
                said.filter(|said| !said.is_empty()).map(|said| format!(": {said}")).unwrap_or_default();
            return Err(format!("gRPC status {}{said}", name.unwrap_or(code)));
        }
    }
    match message.split_at_checked(5).and_then(|(_, message)| serving_status(message)) {
        Some(1) => Ok(Answer::well("SERVING".to_owned())),
        Some(0) => Err("UNKNOWN".to_owned()),
        Some(2) => Err("NOT_SERVING".to_owned()),
        Some(3) => Err("SERVICE_UNKNOWN".to_owned()),
        Some(other) => Err(format!("serving status {other}, whatever that is")),
        None => Err("an answer that is no HealthCheckResponse".to_owned()),
    }
}

/// The names of gRPC's status codes, by number.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Field 1 of a `HealthCheckResponse`; zero when it is left out, as zeroes are.
/// Fields that are not known are passed over.
fn serving_status(mut message: &[u8]) -> Option<u64> {
    let mut status = 0;
    while !message.is_empty() {
        let tag = number(&mut message)?;
        let skipped = match tag & 7 {
            0 => {
                let value = number(&mut message)?;
                if tag == NUMBER {
                    status = value;
                }
                0
            }
            1 => 8,
            2 => number(&mut message)?,
            5 => 4,
            _ => return None,
        };
        message = message.get(usize::try_from(skipped).ok()?..)?;
    }
    Some(status)
}

/// A number of seven bits a byte, the lowest first.
fn number(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The text of `grpc-message`, in which bytes may be written as `%XX`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let coded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, coded) {
            (b'%', Some(coded)) => {
                bytes.push(coded);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_one_field() {
        assert_eq!(question(""), [0, 0, 0, 0, 0]);
        assert_eq!(question("ab"), [0, 0, 0, 0, 4, 10, 2, b'a', b'b']);
        let long = question(&"x".repeat(300));
        assert_eq!(long[..8], [0, 0, 0, 1, 47, 10, 0xac, 2]);
        assert_eq!(serving_status(&[]), Some(0));
        assert_eq!(serving_status(&[8, 1]), Some(1));
        // Others before, between and behind.
        assert_eq!(serving_status(&[18, 2, 8, 9, 8, 2, 21, 1, 2, 3, 4, 17, 1, 2, 3, 4, 5, 6, 7, 8]), Some(2));
        for broken in [&[8][..], &[18, 9, 1], &[8, 0x80], &[11], &[0xff; 20], &[21, 1]] {
            assert_eq!(serving_status(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn refusals_are_named() {
        let told = |headers: &[(&'static str, &'static str)], message: &[u8]| {
            let pairs = headers.iter().map(|(name, value)| {
                (hyper::header::HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            verdict(&pairs.collect(), message).map(|answer| answer.words).unwrap_or_else(|words| words)
        };
        let ok = ("grpc-status", "0");
        assert_eq!(told(&[ok], &[0, 0, 0, 0, 2, 8, 1]), "SERVING");
        assert_eq!(told(&[ok], &[0, 0, 0, 0, 2, 8, 2]), "NOT_SERVING");
        assert_eq!(told(&[ok], &[0, 0]), "an answer that is no HealthCheckResponse");
        assert_eq!(told(&[], &[]), "an answer without a gRPC status");
        let refused = [("grpc-status", "5"), ("grpc-message", "unknown%20service%")];
        assert_eq!(told(&refused, &[]), "gRPC status NOT_FOUND: unknown service%");
        assert_eq!(told(&[("grpc-status", "99")], &[]), "gRPC status 99");
    }
}
