//! From an endpoint to an open byte stream.

use super::endpoint::Endpoint;
use crate::Error;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use gyropilot_model::TlsConfig;
use gyropilot_tls::{Tls, TlsError};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// The longest that one of several addresses may take before the next is tried.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Anything bytes go over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

type Lookup = Shared<LocalBoxFuture<'static, Result<Rc<[SocketAddr]>, String>>>;

/// Opens connections to one endpoint.
pub(super) struct Dialer {
    endpoint: Endpoint,
    /// For messages: the address as the `Host` header has it, or the socket's path.
    name: String,
    tls: Option<Tls>,
    /// What the name last resolved to; kept after a failure in case the
    /// resolver fails as well.
    known: RefCell<Option<Rc<[SocketAddr]>>>,
    /// Must the name be resolved again before it is used?
    doubtful: Cell<bool>,
    /// The lookup under way. A resolver without an answer blocks a thread for
    /// many seconds, so attempts that are given up meanwhile must not each
    /// start one more.
    lookup: RefCell<Option<Lookup>>,
    /// The address to begin with, so that one that hangs does not keep every
    /// attempt from reaching the others.
    first: Cell<usize>,
}

// === impl Dialer ===

impl Dialer {
    pub(super) fn new(endpoint: Endpoint, tls: Option<TlsConfig>) -> Self {
        let name = match &endpoint {
            Endpoint::Unix(path) => path.display().to_string(),
            tcp @ Endpoint::Tcp { .. } => tcp.authority(),
        };
        Self {
            endpoint,
            name,
            tls: tls.map(Tls::new),
            known: RefCell::new(None),
            doubtful: Cell::new(false),
            lookup: RefCell::new(None),
            first: Cell::new(0),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A connection broke: the name may lead elsewhere by now.
    pub(super) fn doubt(&self) {
        self.doubtful.set(true);
    }

    pub(super) async fn connect(&self) -> Result<Box<dyn Stream>, Error> {
        let (host, tcp) = match &self.endpoint {
            Endpoint::Unix(path) => {
                let stream = UnixStream::connect(path).await.map_err(|e| self.failed(e.to_string()))?;
                return Ok(Box::new(stream));
            }
            Endpoint::Tcp { host, port } => (host, self.connect_tcp(host, *port).await?),
        };
        // A request is one small write; waiting for more would only delay it.
        tcp.set_nodelay(true).map_err(|e| self.failed(e.to_string()))?;
        match &self.tls {
            None => Ok(Box::new(tcp)),
            Some(tls) => match tls.connect(host, tcp).await {
                Ok(stream) => Ok(Box::new(stream)),
                Err(TlsError::Config(reason)) => Err(Error::Tls(reason)),
                Err(error @ TlsError::Handshake(_)) => Err(self.failed(error.to_string())),
            },
        }
    }

    async fn connect_tcp(&self, host: &str, port: u16) -> Result<TcpStream, Error> {
        let addresses = self.resolve(host, port).await?;
        let first = self.first.get();
        let mut reason = "no address".to_owned();
        for turn in 0..addresses.len() {
            let at = first.wrapping_add(turn) % addresses.len();
            let Some(address) = addresses.get(at) else { break };
            self.first.set(at.wrapping_add(1));
            match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    self.first.set(at);
                    return Ok(stream);
                }
                Ok(Err(e)) => reason = e.to_string(),
                Err(_) => reason = "connection timed out".to_owned(),
            }
        }
        self.doubt();
        Err(self.failed(reason))
    }

    async fn resolve(&self, host: &str, port: u16) -> Result<Rc<[SocketAddr]>, Error> {
        if let Ok(ip) = host.parse() {
            return Ok(Rc::new([SocketAddr::new(ip, port)]));
        }
        let known = self.known.borrow().clone();
        if let Some(known) = known.clone().filter(|_| !self.doubtful.get()) {
            return Ok(known);
        }
        let lookup = self.lookup.borrow_mut().get_or_insert_with(|| lookup(host.to_owned(), port)).clone();
        let found = lookup.await;
        *self.lookup.borrow_mut() = None;
        match found {
            Ok(found) => {
                self.doubtful.set(false);
                *self.known.borrow_mut() = Some(found.clone());
                Ok(found)
            }
            Err(reason) => known.ok_or_else(|| self.failed(reason)),
        }
    }

    fn failed(&self, reason: String) -> Error {
        Error::Connect { address: self.name.clone(), reason }
    }
}

fn lookup(host: String, port: u16) -> Lookup {
    async move {
        let found = tokio::net::lookup_host((host.as_str(), port)).await.map_err(|e| e.to_string())?;
        Ok(found.collect::<Vec<_>>().into())
    }
    .boxed_local()
    .shared()
}
