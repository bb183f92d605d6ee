//! Memory when nothing happens.

use std::time::Duration;

use anyhow::Result;

use crate::contender::{self, Contender};
use crate::glue;
use crate::mailbox::Mailbox;
use crate::procfs::{self, Memory};
use crate::report::{Figure, Verdict, ratio};
use crate::running::Running;
use crate::sample::short;
use crate::stage::Stage;

/// Longer than one interval of the health check.
const SETTLE: Duration = Duration::from_secs(12);
const BOUND: Duration = Duration::from_secs(20);
/// The aims, in kB.
const PROPORTIONAL: u64 = 6_000;
const ANONYMOUS: u64 = 2_000;

pub(crate) fn measure(stage: &Stage) -> Result<Figure> {
    let consul = stage.consul()?;
    let mailbox = Mailbox::open(stage.folder()?.join("mail"))?;
    let application = stage.application(&mailbox.words("serve", "application"))?;
    let health = stage.role(&["pass"])?;
    for backend in ["sales", "customers"] {
        consul.set_instance(backend, &format!("{backend}-1"), true)?;
    }

    let loops = stage.folder()?;
    let path = |name: &str| loops.join(name);
    glue::registration(&path("register"), consul.port(), "glue", 10, 25, &health)?;
    glue::poll_loop(&path("sales"), consul.port(), "sales", 3, &health)?;
    glue::poll_loop(&path("customers"), consul.port(), "customers", 4, &health)?;
    let mut programs = vec![application.clone()];
    programs.extend(["register", "sales", "customers"].map(|name| vec![path(name).display().to_string()]));

    let article = contender::article(consul.port(), &health);
    let mut supervised = Contender::supervisord(stage, &programs)?;
    supervised.name = "supervisord and three shell loops";
    let contenders = [
        Contender::gyropilot(stage, "Gyropilot", &article, &application)?,
        Contender::tini(stage, &application),
        Contender::dumb_init(stage, &application),
        Contender::s6(stage, &application)?,
        supervised,
    ];
    let mut running = Vec::new();
    for contender in &contenders {
        running.push(Running::start(&mut contender.command())?);
        mailbox.receive(BOUND)?;
    }
    consul.await_passing("nginx", 1)?;
    consul.await_passing("glue", 1)?;
    std::thread::sleep(SETTLE);

    let mut measured = Vec::new();
    for (contender, running) in contenders.iter().zip(&running) {
        let (processes, memory) = procfs::memory_of(&procfs::helpers(running.id()));
        measured.push((contender.name, processes, procfs::threads(running.id())?, memory));
    }
    let row = |(name, processes, threads, memory): &(&str, usize, u64, Memory)| {
        vec![
            (*name).to_owned(),
            processes.to_string(),
            threads.to_string(),
            memory.proportional.to_string(),
            memory.anonymous.to_string(),
        ]
    };
    let of = |at: usize| measured.get(at).map_or(Memory::default(), |measured| measured.3);
    let (ours, peer) = (of(0), of(4));
    let megabytes = |kilobytes: u64| format!("{} MB", short(kilobytes as f64 / 1000.0));
    let verdict = |what, ours: u64, peer: u64, aim| Verdict {
        what,
        ours: megabytes(ours),
        peer: format!("supervisord and loops {}", megabytes(peer)),
        ratio: ratio(ours as f64, peer as f64),
        aim: megabytes(aim),
        met: Some(ours <= aim),
    };
    Ok(Figure {
        title: "Memory when idle",
        method: "One service (checked every 10 s, TTL 25 s) and two backends, 12 s after the service has become \
            healthy. Proportional set and the anonymous part of it, in kB, of the supervisor and all helpers below \
            it, without the application."
            .to_owned(),
        plots: Vec::new(),
        heads: vec!["supervisor", "processes", "threads of the first", "proportional", "anonymous"],
        rows: measured.iter().map(row).collect(),
        verdicts: vec![
            verdict("memory idle, proportional set", ours.proportional, peer.proportional, PROPORTIONAL),
            verdict("memory idle, anonymous", ours.anonymous, peer.anonymous, ANONYMOUS),
        ],
        notes: vec![
            "ContainerPilot needed 16 MB, 7 of them anonymous. tini, dumb-init and s6 do only the supervising.".to_owned(),
        ],
    })
}
