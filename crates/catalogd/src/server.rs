//! The catalogue as a whole: bound, running, ended.

use crate::access::Access;
use crate::catalogue::Catalogue;
use crate::http::{self, Limits};
use crate::looks;
use crate::store::{Identity, Index, Store};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How the catalogue is set up.
#[derive(Debug)]
pub struct Settings {
    /// Who it is.
    pub identity: Identity,
    /// Where its index begins: the microseconds since 1970.
    pub epoch: Index,
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
}

/// A running catalogue. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    http: SocketAddr,
    tasks: JoinSet<()>,
}

// === impl Server ===

impl Server {
    /// Starts it. Call this within a `LocalSet`.
    ///
    /// # Errors
    /// When an address is not to be had.
    pub async fn start(settings: Settings) -> Result<Self, ServerError> {
        let Settings { identity, epoch, http: address, access, limits } = settings;
        let bind = |error| ServerError::Bind { address, error };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let http = listener.local_addr().map_err(bind)?;
        let catalogue = Catalogue::new(Store::new(identity, epoch, false), access, Instant::now());
        let mut tasks = JoinSet::new();
        tasks.spawn_local(http::accept(listener, catalogue.clone(), limits));
        tasks.spawn_local(catalogue.clone().keep_time());
        tasks.spawn_local(looks::keep_looking(catalogue.clone()));
        tasks.spawn_local(catalogue.tell_of_changes());
        Ok(Self { http, tasks })
    }

    /// Where it listens for HTTP.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Returns when a part of it has ended, which none does by itself.
    pub async fn ended(&mut self) {
        self.tasks.join_next().await;
    }
}
