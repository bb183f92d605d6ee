//! The status as ContainerPilot 3 told it.

use gyropilot_model::{JobHealth, PilotStatus, ServiceStatus};
use serde::Serialize;

/// How everything stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The jobs and watches.
    pub status: PilotStatus,
    /// The services that no job stands for, such as the pilot's own metrics.
    pub others: Vec<ServiceStatus>,
}

/// The body of `GET /status`, in this order of fields.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    version: &'static str,
    jobs: List<Job<'a>>,
    services: List<Service<'a>>,
    watches: List<&'a str>,
}

/// A list as Go writes it: `null` when there is nothing in it.
type List<T> = Option<Vec<T>>;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Job<'a> {
    name: &'a str,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Service<'a> {
    name: &'a str,
    address: &'a str,
    port: u16,
    status: &'static str,
}

/// The status as ContainerPilot 3 told it at `/status`: jobs with a service apart from
/// those without, and nothing of how they came to be as they are. Services without a
/// job are healthy, as the original's own was. The version is Gyropilot's own.
pub(crate) fn original_status(Standing { status, others }: &Standing) -> String {
    let offered = status.jobs.iter().filter_map(|job| Some((job.service.as_ref()?, job.health)));
    let offered = offered.chain(others.iter().map(|service| (service, JobHealth::Healthy)));
    let offered = offered.map(|(service, health)| Service {
        name: &service.name,
        address: &service.address,
        port: service.port,
        status: health.as_str(),
    });
    let others = status.jobs.iter().filter(|job| job.service.is_none());
    let body = Body {
        version: env!("CARGO_PKG_VERSION"),
        jobs: list(others.map(|job| Job { name: &job.name, status: job.health.as_str() })),
        services: list(offered),
        watches: list(status.watches.iter().map(|watch| watch.name.as_str())),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string(&body).unwrap_or_default()
}

fn list<T>(items: impl Iterator<Item = T>) -> List<T> {
    let items: Vec<T> = items.collect();
    (!items.is_empty()).then_some(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_model::{JobState, JobStatus, WatchStatus};

    fn job(name: &str, health: JobHealth, service: Option<ServiceStatus>) -> JobStatus {
        JobStatus {
            name: name.to_owned(),
            state: JobState::Running,
            health,
            since_ms: 0,
            pid: None,
            runs: 1,
            restarts: 0,
            last_exit: None,
            next_ms: None,
            waits_for: vec![],
            check: None,
            note: None,
            service,
        }
    }

    #[test]
    fn fields_and_their_order_are_the_originals() {
        let service = |name: &str, port| ServiceStatus {
            id: format!("{name}-h1"),
            name: name.to_owned(),
            address: "127.0.0.1".to_owned(),
            port,
            wanted: None,
        };
        let watch = WatchStatus {
            name: "up-a".to_owned(),
            target: String::new(),
            count: None,
            changed_ms: None,
            age_ms: None,
        };
        let status = PilotStatus {
            pid: 1,
            uptime_ms: 0,
            stopping: false,
            maintenance: false,
            jobs: vec![
                job("sick", JobHealth::Unhealthy, None),
                job("my-app", JobHealth::Healthy, Some(service("my-app", 8001))),
            ],
            watches: vec![watch],
        };
        let mut standing = Standing { status, others: vec![service("containerpilot", 9090)] };
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            original_status(&standing),
            format!("{{\"Version\":\"{version}\",")
                + r#""Jobs":[{"Name":"sick","Status":"unhealthy"}],"#
                + r#""Services":[{"Name":"my-app","Address":"127.0.0.1","Port":8001,"Status":"healthy"},"#
                + r#"{"Name":"containerpilot","Address":"127.0.0.1","Port":9090,"Status":"healthy"}],"#
                + r#""Watches":["up-a"]}"#
        );
        standing.status.jobs.clear();
        standing.status.watches.clear();
        standing.others.clear();
        assert_eq!(
            original_status(&standing),
            format!("{{\"Version\":\"{version}\",\"Jobs\":null,\"Services\":null,\"Watches\":null}}")
        );
    }
}
