//! The catalogue as a whole: bound, running, ended.

use crate::access::Access;
use crate::catalogue::Catalogue;
use crate::data::{Data, DataError, Notice};
use crate::dns::Sockets;
use crate::http::{self, Limits};
use crate::looks;
use crate::store::{Identity, Index, Store};
use gyropilot_model::Time;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How the catalogue is set up.
#[derive(Debug)]
pub struct Settings {
    /// Who it is.
    pub identity: Identity,
    /// Where its index begins: the microseconds since 1970.
    pub epoch: Index,
    /// The folder that it keeps its data in; none: everything is forgotten at its end.
    pub data: Option<PathBuf>,
    /// Where it listens for HTTP; port 0 takes any that is free.
    pub http: SocketAddr,
    /// Where it listens for DNS, over UDP and TCP; port 0 takes any that is free for both. Nobody is asked for a
    /// token there.
    pub dns: Option<SocketAddr>,
    /// Whether it does without DNS when somebody else has that address.
    pub can_miss_dns: bool,
    /// Who may do what.
    pub access: Access,
    /// How much it bears.
    pub limits: Limits,
}

/// Why the catalogue cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It cannot listen there.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// What was kept cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// A running catalogue. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    http: SocketAddr,
    dns: Option<SocketAddr>,
    tasks: JoinSet<()>,
    notices: UnboundedReceiver<Notice>,
}

// === impl ServerError ===

impl ServerError {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Bind { .. } => Some(
                "if a catalogue or a Consul runs there already, use it, or name another address with --http or --dns; \
                 port 0 takes any that is free"
                    .to_owned(),
            ),
            Self::Data(error) => error.hint(),
        }
    }
}

// === impl Server ===

impl Server {
    /// Starts it. Call this within a `LocalSet`.
    ///
    /// # Errors
    /// When an address is not to be had, or what was kept cannot be used.
    pub async fn start(settings: Settings) -> Result<Self, ServerError> {
        let Settings { identity, epoch, data, http, dns, can_miss_dns, access, limits } = settings;
        let bind = |address| move |error| ServerError::Bind { address, error };
        let listener = TcpListener::bind(http).await.map_err(bind(http))?;
        let http = listener.local_addr().map_err(bind(http))?;
        let sockets = match dns {
            None => None,
            Some(address) => match Sockets::bind(address).await {
                Err(error) if can_miss_dns && error.kind() == std::io::ErrorKind::AddrInUse => None,
                sockets => Some(sockets.map_err(bind(address))?),
            },
        };
        let (notice, notices) = unbounded_channel();
        let (store, data) = match data {
            None => (Store::new(identity, epoch, false), None),
            Some(dir) => {
                let (data, store, cut) = Data::open(&dir, identity, epoch, Time::ZERO)?;
                cut.into_iter().for_each(|cut| drop(notice.send(cut)));
                (store, Some(data))
            }
        };
        let dns = sockets.as_ref().map(Sockets::address);
        let catalogue = Catalogue::new(store, data, access, Instant::now());
        let mut tasks = JoinSet::new();
        tasks.spawn_local(http::accept(listener, catalogue.clone(), limits));
        if let Some(sockets) = sockets {
            tasks.spawn_local(sockets.serve(catalogue.clone(), epoch / 1_000_000));
        }
        tasks.spawn_local(catalogue.clone().keep_time());
        tasks.spawn_local(catalogue.clone().keep_short(notice));
        tasks.spawn_local(looks::keep_looking(catalogue.clone()));
        tasks.spawn_local(catalogue.tell_of_changes());
        Ok(Self { http, dns, tasks, notices })
    }

    /// Where it listens for HTTP.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where it listens for DNS; none when it does without.
    #[must_use]
    pub fn dns(&self) -> Option<SocketAddr> {
        self.dns
    }

    /// The next thing that the people who run it should know; none when a part of it has
    /// ended, which none does by itself.
    pub async fn notice(&mut self) -> Option<Notice> {
        tokio::select! {
            notice = self.notices.recv() => notice,
            _ = self.tasks.join_next() => None,
        }
    }
}
