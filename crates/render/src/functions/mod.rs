//! The functions that consul-template adds to Go's own.

mod api;
mod args;
mod encode;
mod go_time;
mod hash;
mod json;
mod list;
mod map;
mod math;
mod number;
mod parse;
mod scratch;
mod text;

#[cfg(test)]
mod tests;

use crate::Host;
use crate::context::Context;
use gyropilot_template::{Func, FuncError, Functions, Signature, Type, Value};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

pub(crate) use scratch::Scratch;

/// The longest string that a function makes; the same bound as the template's own output.
const MAX_TEXT: usize = 64 << 20;

/// Names that newer or older versions of the original know and this one does
/// not, so that the message can say so.
const ABSENT: &[&str] = &[
    "caLeaf",
    "caRoots",
    "connect",
    "exportedServices",
    "importedServices",
    "nomadService",
    "nomadServices",
    "nomadVar",
    "nomadVarExists",
    "nomadVarList",
    "nomadVarListSafe",
    "parseYAML",
    "partitions",
    "peerings",
    "pkiCert",
    "plugin",
    "secret",
    "secrets",
    "sockaddr",
    "spew_dump",
    "spew_printf",
    "spew_sdump",
    "spew_sprintf",
    "toTOML",
    "toYAML",
    "vault",
    "writeToFile",
];

/// Looks up a variable of the environment.
type Env = Rc<dyn Fn(&str) -> Option<String>>;

/// What functions see of the world beside the catalogue.
struct Outside {
    env: Env,
    now: Rc<dyn Fn() -> SystemTime>,
}

/// All functions for one template.
pub(crate) fn functions<H: Host + 'static>(
    context: &Rc<Context>,
    scratch: &Scratch,
    host: &Rc<H>,
) -> Functions {
    let (env, now) = (Rc::clone(host), Rc::clone(host));
    let outside = Outside { env: Rc::new(move |name| env.env(name)), now: Rc::new(move || now.now()) };
    let mut functions = helpers(scratch, outside);
    api::add(&mut functions, context);
    functions
}

/// The functions that need no catalogue.
fn helpers(scratch: &Scratch, outside: Outside) -> Functions {
    let mut functions = Functions::new();
    add_environment(&mut functions, outside);
    add_execute_template(&mut functions);
    encode::add(&mut functions);
    hash::add(&mut functions);
    json::add(&mut functions);
    list::add(&mut functions);
    map::add(&mut functions);
    math::add(&mut functions);
    parse::add(&mut functions);
    text::add(&mut functions);
    scratch.add(&mut functions);
    functions
}

/// What to say beyond "function not defined", when the name is known from elsewhere.
pub(crate) fn absent_hint(message: &str) -> Option<String> {
    let name = message.strip_prefix("function \"")?.strip_suffix("\" not defined")?;
    (ABSENT.contains(&name) || name.starts_with("sprig_"))
        .then(|| format!("hint: consul-template has {name}, but it is not supported here yet"))
}

fn add_environment(functions: &mut Functions, outside: Outside) {
    let Outside { env, now } = outside;
    let look = Rc::clone(&env);
    functions
        .add("env", [Type::String], move |a| Ok(Value::from(look(&args::text(a, 0)).unwrap_or_default())));
    let look = Rc::clone(&env);
    functions.add("mustEnv", [Type::String], move |a| {
        let name = args::text(a, 0);
        match look(&name) {
            Some(value) if !value.is_empty() => Ok(Value::from(value)),
            _ => Err(format!("required environment variable {name} is empty").into()),
        }
    });
    functions.add("envOrDefault", [Type::String, Type::String], move |a| {
        Ok(env(&args::text(a, 0)).map_or_else(|| args::value(a, 1), Value::from))
    });
    functions.add_variadic("timestamp", [Type::String], move |a| {
        let now = now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        match a {
            [] => go_time::format(now, go_time::RFC3339),
            [layout] if layout.as_text().is_some_and(|l| l.as_bytes() == b"unix") => {
                Ok(Value::from(now.as_secs().to_string()))
            }
            [_] => go_time::format(now, &args::text(a, 0)),
            _ => Err(wrong_number("timestamp", "0 or 1", a.len())),
        }
    });
}

fn add_execute_template(functions: &mut Functions) {
    let signature = Signature::variadic([Type::String, Type::Any]);
    functions.insert(
        "executeTemplate",
        Func::with_call(signature, |call, a| {
            if a.len() > 2 {
                return Err(wrong_number("executeTemplate", "1 or 2", a.len()));
            }
            call.execute_template(&args::text(a, 0), &args::value(a, 1)).map(Value::String)
        }),
    );
}

fn wrong_number(function: &str, expected: &str, got: usize) -> FuncError {
    format!("{function}: wrong number of arguments, expected {expected}, but got {got}").into()
}

fn too_long(function: &str) -> FuncError {
    format!("{function}: result of more than {MAX_TEXT} bytes").into()
}
