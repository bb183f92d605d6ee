//! From the text of a test file to what it says.

mod behaviour;
mod deed;
mod keys;
mod wish;

use crate::file::{Expectation, Moment, Rehearsal, Step, Test};
use gyropilot_config::{Document, Findings, Member, Node, Report, Value, read_json5};
use gyropilot_model::{Address, Instance, Status, parse_duration};
use keys::Keys;
use std::collections::BTreeMap;
use std::time::Duration;

/// Where the host of a test is reached when its file says nothing about that.
const ADDRESS: [u8; 4] = [10, 0, 0, 2];

/// What is being read, with the way from a place to its line.
struct Reader<'r> {
    text: &'r str,
    findings: &'r mut Findings,
}

/// Reads a test file.
///
/// # Errors
/// A report of everything that is wrong with it.
pub fn read(document: &Document) -> Result<Rehearsal, Report> {
    read_json5(document, |root, findings| {
        let mut reader = Reader { text: &document.text, findings };
        reader.rehearsal(root)
    })
}

// === impl Reader ===

impl Reader<'_> {
    fn line(&self, node: &Node) -> usize {
        self.text.get(..node.span.start).unwrap_or("").matches('\n').count() + 1
    }

    fn wrong<T>(&mut self, node: &Node, message: impl Into<String>, label: impl Into<String>) -> Option<T> {
        if node.value != Value::Unreadable {
            self.findings.error(node.mark(), message).label(label);
        }
        None
    }

    fn rehearsal(&mut self, root: &Node) -> Option<Rehearsal> {
        let known = ["config", "env", "interfaces", "application", "programs", "checks", "tests"];
        let keys = Keys::open(root, "a test file", &known, self.findings)?;
        let configuration = match keys.get("config") {
            Some(node) => self.text(node),
            None => self.wrong(root, "`config` is missing", "which configuration is tested?"),
        };
        let environment = self.map(keys.get("env"), Self::plain);
        let interfaces = self.map(keys.get("interfaces"), |reader, node| {
            let written = reader.text(node)?;
            written.parse().ok().or_else(|| {
                reader.wrong(
                    node,
                    format!("\"{written}\" is not an address"),
                    "expected such as \"10.0.0.2\"",
                )
            })
        });
        let application = keys.get("application").map_or_else(Vec::new, |node| self.list(node, Self::text));
        let programs = self.map(keys.get("programs"), Self::behaviour);
        let checks = self.map(keys.get("checks"), Self::check);
        let tests = match keys.get("tests") {
            Some(node) => self.list(node, |reader, node| reader.test(node, &programs, &checks)),
            None => self.wrong(root, "`tests` is missing", "expected a list of tests")?,
        };
        let mut interfaces: Vec<Address> =
            interfaces.into_iter().map(|(interface, ip)| Address { interface, ip }).collect();
        if interfaces.is_empty() {
            interfaces.push(Address { interface: "eth0".to_owned(), ip: ADDRESS.into() });
        }
        Some(Rehearsal { configuration: configuration?, environment, interfaces, application, tests })
    }

    fn test(
        &mut self,
        node: &Node,
        programs: &BTreeMap<String, crate::Behaviour>,
        checks: &BTreeMap<String, crate::Check>,
    ) -> Option<Test> {
        let known = ["name", "programs", "checks", "instances", "keys", "steps"];
        let keys = Keys::open(node, "a test", &known, self.findings)?;
        let name = match keys.get("name") {
            Some(node) => self.text(node),
            None => self.wrong(node, "a test without a name", "no `name` in here"),
        };
        let (mut programs, mut checks) = (programs.clone(), checks.clone());
        programs.extend(self.map(keys.get("programs"), Self::behaviour));
        checks.extend(self.map(keys.get("checks"), Self::check));
        let instances = self.map(keys.get("instances"), Self::instances);
        let values = self.map(keys.get("keys"), Self::plain);
        let steps = match keys.get("steps") {
            Some(node) => self.list(node, Self::step),
            None => self.wrong(node, "a test without steps", "no `steps` in here")?,
        };
        Some(Test { name: name?, line: self.line(node), programs, checks, instances, keys: values, steps })
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        let known: Vec<&str> = ["at", "after", "within", "expect"].into_iter().chain(deed::KEYS).collect();
        let keys = Keys::open(node, "a step", &known, self.findings)?;
        let moment = match (keys.get("at"), keys.get("after")) {
            (Some(at), None) => Moment::At(self.duration(at)?),
            (None, Some(after)) => Moment::After(self.duration(after)?),
            (None, None) => Moment::Now,
            (Some(_), Some(after)) => {
                self.wrong(after, "a step has either `at` or `after`", "`at` is given too")?
            }
        };
        let deeds = self.deeds(&keys);
        let within = match keys.get("within") {
            Some(node) => Some(self.duration(node)?),
            None => None,
        };
        let expectation = match keys.get("expect") {
            Some(node) => Some(Expectation { within, wishes: self.wishes(node) }),
            None if within.is_some() => self.wrong(node, "`within` without `expect`", "what is to be so?")?,
            None => None,
        };
        Some(Step { line: self.line(node), moment, deeds, expectation })
    }

    /// The healthy instances of a service: how many, or where they listen.
    fn instances(&mut self, node: &Node) -> Option<Vec<Instance>> {
        let made = |number: usize, address: String, port: u16| Instance {
            id: format!("instance-{number}"),
            address,
            port,
            tags: Vec::new(),
            status: Status::Passing,
        };
        if let Value::Number(_) = node.value {
            let count = usize::try_from(self.whole(node, 200)?).ok()?;
            return Some((1..=count).map(|number| made(number, format!("10.0.1.{number}"), 80)).collect());
        }
        let places = self.list(node, |reader, node| {
            let written = reader.text(node)?;
            let place =
                written.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
            place.or_else(|| {
                let message = format!("\"{written}\" is not where something listens");
                reader.wrong(node, message, "expected such as \"10.0.1.1:80\"")
            })
        });
        let numbered = places.into_iter().enumerate();
        Some(numbered.map(|(i, (address, port))| made(i + 1, address, port)).collect())
    }

    fn duration(&mut self, node: &Node) -> Option<Duration> {
        let written = self.plain_or_number(node)?;
        parse_duration(&written).ok().or_else(|| {
            self.wrong(
                node,
                format!("\"{written}\" is not a duration"),
                "expected such as \"500ms\" or \"1m30s\"",
            )
        })
    }

    fn plain_or_number(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Number(number) => Some(number.to_string()),
            _ => self.text(node),
        }
    }

    fn text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::String(text) => Some(text.clone()),
            other => self.wrong(node, format!("expected a text, got {}", other.kind()), "expected a text"),
        }
    }

    /// A text; numbers and booleans pass for one.
    fn plain(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Bool(yes) => Some(yes.to_string()),
            _ => self.plain_or_number(node),
        }
    }

    fn boolean(&mut self, node: &Node) -> Option<bool> {
        match &node.value {
            Value::Bool(yes) => Some(*yes),
            other => self.wrong(
                node,
                format!("expected true or false, got {}", other.kind()),
                "expected true or false",
            ),
        }
    }

    fn whole(&mut self, node: &Node, most: u64) -> Option<u64> {
        match node.value {
            Value::Number(number) if number >= 0.0 && number.fract() == 0.0 && number <= most as f64 => {
                // In range by the check above.
                Some(number as u64)
            }
            _ => self.wrong(node, "expected a whole number", format!("expected 0 to {most}")),
        }
    }

    fn list<T>(&mut self, node: &Node, mut read: impl FnMut(&mut Self, &Node) -> Option<T>) -> Vec<T> {
        match &node.value {
            Value::List(items) => items.iter().filter_map(|item| read(self, item)).collect(),
            other => {
                let message = format!("expected a list, got {}", other.kind());
                self.wrong::<()>(node, message, "expected [ … ]");
                Vec::new()
            }
        }
    }

    /// An object with free keys.
    fn map<T>(
        &mut self,
        node: Option<&Node>,
        mut read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let members = node.map_or(&[][..], |node| self.members(node));
        members.iter().filter_map(|member| Some((member.key.clone(), read(self, &member.node)?))).collect()
    }

    /// What an object with free keys has.
    fn members<'n>(&mut self, node: &'n Node) -> &'n [Member] {
        match &node.value {
            Value::Object(members) => members,
            other => {
                let message = format!("expected an object, got {}", other.kind());
                self.wrong::<()>(node, message, "expected { … }");
                &[]
            }
        }
    }
}
