//! Consul, by the HTTP API of its agent.

pub mod decode;
mod dial;
mod endpoint;
mod exchange;
mod raw;
mod token;
mod wire;

pub use endpoint::AddressError;
pub use exchange::MAX_BODY;
pub use raw::Raw;

use crate::{
    Agent, Answer, Catalog, Error, KeyValue, Node, NodeServices, Read, Reply, ServiceEntry, ServiceQuery,
    ServiceRecord,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use dial::Dialer;
use endpoint::Endpoint;
use exchange::{Call, Exchange, Response};
use gyropilot_model::{ConsulConfig, Scheme, Secret, Service, Status};
use hyper::Method;
use hyper::header::HeaderValue;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use token::Token;
use tokio::sync::watch;
use wire::Target;

/// The longest a write or a read of the agent's own state may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one Consul agent. Connects when it is first asked something.
pub struct Consul {
    exchange: Rc<Exchange>,
    datacenter: Option<String>,
    token: Rc<Token>,
    basic_auth: Option<Secret>,
    /// Does the agent lack `check/update`, which came with Consul 0.7?
    old_checks: Cell<bool>,
    /// Does the agent lack `agent/service/<id>`, which came with Consul 1.3?
    old_services: Cell<bool>,
}

// === impl Consul ===

impl Consul {
    /// A client for the agent of this configuration. Reads no file and opens
    /// no connection yet.
    ///
    /// # Errors
    /// [`AddressError`] when the address or the credentials cannot be used.
    pub fn new(config: &ConsulConfig) -> Result<Self, AddressError> {
        let endpoint = Endpoint::parse(&config.address, config.scheme)?;
        let host = HeaderValue::from_str(&endpoint.authority())
            .map_err(|_| AddressError::Form(config.address.clone()))?;
        let token = Rc::new(Token::new(config.token.as_ref(), config.token_file.clone())?);
        let authorization = config
            .basic_auth
            .as_ref()
            .map(|auth| sensitive(&format!("Basic {}", STANDARD.encode(auth.reveal())), "password"))
            .transpose()?;
        let tls = (config.scheme == Scheme::Https).then(|| config.tls.clone());
        Ok(Self {
            exchange: Exchange::new(Dialer::new(endpoint, tls), host, Rc::clone(&token), authorization),
            datacenter: config.datacenter.clone(),
            token,
            basic_auth: config.basic_auth.clone(),
            old_checks: Cell::new(false),
            old_services: Cell::new(false),
        })
    }

    /// Tells `observer` of each request from now on: was it answered, by
    /// whatever status? Requests that were given up by us are not told.
    pub fn observe(&self, observer: impl Fn(bool) + 'static) {
        self.exchange.observe(Box::new(observer));
    }

    async fn get(&self, target: Target, timeout: Duration) -> Result<Response, Error> {
        let call = Call {
            method: Method::GET,
            target: target.into_text(),
            body: Bytes::new(),
            timeout,
            token: None,
        };
        self.exchange.call(&call).await
    }

    async fn send(&self, method: Method, target: Target, body: Vec<u8>) -> Result<(), Error> {
        let call =
            Call { method, target: target.into_text(), body: body.into(), timeout: TIMEOUT, token: None };
        self.exchange.call(&call).await.and_then(|response| self.success(response)).map(drop)
    }

    /// A read of the catalogue.
    async fn read<T>(
        &self,
        target: Target,
        read: &Read,
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Answer<T>, Error> {
        let target = target.reading(read, self.datacenter.as_deref());
        let response = self.get(target, wire::read_timeout(read)).await?;
        self.answer(response, decode)
    }

    /// A read of keys, where an answer of 404 means that there is nothing.
    async fn read_keys<T: Default>(
        &self,
        target: Target,
        read: &Read,
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Answer<T>, Error> {
        let target = target.reading(read, self.datacenter.as_deref());
        let response = self.get(target, wire::read_timeout(read)).await?;
        let meta = response.meta();
        // Without an index it is not the key that is missing but the endpoint.
        if response.status == hyper::StatusCode::NOT_FOUND && meta.index.is_some() {
            return Ok(Answer { value: T::default(), meta });
        }
        self.answer(response, decode)
    }

    fn answer<T>(
        &self,
        response: Response,
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Answer<T>, Error> {
        let response = self.success(response)?;
        let meta = response.meta();
        Ok(Answer { value: decode(&response.body)?, meta })
    }

    fn success(&self, response: Response) -> Result<Response, Error> {
        if response.status.is_success() {
            return Ok(response);
        }
        let secrets = [self.token.secret(), self.basic_auth.clone()];
        let secrets: Vec<&str> = secrets.iter().flatten().map(Secret::reveal).collect();
        Err(Error::Refused { status: response.status.as_u16(), text: decode::text(&response.body, &secrets) })
    }

    async fn update_check(&self, id: &str, status: Status, output: &str) -> Result<(), Error> {
        if !self.old_checks.get() {
            let target = Target::new("/v1/agent/check/update/").segment(id);
            match self.send(Method::PUT, target, wire::update(status, output)).await {
                Err(error) if error.is_unknown_endpoint() => {}
                result => return result,
            }
        }
        let path = format!("/v1/agent/check/{}/", wire::check_verb(status));
        let target = Target::new(&path).segment(id).with("note", output);
        let result = self.send(Method::PUT, target, Vec::new()).await;
        self.old_checks.set(result.as_ref().err().is_none_or(Error::is_unknown_id));
        result
    }

    /// Removes something from the agent, which may never have had it.
    async fn remove(&self, target: Target) -> Result<(), Error> {
        match self.send(Method::PUT, target, Vec::new()).await {
            Err(error) if error.is_unknown_id() => Ok(()),
            result => result,
        }
    }

    async fn own_registration(&self, id: &str) -> Result<Option<ServiceRecord>, Error> {
        if !self.old_services.get() {
            let response = self.get(Target::new("/v1/agent/service/").segment(id), TIMEOUT).await?;
            match self.answer(response, decode::registration) {
                Ok(answer) => return Ok(Some(answer.value)),
                Err(error) if error.is_unknown_id() => return Ok(None),
                Err(error) if error.is_unknown_endpoint() => {}
                Err(error) => return Err(error),
            }
        }
        let response = self.get(Target::new("/v1/agent/services"), TIMEOUT).await?;
        let mut all = self.answer(response, decode::registrations)?.value;
        self.old_services.set(true);
        Ok(all.remove(id))
    }
}

/// A header that is kept out of logs and indexes; `what` names what is in it.
fn sensitive(text: &str, what: &'static str) -> Result<HeaderValue, AddressError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| AddressError::Credentials(what))?;
    value.set_sensitive(true);
    Ok(value)
}

impl std::fmt::Debug for Consul {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consul").field("datacenter", &self.datacenter).finish_non_exhaustive()
    }
}

impl Catalog for Consul {
    fn register<'a>(&'a self, service: &'a Service, status: Status) -> Reply<'a, ()> {
        let target = Target::new("/v1/agent/service/register");
        Box::pin(self.send(Method::PUT, target, wire::registration(service, status)))
    }

    fn update<'a>(&'a self, check_id: &'a str, status: Status, output: &'a str) -> Reply<'a, ()> {
        Box::pin(self.update_check(check_id, status, output))
    }

    fn deregister<'a>(&'a self, id: &'a str) -> Reply<'a, ()> {
        Box::pin(self.remove(Target::new("/v1/agent/service/deregister/").segment(id)))
    }

    fn deregister_check<'a>(&'a self, check_id: &'a str) -> Reply<'a, ()> {
        Box::pin(self.remove(Target::new("/v1/agent/check/deregister/").segment(check_id)))
    }

    fn registration<'a>(&'a self, id: &'a str) -> Reply<'a, Option<ServiceRecord>> {
        Box::pin(self.own_registration(id))
    }

    fn losses(&self) -> watch::Receiver<u64> {
        self.exchange.losses()
    }

    fn instances<'a>(
        &'a self,
        query: &'a ServiceQuery,
        read: &'a Read,
    ) -> Reply<'a, Answer<Vec<ServiceEntry>>> {
        let mut target = Target::new("/v1/health/service/").segment(&query.name);
        if query.passing {
            target = target.with("passing", "1");
        }
        for tag in &query.tags {
            target = target.with("tag", tag);
        }
        if let Some(near) = &query.near {
            target = target.with("near", near);
        }
        Box::pin(self.read(target, read, decode::instances))
    }

    fn services<'a>(&'a self, read: &'a Read) -> Reply<'a, Answer<BTreeMap<String, Vec<String>>>> {
        Box::pin(self.read(Target::new("/v1/catalog/services"), read, decode::services))
    }

    fn nodes<'a>(&'a self, near: Option<&'a str>, read: &'a Read) -> Reply<'a, Answer<Vec<Node>>> {
        let target = Target::new("/v1/catalog/nodes");
        let target = match near {
            Some(near) => target.with("near", near),
            None => target,
        };
        Box::pin(self.read(target, read, decode::nodes))
    }

    fn node<'a>(&'a self, name: &'a str, read: &'a Read) -> Reply<'a, Answer<Option<NodeServices>>> {
        Box::pin(self.read(Target::new("/v1/catalog/node/").segment(name), read, decode::node))
    }

    fn datacenters(&self) -> Reply<'_, Answer<Vec<String>>> {
        Box::pin(async {
            let response = self.get(Target::new("/v1/catalog/datacenters"), TIMEOUT).await?;
            self.answer(response, decode::datacenters)
        })
    }

    fn agent(&self) -> Reply<'_, Answer<Agent>> {
        Box::pin(async {
            let response = self.get(Target::new("/v1/agent/self"), TIMEOUT).await?;
            self.answer(response, decode::agent)
        })
    }

    fn key<'a>(&'a self, key: &'a str, read: &'a Read) -> Reply<'a, Answer<Option<KeyValue>>> {
        Box::pin(async move {
            let answer = self.read_keys(Target::new("/v1/kv/").key(key), read, decode::key_values).await?;
            Ok(answer.map(|pairs| pairs.into_iter().next()))
        })
    }

    fn tree<'a>(&'a self, prefix: &'a str, read: &'a Read) -> Reply<'a, Answer<Vec<KeyValue>>> {
        let target = Target::new("/v1/kv/").key(prefix).with("recurse", "");
        Box::pin(self.read_keys(target, read, decode::key_values))
    }

    fn keys<'a>(
        &'a self,
        prefix: &'a str,
        separator: Option<char>,
        read: &'a Read,
    ) -> Reply<'a, Answer<Vec<String>>> {
        let mut target = Target::new("/v1/kv/").key(prefix).with("keys", "");
        if let Some(separator) = separator {
            target = target.with("separator", separator.encode_utf8(&mut [0; 4]));
        }
        Box::pin(self.read_keys(target, read, decode::keys))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Reply<'a, ()> {
        let target = Target::new("/v1/kv/").key(key).datacenter(self.datacenter.as_deref());
        Box::pin(self.send(Method::PUT, target, value.to_vec()))
    }

    fn compare_and_set<'a>(&'a self, key: &'a str, value: &'a [u8], index: u64) -> Reply<'a, bool> {
        let target = Target::new("/v1/kv/").key(key).datacenter(self.datacenter.as_deref());
        let target = target.with("cas", &index.to_string()).into_text();
        Box::pin(async move {
            let body = Bytes::copy_from_slice(value);
            let call = Call { method: Method::PUT, target, body, timeout: TIMEOUT, token: None };
            let response = self.success(self.exchange.call(&call).await?)?;
            decode::verdict(&response.body)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Reply<'a, ()> {
        let target = Target::new("/v1/kv/").key(key).datacenter(self.datacenter.as_deref());
        Box::pin(self.send(Method::DELETE, target, Vec::new()))
    }

    fn delete_tree<'a>(&'a self, prefix: &'a str) -> Reply<'a, ()> {
        let target = Target::new("/v1/kv/").key(prefix).with("recurse", "");
        Box::pin(self.send(Method::DELETE, target.datacenter(self.datacenter.as_deref()), Vec::new()))
    }
}
