//! A constant rate of requests, whatever becomes of the ones before.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::request::{self, Fate, Kept, Outcome, Question};

/// What visitors do, in turns: they look more often than they buy.
const QUESTIONS: [Question; 10] = [
    get("/sales/itself"),
    get("/customers/itself"),
    post("/sales/orders"),
    get("/sales/itself"),
    get("/customers/itself"),
    get("/sales/"),
    get("/customers/itself"),
    post("/customers/customers"),
    get("/sales/itself"),
    get("/customers/itself"),
];
/// Less than this share of the rate is no load that proves anything.
const KEPT_UP: f64 = 0.98;
/// A request that was sent later than this after its time was not sent in time.
const LATE: Duration = Duration::from_millis(250);

/// How it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Requests a second.
    pub(crate) rate: u32,
    /// Connections are kept and used again.
    pub(crate) keep_alive: bool,
}

/// A load under way.
pub(crate) struct Running {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<Result<Record>>,
}

/// Every request of a load.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) outcomes: Vec<Outcome>,
    /// GETs on a kept connection that was closed before a byte of an answer came, and
    /// that were asked again on a new one, as RFC 9112, 9.3.1 has it.
    pub(crate) retried: usize,
    /// POSTs of which the same is so. They are not asked again: nobody but a person may do that.
    pub(crate) closed: usize,
    /// Why it proves nothing: the client itself did not keep up.
    pub(crate) lag: Option<String>,
}

/// Connections that are idle, and what has become of requests.
#[derive(Default)]
struct Desk {
    idle: Vec<(SocketAddr, Kept)>,
    record: Record,
}

const fn get(path: &'static str) -> Question {
    Question { method: "GET", path }
}

const fn post(path: &'static str) -> Question {
    Question { method: "POST", path }
}

// === impl Load ===

impl Load {
    /// Begins, against whoever of `targets` is there at the time, in turns.
    pub(crate) fn start(self, targets: watch::Receiver<Vec<SocketAddr>>) -> Running {
        let (stop, stopped) = watch::channel(false);
        Running { stop, task: tokio::task::spawn_local(self.run(targets, stopped)) }
    }

    async fn run(
        self,
        targets: watch::Receiver<Vec<SocketAddr>>,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<Record> {
        let desk = Rc::new(RefCell::new(Desk::default()));
        let mut requests = JoinSet::new();
        let mut ticks = interval(Duration::from_secs(1) / self.rate);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (began, mut count, mut late) = (Instant::now(), 0_usize, 0_usize);
        loop {
            let due = tokio::select! {
                due = ticks.tick() => due,
                _ = stopped.changed() => break,
            };
            late += usize::from(due.elapsed() > LATE);
            let question = QUESTIONS[count % QUESTIONS.len()];
            let target = {
                let targets = targets.borrow();
                if targets.is_empty() {
                    bail!("there is no nginx to send to");
                }
                targets[count % targets.len()]
            };
            count += 1;
            requests.spawn_local(one(target, question, self.keep_alive, Rc::clone(&desk)));
            while requests.try_join_next().is_some() {}
        }
        let seconds = began.elapsed().as_secs_f64();
        while requests.join_next().await.is_some() {}
        let wanted = seconds * f64::from(self.rate);
        let mut record = std::mem::take(&mut desk.borrow_mut().record);
        if (count as f64) < wanted * KEPT_UP || late as f64 > wanted * (1.0 - KEPT_UP) {
            record.lag = Some(format!(
                "the client did not keep up: {count} of {wanted:.0} requests, {late} of them late"
            ));
        }
        Ok(record)
    }
}

async fn one(target: SocketAddr, question: Question, keep: bool, desk: Rc<RefCell<Desk>>) {
    let sent = Instant::now();
    let kept = if keep { desk.borrow_mut().idle_to(target) } else { None };
    let reused = kept.is_some();
    let mut attempt = request::ask(target, question, kept, keep).await;
    if reused && attempt.unanswered && matches!(attempt.fate, Fate::Cut(_)) {
        if question.method == "POST" {
            desk.borrow_mut().record.closed += 1;
            return;
        }
        attempt = request::ask(target, question, None, keep).await;
        desk.borrow_mut().record.retried += 1;
    }
    let mut desk = desk.borrow_mut();
    if let Some(kept) = attempt.kept {
        desk.idle.push((target, kept));
    }
    desk.record.outcomes.push(Outcome { question, sent, done: Instant::now(), fate: attempt.fate });
}

// === impl Desk ===

impl Desk {
    /// A connection that is open as far as is known; the one that was used last.
    fn idle_to(&mut self, target: SocketAddr) -> Option<Kept> {
        self.idle.retain(|(_, kept)| !kept.is_closed());
        let at = self.idle.iter().rposition(|(to, kept)| *to == target && kept.is_ready())?;
        Some(self.idle.remove(at).1)
    }
}

// === impl Running ===

impl Running {
    /// Sends nothing more, and waits for the last answers.
    pub(crate) async fn stop(self) -> Result<Record> {
        let _ = self.stop.send(true);
        self.task.await?
    }
}

// === impl Record ===

impl Record {
    pub(crate) fn failed(&self) -> Vec<&Outcome> {
        self.outcomes.iter().filter(|outcome| !outcome.fate.is_good()).collect()
    }

    /// From sending to the end of the answer, in ms, by nearest rank; of those sent in this time.
    pub(crate) fn latency(&self, percent: f64, from: Instant, to: Instant) -> f64 {
        let within = self.outcomes.iter().filter(|outcome| outcome.sent >= from && outcome.sent < to);
        let mut taken: Vec<Duration> = within.map(|outcome| outcome.done - outcome.sent).collect();
        taken.sort_unstable();
        let rank = (percent / 100.0 * taken.len() as f64).ceil() as usize;
        taken.get(rank.saturating_sub(1)).map_or(f64::NAN, |taken| taken.as_secs_f64() * 1000.0)
    }

    /// When an instance had its first and its last request, by when they were sent; the answer to the
    /// first besides.
    pub(crate) fn served_by(&self, instance: &str) -> Option<Service> {
        let mut its = self.outcomes.iter().filter(|outcome| match &outcome.fate {
            Fate::Served(by) => by.split('/').next() == Some(instance),
            _ => false,
        });
        let first = its.next()?;
        let all = std::iter::once(first).chain(its);
        let (mut answered, mut last) = (first.done, first.sent);
        for outcome in all {
            answered = answered.min(outcome.done);
            last = last.max(outcome.sent);
        }
        Some(Service { answered, last })
    }
}

/// What one instance has served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// When its first answer was there.
    pub(crate) answered: Instant,
    /// When the last request that it served was sent.
    pub(crate) last: Instant,
}
