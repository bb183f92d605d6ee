//! Who is served, and how much of what.

use super::{Answer, ask, ask_on, ask_with, inside, start};
use gyropilot_catalogd::{Access, Limits, Server, tokens};
use gyropilot_model::TlsConfig;
use gyropilot_tls::{Tls, acceptor};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::path::{Path, PathBuf};
use tokio::net::TcpStream;

const TOKENS: &str = "# for the page\nread  knows-all\n\nwrite does-all\n";

async fn with_token(server: &Server, method: &str, path: &str, token: &str) -> Answer {
    ask_with(server, method, path, &format!("X-Consul-Token: {token}\r\n"), "value").await
}

#[test]
fn without_tokens_everybody_may_do_everything() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        assert_eq!(ask(&server, "PUT", "/v1/kv/a", "1").await.body, "true");
        let answer = ask(&server, "GET", "/v1/acl/tokens", "").await;
        assert_eq!((answer.status, answer.body.as_str()), (401, "ACL support disabled"));
    });
}

#[test]
fn a_token_gives_the_right_that_its_line_says() {
    inside(async {
        let server = start(Access::new(Some(tokens(TOKENS).unwrap()), None), Limits::default()).await;
        for (method, path) in [("GET", "/v1/catalog/services"), ("GET", "/v1/kv/a"), ("PUT", "/v1/kv/a")] {
            let nobody = ask(&server, method, path, "").await;
            assert_eq!((nobody.status, nobody.body.as_str()), (403, "Permission denied"), "{method} {path}");
            let stranger = with_token(&server, method, path, "wrong").await;
            assert_eq!((stranger.status, stranger.body.as_str()), (403, "ACL not found"), "{method} {path}");
        }
        assert_eq!(with_token(&server, "GET", "/v1/catalog/services", "knows-all").await.status, 200);
        let reader = with_token(&server, "PUT", "/v1/kv/a", "knows-all").await;
        assert_eq!((reader.status, reader.body.as_str()), (403, "Permission denied"));
        assert_eq!(with_token(&server, "PUT", "/v1/kv/a", "does-all").await.status, 200);
        assert_eq!(with_token(&server, "GET", "/v1/kv/a", "does-all").await.status, 200);
        let bearer = ask_with(&server, "GET", "/v1/kv/a", "Authorization: Bearer knows-all\r\n", "").await;
        assert_eq!(bearer.status, 200);
        assert_eq!(ask(&server, "GET", "/v1/kv/a?token=knows-all", "").await.status, 200);
        assert_eq!(
            ask(&server, "GET", "/v1/status/leader", "").await.status,
            200,
            "whether it lives may be asked"
        );
        assert_eq!(with_token(&server, "GET", "/v1/acl/tokens", "does-all").await.status, 403);
    });
}

#[test]
fn a_file_of_tokens_that_is_wrong_is_refused_by_line_without_showing_a_token() {
    for (text, line) in [
        ("read a\nadmin secret-token", 2),
        ("read", 1),
        ("read a b", 1),
        ("read a\n\nwrite a", 3),
        ("# nothing\n", 1),
        ("", 1),
    ] {
        let error = tokens(text).unwrap_err();
        assert_eq!(error.line, line, "{text:?}");
        assert!(error.to_string().contains("hint: "), "{error}");
        assert!(!error.to_string().contains("secret-token"), "{error}");
    }
}

#[test]
fn nobody_has_more_connections_than_allowed() {
    inside(async {
        let limits = Limits { connections: 100, connections_of_one: 3 };
        let server = start(Access::default(), limits).await;
        let mut held = Vec::new();
        for _ in 0..3 {
            let waiting = TcpStream::connect(server.http()).await.unwrap();
            held.push(tokio::task::spawn_local(ask_on(waiting, "GET", "/v1/kv/a?index=1&wait=25s", "", "")));
            // Until it waits, it may not have been counted yet.
            tokio::task::yield_now().await;
        }
        let refused = loop {
            let answer = ask(&server, "GET", "/v1/status/leader", "").await;
            if answer.status != 200 {
                break answer;
            }
        };
        assert_eq!(refused.status, 429);
        assert!(
            refused.body.starts_with("Your IP is issuing too many concurrent connections"),
            "{}",
            refused.body
        );
        for task in held.drain(..) {
            task.abort();
            let _ = task.await;
        }
        // Whoever has gone makes room.
        let again = async { while ask(&server, "PUT", "/v1/kv/a", "1").await.status != 200 {} };
        tokio::time::timeout(super::BOUND, again).await.unwrap();
    });
}

#[test]
fn a_body_that_is_too_long_is_refused_and_not_kept() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        let most = "x".repeat(512 * 1024);
        assert_eq!(ask(&server, "PUT", "/v1/kv/a", &most).await.status, 200);
        let answer = ask(&server, "PUT", "/v1/kv/b", &format!("{most}x")).await;
        assert_eq!(answer.status, 413);
        assert!(answer.body.contains("too large, max size: 524288 bytes"), "{}", answer.body);
        assert_eq!(ask(&server, "GET", "/v1/kv/b", "").await.status, 404);
    });
}

#[test]
fn a_long_answer_is_compressed_for_those_who_take_that() {
    inside(async {
        let server = start(Access::default(), Limits::default()).await;
        for number in 0..50 {
            let body = format!(r#"{{"ID":"web-{number}","Name":"web"}}"#);
            assert_eq!(ask(&server, "PUT", "/v1/agent/service/register", &body).await.status, 200);
        }
        let plain = ask(&server, "GET", "/v1/health/service/web", "").await;
        assert!(!plain.head.contains("content-encoding"), "{}", plain.head);
        let length = |head: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            line.parse::<usize>().unwrap()
        };
        let mut stream = TcpStream::connect(server.http()).await.unwrap();
        let request = "GET /v1/health/service/web HTTP/1.1\r\nhost: x\r\naccept-encoding: deflate, gzip;q=1\r\n\
                       connection: close\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
        let mut raw = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut raw).await.unwrap();
        let end = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&raw[..end]).to_lowercase();
        assert!(head.contains("content-encoding: gzip"), "{head}");
        assert!(length(&head) * 10 < length(&plain.head), "{head}");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&raw[end + 4..]), &mut text).unwrap();
        assert_eq!(text, plain.body);
    });
}

/// An authority and what it has signed, as files.
struct Papers {
    folder: tempfile::TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Papers {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        Self { folder, authority }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate and its key.
    fn issue(&self, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        let (cert_path, key_path) = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        std::fs::write(&cert_path, certificate.pem()).unwrap();
        std::fs::write(&key_path, key.serialize_pem()).unwrap();
        (cert_path, key_path)
    }
}

fn client(ca: &Path, own: Option<(PathBuf, PathBuf)>) -> Tls {
    let (client_cert, client_key) = own.unzip();
    Tls::new(TlsConfig {
        verify: true,
        ca_file: Some(ca.to_owned()),
        ca_path: None,
        client_cert,
        client_key,
        server_name: None,
    })
}

/// What somebody is answered over TLS; none when the connection does not come about, or is closed.
async fn over_tls(server: &Server, tls: &Tls) -> Option<u16> {
    let stream = TcpStream::connect(server.http()).await.unwrap();
    let stream = tls.connect("127.0.0.1", stream).await.ok()?;
    ask_on(stream, "GET", "/v1/status/leader", "", "").await.map(|answer| answer.status)
}

#[test]
fn over_tls_only_clients_with_a_certificate_are_served() {
    inside(async {
        let (papers, others) = (Papers::new(), Papers::new());
        let (cert, key) = papers.issue("server");
        let access = Access::new(None, Some(acceptor(&cert, &key, Some(&papers.path("ca.pem"))).unwrap()));
        let server = start(access, Limits::default()).await;
        let ca = papers.path("ca.pem");
        assert_eq!(over_tls(&server, &client(&ca, Some(papers.issue("client")))).await, Some(200));
        assert_eq!(over_tls(&server, &client(&ca, None)).await, None, "without a certificate");
        assert_eq!(
            over_tls(&server, &client(&ca, Some(others.issue("client")))).await,
            None,
            "of another authority"
        );
        let strict = client(&others.path("ca.pem"), Some(papers.issue("client")));
        assert_eq!(over_tls(&server, &strict).await, None, "whom the client does not trust");
        let plain = TcpStream::connect(server.http()).await.unwrap();
        assert!(ask_on(plain, "GET", "/v1/status/leader", "", "").await.is_none(), "without TLS");
        assert_eq!(
            over_tls(&server, &client(&ca, Some(papers.issue("late")))).await,
            Some(200),
            "after all that"
        );
    });
}

#[test]
fn papers_that_cannot_be_used_are_named() {
    let papers = Papers::new();
    let (cert, key) = papers.issue("server");
    let missing = papers.path("missing.pem");
    let why = |cert: &Path, key: &Path, ca: Option<&Path>| match acceptor(cert, key, ca) {
        Ok(_) => panic!("taken"),
        Err(error) => error.to_string(),
    };
    for text in [why(&missing, &key, None), why(&cert, &missing, None), why(&cert, &key, Some(&missing))] {
        assert!(text.contains("missing.pem"), "{text}");
    }
    let (_, other) = papers.issue("other");
    assert!(why(&cert, &other, None).contains("server.pem"), "a key of another certificate");
}
