//! The catalogue as a whole: bound, running, ended.

use crate::access::Access;
use crate::catalogue::Catalogue;
use crate::data::{Data, DataError, Notice};
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
    tasks: JoinSet<()>,
    notices: UnboundedReceiver<Notice>,
}

// === impl ServerError ===

impl ServerError {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Bind { .. } => None,
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
        let Settings { identity, epoch, data, http: address, access, limits } = settings;
        let bind = |error| ServerError::Bind { address, error };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let http = listener.local_addr().map_err(bind)?;
        let (notice, notices) = unbounded_channel();
        let (store, data) = match data {
            None => (Store::new(identity, epoch, false), None),
            Some(dir) => {
                let (data, store, cut) = Data::open(&dir, identity, epoch, Time::ZERO)?;
                cut.into_iter().for_each(|cut| drop(notice.send(cut)));
                (store, Some(data))
            }
        };
        let catalogue = Catalogue::new(store, data, access, Instant::now());
        let mut tasks = JoinSet::new();
        tasks.spawn_local(http::accept(listener, catalogue.clone(), limits));
        tasks.spawn_local(catalogue.clone().keep_time());
        tasks.spawn_local(catalogue.clone().keep_short(notice));
        tasks.spawn_local(looks::keep_looking(catalogue.clone()));
        tasks.spawn_local(catalogue.tell_of_changes());
        Ok(Self { http, tasks, notices })
    }

    /// Where it listens for HTTP.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http
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
