//! How programs and checks behave.

use super::Reader;
use super::keys::Keys;
use crate::file::{Behaviour, Check, Lives};
use gyropilot_config::{Node, Value};
use gyropilot_model::{Exit, Signal};
use std::time::Duration;

const KEYS: [&str; 7] = ["starts", "runs", "exit", "ready", "stops", "stopExit", "clients"];

// === impl Reader ===

impl Reader<'_> {
    pub(super) fn behaviour(&mut self, node: &Node) -> Option<Behaviour> {
        let keys = Keys::open(node, "how a program behaves", &KEYS, self.findings)?;
        let mut behaviour = Behaviour::default();
        for (key, node) in keys.iter() {
            match key {
                "starts" => behaviour.starts = self.boolean(node)?,
                "runs" => behaviour.runs = self.lives(node, "forever")?,
                "exit" => {
                    behaviour.exit = self.exit(node)?;
                    if keys.get("runs").is_none() {
                        // Whoever says how it ends means that it does.
                        behaviour.runs = Lives::For(Duration::ZERO);
                    }
                }
                "ready" => behaviour.ready = self.lives(node, "never")?,
                "stops" => behaviour.stops = self.lives(node, "never")?,
                "clients" => behaviour.clients = self.lives(node, "forever")?,
                "stopExit" => behaviour.stop_exit = Some(self.exit(node)?),
                _ => {}
            }
        }
        Some(behaviour)
    }

    fn lives(&mut self, node: &Node, word: &str) -> Option<Lives> {
        match &node.value {
            Value::String(written) if written == word => Some(Lives::Forever),
            _ => self.duration(node).map(Lives::For),
        }
    }

    /// A status from 0 to 255, or the name of a signal.
    pub(super) fn exit(&mut self, node: &Node) -> Option<Exit> {
        match &node.value {
            Value::String(name) => match Signal::from_name(name) {
                Some(signal) => Some(Exit::Signal(signal.number())),
                None => {
                    self.wrong(node, format!("\"{name}\" is not a signal"), "expected such as \"SIGSEGV\"")
                }
            },
            _ => self.whole(node, 255).and_then(|code| u8::try_from(code).ok()).map(Exit::Code),
        }
    }

    pub(super) fn check(&mut self, node: &Node) -> Option<Check> {
        let Value::String(word) = &node.value else {
            return self.whole(node, 255).and_then(|code| u8::try_from(code).ok()).map(Check::Status);
        };
        match word.as_str() {
            "pass" => Some(Check::Pass),
            "warn" => Some(Check::Warn),
            "fail" => Some(Check::Fail),
            "hang" => Some(Check::Hang),
            other => self.wrong(
                node,
                format!("\"{other}\" is not how a check goes"),
                "expected \"pass\", \"warn\", \"fail\", \"hang\" or an exit status",
            ),
        }
    }
}
