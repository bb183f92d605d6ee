//! Probes against servers: real ones, and doubles for what real ones do not do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use gyropilot_conformance::grpc::{HealthServer, Serving};
use gyropilot_conformance::web::{Manner, Web};
use gyropilot_model::{Finding, HttpProbe, Probe, Verdict, Warning};
use gyropilot_probe::Prober;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const LONG: Duration = Duration::from_secs(20);

fn http(url: &str) -> HttpProbe {
    let (method, headers) = ("GET".to_owned(), BTreeMap::new());
    HttpProbe { url: url.to_owned(), method, headers, expect: None, verify: true }
}

fn asked_with(probe: &Probe, warning: &Warning, within: Duration) -> Finding {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Prober::default().ask(probe, warning, within, SystemTime::UNIX_EPOCH))
}

fn asked(probe: &Probe) -> Finding {
    asked_with(probe, &Warning::default(), LONG)
}

fn found(verdict: Verdict, output: &str) -> Finding {
    Finding { verdict, output: output.to_owned() }
}

/// A server that says the same to everybody, whatever is asked, and goes.
fn says(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    #[allow(clippy::disallowed_methods, reason = "a server beside the prober's own thread")]
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(answer);
        }
    });
    address
}

/// A port at which nobody is.
fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn statuses_over_http() {
    let web = Web::start(Manner::Status(200));
    let mut probe = http(&web.url("/health?deep=1"));
    probe.headers.insert("X-Check".into(), "yes".into());
    probe.headers.insert("host".into(), "shop.example".into());
    assert_eq!(asked(&Probe::Http(probe.clone())), found(Verdict::Well, "200 Any"));
    let head = web.heads().pop().unwrap();
    assert!(head.starts_with("get /health?deep=1 http/1.1"), "{head}");
    assert!(head.contains("x-check: yes") && head.contains("host: shop.example"), "{head}");
    assert_eq!(head.matches("host:").count(), 1, "{head}");
    for (status, verdict, start) in [
        (302, Verdict::Well, "302 Any"),
        (404, Verdict::Ill, "404 Any"),
        (503, Verdict::Ill, "503 Any"),
        (429, Verdict::Doubtful, "429 Any"),
    ] {
        web.be(Manner::Status(status));
        let warning = Warning { status: vec![429], ..Warning::default() };
        let finding = asked_with(&Probe::Http(probe.clone()), &warning, LONG);
        assert_eq!(finding.verdict, verdict, "{status}");
        assert!(finding.output.starts_with(start), "{}", finding.output);
    }
    probe.expect = Some(vec![503]);
    web.be(Manner::Status(503));
    assert_eq!(asked(&Probe::Http(probe.clone())).verdict, Verdict::Well);
    web.be(Manner::Status(200));
    assert_eq!(asked(&Probe::Http(probe)), found(Verdict::Ill, "200 Any: ok"));
}

#[test]
fn what_servers_do_wrong_is_said_in_one_line() {
    let nobody = nobody();
    let web = Web::start(Manner::Silent);
    let silent = web.address();
    let within = Duration::from_millis(200);
    let long: &[u8] = Box::leak(
        [
            b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 99999999\r\n\r\n\n no space\nmore\n"
                .as_slice(),
            &[b'x'; 100_000],
        ]
        .concat()
        .into_boxed_slice(),
    );
    let endless_head: &[u8] =
        Box::leak([b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'x'; 1 << 20]].concat().into_boxed_slice());
    let (long, endless_head, rude) = (says(long), says(endless_head), says(b"220 smtp ready\r\n"));
    let gone = says(b"");
    for (address, want) in [
        (nobody, format!("connection refused by {nobody}")),
        (silent, format!("no answer from {silent} within 200ms")),
        (rude, format!("what {rude} answers is not HTTP: invalid HTTP version parsed")),
        (endless_head, format!("what {endless_head} answers is not HTTP: message head is too large")),
        (gone, format!("{gone} closed the connection without an answer")),
        (long, "500 Internal Server Error: no space".to_owned()),
    ] {
        let probe = Probe::Http(http(&format!("http://{address}/")));
        assert_eq!(asked_with(&probe, &Warning::default(), within), found(Verdict::Ill, &want));
    }
    for (url, want) in [
        ("unix:///no/such/socket:/", "there is no /no/such/socket"),
        (
            "ftp://x/",
            "\"ftp://x/\" is no address to ask: it begins with neither http:// nor https:// nor unix://",
        ),
    ] {
        assert_eq!(asked(&Probe::Http(http(url))), found(Verdict::Ill, want));
    }
}

#[test]
fn connections_are_enough_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let probe = |address: String| Probe::Tcp { address };
    assert_eq!(
        asked(&probe(format!("localhost:{port}"))),
        found(Verdict::Well, &format!("localhost:{port} accepts connections"))
    );
    let nobody = nobody();
    assert_eq!(
        asked(&probe(nobody.to_string())),
        found(Verdict::Ill, &format!("connection refused by {nobody}"))
    );
    assert_eq!(asked(&probe("nowhere".into())), found(Verdict::Ill, "\"nowhere\" is not host:port"));
    let unknown = asked(&probe("no-such-host.invalid:1".into())).output;
    assert!(unknown.starts_with("cannot find the host no-such-host.invalid: "), "{unknown}");
}

#[test]
fn what_is_well_but_slow_is_in_doubt() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let probe = Probe::Tcp { address: listener.local_addr().unwrap().to_string() };
    let warning = Warning { latency: Some(Duration::ZERO), ..Warning::default() };
    let finding = asked_with(&probe, &warning, LONG);
    assert_eq!(finding.verdict, Verdict::Doubtful);
    assert!(finding.output.contains(" accepts connections, after "), "{}", finding.output);
}

#[test]
fn servers_tell_of_services_over_grpc() {
    let server = HealthServer::start(Serving::Yes);
    let address = server.address().to_string();
    let probe = |service: &str| Probe::Grpc { address: address.clone(), service: service.to_owned() };
    assert_eq!(asked(&probe("")), found(Verdict::Well, "SERVING"));
    server.be(Serving::No);
    assert_eq!(asked(&probe("shop.Cart")), found(Verdict::Ill, "NOT_SERVING"));
    assert_eq!(server.asked(), ["", "shop.Cart"]);
    // Anything else that may be at that address.
    let nobody = nobody();
    let web = Web::start(Manner::Status(200));
    let silent = Web::start(Manner::Silent);
    for (address, want) in [
        (nobody, format!("connection refused by {nobody}")),
        (silent.address(), format!("no answer from {} within 200ms", silent.address())),
    ] {
        let probe = Probe::Grpc { address: address.to_string(), service: String::new() };
        let within = Duration::from_millis(200);
        assert_eq!(asked_with(&probe, &Warning::default(), within), found(Verdict::Ill, &want));
    }
    let probe = Probe::Grpc { address: web.address().to_string(), service: String::new() };
    let finding = asked(&probe);
    assert_eq!(finding.verdict, Verdict::Ill, "{}", finding.output);
    assert!(finding.output.contains(" does not answer as gRPC does: "), "{}", finding.output);
}

#[test]
fn certificates_are_checked_unless_they_need_not_be() {
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key.into())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let Ok(mut client) = acceptor.accept(client).await else { continue };
                let _ = client.read(&mut [0; 4096]).await;
                let _ = client.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                let _ = client.shutdown().await;
            }
        });
        let prober = Prober::default();
        let mut probe = http(&format!("https://localhost:{port}/"));
        probe.verify = false;
        let warning = Warning::default();
        let finding = prober.ask(&Probe::Http(probe.clone()), &warning, LONG, SystemTime::UNIX_EPOCH).await;
        assert_eq!(finding, found(Verdict::Well, "204 No Content"));
        probe.verify = true;
        let finding = prober.ask(&Probe::Http(probe), &warning, LONG, SystemTime::UNIX_EPOCH).await;
        assert_eq!(finding.verdict, Verdict::Ill);
        assert!(finding.output.contains(&format!("localhost:{port}: tls: ")), "{}", finding.output);
    });
}

/// A server that was started, until the end of its test.
struct Server(#[allow(clippy::disallowed_types, reason = "no reaper in this process")] std::process::Child);

impl Server {
    #[allow(clippy::disallowed_methods, reason = "no reaper in this process")]
    fn start(program: &Path, args: &[&str]) -> Self {
        let quiet = std::process::Stdio::null;
        let mut command = std::process::Command::new(program);
        Self(command.args(args).stdout(quiet()).stderr(quiet()).spawn().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Asks until all is well, for as long as a server may take to start.
fn well_at_last(probe: &Probe) -> Finding {
    gyropilot_conformance::wait::wait_until(LONG, "the server answers", || {
        let finding = asked(probe);
        (finding.verdict == Verdict::Well).then_some(finding)
    })
}

#[test]
fn pythons_server_is_understood() {
    let port = nobody().port().to_string();
    let args = ["-m", "http.server", "--bind", "127.0.0.1", &port];
    let _server = Server::start(Path::new("python3"), &args);
    let url = format!("http://127.0.0.1:{port}");
    assert_eq!(well_at_last(&Probe::Http(http(&url))).output, "200 OK");
    let missing = asked(&Probe::Http(http(&format!("{url}/no/such/page"))));
    assert_eq!(missing, found(Verdict::Ill, "404 File not found"));
    let mut post = http(&url);
    post.method = "POST".to_owned();
    assert_eq!(asked(&Probe::Http(post)).output, "501 Unsupported method ('POST')");
}

#[test]
fn nginx_is_understood_over_a_socket_too() {
    let nginx = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/nginx/usr/sbin/nginx");
    assert!(nginx.exists(), "run `cargo xtask tools` first");
    let temp = tempfile::tempdir().unwrap();
    let at = temp.path().display();
    let port = nobody().port();
    let config = format!(
        "daemon off; master_process off; pid {at}/pid; error_log {at}/error;\n\
         events {{}} http {{ access_log off; client_body_temp_path {at}/b; proxy_temp_path {at}/p;\n\
         fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
         server {{ listen 127.0.0.1:{port}; listen unix:{at}/socket;\n\
         location / {{ return 200 fine; }} location /ill {{ return 503 'no upstream'; }} }} }}\n"
    );
    let file = temp.path().join("nginx.conf");
    std::fs::File::create(&file).unwrap().write_all(config.as_bytes()).unwrap();
    let log = temp.path().join("error");
    let args = ["-e", log.to_str().unwrap(), "-c", file.to_str().unwrap()];
    let _server = Server::start(&nginx, &args);
    assert_eq!(well_at_last(&Probe::Http(http(&format!("http://127.0.0.1:{port}/")))).output, "200 OK");
    let over_socket = |path: &str| Probe::Http(http(&format!("unix://{at}/socket:{path}")));
    assert_eq!(asked(&over_socket("/x")), found(Verdict::Well, "200 OK"));
    assert_eq!(
        asked(&over_socket("/ill")),
        found(Verdict::Ill, "503 Service Temporarily Unavailable: no upstream")
    );
}
