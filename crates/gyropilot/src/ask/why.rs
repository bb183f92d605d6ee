//! Why a job is in the state it is in, for people.

use super::span;
use crate::table::plain;
use gyropilot_model::{Cause, Why};

/// The sentence, the chain of causes, and what happened last.
pub(super) fn story(why: &Why) -> String {
    let mut text = format!("{}\n", plain(&why.summary));
    let mut list = |title: &str, causes: &[Cause]| {
        if !causes.is_empty() {
            text.push_str(&format!("\n{title}\n"));
        }
        for cause in causes {
            text.push_str(&format!("  {}, {} ago\n", plain(&cause.what), span(cause.ago_ms)));
        }
    };
    // The summary of one cause is that cause.
    if why.causes.len() > 1 {
        list("because", &why.causes);
    }
    list("before that, the newest last", &why.history);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_has_a_summary_causes_and_a_history() {
        let cause = |what: &str, ago_ms| Cause { what: what.into(), ago_ms };
        let why = Why {
            job: "app".into(),
            summary: "app waits for exitSuccess of migrate".into(),
            causes: vec![cause("app waits", 2000), cause("migrate runs as process 17", 2000)],
            history: vec![cause("the pilot started", 2100)],
        };
        let expected = "app waits for exitSuccess of migrate\n\nbecause\n  app waits, 2s ago\n  migrate runs as process 17, \
            2s ago\n\n\
            before that, the newest last\n  the pilot started, 2s ago\n";
        assert_eq!(story(&why), expected);
    }
}
