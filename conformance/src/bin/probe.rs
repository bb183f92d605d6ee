//! The application, the check, the hook and the task of every test: does what
//! its arguments say, in their order, and tells what it saw.
//!
//! | word | does |
//! |---|---|
//! | `note=TEXT` | appends a line to `$EVENTS`: time in ns since 1970, pid, process group, TEXT |
//! | `env=NAME` | notes `NAME=value`, or `NAME is unset` |
//! | `stdin`, `fds`, `mask`, `cwd`, `subreaper` | notes where standard input leads, the open descriptors, the blocked signals, the working directory |
//! | `proc=FIELD`, `limit=NAME` | notes a line of `/proc/self/status`, or of `/proc/self/limits` (soft, hard) |
//! | `read=NAME` | notes what stands in the file that the variable NAME names |
//! | `print=TEXT`, `eprint=TEXT` | writes a line |
//! | `flood=N` | writes one line of N bytes |
//! | `ignore=NAME` | lets a signal pass unheard |
//! | `await=NAME` | waits for a signal |
//! | `until=FILE` | waits for a file |
//! | `child=WORDS` | starts another probe with these words (separated by `,`) and does not wait |
//! | `notify=A;B` | sends the lines A and B to `$NOTIFY_SOCKET`, in one datagram |
//! | `ready=FD` | writes a line end to a descriptor |
//! | `listen=PORT` | serves that port of 127.0.0.1 from then on: takes clients and says nothing |
//! | `forever` | waits to be killed |
//! | `raise=NAME` | dies by a signal |
//! | `exit=N`, `exit-from=FILE` | ends with this status; with the one in the file, 0 when there is none |
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test's application: it prints, waits, exits and starts children because it is told to"
)]

use gyropilot_conformance::wait::wait_until;
use nix::sys::signal::{SigSet, Signal, kill};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process::Command;
use std::str::FromStr as _;
use std::time::{Duration, SystemTime};

/// A probe that waits for a file does so for as long as any test runs.
const LONG: Duration = Duration::from_secs(300);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // A signal that is waited for or ignored must not find us unprepared.
    let mask_at_start = own_mask();
    for word in &words {
        if let Some(("await" | "ignore", name)) = word.split_once('=') {
            signals(name).thread_block().expect("signals can be blocked");
        }
    }
    for word in &words {
        let (verb, value) = word.split_once('=').unwrap_or((word, ""));
        match verb {
            "note" => note(value),
            "env" => match std::env::var(value) {
                Ok(content) => note(&format!("{value}={content}")),
                Err(_) => note(&format!("{value} is unset")),
            },
            "stdin" => note(&format!("stdin {}", link("/proc/self/fd/0"))),
            "cwd" => note(&format!("cwd {}", link("/proc/self/cwd"))),
            "fds" => note(&format!("fds {}", descriptors())),
            "mask" => note(&format!("mask {mask_at_start}")),
            "proc" => {
                let found = field("/proc/self/status", &format!("{value}:"), usize::MAX);
                note(&format!("{value} {found}"));
            }
            "limit" => note(&format!("{value} {}", field("/proc/self/limits", &format!("Max {value}"), 2))),
            "read" => note(&format!("{value} holds {}", named_file(value))),
            "print" => println!("{value}"),
            "eprint" => eprintln!("{value}"),
            "flood" => flood(value.parse().expect("flood takes a number of bytes")),
            "ignore" => {}
            "await" => drop(signals(value).wait().expect("signals can be waited for")),
            "until" => {
                wait_until(LONG, value, || std::fs::exists(value).ok().filter(|there| *there).map(drop));
            }
            "child" => {
                drop(Command::new("/proc/self/exe").args(value.split(',')).spawn().expect("a child starts"));
            }
            "notify" => notify(&value.replace(';', "\n")),
            "ready" => {
                std::fs::write(format!("/proc/self/fd/{value}"), "\n").expect("the descriptor is open");
            }
            "listen" => listen(value.parse().expect("listen takes a port")),
            "forever" => loop {
                std::thread::park();
            },
            "raise" => die(value),
            "exit" => std::process::exit(value.parse().expect("exit takes a status")),
            "exit-from" => {
                let status = std::fs::read_to_string(value).ok().and_then(|text| text.trim().parse().ok());
                std::process::exit(status.unwrap_or(0))
            }
            other => panic!("probe does not know {other:?}"),
        }
    }
}

fn signals(name: &str) -> SigSet {
    let mut set = SigSet::empty();
    for one in name.split('+') {
        set.add(Signal::from_str(&format!("SIG{one}")).expect("a signal's name"));
    }
    set
}

fn note(text: &str) {
    let path = std::env::var_os("EVENTS").expect("EVENTS names a file");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is past 1970").as_nanos();
    let pid = nix::unistd::getpid();
    let group = nix::unistd::getpgrp();
    let mut file =
        std::fs::File::options().append(true).create(true).open(path).expect("EVENTS can be opened");
    // One write, so that lines of many processes never mix.
    file.write_all(format!("{now} {pid} {group} {text}\n").as_bytes()).expect("EVENTS can be written");
}

/// As servers do: takes every client, and lets go of one that has left.
fn listen(port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            std::thread::spawn(move || while client.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {});
        }
    });
}

/// So many words of the line that begins with `name`.
fn field(path: &str, name: &str, words: usize) -> String {
    let text = std::fs::read_to_string(path).expect("/proc is mounted");
    let rest = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?");
    rest.split_whitespace().take(words).collect::<Vec<_>>().join(" ")
}

fn named_file(variable: &str) -> String {
    let path = std::env::var(variable).unwrap_or_default();
    std::fs::read_to_string(path).unwrap_or_else(|error| error.to_string())
}

fn notify(text: &str) {
    let path = std::env::var("NOTIFY_SOCKET").expect("NOTIFY_SOCKET names a socket");
    let address = match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    let socket = UnixDatagram::unbound().expect("a socket can be made");
    socket.send_to_addr(text.as_bytes(), &address.expect("an address")).expect("somebody listens");
}

fn link(path: &str) -> String {
    std::fs::read_link(path).map_or_else(|error| error.to_string(), |target| target.display().to_string())
}

fn descriptors() -> String {
    let folder = std::fs::read_dir("/proc/self/fd").expect("/proc is mounted");
    // The descriptor of the folder itself leads to /proc/PID/fd.
    let mut open: Vec<String> = folder
        .flatten()
        .filter(|entry| !link(&entry.path().display().to_string()).ends_with("/fd"))
        .map(|entry| entry.file_name().display().to_string())
        .collect();
    open.sort();
    open.join(",")
}

fn own_mask() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap_or("?").trim();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("?").trim();
    // Rust's own start-up ignores SIGPIPE (bit 12); what else is there was inherited.
    let ignored = u64::from_str_radix(ignored, 16).unwrap_or(u64::MAX) & !(1 << 12);
    format!("blocked {blocked} ignored {ignored:x}")
}

fn flood(bytes: usize) {
    let block = [b'x'; 65536];
    let mut out = std::io::stdout().lock();
    let mut left = bytes;
    while left > 0 {
        let part = left.min(block.len());
        out.write_all(&block[..part]).expect("the reader stays");
        left -= part;
    }
    out.write_all(b"\n").expect("the reader stays");
    out.flush().expect("the reader stays");
}

fn die(name: &str) {
    let signal = Signal::from_str(&format!("SIG{name}")).expect("a signal's name");
    // Rust ignores SIGPIPE from the start; nothing safe gives it back, a shell does.
    if signal == Signal::SIGPIPE {
        use std::os::unix::process::CommandExt as _;
        panic!("{}", Command::new("sh").args(["-c", "kill -PIPE $$"]).exec());
    }
    // Twice for SIGSEGV: the first only ends the handler that guards Rust's stacks.
    loop {
        kill(nix::unistd::getpid(), signal).expect("a process may signal itself");
    }
}
