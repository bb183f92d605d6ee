//! The embedded catalogue, run.

use crate::commands::catalog::ServerFlags;
use crate::printer;
use gyropilot_catalogd::store::Identity;
use gyropilot_catalogd::{Access, Limits, Server, Settings, tokens, uuid_of};
use gyropilot_kernel::{Kernel as _, Linux, Signals};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::UNIX_EPOCH;

/// Where Consul listens for DNS.
const DNS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8600);
/// Descriptors that are not connections.
const OTHER_DESCRIPTORS: u64 = 64;

/// Runs the catalogue until it is interrupted and gives the exit status.
pub(crate) fn run(flags: &ServerFlags) -> u8 {
    let settings = match settings(flags) {
        Ok(settings) => settings,
        Err(reason) => {
            printer::talk(format_args!("error: {reason}"));
            return 1;
        }
    };
    let runtime = match crate::runtime::build() {
        Ok(runtime) => runtime,
        Err(error) => {
            printer::talk(format_args!("error: cannot start: {error}"));
            return 1;
        }
    };
    let end = tokio::task::LocalSet::new().block_on(&runtime, serve(flags, settings));
    runtime.shutdown_background();
    match end {
        Ok(()) => 0,
        Err(reason) => {
            printer::talk(format_args!("error: {reason}"));
            1
        }
    }
}

fn settings(flags: &ServerFlags) -> Result<Settings, String> {
    let tokens = match &flags.tokens {
        None => None,
        Some(file) => {
            let shown = file.display();
            let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
            Some(tokens(&text).map_err(|error| format!("{shown}: {error}"))?)
        }
    };
    let tls = match (&flags.tls_cert, &flags.tls_key) {
        (Some(cert), Some(key)) => Some(
            gyropilot_tls::acceptor(cert, key, flags.tls_client_ca.as_deref())
                .map_err(|error| error.to_string())?,
        ),
        _ => None,
    };
    let since_1970 = Linux::new([]).wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    let node = flags.node.clone().unwrap_or_else(gyropilot_kernel::hostname);
    let address = match flags.http.ip() {
        // Everywhere is nowhere in particular.
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        ip => ip.to_string(),
    };
    Ok(Settings {
        identity: Identity {
            id: uuid_of(&format!("{}/{node}", flags.datacenter)),
            datacenter: flags.datacenter.clone(),
            node,
            address,
        },
        epoch: u64::try_from(since_1970.as_micros()).unwrap_or_default(),
        data: flags.data.clone(),
        http: flags.http,
        // Names ask for no token: where one is asked for, they are there for who says so.
        dns: flags.dns.or((!is_private(flags)).then_some(DNS)),
        can_miss_dns: flags.dns.is_none(),
        access: Access::new(tokens, tls),
        limits: Limits {
            connections: flags.max_connections,
            connections_of_one: flags.max_connections_per_client,
        },
    })
}

async fn serve(flags: &ServerFlags, settings: Settings) -> Result<(), String> {
    let mut signals = Signals::listen().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let is_private = is_private(flags);
    let scheme = if flags.tls_cert.is_some() { "https" } else { "http" };
    make_room(flags.max_connections);
    let mut server = Server::start(settings).await.map_err(|error| match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}"),
        None => error.to_string(),
    })?;
    let http = server.http();
    if !is_loopback(http.ip()) && !is_private {
        printer::talk(format_args!(
            "warning: everybody who reaches {http} can read and change this catalogue\n\
             hint: --tokens FILE or --tls-client-ca FILE says who may"
        ));
    }
    let url = format!("{scheme}://{http}");
    let dns = server.dns().map(|dns| format!("{:<5} {dns}\n", "dns")).unwrap_or_default();
    if let Some(dns) = server.dns().filter(|dns| !is_loopback(dns.ip())) {
        printer::talk(format_args!("warning: everybody who reaches {dns} can read names and addresses"));
    } else if dns.is_empty() && !is_private {
        printer::talk(format_args!(
            "warning: somebody else listens on {DNS}, so names cannot be asked for\n\
             hint: --dns ADDRESS:PORT says where instead"
        ));
    }
    let lines = format!("{scheme:<5} {url}\n{dns}");
    if printer::data(lines) != 0 {
        return Err("nobody can be told where it listens".to_owned());
    }
    let lasts = match &flags.data {
        None => "Everything in it is forgotten when it ends (Ctrl-C).".to_owned(),
        Some(folder) => format!("It keeps its data in {}.", folder.display()),
    };
    printer::talk(format_args!(
        "The catalogue is ready. {lasts}\n\
         Next: put consul: \"{url}\" into a configuration, or CONSUL_HTTP_ADDR={url} before any command of Consul's."
    ));
    loop {
        let notice = tokio::select! {
            _ = signals.next() => return Ok(()),
            notice = server.notice() => notice,
        };
        match notice {
            Some(notice) => printer::talk(format_args!("{}: {notice}", notice.severity())),
            None => return Err("a part of the catalogue ended".to_owned()),
        }
    }
}

/// Is it asked who somebody is?
fn is_private(flags: &ServerFlags) -> bool {
    flags.tls_client_ca.is_some() || flags.tokens.is_some()
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Lets as many descriptors be open as the connections that are allowed may need, as
/// far as the system permits: root beyond its limit, everybody else up to it.
fn make_room(connections: usize) {
    let wanted = connections as u64 + OTHER_DESCRIPTORS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let most = limit.maximum.map_or(wanted, |most| most.max(wanted));
    let raised = Rlimit { current: Some(wanted), maximum: limit.maximum.map(|_| most) };
    if setrlimit(Resource::Nofile, raised).is_err() {
        // With fewer, connections wait in the system's queue.
        let current = limit.maximum.map_or(wanted, |most| most.min(wanted));
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
    }
}
