//! Asking over HTTP/1.1.

use crate::dial::Dialer;
use crate::target::Target;
use crate::{Answer, words};
use bytes::Bytes;
use gyropilot_model::HttpProbe;
use gyropilot_tls::Tls;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::header::{CONNECTION, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// So much of a body is looked at for its first line, in bytes.
const MAX_BODY: usize = 4 << 10;

/// Redirections are answers like others; they are not followed.
pub(crate) async fn ask(probe: &HttpProbe, tls: &Tls, dialer: &Dialer<'_>) -> Result<Answer, String> {
    let target = Target::parse(&probe.url)?;
    let request = request(probe, &target)?;
    let stream = dialer.open(&target, tls).await?;
    let failed = |error: hyper::Error| no_answer(&target, &error);
    let mut builder = hyper::client::conn::http1::Builder::new();
    let (mut sender, connection) =
        builder.max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(failed)?;
    while_driven(connection, async {
        let (head, body) = sender.send_request(request).await.map_err(failed)?.into_parts();
        let is_well = match &probe.expect {
            Some(expected) => expected.contains(&head.status.as_u16()),
            None => head.status.is_success() || head.status.is_redirection(),
        };
        let said = if is_well { None } else { words::of_body(&beginning(body).await) };
        // What the server calls the status says more than the standard, where they differ.
        let own = head.extensions.get::<ReasonPhrase>().map(|own| String::from_utf8_lossy(own.as_bytes()));
        let name = own.as_deref().or_else(|| head.status.canonical_reason());
        let words = [Some(head.status.as_str()), name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let words = said.map_or_else(|| words.clone(), |said| format!("{words}: {said}"));
        Ok(Answer { is_well, status: Some(head.status.as_u16()), words })
    })
    .await
}

fn request(probe: &HttpProbe, target: &Target) -> Result<Request<Empty<Bytes>>, String> {
    let method = Method::from_bytes(probe.method.as_bytes())
        .map_err(|_| format!("\"{}\" is no method of HTTP", probe.method))?;
    let mut request = Request::new(Empty::new());
    *request.method_mut() = method;
    *request.uri_mut() = target.path().parse().map_err(|error| format!("{}: {error}", target.path()))?;
    let headers = request.headers_mut();
    let host = HeaderValue::from_str(target.host()).map_err(|_| format!("{} is no host", target.host()))?;
    headers.insert(HOST, host);
    headers.insert(USER_AGENT, HeaderValue::from_static("gyropilot"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    for (name, value) in &probe.headers {
        let refused = || format!("the header {name} cannot be sent");
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| refused())?);
    }
    Ok(request)
}

/// The first bytes of a body, as far as they come.
async fn beginning(mut body: Incoming) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_BODY
        && let Some(Ok(frame)) = body.frame().await
    {
        bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
    }
    bytes.truncate(MAX_BODY);
    bytes
}

/// Why there was no answer, or none that can be read.
fn no_answer(target: &Target, error: &hyper::Error) -> String {
    if error.is_parse() || error.is_parse_too_large() {
        return format!("what {target} answers is not HTTP: {}", words::innermost(error));
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return format!("{target} closed the connection without an answer");
    }
    format!("no answer from {target}: {}", words::innermost(error))
}

/// Does `work` while the connection is read and written.
pub(crate) async fn while_driven<T>(connection: impl Future, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => done,
        // Its end is told to those who wait for an answer.
        _ = connection => work.await,
    }
}
