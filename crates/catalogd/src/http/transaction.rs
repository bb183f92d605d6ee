//! `/v1/txn`: several operations on keys, all or none.

use super::decode::Object;
use super::reply::Reply;
use super::request::Request;
use super::{Answer, shapes};
use crate::catalogue::Catalogue;
use crate::store::{MOST_OPERATIONS, Operation, Refusal, Verb};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use serde_json::{Value, json};
use std::rc::Rc;

pub(super) fn transaction(catalogue: &Rc<Catalogue>, request: &Request) -> Result<Answer, Refusal> {
    let operations = operations(&request.body)?;
    let pretty = request.has("pretty");
    let done = catalogue.change(|store, now| store.transact(now, &operations));
    let reply = match done {
        Ok(results) => {
            let results: Vec<Value> = results
                .iter()
                .map(|result| json!({"KV": shapes::entry(&result.entry, result.shows_value)}))
                .collect();
            let results = if results.is_empty() { Value::Null } else { results.into() };
            Reply::json(&json!({"Results": results, "Errors": null}), pretty)
        }
        Err(errors) => {
            let errors: Vec<Value> =
                errors.iter().map(|error| json!({"OpIndex": error.position, "What": error.what})).collect();
            Reply::json(&json!({"Results": null, "Errors": errors}), pretty).with_status(StatusCode::CONFLICT)
        }
    };
    Ok(reply.into())
}

fn operations(body: &[u8]) -> Result<Vec<Operation>, Refusal> {
    let undecodable = |why: String| Refusal::bad(format!("Failed to parse body: {why}"));
    let value: Value = serde_json::from_slice(body).map_err(|error| undecodable(error.to_string()))?;
    let Value::Array(values) = value else {
        return Err(undecodable("not a list of operations".to_owned()));
    };
    if values.len() > MOST_OPERATIONS {
        let count = values.len();
        return Err(Refusal {
            status: 413,
            text: format!("Transaction contains too many operations ({count} > {MOST_OPERATIONS})"),
        });
    }
    values.into_iter().map(operation).collect()
}

fn operation(value: Value) -> Result<Operation, Refusal> {
    let mut object = Object::of(value, "")?;
    let Some(mut kv) = object.object("KV")? else {
        return Err(Refusal::bad("only operations on keys (\"KV\") are supported in a transaction"));
    };
    let key = kv.text("Key")?;
    let value = STANDARD.decode(kv.text("Value")?).map_err(|error| {
        Refusal::bad(format!("Failed to parse body: the value of {key:?} is no base64: {error}"))
    })?;
    let operation = Operation {
        verb: Verb::of(&kv.text("Verb")?),
        key,
        value,
        flags: kv.number("Flags")?.unwrap_or_default(),
        index: kv.number("Index")?.unwrap_or_default(),
        session: kv.text("Session")?,
    };
    kv.ignore(&["Namespace", "Partition"]);
    kv.finish()?;
    object.finish()?;
    Ok(operation)
}
