//! From a document to a plan.

use crate::finding::{Findings, Span};
use crate::json5::{self, Node};
use crate::rendered::Rendered;
use crate::report::{Report, report};
use crate::shape::Form;
use crate::source::Document;
use crate::{generation, jobs, template, v2};
use gyropilot_model::{Address, Plan};
use std::collections::BTreeMap;

/// What a configuration is resolved against.
#[derive(Clone, Copy, Debug)]
pub struct Host<'h> {
    /// The last part of each service's id.
    pub hostname: &'h str,
    /// Every address of every interface, in any order.
    pub addresses: &'h [Address],
    /// For templates, and for the `CONSUL_*` variables.
    pub env: &'h BTreeMap<String, String>,
    /// Is this another host than the one that will run it? Then `interfaces`
    /// that fit no address here are worth a warning only, and the plan has the
    /// unspecified address in their place.
    pub elsewhere: bool,
}

/// A configuration that can be run.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What is to be done.
    pub plan: Plan,
    /// What in it is probably not meant; empty for most.
    pub warnings: Report,
}

/// Applies templates, reads, and checks a configuration of either generation, which is told from the file itself.
///
/// Reads no file and asks no one, but for the file that holds the token of Consul.
///
/// # Errors
/// A report of everything that is wrong, warnings included.
pub fn load(document: &Document, host: &Host<'_>) -> Result<Loaded, Report> {
    let rendered = template::render(document, host.env)?;
    let json5::Reading { root, mut faults, mended, short_escapes } = json5::read(&rendered.text);
    // What follows from a text that could not be made sense of would only confuse.
    let plan = root.filter(|_| mended).and_then(|root| match generation::form(&root, &mut faults)? {
        Form::Jobs => {
            refuse_short_escapes(&rendered.text, short_escapes, &mut faults);
            jobs::plan(&root, host, &mut faults)
        }
        Form::Hooks | Form::Both => v2::plan(&root, host, &mut faults),
    });
    match plan {
        Some(plan) if !faults.has_errors() => Ok(Loaded { plan, warnings: report(&rendered, faults) }),
        _ => Err(report(&rendered, with_reason(faults))),
    }
}

/// Reads a document that is JSON5 and no template, such as a test file, and lets `make` make something of it.
///
/// # Errors
/// A report of everything that is wrong with the text, and of what `make` found.
pub fn read_json5<T>(
    document: &Document,
    make: impl FnOnce(&Node, &mut Findings) -> Option<T>,
) -> Result<T, Report> {
    let rendered = Rendered::plain(document);
    let json5::Reading { root, mut faults, mended, .. } = json5::read(&rendered.text);
    let made = root.filter(|_| mended).and_then(|root| make(&root, &mut faults));
    match made {
        Some(made) if !faults.has_errors() => Ok(made),
        _ => Err(report(&rendered, with_reason(faults))),
    }
}

/// The original did not read `\x` and two digits, which JSON5 has: a file with it was never a configuration.
fn refuse_short_escapes(text: &str, places: Vec<Span>, findings: &mut Findings) {
    for place in places {
        let digits = text.get(place.clone()).and_then(|escape| escape.strip_prefix("\\x")).unwrap_or("");
        let hint = format!("write `\\u00{digits}`");
        findings.syntax(place, "this escape is not read in a configuration").hint(hint);
    }
}

/// A plan is missing only where an error says why; should that ever not hold, the user still gets a message.
pub(crate) fn with_reason(mut findings: Findings) -> Findings {
    if !findings.has_errors() {
        findings.outside("Could not parse configuration");
    }
    findings
}
