//! System calls: spawning, reaping, signals, interfaces, clocks, output that never blocks.
//!
//! What the loop asks of the operating system goes through the [`Kernel`] trait,
//! which has two forms: [`Linux`], and [`Simulated`] with virtual time, scripted
//! programs and a record of every call. What the operating system tells the loop
//! comes from sources that wait without polling: [`Reaper`] for the ends of
//! children, [`Signals`], [`LineReader`] for what children write. [`Sink`] is the
//! way out for the pilot's own output.
//!
//! The pilot is one thread. Nothing here is safe against a second thread that
//! spawns or waits for children, and nothing else in the process may do so.

mod accounts;
mod alarm;
mod change;
mod descendants;
mod host;
mod image;
mod kernel;
mod line_reader;
mod linux;
mod lookup;
mod notify;
mod pid;
mod ports;
mod privileges;
mod reaper;
mod sealed;
mod signals;
mod simulated;
mod sink;
mod spawn;
mod start;
mod usage;
mod waitable;

pub use accounts::{AccountError, AccountKind, Group, User, parse_groups, parse_users, user_of};
pub use alarm::Alarm;
pub use descendants::parse_stat;
pub use host::{addresses, hostname};
pub use kernel::{Kernel, SignalError, Target};
pub use line_reader::{Line, LineReader, PIECE};
pub use linux::Linux;
pub use notify::{NotifySocket, ReadyPipe, parse_notices};
pub use pid::Pid;
pub use ports::{connections, drained, listening};
pub use reaper::Reaper;
pub use sealed::{SealedSecrets, SecretError, sealed_memory};
pub use signals::Signals;
pub use simulated::{Call, Happening, Reaction, Script, Simulated};
pub use sink::{Sink, SinkTarget};
pub use spawn::{SpawnError, SpawnSpec, Spawned, Stderr, Stream};
pub use start::{is_pid1, start};
pub use usage::{Usage, usage};
