//! What operators ask over the control socket.

use super::Pilot;
use gyropilot_control::{Asked, ControlServer, Desk, EventLog, Refusal, Reply, Request, Terms};
use gyropilot_engine::{Input, graph};
use gyropilot_kernel::Kernel;
use gyropilot_model::{Control, Event, OrderId, Plan};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How many requests wait for the loop before those who ask have to.
const WAITING: usize = 64;

/// How long the answer to a reload may take to be read at a socket that the reload moved.
const MOVING: Duration = Duration::from_millis(500);

/// Who is heard, and who waits for an answer.
pub(super) struct Operators {
    desk: Desk,
    /// Takes requests; none for a plan without a socket.
    server: Option<ControlServer>,
    /// What a reload took out of use, and through which it may have to be answered.
    retired: Option<ControlServer>,
    waiting: BTreeMap<OrderId, Reply<Result<String, Refusal>>>,
    last: u64,
}

/// The socket that a plan to come wants.
pub(super) enum Socket {
    /// Where it is, for those it names.
    Stays(Terms),
    /// Elsewhere, or nowhere.
    Moves(Option<ControlServer>),
    /// Nowhere, though the plan wants one; with the reason.
    Missing(String),
}

// === impl Operators ===

impl Operators {
    /// Nobody is heard yet; what was asked comes out of the channel.
    pub(super) fn new(
        events: EventLog,
        answered: impl Fn(&'static str, u16) + 'static,
    ) -> (Self, mpsc::Receiver<Asked>) {
        let (requests, asked) = mpsc::channel(WAITING);
        let desk = Desk { requests, events, answered: Rc::new(answered) };
        (Self { desk, server: None, retired: None, waiting: BTreeMap::new(), last: 0 }, asked)
    }

    /// Binds the socket that `plan` wants, if it is not bound already. Changes nothing else.
    ///
    /// Where nobody asked for it, at the default path, the pilot does without when the system does
    /// not let it: it has to work as any user, and where nothing can be written.
    ///
    /// # Errors
    /// When it cannot be bound, or names a user that there is not.
    pub(super) async fn prepare(&self, plan: &Plan) -> Result<Socket, String> {
        let Some(control) = control(plan) else { return Ok(Socket::Moves(None)) };
        if let Some(server) = self.server.as_ref().filter(|server| server.is_at(control)) {
            return server.terms(control).map(Socket::Stays).map_err(|error| error.to_string());
        }
        match ControlServer::bind(control, self.desk.clone()).await {
            Ok(server) => Ok(Socket::Moves(Some(server))),
            Err(error) if error.is_of_the_system() && control.is_at_default() => {
                Ok(Socket::Missing(format!("{error}; nobody can ask this pilot, see `control.socket`")))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// Goes over to what was prepared, and gives what is to be said about it.
    pub(super) fn go_over(&mut self, socket: Socket) -> Option<Event> {
        let (server, message) = match socket {
            Socket::Stays(terms) => {
                let followed = self.server.as_ref()?.follow(terms);
                return followed.err().map(|error| Event::ConfigWarning { message: error.to_string() });
            }
            Socket::Moves(server) => (server, None),
            Socket::Missing(message) => (None, Some(message)),
        };
        self.retired = std::mem::replace(&mut self.server, server);
        if self.waiting.is_empty() {
            self.retired = None;
        }
        message.map(|message| Event::ConfigWarning { message })
    }

    /// Lets the last answers go out, and removes the socket.
    pub(super) async fn close(&mut self) {
        self.waiting.clear();
        if let Some(server) = self.server.take() {
            server.close().await;
        }
    }

    fn note(&mut self, reply: Reply<Result<String, Refusal>>) -> OrderId {
        self.last += 1;
        let id = OrderId(self.last);
        self.waiting.insert(id, reply);
        id
    }

    /// Tells whoever gave the order what came of it.
    pub(super) fn answer(&mut self, order: OrderId, answer: Result<String, String>) {
        if let Some(reply) = self.waiting.remove(&order) {
            reply.give(answer.map_err(Refusal::Refused));
        }
        if let Some(server) = self.retired.take() {
            tokio::task::spawn_local(async move {
                tokio::time::sleep(MOVING).await;
                drop(server);
            });
        }
    }
}

// === impl Pilot: operators ===

impl Pilot {
    /// Answers a question at once; an order becomes an input, and is answered
    /// when the engine says so.
    pub(super) fn asked(&mut self, asked: Asked) -> Option<Input> {
        let Asked { uid, request } = asked;
        let words = request.to_string();
        match request {
            Request::Environ(variables, reply) => {
                self.reporter.say(&Event::Ordered { order: words, uid });
                for (name, value) in variables {
                    match value {
                        Some(value) => drop(self.environment.insert(name, value)),
                        None => drop(self.environment.remove(&name)),
                    }
                }
                reply.give(());
            }
            Request::Metric(values, reply) => {
                values.iter().for_each(|(name, value)| self.reporter.post(name, value));
                reply.give(());
            }
            Request::Order(order, reply) => {
                self.reporter.say(&Event::Ordered { order: words, uid });
                if let Some(job) = order.job().filter(|job| !self.has_job(job)) {
                    reply.give(Err(Refusal::NoSuchJob(job.to_owned())));
                    return None;
                }
                let id = self.operators.note(reply);
                return Some(Input::Ordered { id, order });
            }
            Request::Status(reply) => {
                // A plan of hooks has no socket to ask on.
                if let Some(standing) = self.glance() {
                    reply.give(standing.status);
                }
            }
            Request::Why(job, reply) => reply.give(self.engine.why(self.kernel.now(), &job)),
            Request::Graph(reply) => reply.give(graph(self.engine.plan())),
            Request::Plan(reply) => reply.give(self.reporter.written(self.engine.plan()).ok()),
        }
        None
    }

    fn has_job(&self, name: &str) -> bool {
        self.engine.plan().jobs().is_some_and(|jobs| jobs.jobs.iter().any(|job| job.name == name))
    }
}

fn control(plan: &Plan) -> Option<&Control> {
    plan.jobs().map(|jobs| &jobs.control)
}
