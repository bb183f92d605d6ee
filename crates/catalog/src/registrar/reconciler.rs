//! The loop behind a registrar: compare, do the next thing, compare again.

use super::difference::{difference, difference_of_extras, has_extras, same_address, without_extras};
use super::{Seen, Wish};
use crate::backoff::Backoff;
use crate::spell::Spell;
use crate::{Catalog, Error, Events, Read, ServiceQuery};
use gyropilot_model::{Desired, Event, Service, Status};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest time between two attempts, unless a third of the TTL is shorter.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// The longest an attempt may take while somebody waits.
const HURRIED: Duration = Duration::from_secs(1);

/// The longest time between two attempts while somebody waits.
const HURRIED_PAUSE: Duration = Duration::from_millis(250);

/// The longest an attempt may take otherwise; Consul itself looks for a lost
/// leader for 7 s.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(10);

/// No TTL is so short that this would not do.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(100);

/// How often the registration is read back although nothing looks amiss.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The shortest time between the last word with the catalogue and a look that
/// a lost connection asks for. Doubles, up to a third of the TTL, each time the look
/// finds all well: something between us closes connections.
const CALM: Duration = Duration::from_secs(1);

/// How many times in a row the catalogue may deny what it has just registered
/// before that counts as a failure.
const DENIALS: u32 = 1;

/// The next thing to do.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Register,
    Tell,
    /// Take away the check that another generation left on the service.
    Tidy,
    Look,
    Withdraw,
    /// Nothing, until then at the most.
    Rest(Option<Instant>),
}

pub(super) struct Reconciler {
    catalog: Rc<dyn Catalog>,
    events: Events,
    ttl: Duration,

    /// What was registered, unless the catalogue is known not to have it.
    registered: Option<Rc<Service>>,
    /// May the catalogue have something of ours? A registration that was never
    /// answered may have been done all the same.
    owed: bool,
    /// Why it must be registered once more; nothing when it never was.
    again: Option<String>,
    /// The last status the catalogue took, and when that was sent.
    told: Option<(Status, Instant)>,
    /// When to read the registration back.
    look: Option<Instant>,
    /// When the catalogue last answered.
    contact: Instant,
    calm: Duration,
    denials: u32,
    /// The check beside which no older one of the service's is left.
    tidied: Option<String>,
    /// Does the catalogue lack what old ones do not know, such as metadata?
    reduced: bool,
    /// Was that not there when it was last looked for?
    missed: bool,

    backoff: Backoff,
    spell: Spell,
}

// === impl Reconciler ===

impl Reconciler {
    pub(super) fn new(catalog: Rc<dyn Catalog>, service: &Service, events: Events) -> Self {
        let mut this = Self {
            catalog,
            ttl: Duration::ZERO,
            registered: None,
            owed: false,
            again: None,
            told: None,
            look: None,
            contact: Instant::now(),
            calm: CALM,
            denials: 0,
            tidied: None,
            reduced: false,
            missed: false,
            backoff: Backoff::new(LONGEST_BACKOFF),
            spell: Spell::new(format!("registration of {}", service.id), events.clone()),
            events,
        };
        this.adopt(service);
        this
    }

    pub(super) async fn run(mut self, mut wishes: watch::Receiver<Wish>, seen: watch::Sender<Seen>) {
        let mut losses = self.catalog.losses();
        loop {
            let wish = wishes.borrow_and_update().clone();
            self.adopt(&wish.service);
            let step = self.decide(&wish, Instant::now());
            if let Step::Rest(until) = step {
                seen.send_modify(|seen| *seen = Seen { version: wish.version, trouble: None });
                tokio::select! {
                    changed = wishes.changed() => if changed.is_err() { return },
                    Ok(()) = losses.changed() => self.lost_sight(),
                    () = rest(until) => {}
                }
                continue;
            }
            let result = tokio::select! {
                result = self.act(&step, &wish) => result,
                () = hurry(wishes.clone()) => Err(Error::Timeout(HURRIED)),
            };
            match result {
                Ok(()) => {
                    // Losses up to here are answered for by this answer.
                    losses.mark_unchanged();
                    self.contact = Instant::now();
                    if self.denials <= DENIALS {
                        if self.spell.lasts() && step != Step::Look && self.registered.is_some() {
                            self.look = Some(self.contact);
                        }
                        self.backoff.reset();
                        self.spell.worked();
                    }
                }
                Err(error) => {
                    seen.send_modify(|seen| seen.trouble = Some(error.to_string()));
                    self.spell.failed(&error);
                    // Whoever begins to wait now gets an attempt at once.
                    let delay = self.backoff.delay();
                    let delay = if is_awaited(&wish) { delay.min(HURRIED_PAUSE) } else { delay };
                    tokio::select! {
                        () = tokio::time::sleep(delay) => {}
                        Ok(_) = wishes.wait_for(|now| now.calls != wish.calls) => self.backoff.reset(),
                    }
                }
            }
        }
    }

    /// Takes up the times of a changed definition.
    fn adopt(&mut self, service: &Service) {
        if self.ttl != service.ttl {
            self.ttl = service.ttl;
            self.backoff = Backoff::new(LONGEST_BACKOFF.min(self.heartbeat()));
        }
    }

    /// The longest time between two words to the catalogue.
    fn heartbeat(&self) -> Duration {
        (self.ttl / 3).max(SHORTEST_HEARTBEAT)
    }

    /// The longest an attempt may take when nobody waits: after one that hangs
    /// there is time for another within the TTL.
    fn patience(&self) -> Duration {
        (self.ttl / 2).clamp(HURRIED, LONGEST_ATTEMPT)
    }

    fn decide(&self, wish: &Wish, now: Instant) -> Step {
        let Desired::Present { status, .. } = &wish.desired else {
            return if self.owed { Step::Withdraw } else { Step::Rest(None) };
        };
        if wish.silent_failures && *status > Status::Warning {
            return Step::Rest(None);
        }
        if self.registered.as_deref() != Some(&*wish.service) {
            return Step::Register;
        }
        let heartbeat = match self.told {
            Some((told, at)) if told == *status => at + self.heartbeat(),
            _ => return Step::Tell,
        };
        // Version 2 of ContainerPilot named the check as the service. It fails
        // when nobody feeds it any more, and would fail the service with it.
        let check = &wish.service.check_id;
        if *check != wish.service.id && self.tidied.as_ref() != Some(check) {
            return Step::Tidy;
        }
        match self.look {
            Some(look) if look <= now => Step::Look,
            _ if heartbeat <= now => Step::Tell,
            look => Step::Rest(Some(look.map_or(heartbeat, |look| look.min(heartbeat)))),
        }
    }

    async fn act(&mut self, step: &Step, wish: &Wish) -> Result<(), Error> {
        let patience = self.patience();
        let action = async {
            match (step, &wish.desired) {
                (Step::Register, Desired::Present { status, .. }) => {
                    self.register(&wish.service, *status).await
                }
                (Step::Tell, Desired::Present { status, output }) => {
                    self.tell(&wish.service.check_id, *status, output).await
                }
                (Step::Tidy, _) => self.tidy(&wish.service).await,
                (Step::Look, _) => self.look(&wish.service).await,
                (Step::Withdraw, _) => self.withdraw(&wish.service).await,
                _ => Ok(()),
            }
        };
        match tokio::time::timeout(patience, action).await {
            Ok(result) => result,
            Err(_) => Err(Error::Timeout(patience)),
        }
    }

    async fn register(&mut self, service: &Rc<Service>, status: Status) -> Result<(), Error> {
        let owed = std::mem::replace(&mut self.owed, true);
        let redefined = self.registered.is_some();
        self.reduced &= !redefined;
        if let Err(error) = self.register_whole_or_reduced(service, status).await {
            // What never left us cannot have been done: with the catalogue down
            // from the start, nobody has to wait for a withdrawal.
            self.owed = owed || !matches!(error, Error::Connect { .. } | Error::Tls(_));
            return Err(error);
        }
        let again = if redefined { Some("its definition changed".to_owned()) } else { self.again.take() };
        (self.events)(Event::Registered { id: service.id.clone(), again });
        self.registered = Some(service.clone());
        // A check that was there before keeps the status it had: say it anew.
        self.told = None;
        self.look_in(LOOK_EVERY);
        Ok(())
    }

    /// Old catalogues refuse what they do not know, such as metadata: the
    /// service is worth more than that.
    async fn register_whole_or_reduced(&mut self, service: &Service, status: Status) -> Result<(), Error> {
        if self.reduced {
            return self.catalog.register(&without_extras(service), status).await;
        }
        let refused = match self.catalog.register(service, status).await {
            Err(error @ Error::Refused { status: 400..=499, .. }) if has_extras(service) => error,
            result => return result,
        };
        // If it is refused like this, too, the reason is another.
        if self.catalog.register(&without_extras(service), status).await.is_err() {
            return Err(refused);
        }
        self.reduce(service, &format!("its metadata, weights and tagged addresses: {refused}"));
        Ok(())
    }

    fn reduce(&mut self, service: &Service, reason: &str) {
        self.reduced = true;
        (self.events)(Event::RegistrationReduced { id: service.id.clone(), reason: reason.to_owned() });
    }

    async fn tidy(&mut self, service: &Service) -> Result<(), Error> {
        match self.catalog.deregister_check(&service.id).await {
            // Who may not do that has no such check either.
            Ok(()) | Err(Error::Refused { .. }) => {
                self.tidied = Some(service.check_id.clone());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn tell(&mut self, id: &str, status: Status, output: &str) -> Result<(), Error> {
        let sent = Instant::now();
        match self.catalog.update(id, status, output).await {
            Ok(()) => {
                self.told = Some((status, sent));
                self.denials = 0;
                Ok(())
            }
            Err(error) if error.is_unknown_id() => {
                self.forgotten(error.to_string());
                self.denials = self.denials.saturating_add(1);
                if self.denials > DENIALS { Err(error) } else { Ok(()) }
            }
            Err(error) => Err(error),
        }
    }

    async fn look(&mut self, service: &Service) -> Result<(), Error> {
        match self.catalog.registration(&service.id).await {
            Ok(None) => self.forgotten("the agent no longer has it".to_owned()),
            Ok(Some(record)) => {
                let lacks = difference_of_extras(service, &record).filter(|_| !self.reduced);
                if let Some(difference) = difference(service, &record) {
                    self.forgotten(difference);
                } else if let Some(what) = lacks {
                    if std::mem::replace(&mut self.missed, true) {
                        self.reduce(service, &format!("its {what}, which the agent does not keep"));
                    } else {
                        self.forgotten(format!("its {what} in the catalogue was not what it is"));
                    }
                } else {
                    self.missed = false;
                    self.calm = self.calm.saturating_mul(2).min(self.heartbeat().max(CALM));
                    self.look_in(LOOK_EVERY);
                }
            }
            Err(error) => {
                let forbidden = matches!(error, Error::Refused { status: 401 | 403, .. });
                if forbidden {
                    self.look_in(LOOK_EVERY);
                }
                // Where looking alone is not allowed the heartbeats have to do.
                if !forbidden || self.spell.lasts() {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Deregisters, and is not content before both the agent and what others
    /// read of the catalogue are without it.
    async fn withdraw(&mut self, service: &Service) -> Result<(), Error> {
        self.catalog.deregister(&service.id).await?;
        self.registered = None;
        self.told = None;
        if self.catalog.registration(&service.id).await?.is_some() {
            return Err(still("the agent", service));
        }
        let query = ServiceQuery { name: service.name.clone(), ..ServiceQuery::default() };
        match self.catalog.instances(&query, &Read::default()).await {
            Ok(answer) => {
                // Ids are unique on one agent only; another's is not ours.
                let ours = |entry: &crate::ServiceEntry| {
                    entry.service.id == service.id
                        && entry.service.port == i64::from(service.port)
                        && same_address(&entry.service.address, service.address)
                };
                if answer.value.iter().any(ours) {
                    return Err(still("the catalogue", service));
                }
            }
            // Not allowed to look: the agent's word has to do.
            Err(Error::Refused { status: 400..=499, .. }) => {}
            Err(error) => return Err(error),
        }
        self.owed = false;
        self.again = None;
        self.look = None;
        (self.events)(Event::Deregistered { id: service.id.clone() });
        Ok(())
    }

    fn forgotten(&mut self, reason: String) {
        self.registered = None;
        self.told = None;
        self.again = Some(reason);
        self.calm = CALM;
    }

    /// The connection was lost: look soon whether anything was forgotten.
    fn lost_sight(&mut self) {
        if self.registered.is_some() {
            let soon = self.contact + self.calm;
            self.look = Some(self.look.map_or(soon, |look| look.min(soon)));
        }
    }

    fn look_in(&mut self, time: Duration) {
        // A tenth more or less, so that not all look at the same moment.
        self.look = Some(Instant::now() + time.mul_f64(0.9 + fastrand::f64() / 5.0));
    }
}

fn is_awaited(wish: &Wish) -> bool {
    wish.awaited.is_some_and(|until| until > Instant::now())
}

async fn rest(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Ends [`HURRIED`] after somebody waits.
async fn hurry(mut wishes: watch::Receiver<Wish>) {
    if wishes.wait_for(is_awaited).await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(HURRIED).await;
}

fn still(who: &str, service: &Service) -> Error {
    Error::Malformed(format!("{who} still has {} after it was deregistered", service.id))
}
