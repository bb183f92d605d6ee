//! Reading arguments. The engine has checked their number and types already, so
//! that the fallbacks here are never seen.

use gyropilot_template::{Slice, Text, Value};

/// The argument as it is; nil when it was left off.
pub(super) fn value(args: &[Value], at: usize) -> Value {
    args.get(at).cloned().unwrap_or_default()
}

/// A string argument, as text.
pub(super) fn text(args: &[Value], at: usize) -> String {
    bytes(args, at).to_str().into_owned()
}

/// A string argument, as the bytes it is made of.
pub(super) fn bytes(args: &[Value], at: usize) -> Text {
    args.get(at).and_then(Value::as_text).unwrap_or_default()
}

/// The elements of a list argument.
pub(super) fn items(args: &[Value], at: usize) -> Vec<Value> {
    slice(args, at).map(|slice| slice.items().to_vec()).unwrap_or_default()
}

/// A list argument, `None` for anything else.
pub(super) fn slice(args: &[Value], at: usize) -> Option<Slice> {
    match args.get(at)?.concrete() {
        Value::Slice(slice) => Some(slice),
        _ => None,
    }
}

/// A field of a struct, or of the struct that a pointer leads to.
pub(super) fn field(of: &Value, name: &str) -> Option<Value> {
    match of {
        Value::Pointer(pointer) => field(pointer.target()?, name),
        Value::Struct(value) => value.field(name).map(|(_, value)| value.clone()),
        _ => None,
    }
}

/// The name of the struct type that the elements of a list point to.
pub(super) fn struct_name(slice: &Slice) -> String {
    slice.elem().to_string().trim_start_matches('*').to_owned()
}
