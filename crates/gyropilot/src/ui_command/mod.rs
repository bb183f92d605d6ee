//! `gyropilot ui`: the page of the embedded catalogue, over any Consul.

mod desk;

use crate::commands::catalog::Which;
use crate::printer;
use desk::Desk;
use gyropilot_catalog::consul::Consul;
use gyropilot_catalogd::page;
use gyropilot_kernel::Signals;
use gyropilot_model::{ConsulConfig, Scheme, Signal};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// It cannot be served.
const FAILED: u8 = 1;
/// It cannot be meant.
const USAGE: u8 = 2;

/// Serves the page until it is interrupted, and gives the exit status.
pub(crate) fn run(which: &Which, listen: SocketAddr, environment: &BTreeMap<String, String>) -> u8 {
    let named = crate::consul::named(which.catalog.as_deref(), which.token_file.as_deref(), environment);
    let config = match named {
        Ok(config) => config,
        Err(report) => {
            printer::talk(report.to_string().trim_end());
            return USAGE;
        }
    };
    let failed = |status: u8, reason: String| {
        printer::talk(format_args!("error: {reason}"));
        status
    };
    let consul = match Consul::new(&config) {
        Ok(consul) => consul,
        Err(error) => return failed(USAGE, format!("cannot use this catalogue: {error}")),
    };
    let runtime = match crate::runtime::build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(FAILED, format!("cannot start: {error}")),
    };
    let end = tokio::task::LocalSet::new().block_on(&runtime, serve(consul, &config, listen));
    runtime.shutdown_background();
    end.map_or_else(|reason| failed(FAILED, reason), |()| 0)
}

async fn serve(consul: Consul, config: &ConsulConfig, listen: SocketAddr) -> Result<(), String> {
    let mut signals = Signals::listen().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let bind =
        |error| format!("cannot listen on {listen}: {error}\nhint: name another address with --listen");
    let listener = TcpListener::bind(listen).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    if !address.ip().is_loopback() {
        printer::talk(format_args!(
            "warning: {address} is reached from elsewhere: whoever reaches it can read the catalogue"
        ));
    }
    printer::talk(format_args!("showing the catalogue at {}; Ctrl-C ends it", shown(config)));
    printer::data(format!("page  http://{address}{}\n", page::PLACE));
    let desk = Desk::new(consul, address);
    tokio::select! {
        () = desk.serve(listener) => {}
        () = interruption(&mut signals) => {}
    }
    Ok(())
}

async fn interruption(signals: &mut Signals) {
    while !matches!(signals.next().await, Signal::Term | Signal::Int | Signal::Quit) {}
}

fn shown(config: &ConsulConfig) -> String {
    match config.scheme {
        _ if config.address.starts_with("unix://") => config.address.clone(),
        Scheme::Http => format!("http://{}", config.address),
        Scheme::Https => format!("https://{}", config.address),
    }
}
