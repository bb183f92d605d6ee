//! What happens in a step.

use super::Reader;
use super::keys::Keys;
use crate::file::Deed;
use gyropilot_config::{Node, Value};
use gyropilot_model::{Notice, Order, Signal};

/// The keys of a step that make something happen.
pub(super) const KEYS: [&str; 12] = [
    "exit",
    "check",
    "ready",
    "notice",
    "program",
    "instances",
    "keys",
    "signal",
    "order",
    "maintenance",
    "reload",
    "catalogue",
];

const ORDERS: [&str; 7] = ["start", "stop", "restart", "runOnce", "signal", "job", "refused"];

// === impl Reader ===

impl Reader<'_> {
    /// In the order of the text.
    pub(super) fn deeds(&mut self, keys: &Keys<'_>) -> Vec<Deed> {
        keys.iter()
            .filter(|(key, _)| KEYS.contains(key))
            .flat_map(|(key, node)| self.deed(key, node))
            .collect()
    }

    fn deed(&mut self, key: &str, node: &Node) -> Vec<Deed> {
        match key {
            "exit" => self.each(node, Self::exit, |job, exit| Deed::Exit { job, exit }),
            "check" => self.each(node, Self::check, |job, check| Deed::Check { job, check }),
            "program" => self.each(node, Self::behaviour, |job, behaviour| Deed::Behave { job, behaviour }),
            "notice" => self.each(node, Self::notice, |job, notice| Deed::Notice { job, notice }),
            "instances" => {
                self.each(node, Self::instances, |service, instances| Deed::Instances { service, instances })
            }
            "keys" => self.each(node, Self::value_of_key, |key, value| Deed::Key { key, value }),
            "ready" => {
                self.text(node).map(|job| Deed::Notice { job, notice: Notice::Ready }).into_iter().collect()
            }
            "signal" => self.signal(node).map(Deed::Signal).into_iter().collect(),
            "order" => self.order(node).into_iter().collect(),
            "maintenance" => {
                let on = self.boolean(node);
                on.map(|on| Deed::Order { order: Order::Maintenance { on }, refused: false })
                    .into_iter()
                    .collect()
            }
            "reload" => self.text(node).map(Deed::Reload).into_iter().collect(),
            "catalogue" => self.catalogue(node).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn each<T>(
        &mut self,
        node: &Node,
        read: impl FnMut(&mut Self, &Node) -> Option<T>,
        deed: impl Fn(String, T) -> Deed,
    ) -> Vec<Deed> {
        self.map(Some(node), read).into_iter().map(|(name, value)| deed(name, value)).collect()
    }

    fn value_of_key(&mut self, node: &Node) -> Option<Option<String>> {
        match node.value {
            Value::Null => Some(None),
            _ => self.plain(node).map(Some),
        }
    }

    fn signal(&mut self, node: &Node) -> Option<Signal> {
        let name = self.text(node)?;
        Signal::from_name(&name).or_else(|| {
            self.wrong(node, format!("\"{name}\" is not a signal"), "expected such as \"SIGTERM\"")
        })
    }

    fn notice(&mut self, node: &Node) -> Option<Notice> {
        let word = self.text(node)?;
        match word.as_str() {
            "READY=1" => Some(Notice::Ready),
            "RELOADING=1" => Some(Notice::Reloading),
            "STOPPING=1" => Some(Notice::Stopping),
            "WATCHDOG=1" => Some(Notice::Watchdog),
            "WATCHDOG=trigger" => Some(Notice::WatchdogTrigger),
            other => match other.strip_prefix("STATUS=") {
                Some(status) => Some(Notice::Status(status.to_owned())),
                None => self.wrong(
                    node,
                    format!("\"{other}\" is not something to say"),
                    "expected \"READY=1\", \"RELOADING=1\", \"STOPPING=1\", \"STATUS=…\", \"WATCHDOG=1\" or \"WATCHDOG=trigger\"",
                ),
            },
        }
    }

    /// `{ restart: "app" }`, or `{ signal: "SIGHUP", job: "app" }`; with `refused: true` when it is to be refused.
    fn order(&mut self, node: &Node) -> Option<Deed> {
        let keys = Keys::open(node, "an order", &ORDERS, self.findings)?;
        let refused = match keys.get("refused") {
            Some(node) => self.boolean(node)?,
            None => false,
        };
        let order = if let Some(signal) = keys.get("signal") {
            let Some(job) = keys.get("job") else {
                return self.wrong(node, "a signal to whom?", "no `job` in here");
            };
            Order::Signal { job: self.text(job)?, signal: self.signal(signal)? }
        } else {
            let named = keys.iter().find(|(key, _)| !matches!(*key, "refused" | "job"));
            let Some((word, job)) = named else {
                return self.wrong(
                    node,
                    "an order to do nothing",
                    "expected start, stop, restart, runOnce or signal",
                );
            };
            let job = self.text(job)?;
            match word {
                "start" => Order::Start { job },
                "stop" => Order::Stop { job },
                "restart" => Order::Restart { job },
                _ => Order::RunOnce { job },
            }
        };
        Some(Deed::Order { order, refused })
    }

    fn catalogue(&mut self, node: &Node) -> Option<Deed> {
        match self.text(node)?.as_str() {
            "up" => Some(Deed::Confirms(true)),
            "down" => Some(Deed::Confirms(false)),
            other => {
                self.wrong(node, format!("a catalogue is not \"{other}\""), "expected \"up\" or \"down\"")
            }
        }
    }
}
