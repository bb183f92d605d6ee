//! Single keys from a terminal, when there is one.

use std::io::{BufReader, IsTerminal as _, Read as _};
use std::process::{Command, Stdio};

use anyhow::Result;

/// A terminal that gives each key at once; back to its old ways when dropped.
#[derive(Debug)]
pub(crate) struct Keyboard {
    before: String,
}

// === impl Keyboard ===

impl Keyboard {
    /// Passes each key on; none when standard input is no terminal.
    pub(crate) fn listen(mut key: impl FnMut(u8) -> bool + Send + 'static) -> Result<Option<Self>> {
        if !std::io::stdin().is_terminal() {
            return Ok(None);
        }
        let keyboard = Self { before: stty(&["-g"])?.trim().to_owned() };
        stty(&["-icanon", "-echo", "min", "1"])?;
        std::thread::spawn(move || {
            for byte in BufReader::new(std::io::stdin()).bytes() {
                if !byte.is_ok_and(&mut key) {
                    break;
                }
            }
        });
        Ok(Some(keyboard))
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        if let Err(error) = stty(&[&self.before]) {
            eprintln!("the terminal keeps a strange mode: {error:#}\nhint: stty sane");
        }
    }
}

/// stty works on its standard input, which so has to be ours.
fn stty(arguments: &[&str]) -> Result<String> {
    crate::run::collect(Command::new("stty").args(arguments).stdin(Stdio::inherit()))
}
