//! All that is measured, a file a figure.

mod change;
mod check;
mod exec;
mod memory;
mod output;
mod passing;
mod rehearsal;
mod render;
mod requests;
mod stop;
mod wakeups;

use anyhow::Result;

use crate::report::Figure;
use crate::stage::Stage;

/// Measures one figure.
type Measure = fn(&Stage) -> Result<Figure>;

/// The figures by name, in the order of the document.
pub(crate) const ALL: [(&str, Measure); 11] = [
    ("exec", exec::measure),
    ("memory", memory::measure),
    ("wakeups", wakeups::measure),
    ("change", change::measure),
    ("passing", passing::measure),
    ("stop", stop::measure),
    ("check", check::measure),
    ("requests", requests::measure),
    ("render", render::measure),
    ("output", output::measure),
    ("rehearsal", rehearsal::measure),
];
