//! Where a second terminal hands in its wishes: one line in, one line back.
//! The socket also keeps two demos from running at once.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};

use anyhow::{Context as _, Result, bail};

use super::storefront::Shop;

/// Not below the repository, whose path may be longer than a socket's can be.
const SOCKET: &str = "/run/gyropilot-demo.sock";
/// A wish is `customers=12` at its longest.
const LONGEST: u64 = 64;

/// How many of a shop there shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) shop: Shop,
    pub(crate) count: u8,
}

/// The open desk; closed when dropped.
#[derive(Debug)]
pub(crate) struct Desk(());

// === impl Wish ===

impl Wish {
    /// Reads `sales=4`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let parts = text.trim().split_once('=');
        let found = parts.and_then(|(name, count)| {
            let shop = Shop::ALL.into_iter().find(|shop| shop.name() == name)?;
            Some(Self { shop, count: count.parse().ok().filter(|count| *count <= Shop::MOST)? })
        });
        found.with_context(|| {
            format!("{text:?} is no wish\nhint: sales=COUNT or customers=COUNT, 0 to {}", Shop::MOST)
        })
    }
}

// === impl Desk ===

impl Desk {
    /// Opens the desk; `take` gets each wish, with where the reply goes.
    pub(crate) fn open(mut take: impl FnMut(Wish, UnixStream) -> bool + Send + 'static) -> Result<Self> {
        let listener = match UnixListener::bind(SOCKET) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                if UnixStream::connect(SOCKET).is_ok() {
                    bail!("a demo runs already\nhint: cargo xtask demo scale sales=4, or end it with Ctrl-C");
                }
                // Nobody listens: a killed demo left it.
                fs::remove_file(SOCKET)?;
                UnixListener::bind(SOCKET)
            }
            other => other,
        };
        let listener = listener.with_context(|| SOCKET.to_owned())?;
        let desk = Self(());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                match read_line(&stream).and_then(|line| Wish::parse(&line)) {
                    Ok(wish) => {
                        if !take(wish, stream) {
                            break;
                        }
                    }
                    // Whoever asked may have left; then nobody misses the answer.
                    Err(error) => drop(writeln!(stream, "{error:#}")),
                }
            }
        });
        Ok(desk)
    }

    /// Hands in a wish from another process and gives the reply.
    pub(crate) fn hand_in(wish: Wish) -> Result<String> {
        let mut stream =
            UnixStream::connect(SOCKET).context("no demo runs here\nhint: start one: cargo xtask demo")?;
        writeln!(stream, "{}={}", wish.shop.name(), wish.count)?;
        read_line(&stream)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_file(SOCKET);
    }
}

fn read_line(stream: &UnixStream) -> Result<String> {
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read() {
        assert_eq!(Wish::parse("sales=4\n").unwrap(), Wish { shop: Shop::Sales, count: 4 });
        assert_eq!(Wish::parse("customers=0").unwrap(), Wish { shop: Shop::Customers, count: 0 });
        for wrong in ["", "sales", "sales=", "sales=-1", "sales=51", "sales=999", "nginx=2", "sales=2=2"] {
            assert!(Wish::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
