//! Maps and their keys.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{FloatKind, IntKind, Text, Type, UintKind, Value};

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
            Self::Float(x) => Value::Float(FloatKind::Float64, *x),
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
