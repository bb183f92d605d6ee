//! A check: one statement about the health of an instance or a node.

use super::{Index, Service};
use gyropilot_model::Time;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use std::time::Duration;

/// More of an output than this is cut, in bytes; what is left says so.
pub const OUTPUT_BYTES: usize = 4096;
/// The least time for which a check has to be critical before its service is removed for it.
pub const LEAST_DEREGISTER_AFTER: Duration = Duration::from_secs(60);

/// How well a check found its subject. The order is from well to ill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All is well.
    Passing,
    /// Well enough to be used.
    Warning,
    /// Not to be used; what is not known yet is this.
    #[default]
    Critical,
}

/// A check, as the catalogue knows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Check {
    /// The name of its node.
    pub node: String,
    /// Unique on its node.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it says now.
    pub status: Status,
    /// For people, unchanging.
    pub notes: String,
    /// What the last result said.
    pub output: String,
    /// The instance it is about; empty when it is about the node.
    pub service_id: String,
    /// The name of that instance's service.
    pub service_name: String,
    /// The tags of that instance.
    pub service_tags: Vec<String>,
    /// `ttl`, `http`, `tcp`, `grpc`, `alias`, `maintenance`, or empty.
    pub kind: String,
    /// What was given as `Definition` by a registration in the catalogue.
    pub definition: serde_json::Map<String, serde_json::Value>,
    /// Between two looks; none when nobody looks.
    pub interval: Option<Duration>,
    /// For how long a look may take.
    pub timeout: Option<Duration>,
    /// Where its status comes from.
    pub source: Source,
    /// For how long it is critical before its service is removed.
    pub deregister_after: Option<Duration>,
    /// This many results after the first have to be well before it passes.
    pub success_before_passing: u32,
    /// This many results after the first have to be ill before it is critical.
    pub failures_before_critical: u32,
    /// The index at which it was first registered.
    pub created: Index,
    /// The index of its last change that others are woken for.
    pub modified: Index,
}

/// Where the status of a check comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// Whoever registered it in the catalogue says so.
    #[default]
    Told,
    /// Its owner says so, again and again: silence for this long is critical.
    Ttl(Duration),
    /// The catalogue looks by itself.
    Probe(Look),
    /// The health of another instance, or of a node (an empty service), is its own.
    Alias {
        /// The node; empty for the check's own.
        node: String,
        /// The identifier of the instance; empty for the node itself.
        service: String,
    },
}

/// How the catalogue looks after a check by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// An answer of 2xx is well, 429 a warning.
    Http {
        /// `http://` or `https://`.
        url: String,
        /// `GET` when empty.
        method: String,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// Whether any certificate is accepted.
        skip_verify: bool,
    },
    /// A connection is well.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// `grpc.health.v1`, over plain HTTP/2.
    Grpc {
        /// `host:port[/service]`.
        address: String,
    },
}

/// A check and what passes while it lives.
#[derive(Clone, Debug)]
pub(super) struct CheckEntry {
    pub(super) check: Rc<Check>,
    /// When silence makes it critical.
    pub(super) expires: Option<Time>,
    /// Since when it has been critical.
    pub(super) critical_since: Option<Time>,
    /// The moment for which a timer stands, so that one of an earlier life is known.
    pub(super) timer: Option<Time>,
    /// When the catalogue last told others of its output.
    pub(super) told: Time,
    /// Whether others have not been told of its output yet.
    pub(super) is_output_held: bool,
    /// Equal results one after the other: whether well, and how many.
    pub(super) streak: (bool, u32),
}

// === impl Status ===

impl Status {
    /// The word in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passing => "passing",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Passing, Self::Warning, Self::Critical].into_iter().find(|status| status.word() == word)
    }
}

// === impl Check ===

impl Check {
    /// Whether both say the same, whenever they began to.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let same_times = Self { created: other.created, modified: other.modified, ..self.clone() };
        same_times == *other
    }

    /// Makes it one about that instance.
    pub(super) fn concern(&mut self, service: &Service) {
        self.service_id.clone_from(&service.id);
        self.service_name.clone_from(&service.name);
        self.service_tags.clone_from(&service.tags);
    }
}

// === impl CheckEntry ===

impl CheckEntry {
    pub(super) fn new(check: Check, now: Time) -> Self {
        let critical_since = (check.status == Status::Critical).then_some(now);
        Self {
            check: Rc::new(check),
            expires: None,
            critical_since,
            timer: None,
            told: now,
            is_output_held: false,
            streak: (false, 0),
        }
    }
}

/// An output no longer than [`OUTPUT_BYTES`], with a word on what was cut.
#[must_use]
pub fn cut_output(output: &str) -> String {
    if output.len() <= OUTPUT_BYTES {
        return output.to_owned();
    }
    let mut end = OUTPUT_BYTES;
    while !output.is_char_boundary(end) {
        end -= 1;
    }
    let kept = output.get(..end).unwrap_or_default();
    format!("{kept} ... (captured {OUTPUT_BYTES} of {} bytes)", output.len())
}
