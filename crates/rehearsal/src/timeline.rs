//! What happened, for whoever wants to know why a test failed.

use gyropilot_model::Time;
use std::collections::VecDeque;

/// The most lines that are kept; what a person reads is the end.
const MOST: usize = 60;

/// What happened last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    lines: VecDeque<String>,
    earlier: usize,
}

// === impl Timeline ===

impl Timeline {
    pub(crate) fn note(&mut self, now: Time, what: &str) {
        if self.lines.len() == MOST {
            self.lines.pop_front();
            self.earlier += 1;
        }
        self.lines.push_back(format!("{:>10.3} s  {what}", now.since_start().as_secs_f64()));
    }

    /// A line each, and one about those that are not kept.
    pub(crate) fn lines(&self) -> Vec<String> {
        let earlier = (self.earlier > 0).then(|| format!("            … {} lines before", self.earlier));
        earlier.into_iter().chain(self.lines.iter().cloned()).collect()
    }
}
