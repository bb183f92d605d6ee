//! Slices.

use std::ops::Range;
use std::rc::Rc;

use super::{Type, Value};

/// A Go slice: a window on shared elements of one type.
#[derive(Debug, Clone)]
pub struct Slice {
    elem: Type,
    items: Option<Rc<[Value]>>,
    window: Range<usize>,
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

    /// What `%p` prints: where the shared elements are.
    pub(crate) fn address(&self) -> usize {
        self.items.as_ref().map_or(0, |all| Rc::as_ptr(all).cast::<u8>() as usize)
    }
}
