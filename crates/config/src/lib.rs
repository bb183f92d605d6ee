//! Text to [`Plan`](gyropilot_model::Plan): templates, JSON5 with positions, the ContainerPilot generations,
//! diagnostics.
//!
//! A configuration goes through four steps, each of which knows nothing of the next: a [`Source`] is read into a
//! [`Document`]; [`render`] applies the Go template that every configuration is; a reader turns JSON5 into nodes that
//! know their place; the module of a generation turns nodes into a plan. Whatever is wrong in any step becomes a
//! [`Report`] in terms of the user's own file: all findings at once, each with its line, a mark, and what to do.
//!
//! ```
//! use gyropilot_config::{Document, Host, load};
//!
//! let document = Document { name: "pilot.json".into(), text: r#"{ "consul": "{{ .CONSUL }}:8500" }"#.into() };
//! let env = [("CONSUL".to_owned(), "consul.example".to_owned())].into();
//! let loaded = load(&document, &Host { hostname: "web-1", addresses: &[], env: &env, elsewhere: false })?;
//! assert!(loaded.warnings.is_empty() && loaded.plan.services.is_empty());
//! # Ok::<(), gyropilot_config::Report>(())
//! ```

mod compat;
mod consul;
mod decode;
mod environment;
mod finding;
mod functions;
mod generation;
mod interfaces;
mod jobs;
mod json5;
mod load;
mod logging;
mod metric;
mod migrate;
mod rendered;
mod report;
mod service;
mod shape;
mod signals;
mod source;
mod stop_timeout;
mod telemetry;
mod template;
mod v2;
mod watched;

pub use decode::near_miss;
pub use environment::exported_variables;
pub use finding::{Finding, Findings, Span};
pub use jobs::control_socket;
pub use json5::{Member, Node, Value};
pub use load::{Host, Loaded, load, read_json5};
pub use migrate::{Migration, migrate};
pub use rendered::Rendered;
pub use report::{Diagnostic, Mark, Report, Severity, Style, conceal, secret_values};
pub use shape::{Form, Key, Kind, Shape, reference};
pub use source::{Document, ReadError, Source};
pub use template::{ArgumentsError, render, render_arguments};
