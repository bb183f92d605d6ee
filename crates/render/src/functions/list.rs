//! Lists: searching, grouping, counting, cutting and joining.

use super::{MAX_TEXT, args, number, too_long, wrong_number};
use gyropilot_template::{FuncError, Functions, IntKind, Map, MapKey, Slice, Text, Type, Value};
use std::collections::BTreeMap;

/// The longest list that `loop` makes.
const MAX_LOOP: usize = 1_000_000;

pub(super) fn add(functions: &mut Functions) {
    add_grouping(functions);
    add_search(functions);
    functions.add_variadic("loop", [Type::Any], |a| match a {
        [stop] => count(0, bound(stop)?),
        [start, stop] => count(bound(start)?, bound(stop)?),
        _ => Err(wrong_number("loop", "1 or 2", a.len())),
    });
    functions.add("join", [Type::String, Type::slice(Type::String)], |a| {
        let separator = args::bytes(a, 0);
        let mut joined: Vec<u8> = Vec::new();
        for (at, item) in args::items(a, 1).iter().enumerate() {
            if at > 0 {
                joined.extend_from_slice(separator.as_bytes());
            }
            joined.extend_from_slice(item.as_text().unwrap_or_default().as_bytes());
            if joined.len() > MAX_TEXT {
                return Err(too_long("join"));
            }
        }
        Ok(Value::String(Text::from(joined)))
    });
    functions.add("split", [Type::String, Type::String], |a| {
        let (separator, text) = (args::text(a, 0), args::text(a, 1));
        let text = text.trim();
        if text.is_empty() {
            return Ok(Value::from(Vec::<String>::new()));
        }
        Ok(Value::from(cut(text, &separator)))
    });
    functions.add("splitToMap", [Type::String, Type::String, Type::String], |a| {
        let (between, inside, text) = (args::text(a, 0), args::text(a, 1), args::text(a, 2));
        let text = text.trim();
        let pairs = if text.is_empty() { Vec::new() } else { cut(text, &between) };
        Ok(Value::from_strings(pairs.iter().filter_map(|pair| pair.split_once(inside.as_str()))))
    });
}

fn add_grouping(functions: &mut Functions) {
    functions.add("byTag", [Type::Any], |a| {
        let items = grouped(a, "byTag", &["dependency.HealthService", "dependency.CatalogSnippet"])?;
        let mut groups = Groups::new();
        for item in items {
            let tags = args::field(&item, "Tags").unwrap_or_default().concrete();
            for tag in args::items(&[tags], 0) {
                groups
                    .entry(MapKey::String(tag.as_text().unwrap_or_default()))
                    .or_default()
                    .push(item.clone());
            }
        }
        Ok(map_of_lists(Type::String, Type::Any, groups))
    });
    functions.add("byPort", [Type::Any], |a| {
        let mut groups = Groups::new();
        for item in grouped(a, "byPort", &["dependency.HealthService"])? {
            let port = args::field(&item, "Port").and_then(|port| port.as_i64()).unwrap_or_default();
            groups.entry(MapKey::Int(IntKind::Int, port)).or_default().push(item);
        }
        Ok(map_of_lists(Type::INT, Type::Any, groups))
    });
    functions.add("byMeta", [Type::String, Type::Any], |a| {
        let wanted = args::text(a, 0);
        let elem = args::slice(a, 1).map_or(Type::Any, |slice| slice.elem().clone());
        let mut groups = Groups::new();
        for item in grouped(a.get(1..).unwrap_or_default(), "byMeta", &["dependency.HealthService"])? {
            let meta = args::field(&item, "ServiceMeta").unwrap_or_default();
            let parts: Vec<String> =
                wanted.split(',').map(|name| meta_part(&meta, name)).collect::<Result<_, _>>()?;
            groups.entry(MapKey::String(parts.join("_").into())).or_default().push(item);
        }
        Ok(map_of_lists(Type::String, elem, groups))
    });
    functions.add("byKey", [Type::Any], |a| {
        let mut groups: BTreeMap<MapKey, BTreeMap<MapKey, Value>> = BTreeMap::new();
        let elem = args::slice(a, 0).map_or(Type::Any, |slice| slice.elem().clone());
        for item in grouped(a, "byKey", &["dependency.KeyPair"])? {
            let key = args::field(&item, "Key").and_then(|key| key.as_text()).unwrap_or_default();
            let key = key.to_str();
            if let Some((top, rest)) = key.split_once('/')
                && !rest.is_empty()
            {
                let pair = with_key(&item, rest);
                groups.entry(string_key(top)).or_default().insert(string_key(rest), pair);
            }
        }
        let inner = Type::map(Type::String, elem.clone());
        let groups = groups
            .into_iter()
            .map(|(top, pairs)| (top, Value::Map(Map::new(Type::String, elem.clone(), pairs))))
            .collect();
        Ok(Value::Map(Map::new(Type::String, inner, groups)))
    });
}

fn add_search(functions: &mut Functions) {
    functions.add("in", [Type::Any, Type::Any], |a| {
        Ok(Value::Bool(holds(&args::value(a, 0), &args::value(a, 1))))
    });
    functions.add("contains", [Type::Any, Type::Any], |a| {
        Ok(Value::Bool(holds(&args::value(a, 1), &args::value(a, 0))))
    });
    // Each asks: is there one that is held, or not held, and should there be?
    for (name, held, should_be) in [
        ("containsAll", false, false),
        ("containsAny", true, true),
        ("containsNone", true, false),
        ("containsNotAll", false, true),
    ] {
        functions.add(name, [Type::slice(Type::Any), Type::Any], move |a| {
            let list = args::value(a, 1);
            let is = args::items(a, 0).iter().any(|one| holds(&list, one) == held);
            Ok(Value::Bool(is == should_be))
        });
    }
}

type Groups = BTreeMap<MapKey, Vec<Value>>;

/// The elements of the first argument, which must be a list of these structs or nil.
fn grouped(args: &[Value], name: &str, types: &[&str]) -> Result<Vec<Value>, FuncError> {
    match args::slice(args, 0) {
        // `service ""` gives an empty list of no type in particular.
        Some(slice) if slice.is_empty() || types.contains(&args::struct_name(&slice).as_str()) => {
            Ok(slice.items().to_vec())
        }
        None if matches!(args.first(), None | Some(Value::Nil)) => Ok(Vec::new()),
        _ => Err(format!("{name}: wrong argument type {}", args::value(args, 0).type_of()).into()),
    }
}

fn map_of_lists(key: Type, elem: Type, groups: Groups) -> Value {
    let lists =
        groups.into_iter().map(|(key, items)| (key, Value::Slice(Slice::new(elem.clone(), items)))).collect();
    Value::Map(Map::new(key, Type::slice(elem), lists))
}

fn string_key(text: &str) -> MapKey {
    MapKey::String(text.into())
}

/// The same key/value pair under another key.
fn with_key(pair: &Value, key: &str) -> Value {
    let Value::Pointer(pointer) = pair else { return pair.clone() };
    let Some(Value::Struct(old)) = pointer.target() else { return pair.clone() };
    let fields =
        old.iter().map(|(name, _, value)| if name == "Key" { Value::from(key) } else { value.clone() });
    let new = gyropilot_template::Struct::new(std::rc::Rc::clone(old.struct_type()), fields);
    Value::Pointer(gyropilot_template::Pointer::to(Value::Struct(new)))
}

/// One part of a group's name: a value of the service's meta. `|int` behind the
/// name sorts by number.
fn meta_part(meta: &Value, name: &str) -> Result<String, FuncError> {
    let (real, is_number) = match name.strip_suffix("|int") {
        Some(real) => (real, true),
        None => (name, false),
    };
    let found = match meta {
        Value::Map(map) => map.get(&string_key(real)).and_then(Value::as_text).unwrap_or_default(),
        _ => Text::default(),
    };
    let value = match found.to_str() {
        found if !found.is_empty() => found.into_owned(),
        _ if is_number => "0".to_owned(),
        _ => format!("_no_{real}_"),
    };
    let value = if is_number {
        let number: i64 = value.parse().map_err(|_| {
            format!("cannot parse {value} as number : strconv.Atoi: parsing {value:?}: invalid syntax")
        })?;
        format!("{number:05}")
    } else {
        value
    };
    let keep = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    Ok(value.chars().map(|c| if keep(c) { c } else { '_' }).collect())
}

/// Is the value in the list, or the text in the text? Only strings and signed
/// and floating-point numbers are found, each among its own kind.
fn holds(list: &Value, wanted: &Value) -> bool {
    match (list.concrete(), wanted) {
        (Value::Slice(slice), _) => slice.items().iter().any(|item| match (item, wanted) {
            (Value::Int(_, a), Value::Int(_, b)) => a == b,
            (Value::Float(_, a), Value::Float(_, b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            _ => false,
        }),
        (Value::String(text), Value::String(part)) => {
            let part = part.as_bytes();
            part.is_empty() || text.as_bytes().windows(part.len()).any(|window| window == part)
        }
        _ => false,
    }
}

fn bound(value: &Value) -> Result<i64, FuncError> {
    match value.concrete() {
        Value::Int(_, n) => Ok(n),
        // Go converts by reinterpreting the bits.
        Value::Uint(_, n) => Ok(n.cast_signed()),
        Value::String(text) if text.is_empty() => Ok(0),
        Value::String(text) => {
            number::parse_int(&text.to_str()).map_err(|error| format!("parseInt: {error}").into())
        }
        other => Err(format!("loop: bad argument type: {}", go_type(&other)).into()),
    }
}

fn count(start: i64, stop: i64) -> Result<Value, FuncError> {
    let len =
        usize::try_from(i128::from(stop).saturating_sub(i128::from(start)).max(0)).unwrap_or(usize::MAX);
    if len > MAX_LOOP {
        return Err(format!("loop: more than {MAX_LOOP} rounds").into());
    }
    let numbers: Vec<Value> = (start..stop).map(Value::from).collect();
    Ok(Value::Slice(Slice::new(Type::INT64, numbers)))
}

fn go_type(value: &Value) -> String {
    if matches!(value, Value::Nil) { "<nil>".to_owned() } else { value.type_of().to_string() }
}

/// Go's `strings.Split`: an empty separator cuts between characters.
fn cut(text: &str, separator: &str) -> Vec<String> {
    if separator.is_empty() {
        return text.chars().map(String::from).collect();
    }
    text.split(separator).map(str::to_owned).collect()
}
