//! `gyropilot catalog`: a catalogue, and a client of one for people and for scripts.

mod document;
mod follow;
mod keys;
mod news;
mod page;
mod refusal;
mod serve;

pub(crate) use serve::run as serve;

use crate::commands::catalog::{CatalogVerb, Only, Which};
use crate::printer;
use document::{InstanceDocument, ServiceDocument};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use gyropilot_catalog::consul::Consul;
use gyropilot_catalog::{Answer, Catalog, Read, ServiceQuery};
use gyropilot_model::ConsulConfig;
use refusal::Refusal;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many services are asked for at once. As many connections are kept open
/// for the next ones, and Consul takes 200 of one client.
const AT_ONCE: usize = 4;

/// Asks, says the answer, and gives the exit status: 0; or with the reason and
/// a hint on standard error 1 when the thing was not done or is not there, 2
/// when it cannot be meant, and 3 when no catalogue answers.
pub(crate) fn run(verb: CatalogVerb, environment: &BTreeMap<String, String>) -> u8 {
    match verb {
        CatalogVerb::Services { json, which } => {
            ask(&which, environment, async |catalog| services(&*catalog, json, environment).await)
        }
        CatalogVerb::Instances { name, only, json, which } => ask(&which, environment, async |catalog| {
            instances(&*catalog, query(name, only), json, environment).await
        }),
        CatalogVerb::Kv { verb } => keys::run(verb, environment),
        CatalogVerb::Watch { target } => follow::run(target, environment),
    }
}

/// Asks the catalogue that is meant.
fn ask(
    which: &Which,
    environment: &BTreeMap<String, String>,
    question: impl AsyncFnOnce(Rc<Consul>) -> Result<u8, Refusal>,
) -> u8 {
    let named = crate::consul::named(which.catalog.as_deref(), which.token_file.as_deref(), environment);
    let config = match named {
        Ok(config) => config,
        Err(report) => {
            printer::talk(report.to_string().trim_end());
            return refusal::USAGE;
        }
    };
    match answered(&config, question) {
        Ok(status) => status,
        Err(refusal) => refusal.tell(&config),
    }
}

fn answered(
    config: &ConsulConfig,
    question: impl AsyncFnOnce(Rc<Consul>) -> Result<u8, Refusal>,
) -> Result<u8, Refusal> {
    let catalog = Rc::new(Consul::new(config).map_err(|error| Refusal::usage(error.to_string()))?);
    let runtime =
        crate::runtime::build().map_err(|error| Refusal::failed(format!("cannot start: {error}")))?;
    let status = tokio::task::LocalSet::new().block_on(&runtime, question(catalog));
    runtime.shutdown_background();
    status
}

async fn services(
    catalog: &dyn Catalog,
    json: bool,
    environment: &BTreeMap<String, String>,
) -> Result<u8, Refusal> {
    let answer = whole(catalog.services(&Read::default()).await?);
    if answer.is_empty() {
        printer::talk("nothing is shown, not even the catalogue's own service: may this token see any?");
    }
    let of_one = async |(name, tags): (String, Vec<String>)| {
        let query = ServiceQuery { name, ..ServiceQuery::default() };
        let entries = catalog.instances(&query, &Read::default()).await?.value;
        Ok::<_, gyropilot_catalog::Error>(ServiceDocument::new(query.name, tags, &entries))
    };
    let services: Vec<_> = stream::iter(answer).map(of_one).buffered(AT_ONCE).try_collect().await?;
    Ok(if json {
        printer::document(&services)
    } else {
        printer::data(page::services(&services, printer::paper(environment)))
    })
}

async fn instances(
    catalog: &dyn Catalog,
    query: ServiceQuery,
    json: bool,
    environment: &BTreeMap<String, String>,
) -> Result<u8, Refusal> {
    let entries = whole(catalog.instances(&query, &Read::default()).await?);
    let instances = InstanceDocument::all(&entries);
    if json {
        printer::document(&instances);
    }
    if instances.is_empty() {
        return Err(nobody(&query));
    }
    Ok(if json { 0 } else { printer::data(page::instances(&instances, printer::paper(environment))) })
}

fn query(name: String, only: Only) -> ServiceQuery {
    ServiceQuery { name, tags: only.tags, passing: only.passing, ..ServiceQuery::default() }
}

/// What was answered, with a word of doubt when that is not all there is.
fn whole<T>(answer: Answer<T>) -> T {
    if answer.meta.filtered_by_acls {
        printer::talk("warning: the token may not see all there is");
    }
    answer.value
}

fn nobody(query: &ServiceQuery) -> Refusal {
    let kind = if query.passing { "passing instance" } else { "instance" };
    let tags = query.tags.iter().map(|tag| format!(" with the tag {tag}")).collect::<Vec<_>>().join(" and");
    let refusal = Refusal::failed(format!("there is no {kind} of {}{tags}", query.name));
    if query.passing || !query.tags.is_empty() {
        refusal.hint(format!("all of them: gyropilot catalog instances {}", query.name))
    } else {
        refusal.hint("the services that there are: gyropilot catalog services")
    }
}
