//! Slices, maps, structs and pointers.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::{IntKind, StructType, Text, Type, UintKind, Value};

/// A Go slice: a window on shared elements of one type.
#[derive(Debug, Clone)]
pub struct Slice {
    elem: Type,
    items: Option<Rc<[Value]>>,
    window: Range<usize>,
}

/// A Go map with its entries in the order in which Go prints and ranges over them.
#[derive(Debug, Clone)]
pub struct Map {
    types: Rc<(Type, Type)>,
    entries: Option<Rc<BTreeMap<MapKey, Value>>>,
}

/// A key of a Go map. Orders as Go orders keys: within one type by value, across types by type.
#[derive(Debug, Clone)]
pub enum MapKey {
    /// A `bool`; false comes first.
    Bool(bool),
    /// A signed integer.
    Int(IntKind, i64),
    /// An unsigned integer.
    Uint(UintKind, u64),
    /// A `float64`; not-a-number comes first.
    Float(f64),
    /// A `string`, compared by bytes.
    String(Text),
}

/// A struct: a type with one value for each field.
#[derive(Debug, Clone)]
pub struct Struct {
    of: Rc<StructType>,
    fields: Rc<[Value]>,
}

/// A pointer: nil, or to a value.
#[derive(Debug, Clone)]
pub struct Pointer {
    elem: Type,
    target: Option<Rc<Value>>,
}

// === impl Slice ===

impl Slice {
    /// A slice of `items`, which should all be of type `elem`.
    #[must_use]
    pub fn new(elem: Type, items: impl Into<Rc<[Value]>>) -> Self {
        let items = items.into();
        Self { elem, window: 0..items.len(), items: Some(items) }
    }

    /// The nil slice of a type.
    #[must_use]
    pub const fn nil(elem: Type) -> Self {
        Self { elem, items: None, window: 0..0 }
    }

    /// The element type.
    #[must_use]
    pub const fn elem(&self) -> &Type {
        &self.elem
    }

    /// The elements in the window.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        self.items.as_deref().and_then(|all| all.get(self.window.clone())).unwrap_or(&[])
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.window.len()
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.window.is_empty()
    }

    /// Whether this is the nil slice, which differs from an empty one in `%#v` and in comparison with nil.
    #[must_use]
    pub const fn is_nil(&self) -> bool {
        self.items.is_none()
    }

    /// Elements from the start of the window to the end of the storage, as Go's `cap`.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.items.as_deref().map_or(0, |all| all.len().saturating_sub(self.window.start))
    }

    /// The bytes, when this is a `[]byte`.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        if self.elem != Type::BYTE {
            return None;
        }
        self.items().iter().map(|v| v.as_i64().and_then(|n| u8::try_from(n).ok())).collect()
    }

    /// The window from `start` to `end`, counted from the start of this one; `None` outside the capacity.
    #[must_use]
    pub fn window(&self, start: usize, end: usize) -> Option<Self> {
        if start > end || end > self.capacity() {
            return None;
        }
        let base = self.window.start;
        let window = base.checked_add(start)?..base.checked_add(end)?;
        Some(Self { elem: self.elem.clone(), items: self.items.clone(), window })
    }

    /// Whether both are windows on the same storage; what `%p` and pointers would tell.
    pub(crate) fn address(&self) -> usize {
        self.items.as_ref().map_or(0, |all| Rc::as_ptr(all).cast::<u8>() as usize)
    }
}

// === impl Map ===

impl Map {
    /// A map with the given key and element types.
    #[must_use]
    pub fn new(key: Type, elem: Type, entries: BTreeMap<MapKey, Value>) -> Self {
        Self { types: Rc::new((key, elem)), entries: Some(Rc::new(entries)) }
    }

    /// The nil map of a type, which reads as an empty one.
    #[must_use]
    pub fn nil(key: Type, elem: Type) -> Self {
        Self { types: Rc::new((key, elem)), entries: None }
    }

    /// `map[string]string`.
    pub fn of_strings<K: Into<Text>, V: Into<Text>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let entries =
            entries.into_iter().map(|(k, v)| (MapKey::String(k.into()), Value::String(v.into()))).collect();
        Self::new(Type::String, Type::String, entries)
    }

    /// `map[string]interface {}`.
    pub fn of_any<K: Into<Text>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let entries = entries.into_iter().map(|(k, v)| (MapKey::String(k.into()), v)).collect();
        Self::new(Type::String, Type::Any, entries)
    }

    /// The key type.
    #[must_use]
    pub fn key_type(&self) -> &Type {
        &self.types.0
    }

    /// The element type.
    #[must_use]
    pub fn elem(&self) -> &Type {
        &self.types.1
    }

    /// The value at a key.
    #[must_use]
    pub fn get(&self, key: &MapKey) -> Option<&Value> {
        self.entries.as_ref().and_then(|entries| entries.get(key))
    }

    /// Entries in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&MapKey, &Value)> {
        self.entries.iter().flat_map(|entries| entries.iter())
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.as_ref().map_or(0, |entries| entries.len())
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether this is the nil map.
    #[must_use]
    pub const fn is_nil(&self) -> bool {
        self.entries.is_none()
    }

    /// What `%p` prints.
    pub(crate) fn address(&self) -> usize {
        self.entries.as_ref().map_or(0, |all| Rc::as_ptr(all) as usize)
    }
}

// === impl MapKey ===

impl MapKey {
    /// The key as a value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Bool(b) => Value::Bool(*b),
            Self::Int(kind, n) => Value::Int(*kind, *n),
            Self::Uint(kind, n) => Value::Uint(*kind, *n),
            Self::Float(x) => Value::Float(super::FloatKind::Float64, *x),
            Self::String(text) => Value::String(text.clone()),
        }
    }

    /// The key that a value makes; `None` for what cannot be one here.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(b) => Some(Self::Bool(*b)),
            Value::Int(kind, n) => Some(Self::Int(*kind, *n)),
            Value::Uint(kind, n) => Some(Self::Uint(*kind, *n)),
            Value::Float(_, x) => Some(Self::Float(*x)),
            Value::String(text) => Some(Self::String(text.clone())),
            _ => None,
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(kind, _) => 1 + *kind as u8,
            Self::Uint(kind, _) => 10 + *kind as u8,
            Self::Float(_) => 20,
            Self::String(_) => 21,
        }
    }
}

impl Ord for MapKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(ka, a), Self::Int(kb, b)) if ka == kb => a.cmp(b),
            (Self::Uint(ka, a), Self::Uint(kb, b)) if ka == kb => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => match (a.is_nan(), b.is_nan()) {
                (false, false) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
                (a, b) => b.cmp(&a),
            },
            (Self::String(a), Self::String(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for MapKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for MapKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for MapKey {}

// === impl Struct ===

impl Struct {
    /// A struct; fields without a value are nil, surplus values are dropped.
    #[must_use]
    pub fn new(of: Rc<StructType>, values: impl IntoIterator<Item = Value>) -> Self {
        let mut fields: Vec<Value> = values.into_iter().take(of.fields.len()).collect();
        fields.resize(of.fields.len(), Value::Nil);
        Self { of, fields: fields.into() }
    }

    /// Name and fields of the type.
    #[must_use]
    pub const fn struct_type(&self) -> &Rc<StructType> {
        &self.of
    }

    /// The field of that name with its declared type.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(&Type, &Value)> {
        let at = self.of.fields.iter().position(|(field, _)| field == name)?;
        Some((&self.of.fields.get(at)?.1, self.fields.get(at)?))
    }

    /// Field names, declared types and values, in order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Type, &Value)> {
        self.of.fields.iter().zip(self.fields.iter()).map(|((name, of), value)| (name.as_str(), of, value))
    }
}

// === impl Pointer ===

impl Pointer {
    /// A pointer to a value.
    #[must_use]
    pub fn to(value: Value) -> Self {
        Self { elem: value.type_of(), target: Some(Rc::new(value)) }
    }

    /// The nil pointer of type `*elem`.
    #[must_use]
    pub const fn nil(elem: Type) -> Self {
        Self { elem, target: None }
    }

    /// The type pointed to.
    #[must_use]
    pub const fn elem(&self) -> &Type {
        &self.elem
    }

    /// What it points to.
    #[must_use]
    pub fn target(&self) -> Option<&Value> {
        self.target.as_deref()
    }

    /// What `%p` prints.
    pub(crate) fn address(&self) -> usize {
        self.target.as_ref().map_or(0, |target| Rc::as_ptr(target) as usize)
    }
}
