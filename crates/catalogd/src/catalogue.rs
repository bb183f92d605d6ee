//! The catalogue at work: the store with a clock, and those who wait for it.

use crate::access::Access;
use crate::data::Data;
use crate::http::{Doorkeeper, Reply};
use crate::store::{Mark, Store};
use crate::waiters::Waiters;
use gyropilot_model::Time;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// After those who wait were told of a change, changes are gathered for this long
/// before they are told again: a burst is one change to them, a single one is told at once.
const GATHER: Duration = Duration::from_millis(10);
/// How many bytes of answers are kept for others who ask the same.
const ANSWERS: usize = 32 << 20;

/// What the parts of the server share.
#[derive(Debug)]
pub(crate) struct Catalogue {
    store: RefCell<Store>,
    /// None when everything is forgotten at the end.
    pub(crate) data: Option<Data>,
    pub(crate) waiters: Rc<Waiters>,
    pub(crate) access: Access,
    pub(crate) doorkeeper: Rc<Doorkeeper>,
    answers: RefCell<Answers>,
    started: Instant,
    /// For when the clock is set, and the moment that it is set for.
    armed: Cell<Option<Time>>,
    rearm: Notify,
}

/// Answers that others may want as well.
#[derive(Debug, Default)]
struct Answers {
    by_question: BTreeMap<String, (Mark, Rc<Reply>)>,
    bytes: usize,
}

// === impl Catalogue ===

impl Catalogue {
    pub(crate) fn new(mut store: Store, data: Option<Data>, access: Access, started: Instant) -> Rc<Self> {
        if let Some(data) = &data {
            data.keep(&mut store);
        }
        Rc::new(Self {
            store: RefCell::new(store),
            data,
            waiters: Rc::default(),
            access,
            doorkeeper: Rc::default(),
            answers: RefCell::default(),
            started,
            armed: Cell::new(None),
            rearm: Notify::new(),
        })
    }

    /// Now, since the catalogue started.
    pub(crate) fn now(&self) -> Time {
        Time::from_start(self.started.elapsed())
    }

    /// Reads.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Store) -> T) -> T {
        read(&self.store.borrow())
    }

    /// Changes something; those who wait for it are told.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Store, Time) -> T) -> T {
        let mut store = self.store.borrow_mut();
        let done = change(&mut store, self.now());
        if let Some(data) = &self.data {
            data.keep(&mut store);
        }
        self.waiters.changed(store.take_touched());
        if let Some(due) = store.deadline()
            && self.armed.get().is_none_or(|armed| due < armed)
        {
            self.rearm.notify_one();
        }
        done
    }

    /// An answer that was made for another and is still true.
    pub(crate) fn answered(&self, question: &str, mark: Mark) -> Option<Rc<Reply>> {
        let answers = self.answers.borrow();
        let (made, reply) = answers.by_question.get(question)?;
        (made.revision == mark.revision && made.index == mark.index).then(|| Rc::clone(reply))
    }

    /// Keeps an answer for others.
    pub(crate) fn keep_answer(&self, question: String, mark: Mark, reply: &Rc<Reply>) {
        let mut answers = self.answers.borrow_mut();
        if answers.bytes > ANSWERS {
            *answers = Answers::default();
        }
        answers.bytes += reply.weight() + question.len();
        if let Some((_, old)) = answers.by_question.insert(question, (mark, Rc::clone(reply))) {
            answers.bytes = answers.bytes.saturating_sub(old.weight());
        }
    }

    /// Does what is due when it is due, for ever.
    pub(crate) async fn keep_time(self: Rc<Self>) {
        loop {
            let due = self.read(Store::deadline);
            self.armed.set(due);
            let far = self.now() + Duration::from_secs(3600);
            tokio::select! {
                () = tokio::time::sleep_until(self.started + due.unwrap_or(far).since_start()) => {}
                () = self.rearm.notified() => continue,
            }
            self.change(Store::tick);
        }
    }

    /// Tells those who wait, for ever.
    pub(crate) async fn tell_of_changes(self: Rc<Self>) {
        loop {
            self.waiters.something_changed().await;
            self.waiters.tell();
            tokio::time::sleep(GATHER).await;
        }
    }
}
