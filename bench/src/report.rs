//! What is written down.

use std::fmt::Write as _;

use crate::plot::Plot;
use crate::results::Entry;

/// One figure, as it stands in the document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figure {
    pub(crate) title: &'static str,
    /// What is measured and how.
    pub(crate) method: String,
    pub(crate) heads: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) plots: Vec<Plot>,
    pub(crate) verdicts: Vec<Verdict>,
    /// What a reader should know before believing it.
    pub(crate) notes: Vec<String>,
}

/// One line of the summary.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) what: &'static str,
    pub(crate) ours: String,
    pub(crate) peer: String,
    pub(crate) ratio: String,
    pub(crate) aim: String,
    /// None where there is no aim.
    pub(crate) met: Option<bool>,
}

const PREFACE: &str = "\
# Benchmarks

How Gyropilot compares with the programs whose place it takes: inits (tini, dumb-init), supervisors (s6, supervisord) and
the shell loops that are written around them. Written by a program; do not edit.

    cargo run --release -p gyropilot-bench

builds the static release binary (`cargo xtask build`), unpacks the peers and a Consul agent from Debian's packages
(`cargo xtask tools`), measures everything and writes this file. `--only NAME` measures one figure, beside its peers in one
run like all of them, and writes it in its place; `--quick` makes it short and writes nothing. `--binary PATH` measures a
build that is there already. It needs Debian with curl and
python3, and root for the figures as PID 1. On a machine with other work, run it under `nice -n -20`.
";

const READING: &str = "\
## How to read it

Figures are in ms unless something else is said, percentiles by nearest rank. Where programs are started again and again
(application, healthy, exit, readiness, templates) contenders take turns run by run; memory, wake-ups and requests are
measured of all at once; changes, checks, output, all that has fifty jobs and all of the catalogue one contender after
the other. Peers do less: tini, dumb-init and s6 know
nothing of a catalogue, and the shell loops have no error handling. Medians of a virtual machine move by a fifth from
one run to the next, p99 and max severalfold when other work comes in between: compare within a table, not between
machines. Figures of ContainerPilot and consul-template were measured on a machine like this one and not in this run.
";

/// The whole document.
pub(crate) fn document(machine: &str, binary: u64, entries: &[Entry]) -> String {
    let on = format!(
        "Measured on {machine}; the binary measured last has {binary} bytes. Each figure stands as it was measured last, \
         which may have been with an earlier build than another."
    );
    let mut text = format!("{PREFACE}\n{}\n\n## Summary\n\n", wrapped(&on));
    let heads = ["figure", "Gyropilot", "peer", "ratio", "aim", "met"];
    let rows: Vec<Vec<String>> = entries.iter().flat_map(|entry| entry.summary.clone()).collect();
    table(&mut text, &heads, &rows);
    let _ = write!(text, "\n{READING}");
    for entry in entries {
        let _ = write!(text, "\n{}", entry.section);
    }
    text
}

// === impl Figure ===

impl Figure {
    /// Its lines of the summary.
    pub(crate) fn summary(&self) -> Vec<Vec<String>> {
        self.verdicts.iter().map(Verdict::cells).collect()
    }

    /// Its own part of the document; `drawn` says where a plot stands.
    pub(crate) fn markdown(&self, drawn: impl Fn(&Plot) -> String) -> String {
        let mut text = format!("## {}\n\n{}\n\n", self.title, wrapped(&self.method));
        table(&mut text, &self.heads, &self.rows);
        for plot in &self.plots {
            let _ = write!(text, "\n![{}]({})\n", plot.title, drawn(plot));
        }
        for note in &self.notes {
            let _ = write!(text, "\n{}\n", wrapped(note));
        }
        text
    }
}

// === impl Verdict ===

impl Verdict {
    fn cells(&self) -> Vec<String> {
        let met = match self.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        let [ours, peer, ratio, aim] = [&self.ours, &self.peer, &self.ratio, &self.aim].map(Clone::clone);
        vec![self.what.to_owned(), ours, peer, ratio, aim, met.to_owned()]
    }
}

/// A ratio of ours to a peer's.
pub(crate) fn ratio(ours: f64, peer: f64) -> String {
    format!("{}×", crate::sample::short(ours / peer))
}

fn table(text: &mut String, heads: &[&str], rows: &[Vec<String>]) {
    let _ = writeln!(text, "| {} |\n|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

/// Text in lines of at most 120 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= 120 {
            let _ = write!(line, " {word}");
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_long_and_no_word_is_lost() {
        let text = "word ".repeat(100);
        let wrapped = wrapped(&text);
        assert!(wrapped.lines().all(|line| line.len() <= 120), "{wrapped}");
        assert_eq!(wrapped.split_whitespace().count(), 100);
    }
}
