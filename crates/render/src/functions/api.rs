//! Functions that ask the catalogue.

use super::{args, wrong_number};
use crate::context::Context;
use crate::data::{list, pair_type};
use crate::dependency::{Dependency, DependencyError};
use gyropilot_template::{FuncError, Functions, Slice, Struct, Type, Value};
use std::rc::Rc;

impl From<DependencyError> for FuncError {
    fn from(error: DependencyError) -> Self {
        Self::new(error.to_string())
    }
}

pub(super) fn add(functions: &mut Functions, context: &Rc<Context>) {
    add_services(functions, context);
    add_keys(functions, context);
    add_trees(functions, context);
    let on = Rc::clone(context);
    functions.add("file", [Type::String], move |a| match args::text(a, 0) {
        path if path.is_empty() => Ok(Value::from("")),
        path => Ok(on.ask(Dependency::File(path))),
    });
}

fn add_services(functions: &mut Functions, context: &Rc<Context>) {
    let on = Rc::clone(context);
    functions.add_variadic("service", [Type::String], move |a| {
        let text = joined(a, "|");
        if a.is_empty() || args::bytes(a, 0).is_empty() {
            return Ok(Value::from(Vec::<String>::new()));
        }
        Ok(on.ask(Dependency::service(&text)?))
    });
    let on = Rc::clone(context);
    functions
        .add_variadic("services", [Type::String], move |a| Ok(on.ask(Dependency::services(&joined(a, ""))?)));
    let on = Rc::clone(context);
    functions.add_variadic("nodes", [Type::String], move |a| Ok(on.ask(Dependency::nodes(&joined(a, ""))?)));
    let on = Rc::clone(context);
    functions.add_variadic("node", [Type::String], move |a| Ok(on.ask(Dependency::node(&joined(a, ""))?)));
    let on = Rc::clone(context);
    functions.add_variadic("datacenters", [Type::Bool], move |a| {
        if a.len() > 1 {
            return Err(wrong_number("datacenters", "0 or 1", a.len()));
        }
        Ok(on.ask(Dependency::Datacenters))
    });
}

fn add_keys(functions: &mut Functions, context: &Rc<Context>) {
    let on = Rc::clone(context);
    functions.add("key", [Type::String], move |a| match args::text(a, 0) {
        path if path.is_empty() => Ok(Value::from("")),
        path => Ok(on.ask_existing(Dependency::key(&path)?)),
    });
    for name in ["keyExists", "key_exists"] {
        let on = Rc::clone(context);
        functions.add(name, [Type::String], move |a| match args::text(a, 0) {
            path if path.is_empty() => Ok(Value::Bool(false)),
            path => {
                let asked = Dependency::key(&path)?;
                let known = on.knows(&asked);
                let value = on.ask(asked);
                Ok(Value::Bool(known && !matches!(value, Value::Nil)))
            }
        });
    }
    for name in ["keyOrDefault", "key_or_default"] {
        let on = Rc::clone(context);
        functions.add(name, [Type::String, Type::String], move |a| match args::text(a, 0) {
            path if path.is_empty() => Ok(args::value(a, 1)),
            path => {
                let value = on.ask(Dependency::key(&path)?);
                Ok(if value.is_true() { value } else { args::value(a, 1) })
            }
        });
    }
}

fn add_trees(functions: &mut Functions, context: &Rc<Context>) {
    let is_direct = |key: &str| !key.is_empty() && !key.contains('/');
    let is_no_folder = |key: &str| !key.is_empty() && !key.ends_with('/');
    add_tree(functions, context, "ls", is_direct, true);
    add_tree(functions, context, "safeLs", is_direct, false);
    add_tree(functions, context, "tree", is_no_folder, true);
    add_tree(functions, context, "safeTree", is_no_folder, false);
}

fn add_tree(
    functions: &mut Functions,
    context: &Rc<Context>,
    name: &str,
    shown: impl Fn(&str) -> bool + 'static,
    may_be_empty: bool,
) {
    let on = Rc::clone(context);
    functions.add(name, [Type::String], move |a| {
        let prefix = args::text(a, 0);
        if prefix.is_empty() {
            return Ok(list(&pair_type(), Vec::<Struct>::new()));
        }
        let asked = Dependency::tree(&prefix)?;
        let Value::Slice(all) = on.ask(asked.clone()) else { return Ok(Value::Nil) };
        let chosen: Vec<Value> = all
            .items()
            .iter()
            .filter(|pair| relative_key(pair).is_some_and(|key| shown(&key)))
            .cloned()
            .collect();
        if chosen.is_empty() && !may_be_empty {
            on.need(asked);
        }
        Ok(Value::Slice(Slice::new(all.elem().clone(), chosen)))
    });
}

fn relative_key(pair: &Value) -> Option<String> {
    Some(args::field(pair, "Key")?.as_text()?.to_str().into_owned())
}

fn joined(args: &[Value], separator: &str) -> String {
    let parts: Vec<String> = (0..args.len()).map(|at| args::text(args, at)).collect();
    parts.join(separator)
}
