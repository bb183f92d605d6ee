//! `index`, `slice` and `len`.

use super::prepared;
use crate::exec::Operand;
use crate::value::{FuncError, MapKey, Text, Value};

type Outcome = Result<Operand, FuncError>;

pub(super) fn index(args: &[Operand]) -> Outcome {
    let Some((item, indexes)) = args.split_first() else {
        return Err(FuncError::new("index of untyped nil"));
    };
    if matches!(item.value, Value::Nil) {
        return Err(FuncError::new("index of untyped nil"));
    }
    let mut item = item.clone();
    for index in indexes {
        let (target, is_nil) = item.indirect();
        if is_nil {
            return Err(FuncError::new("index of nil pointer"));
        }
        item = match target.value.concrete() {
            Value::Slice(slice) => {
                let at = position(index, slice.len())?;
                match slice.items().get(at) {
                    Some(item) => Operand::read_as(item.clone(), slice.elem()),
                    None => return Err(FuncError::new("reflect: slice index out of range")),
                }
            }
            Value::String(text) => {
                let at = position(index, text.len())?;
                match text.as_bytes().get(at) {
                    Some(byte) => Operand::new(Value::Uint(crate::value::UintKind::Uint8, u64::from(*byte))),
                    None => return Err(FuncError::new("reflect: string index out of range")),
                }
            }
            Value::Map(map) => {
                let key = prepared(&Operand::new(index.value.clone()), map.key_type())?;
                let entry = MapKey::from_value(&key).and_then(|key| map.get(&key).cloned());
                Operand::read_as(entry.unwrap_or_else(|| map.elem().zero()), map.elem())
            }
            other => return Err(FuncError::new(format!("can't index item of type {}", other.type_of()))),
        };
    }
    Ok(item)
}

pub(super) fn slice(args: &[Operand]) -> Outcome {
    let Some((item, indexes)) = args.split_first() else {
        return Err(FuncError::new("slice of untyped nil"));
    };
    let value = item.value.concrete();
    if matches!(value, Value::Nil) {
        return Err(FuncError::new("slice of untyped nil"));
    }
    if indexes.len() > 3 {
        return Err(FuncError::new(format!("too many slice indexes: {}", indexes.len())));
    }
    let (len, most) = match &value {
        Value::String(_) if indexes.len() == 3 => {
            return Err(FuncError::new("cannot 3-index slice a string"));
        }
        Value::String(text) => (text.len(), text.len()),
        Value::Slice(slice) => (slice.len(), slice.capacity()),
        other => return Err(FuncError::new(format!("can't slice item of type {}", other.type_of()))),
    };
    let mut bounds = [0, len, most];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        // Unlike `index`, Go's `slice` does not look into interfaces here.
        if index.in_interface {
            return Err(FuncError::new("cannot index slice/array with type interface {}"));
        }
        *bound = position(index, most)?;
    }
    let [start, end, cap] = bounds;
    if start > end {
        return Err(FuncError::new(format!("invalid slice index: {start} > {end}")));
    }
    if end > cap {
        return Err(FuncError::new(format!("invalid slice index: {end} > {cap}")));
    }
    let cut = match &value {
        Value::String(text) => text.as_bytes().get(start..end).map(|bytes| Value::String(Text::from(bytes))),
        Value::Slice(slice) => slice.window(start, end).map(Value::Slice),
        _ => None,
    };
    cut.map(Operand::new).ok_or_else(|| FuncError::new("slice bounds out of range"))
}

pub(super) fn len(args: &[Operand]) -> Outcome {
    let item = args.first().cloned().unwrap_or_default();
    if item.is_missing() {
        // A slip in Go that its users see, so ours do too.
        return Err(FuncError::new("reflect: call of reflect.Value.Type on zero Value"));
    }
    let (item, is_nil) = item.indirect();
    if is_nil {
        return Err(FuncError::new("len of nil pointer"));
    }
    let len = match item.value.concrete() {
        Value::String(text) => text.len(),
        Value::Slice(slice) => slice.len(),
        Value::Map(map) => map.len(),
        other => return Err(FuncError::new(format!("len of type {}", other.type_of()))),
    };
    Ok(Operand::new(Value::int(i64::try_from(len).unwrap_or(i64::MAX))))
}

/// An index up to and with `most`.
fn position(index: &Operand, most: usize) -> Result<usize, FuncError> {
    let n = match index.value.concrete() {
        Value::Int(_, n) => n,
        Value::Uint(_, n) => n.cast_signed(),
        Value::Nil => return Err(FuncError::new("cannot index slice/array with nil")),
        other => {
            let of = other.type_of();
            return Err(FuncError::new(format!("cannot index slice/array with type {of}")));
        }
    };
    let at = usize::try_from(n).ok().filter(|at| *at <= most);
    at.ok_or_else(|| FuncError::new(format!("index out of range: {n}")))
}
