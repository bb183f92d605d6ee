//! What a process is there for.

/// What a process that the pilot starts is there for.
///
/// Also its name in logs, metrics and the environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `preStart`.
    PreStart,
    /// The application itself.
    App,
    /// `preStop`.
    PreStop,
    /// `postStop`.
    PostStop,
    /// A check of a service's health.
    Health {
        /// [`Service::name`](crate::Service::name).
        service: String,
        /// [`Service::id`](crate::Service::id).
        id: String,
    },
    /// `onChange` of a backend.
    OnChange {
        /// [`Backend::name`](crate::Backend::name).
        backend: String,
    },
    /// A task.
    Task {
        /// [`Task::name`](crate::Task::name).
        name: String,
    },
    /// A coprocess.
    Coprocess {
        /// [`Coprocess::name`](crate::Coprocess::name).
        name: String,
    },
    /// A sensor.
    Sensor {
        /// [`Sensor::metric`](crate::Sensor::metric).
        metric: String,
    },
    /// A run of a job.
    Job {
        /// [`Job::name`](crate::Job::name).
        name: String,
    },
    /// A check of a job's health.
    Check {
        /// [`Job::name`](crate::Job::name).
        job: String,
    },
}

// === impl Role ===

impl Role {
    /// The word for the kind of process, the same in every log format and metric.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PreStart => "preStart",
            Self::App => "app",
            Self::PreStop => "preStop",
            Self::PostStop => "postStop",
            Self::Health { .. } => "health",
            Self::OnChange { .. } => "onChange",
            Self::Task { .. } => "task",
            Self::Coprocess { .. } => "coprocess",
            Self::Sensor { .. } => "sensor",
            Self::Job { .. } => "job",
            Self::Check { .. } => "check",
        }
    }

    /// Which one of its kind, where there can be several.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::PreStart | Self::App | Self::PreStop | Self::PostStop => None,
            Self::Health { service: name, .. }
            | Self::OnChange { backend: name }
            | Self::Task { name }
            | Self::Coprocess { name }
            | Self::Sensor { metric: name }
            | Self::Job { name }
            | Self::Check { job: name } => Some(name),
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{}[{name}]", self.kind()),
            None => f.write_str(self.kind()),
        }
    }
}
