//! Lists of keys as nested maps, and maps merged.

use super::args;
use gyropilot_template::{Functions, Map, MapKey, Text, Type, Value};
use std::collections::BTreeMap;

/// How deep a key's folders may lie. A Consul key has 512 bytes at most; keys
/// from elsewhere must not exhaust the stack.
const MAX_DEPTH: usize = 512;

/// A map under construction.
#[derive(Default)]
struct Tree(BTreeMap<String, Branch>);

enum Branch {
    Leaf(Value),
    Tree(Tree),
}

pub(super) fn add(functions: &mut Functions) {
    let any_map = || Type::map(Type::String, Type::Any);
    functions.add("explode", [Type::Any], |a| {
        let mut tree = Tree::default();
        let wrong = || format!("explode: wrong argument type {}", args::value(a, 0).type_of());
        for pair in args::slice(a, 0).ok_or_else(wrong)?.items() {
            let key = args::field(pair, "Key").and_then(|key| key.as_text()).ok_or_else(wrong)?;
            let value = args::field(pair, "Value").ok_or_else(wrong)?;
            tree.insert(&key.to_str(), value).map_err(|error| format!("explode: {error}"))?;
        }
        Ok(tree.into_value())
    });
    functions.add("explodeMap", [any_map()], |a| {
        let mut tree = Tree::default();
        for (key, value) in entries(&args::value(a, 0)) {
            tree.insert(&key, value).map_err(|error| format!("explodeMap: {error}"))?;
        }
        Ok(tree.into_value())
    });
    functions.add("mergeMap", [any_map(), any_map()], |a| Ok(merged(a, false, 0)));
    functions.add("mergeMapWithOverride", [any_map(), any_map()], |a| Ok(merged(a, true, 0)));
}

// === impl Tree ===

impl Tree {
    /// Puts a value at a path with slashes. A path that ends in one is a folder.
    fn insert(&mut self, path: &str, value: Value) -> Result<(), String> {
        if path.matches('/').count() > MAX_DEPTH {
            return Err(format!("a key has more than {MAX_DEPTH} folders"));
        }
        let mut at = self;
        let mut rest = path;
        while let Some((top, below)) = rest.split_once('/') {
            match at.0.entry(top.to_owned()).or_insert_with(|| Branch::Tree(Self::default())) {
                Branch::Tree(tree) => at = tree,
                Branch::Leaf(old) => {
                    let old = old.as_text().unwrap_or_default();
                    return Err(format!("not a map: {rest:?}: {top:?} already has value {:?}", old.to_str()));
                }
            }
            rest = below;
        }
        if !rest.is_empty() {
            at.0.insert(rest.to_owned(), Branch::Leaf(value));
        }
        Ok(())
    }

    /// Recursion is bounded by [`MAX_DEPTH`].
    fn into_value(self) -> Value {
        Value::Map(Map::of_any(self.0.into_iter().map(|(key, branch)| {
            let value = match branch {
                Branch::Leaf(value) => value,
                Branch::Tree(tree) => tree.into_value(),
            };
            (key, value)
        })))
    }
}

fn entries(map: &Value) -> Vec<(String, Value)> {
    let Value::Map(map) = map else { return Vec::new() };
    map.iter().map(|(key, value)| (key_text(key).to_str().into_owned(), value.clone())).collect()
}

fn key_text(key: &MapKey) -> Text {
    key.to_value().as_text().unwrap_or_default()
}

/// The second map's entries added to the first, maps in both of them merged in
/// turn. Where both have a value, an empty one of the first always gives way,
/// and any does with `override_old`, unless the second's is empty.
fn merged(args: &[Value], override_old: bool, depth: usize) -> Value {
    let (Some(Value::Map(into)), Some(Value::Map(from))) = (args.first(), args.get(1)) else {
        return args::value(args, 0);
    };
    let mut result: BTreeMap<MapKey, Value> =
        into.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, new) in from.iter() {
        let value = match result.get(key) {
            Some(old @ Value::Map(_)) if matches!(new, Value::Map(_)) && depth < MAX_DEPTH => {
                merged(&[old.clone(), new.clone()], override_old, depth.saturating_add(1))
            }
            Some(old) if old.is_true() && (!override_old || !new.is_true()) => continue,
            _ => new.clone(),
        };
        result.insert(key.clone(), value);
    }
    Value::Map(Map::new(Type::String, Type::Any, result))
}
