//! The schedulers whose files are known.

use std::time::Duration;

/// Who starts and stops containers, or on a plain machine the pilot itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// Docker Compose.
    Compose,
    /// A stack file of Docker Swarm.
    Swarm,
    /// A Deployment, or another kind with a pod template.
    Kubernetes,
    /// A job of HashiCorp Nomad.
    Nomad,
    /// An application of Marathon.
    Marathon,
    /// A unit of systemd.
    Systemd,
}

// === impl Scheduler ===

impl Scheduler {
    /// The key that says how long a container may take to stop.
    pub(crate) const fn grace_key(self) -> &'static str {
        match self {
            Self::Compose | Self::Swarm => "stop_grace_period",
            Self::Kubernetes => "terminationGracePeriodSeconds",
            Self::Nomad => "kill_timeout",
            Self::Marathon => "taskKillGracePeriodSeconds",
            Self::Systemd => "TimeoutStopSec",
        }
    }

    /// How long a container may take to stop when nothing is said: documented defaults of Docker 10 s,
    /// Kubernetes 30 s, Nomad 5 s, Mesos 3 s, systemd 90 s.
    pub(crate) const fn default_grace(self) -> Duration {
        Duration::from_secs(match self {
            Self::Compose | Self::Swarm => 10,
            Self::Kubernetes => 30,
            Self::Nomad => 5,
            Self::Marathon => 3,
            Self::Systemd => 90,
        })
    }
}
