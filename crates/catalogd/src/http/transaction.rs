//! `/v1/txn`: several operations on keys, all or none.

use super::decode::{Object, first_value, undecodable, wrong};
use super::reply::Reply;
use super::request::Request;
use super::{Answer, shapes};
use crate::catalogue::Catalogue;
use crate::store::{MOST_OPERATIONS, Operation, Refusal, Verb};
use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine as _};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::rc::Rc;

pub(super) fn transaction(catalogue: &Rc<Catalogue>, request: &Request) -> Result<Answer, Refusal> {
    let operations = operations(&request.body).map_err(|refusal| Refusal {
        text: refusal.text.replacen("Request decode failed: ", "Failed to parse body: ", 1),
        ..refusal
    })?;
    let done = catalogue.change(|store, now| store.transact(now, &operations));
    let status = if done.is_ok() { StatusCode::OK } else { StatusCode::CONFLICT };
    let mut shape = match done {
        Ok(results) => {
            let results: Vec<Value> = results
                .iter()
                .map(|result| json!({"KV": shapes::entry(&result.entry, result.shows_value)}))
                .collect();
            json!({"Results": results, "Errors": null})
        }
        Err(errors) => {
            let errors: Vec<Value> =
                errors.iter().map(|error| json!({"OpIndex": error.position, "What": error.what})).collect();
            json!({"Results": null, "Errors": errors})
        }
    };
    // One that only reads says how fresh it is, but is at no index.
    let only_reads = operations.iter().all(|operation| operation.verb.only_reads());
    if only_reads && let Some(fields) = shape.as_object_mut() {
        fields.extend([
            ("Index".to_owned(), 0.into()),
            ("LastContact".to_owned(), 0.into()),
            ("KnownLeader".to_owned(), true.into()),
            ("ConsistencyLevel".to_owned(), "".into()),
        ]);
    }
    let reply = Reply::json(&shape, request.has("pretty")).with_status(status);
    Ok(match only_reads {
        true => reply.with("x-consul-knownleader", "true").with("x-consul-lastcontact", "0"),
        false => reply,
    }
    .into())
}

fn operations(body: &[u8]) -> Result<Vec<Operation>, Refusal> {
    let value = first_value(body).map_err(|why| undecodable(&why))?;
    let Value::Array(values) = value else {
        return Err(wrong("", "api.TxnOps", &value));
    };
    if values.len() > MOST_OPERATIONS {
        let count = values.len();
        return Err(Refusal {
            status: 413,
            text: format!("Transaction contains too many operations ({count} > {MOST_OPERATIONS})"),
        });
    }
    values.into_iter().filter_map(|value| operation(value).transpose()).collect()
}

/// An operation; none where nothing is said.
fn operation(value: Value) -> Result<Option<Operation>, Refusal> {
    let mut object = Object::of(value, "")?;
    let Some(mut kv) = object.object("KV")? else {
        if ["Node", "Service", "Check"].iter().any(|what| object.has(what)) {
            return Err(Refusal::bad("only operations on keys (\"KV\") are supported in a transaction"));
        }
        return object.finish().map(|()| None);
    };
    let key = kv.text("Key")?;
    let value = STANDARD.decode(kv.text("Value")?).map_err(|error| match error {
        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => {
            undecodable(&format!("illegal base64 data at input byte {at}"))
        }
        error => undecodable(&error.to_string()),
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
    Ok(Some(operation))
}
