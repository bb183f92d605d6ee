//! `scratch`: values that a template keeps for itself while it runs.

use super::args;
use gyropilot_template::{Func, FuncError, Functions, Map, MapKey, Object, Signature, Slice, Type, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How deep a kept value may nest, and how many values may lie in it. A value
/// may be put into a map again and again, round by round of a loop.
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 1_000_000;

/// Go's `*template.Scratch`. Clones share what is kept.
#[derive(Clone, Default)]
pub(crate) struct Scratch(Rc<RefCell<BTreeMap<String, Kept>>>);

enum Kept {
    One(Value),
    /// Built by `MapSet`, entry by entry, without a copy for each.
    Map(BTreeMap<MapKey, Value>),
}

// === impl Scratch ===

impl Scratch {
    /// Forgets everything: each rendering begins with nothing.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(super) fn add(&self, functions: &mut Functions) {
        let scratch = self.clone();
        functions.add("scratch", [], move |_| Ok(Value::object(scratch.clone())));
    }

    fn get(&self, key: &str) -> Value {
        match self.0.borrow().get(key) {
            None => Value::Nil,
            Some(Kept::One(value)) => value.clone(),
            Some(Kept::Map(entries)) => Value::Map(Map::new(Type::String, Type::Any, entries.clone())),
        }
    }

    fn set(&self, key: String, value: Value, replace: bool) -> Result<Value, FuncError> {
        let kept = &mut *self.0.borrow_mut();
        if replace || !kept.contains_key(&key) {
            bounded(&value)?;
            kept.insert(key, Kept::One(value));
        }
        Ok(Value::from(""))
    }

    fn map_set(&self, key: &str, inner: &str, value: Value, replace: bool) -> Result<Value, FuncError> {
        let kept = &mut *self.0.borrow_mut();
        let entry = kept.entry(key.to_owned()).or_insert_with(|| Kept::Map(BTreeMap::new()));
        if let Kept::One(Value::Map(map)) = entry
            && (map.key_type(), map.elem()) == (&Type::String, &Type::Any)
        {
            *entry = Kept::Map(map.iter().map(|(key, value)| (key.clone(), value.clone())).collect());
        }
        let Kept::Map(entries) = entry else { return Err(format!("{key:?} is not a map").into()) };
        let inner = MapKey::String(inner.into());
        if replace || !entries.contains_key(&inner) {
            bounded(&value)?;
            entries.insert(inner, value);
        }
        Ok(Value::from(""))
    }

    fn map_values(&self, key: &str) -> Value {
        let Value::Map(map) = self.get(key) else { return Value::Slice(Slice::nil(Type::Any)) };
        let values: Vec<Value> = map.iter().map(|(_, value)| value.clone()).collect();
        Value::Slice(Slice::new(Type::Any, values))
    }
}

impl Object for Scratch {
    fn type_name(&self) -> &str {
        "*template.Scratch"
    }

    fn method(&self, name: &str) -> Option<Func> {
        let on = self.clone();
        let (one, two) = ([Type::String], [Type::String, Type::Any]);
        let three = [Type::String, Type::String, Type::Any];
        Some(match name {
            "Key" => Func::new(Signature::new(one), move |a| {
                Ok(Value::Bool(on.0.borrow().contains_key(&args::text(a, 0))))
            }),
            "Get" => Func::new(Signature::new(one), move |a| Ok(on.get(&args::text(a, 0)))),
            "Set" | "SetX" => {
                let replace = name == "Set";
                Func::new(Signature::new(two), move |a| on.set(args::text(a, 0), args::value(a, 1), replace))
            }
            "MapSet" | "MapSetX" => {
                let replace = name == "MapSet";
                Func::new(Signature::new(three), move |a| {
                    on.map_set(&args::text(a, 0), &args::text(a, 1), args::value(a, 2), replace)
                })
            }
            "MapValues" => Func::new(Signature::new(one), move |a| Ok(on.map_values(&args::text(a, 0)))),
            _ => return None,
        })
    }
}

fn bounded(value: &Value) -> Result<(), FuncError> {
    let mut left = MAX_NODES;
    if fits(value, MAX_DEPTH, &mut left) {
        Ok(())
    } else {
        Err(FuncError::new("scratch: the value is too large or nests too deep"))
    }
}

fn fits(value: &Value, depth: usize, left: &mut usize) -> bool {
    let (Some(depth), Some(rest)) = (depth.checked_sub(1), left.checked_sub(1)) else { return false };
    *left = rest;
    match value {
        Value::Slice(slice) => slice.items().iter().all(|item| fits(item, depth, left)),
        Value::Map(map) => map.iter().all(|(_, item)| fits(item, depth, left)),
        Value::Struct(of) => of.iter().all(|(_, _, item)| fits(item, depth, left)),
        Value::Pointer(pointer) => pointer.target().is_none_or(|target| fits(target, depth, left)),
        _ => true,
    }
}
