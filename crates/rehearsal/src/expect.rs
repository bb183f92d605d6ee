//! Is it so?

use crate::file::{Want, Wish};
use crate::world::World;
use gyropilot_model::{Awaited, Desired, JobStatus};

/// What is not as it should be: the place of the wish, and what is so instead.
pub(crate) struct Unmet {
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// The wishes that are not fulfilled now.
pub(crate) fn unmet(world: &World, wishes: &[Wish]) -> Vec<Unmet> {
    let unmet = wishes.iter().filter_map(|wish| Some((wish.line, world.lacks(&wish.want)?)));
    unmet.map(|(line, message)| Unmet { line, message }).collect()
}

// === impl World ===

impl World {
    /// What is so in place of what is wanted; `None` when it is so.
    fn lacks(&self, want: &Want) -> Option<String> {
        match want {
            Want::State { job, state } => {
                self.about(job, state.as_str(), |status| status.state.as_str().to_owned())
            }
            Want::Health { job, health } => {
                self.about(job, health.as_str(), |status| status.health.as_str().to_owned())
            }
            Want::Runs { job, runs } => self.counted(job, "runs", *runs, |status| status.runs),
            Want::Restarts { job, restarts } => {
                self.counted(job, "restarts", *restarts, |status| status.restarts)
            }
            Want::Service { service, status } => {
                let wanted = status.map_or_else(|| "absent".to_owned(), |status| status.to_string());
                let found = match self.offered(service) {
                    Ok(found) => found,
                    Err(reason) => return Some(reason),
                };
                (found != wanted).then(|| format!("service {service} should be {wanted} and is {found}"))
            }
            Want::Started { job, yes } => match (self.started.contains(job), yes) {
                (false, true) => {
                    Some(format!("{job} should have been started and was not{}", self.waiting(job)))
                }
                (true, false) => Some(format!("{job} should not have been started and was")),
                _ => None,
            },
            Want::Happened(events) => self.missing(events),
            Want::NotHappened(event) => {
                self.happened.contains(event).then(|| format!("{event} should not have happened and has"))
            }
            Want::Exit(wanted) => match (self.exit, wanted) {
                (found, wanted) if found == *wanted => None,
                (None, Some(wanted)) => {
                    Some(format!("the pilot should have ended with status {wanted} and runs"))
                }
                (Some(found), None) => {
                    Some(format!("the pilot should run and has ended with status {found}"))
                }
                (Some(found), Some(wanted)) => {
                    Some(format!("the pilot should have ended with status {wanted}, and it was {found}"))
                }
                (None, None) => None,
            },
            Want::Maintenance(on) => {
                let found = self.engine.status(self.now).is_some_and(|status| status.maintenance);
                let word = |on: bool| if on { "in maintenance" } else { "out of maintenance" };
                (found != *on).then(|| format!("the pilot should be {} and is {}", word(*on), word(found)))
            }
        }
    }

    fn job(&self, name: &str) -> Result<JobStatus, String> {
        let Some(status) = self.engine.status(self.now) else {
            return Err("a configuration of the v2 form has no jobs to look at".to_owned());
        };
        status.jobs.into_iter().find(|job| job.name == name).ok_or_else(|| format!("there is no job {name}"))
    }

    fn about(&self, job: &str, wanted: &str, found: impl Fn(&JobStatus) -> String) -> Option<String> {
        match self.job(job) {
            Ok(status) => {
                let found = found(&status);
                (found != wanted)
                    .then(|| format!("{job} should be {wanted} and is {found}{}", waits(&status)))
            }
            Err(reason) => Some(reason),
        }
    }

    fn counted(
        &self,
        job: &str,
        what: &str,
        wanted: u64,
        found: impl Fn(&JobStatus) -> u64,
    ) -> Option<String> {
        match self.job(job) {
            Ok(status) => {
                let found = found(&status);
                (found != wanted).then(|| format!("{job} should have {wanted} {what} and has {found}"))
            }
            Err(reason) => Some(reason),
        }
    }

    fn waiting(&self, job: &str) -> String {
        match self.job(job) {
            Ok(status) => format!("; it is {}{}", status.state.as_str(), waits(&status)),
            Err(_) => String::new(),
        }
    }

    fn offered(&self, name: &str) -> Result<String, String> {
        let Some(service) = self.services.iter().find(|service| service.name == name) else {
            return Err(format!("there is no service {name}"));
        };
        Ok(match self.desired.get(&service.id) {
            Some(Desired::Present { status, .. }) => status.to_string(),
            Some(Desired::Absent) | None => "absent".to_owned(),
        })
    }

    /// The first of these that did not happen after those before it.
    fn missing(&self, events: &[Awaited]) -> Option<String> {
        let mut rest = self.happened.iter();
        let mut before: Option<&Awaited> = None;
        for event in events {
            if !rest.any(|happened| happened == event) {
                return Some(match before {
                    Some(before) => format!("{event} should have happened after {before} and has not"),
                    None => format!("{event} should have happened and has not"),
                });
            }
            before = Some(event);
        }
        None
    }
}

fn waits(status: &JobStatus) -> String {
    if status.waits_for.is_empty() {
        return String::new();
    }
    format!(" (waits for {})", status.waits_for.join(", "))
}
