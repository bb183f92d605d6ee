//! `gyropilot catalog kv`.

use super::document::KeyDocument;
use super::refusal::{self, Refusal};
use super::{ask, page, whole};
use crate::commands::catalog::KeyVerb;
use crate::printer;
use gyropilot_catalog::{Catalog, Read};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// The largest value that Consul takes: 512 KiB.
const LARGEST: usize = 512 << 10;

/// How keys are listed.
struct Listing {
    folders: bool,
    values: bool,
    json: bool,
}

pub(super) fn run(verb: KeyVerb, environment: &BTreeMap<String, String>) -> u8 {
    if let KeyVerb::Get { key, .. } | KeyVerb::Put { key, .. } | KeyVerb::Delete { key, .. } = &verb
        && key.trim_start_matches('/').is_empty()
    {
        printer::talk("error: a key has a name of at least one character beside a leading /");
        return refusal::USAGE;
    }
    match verb {
        KeyVerb::Get { key, json, which } => {
            ask(&which, environment, async |catalog| get(&*catalog, &key, json).await)
        }
        KeyVerb::Put { key, value, file, cas, which } => ask(&which, environment, async |catalog| {
            let value = match (value, file) {
                (None, Some(file)) => content(&file)?,
                (value, _) => value.unwrap_or_default().into_bytes(),
            };
            put(&*catalog, &key, &value, cas).await
        }),
        KeyVerb::Delete { key, recurse, which } => ask(&which, environment, async |catalog| {
            match recurse {
                true => catalog.delete_tree(&key).await?,
                false => catalog.delete(&key).await?,
            }
            Ok(0)
        }),
        KeyVerb::List { prefix, folders, values, json, which } => {
            let listing = Listing { folders, values, json };
            ask(&which, environment, async |catalog| list(&*catalog, &prefix, &listing, environment).await)
        }
    }
}

async fn get(catalog: &dyn Catalog, key: &str, json: bool) -> Result<u8, Refusal> {
    let Some(pair) = catalog.key(key, &Read::default()).await?.value else {
        let refusal = Refusal::failed(format!("there is no key {key}"));
        return Err(refusal.hint(format!("those that begin so: gyropilot catalog kv list {key}")));
    };
    if json {
        return Ok(printer::document(&KeyDocument::new(pair)));
    }
    let mut value = pair.value;
    // A file gets the value and nothing else; a person wants the prompt on a line of its own.
    if printer::is_terminal() && !value.ends_with(b"\n") {
        value.push(b'\n');
    }
    Ok(printer::data(value))
}

async fn put(catalog: &dyn Catalog, key: &str, value: &[u8], cas: Option<u64>) -> Result<u8, Refusal> {
    let Some(index) = cas else {
        catalog.put(key, value).await?;
        return Ok(0);
    };
    if catalog.compare_and_set(key, value, index).await? {
        return Ok(0);
    }
    let reason = match index {
        0 => format!("{key} was not written: it exists already"),
        _ => format!("{key} was not written: it is no longer as it was at index {index}"),
    };
    Err(Refusal::failed(reason).hint(format!("its modify_index now: gyropilot catalog kv get --json {key}")))
}

async fn list(
    catalog: &dyn Catalog,
    prefix: &str,
    listing: &Listing,
    environment: &BTreeMap<String, String>,
) -> Result<u8, Refusal> {
    if listing.values {
        let pairs = whole(catalog.tree(prefix, &Read::default()).await?);
        let keys: Vec<KeyDocument> = pairs.into_iter().map(KeyDocument::new).collect();
        return Ok(match (listing.json, keys.is_empty()) {
            (true, _) => printer::document(&keys),
            (false, true) => none(prefix),
            (false, false) => printer::data(page::keys(&keys, printer::paper(environment))),
        });
    }
    let separator = listing.folders.then_some('/');
    let keys = whole(catalog.keys(prefix, separator, &Read::default()).await?);
    Ok(match (listing.json, keys.is_empty()) {
        (true, _) => printer::document(&keys),
        (false, true) => none(prefix),
        (false, false) => printer::data(keys.iter().map(|key| format!("{key}\n")).collect::<String>()),
    })
}

/// An empty list is an answer, but a person may wonder.
fn none(prefix: &str) -> u8 {
    printer::talk(match prefix {
        "" => "there are no keys".to_owned(),
        _ => format!("no key begins with {prefix}"),
    });
    0
}

/// What is to become a value; not more of it than can.
fn content(file: &Path) -> Result<Vec<u8>, Refusal> {
    let told = |error: std::io::Error| Refusal::failed(format!("{}: {error}", file.display()));
    let mut content = Vec::new();
    let most = LARGEST as u64 + 1;
    match file.to_str() {
        Some("-") => std::io::stdin().lock().take(most).read_to_end(&mut content).map_err(told)?,
        _ => std::fs::File::open(file).map_err(told)?.take(most).read_to_end(&mut content).map_err(told)?,
    };
    if content.len() > LARGEST {
        return Err(Refusal::failed(format!("{}: longer than 512 KiB, the longest value", file.display())));
    }
    Ok(content)
}
