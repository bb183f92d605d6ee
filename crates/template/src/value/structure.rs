//! Structs and pointers.

use std::rc::Rc;

use super::{StructType, Type, Value};

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
