//! What a process says of itself, by whatever means it was given.

use gyropilot_engine::{Input, ProcessId};
use gyropilot_kernel::{NotifySocket, ReadyPipe, SpawnSpec, listening, user_of};
use gyropilot_model::{Notice, Readiness, ReadyBy};
use regex::Regex;
use std::ffi::OsString;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// A means by which one process speaks, before there is the process.
pub(super) enum Ear {
    Socket(NotifySocket),
    Pipe(ReadyPipe),
    Port(u16),
    /// Heard by whoever follows its output.
    Lines(Regex),
}

/// Listens to one process until it is dropped.
pub(super) struct Listening(AbortHandle);

// === impl Ear ===

impl Ear {
    /// Opens what is needed, and gives the process its end of it.
    ///
    /// # Errors
    /// In words, when it cannot be opened.
    pub(super) fn open(ready: &Readiness, spec: &mut SpawnSpec) -> Result<Option<Self>, String> {
        let told = |error: std::io::Error| format!("it cannot be heard: {error}");
        let mut export = |name: &str, value: String| {
            spec.env.insert(OsString::from(name), OsString::from(value));
        };
        Ok(Some(match &ready.by {
            ReadyBy::Notify => {
                let user = user_of(&spec.surroundings).map_err(|error| error.to_string())?;
                let socket = NotifySocket::open(user).map_err(told)?;
                export("NOTIFY_SOCKET", socket.name().to_owned());
                if let Some(period) = ready.watchdog {
                    export("WATCHDOG_USEC", period.as_micros().to_string());
                }
                Self::Socket(socket)
            }
            ReadyBy::Descriptor(number) => {
                let (pipe, end) = ReadyPipe::open().map_err(told)?;
                spec.descriptors.push((*number, Arc::new(end)));
                Self::Pipe(pipe)
            }
            ReadyBy::Port(port) => Self::Port(*port),
            ReadyBy::Log(pattern) => Self::Lines(Regex::new(pattern).map_err(|error| error.to_string())?),
            // Asked by the engine.
            ReadyBy::Probe(_) => return Ok(None),
        }))
    }

    /// Listens from now on. What is heard in the output is left to who reads that.
    pub(super) fn listen(
        self,
        process: ProcessId,
        inputs: mpsc::UnboundedSender<Input>,
    ) -> Result<Listening, Regex> {
        let say = move |notice| inputs.send(Input::Noticed { process, notice }).is_ok();
        let task = match self {
            Self::Lines(pattern) => return Err(pattern),
            Self::Socket(mut socket) => {
                tokio::task::spawn_local(async move { while say(socket.next().await) {} }).abort_handle()
            }
            Self::Pipe(mut pipe) => tokio::task::spawn_local(async move {
                if pipe.ready().await {
                    say(Notice::Ready);
                }
            })
            .abort_handle(),
            Self::Port(port) => tokio::task::spawn_local(async move {
                listening(port).await;
                say(Notice::Ready);
            })
            .abort_handle(),
        };
        Ok(Listening(task))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}
