//! `gyropilot probe`: one question to whoever should be well, for checks and scripts without curl.

use crate::{printer, runtime};
use gyropilot_kernel::{Kernel, Linux};
use gyropilot_model::{HttpProbe, Probe, Verdict, Warning, parse_duration};
use gyropilot_probe::Prober;
use std::collections::BTreeMap;

/// It is not well.
const ILL: u8 = 1;
/// The question cannot be meant.
const MISUNDERSTOOD: u8 = 2;

/// Asks once, and says what was found: on standard output when all is well.
pub(crate) fn run(target: &str, timeout: &str) -> u8 {
    let asked = probe(target).and_then(|probe| match parse_duration(timeout) {
        Ok(within) => Ok((probe, within)),
        Err(error) => Err(format!("--timeout {timeout}: {error}")),
    });
    let (probe, within) = match asked {
        Ok(asked) => asked,
        Err(reason) => {
            printer::talk(format_args!("error: {reason}"));
            return MISUNDERSTOOD;
        }
    };
    let runtime = match runtime::build() {
        Ok(runtime) => runtime,
        Err(error) => {
            printer::talk(format_args!("error: {error}"));
            return ILL;
        }
    };
    let now = Linux::new([]).wall();
    let found = runtime.block_on(Prober::default().ask(&probe, &Warning::default(), within, now));
    if found.verdict == Verdict::Well {
        return printer::data(found.output + "\n");
    }
    printer::talk(format_args!("{}", found.output));
    ILL
}

/// What is asked by an address: the scheme says how.
fn probe(target: &str) -> Result<Probe, String> {
    let (scheme, rest) = target.split_once("://").unwrap_or_default();
    Ok(match scheme {
        "http" | "https" | "unix" => Probe::Http(HttpProbe {
            url: target.to_owned(),
            method: "GET".to_owned(),
            headers: BTreeMap::new(),
            expect: None,
            verify: true,
        }),
        "tcp" => Probe::Tcp { address: rest.to_owned() },
        "grpc" => {
            let (address, service) = rest.split_once('/').unwrap_or((rest, ""));
            Probe::Grpc { address: address.to_owned(), service: service.to_owned() }
        }
        "file" => Probe::File { path: rest.into(), max_age: None },
        _ => {
            return Err(format!(
                "{target:?} is nothing that can be asked\nhint: http://HOST:PORT/PATH, https://…, \
                 unix:///SOCKET:/PATH, tcp://HOST:PORT, grpc://HOST:PORT/SERVICE or file:///PATH"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_says_how_to_ask() {
        assert_eq!(probe("tcp://h:1"), Ok(Probe::Tcp { address: "h:1".to_owned() }));
        let grpc = |service: &str| Ok(Probe::Grpc { address: "h:1".to_owned(), service: service.to_owned() });
        assert_eq!(probe("grpc://h:1"), grpc(""));
        assert_eq!(probe("grpc://h:1/shop.Sales"), grpc("shop.Sales"));
        assert_eq!(probe("file:///run/ok"), Ok(Probe::File { path: "/run/ok".into(), max_age: None }));
        assert!(matches!(probe("http://h/x"), Ok(Probe::Http(http)) if http.url == "http://h/x"));
        for wrong in ["", "h:1", "ftp://h", "://"] {
            assert!(probe(wrong).unwrap_err().contains("hint: http://"), "{wrong}");
        }
    }
}
