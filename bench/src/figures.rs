//! All that is measured, a file a figure.

mod catalogue_rates;
mod catalogue_size;
mod change;
mod check;
mod exec;
mod herd;
mod many_checks;
mod many_idle;
mod memory;
mod operators;
mod output;
mod passing;
mod readiness;
mod rehearsal;
mod reload;
mod render;
mod requests;
mod stop;
mod storm;
mod wakeups;

use anyhow::Result;

use crate::report::Figure;
use crate::stage::Stage;

/// Measures one figure.
type Measure = fn(&Stage) -> Result<Figure>;

/// The figures by name, in the order of the document.
pub(crate) const ALL: [(&str, Measure); 20] = [
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
    ("readiness", readiness::measure),
    ("many-checks", many_checks::measure),
    ("many-idle", many_idle::measure),
    ("storm", storm::measure),
    ("operators", operators::measure),
    ("reload", reload::measure),
    ("rehearsal", rehearsal::measure),
    ("catalogue-rates", catalogue_rates::measure),
    ("herd", herd::measure),
    ("catalogue-size", catalogue_size::measure),
];
