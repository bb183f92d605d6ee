//! What happens because of what.

use super::cue::GLOBAL;
use gyropilot_model::{Edge, EventCode, Jobs, Trigger, format_go_duration};

/// The dependencies of jobs, in the order of the configuration.
pub(crate) fn edges(jobs: &Jobs) -> Vec<Edge> {
    let mut edges = Vec::new();
    for job in &jobs.jobs {
        let mut edge = |from: &str, event: String| {
            edges.push(Edge { from: from.to_owned(), to: job.name.clone(), event });
        };
        match &job.when.trigger {
            Trigger::Startup => edge(GLOBAL, EventCode::Startup.as_str().to_owned()),
            Trigger::Interval(every) => edge(GLOBAL, format!("every {}", format_go_duration(*every))),
            Trigger::Events { awaited, .. } => {
                for awaited in awaited {
                    edge(&awaited.source, awaited.code.as_str().to_owned());
                }
            }
        }
    }
    edges
}
