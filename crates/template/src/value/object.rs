//! Values whose behaviour comes from outside.

use super::{Func, Text, Value};

/// A value with fields and methods computed by its owner, such as `scratch` or a list of tags that has `.Contains`.
///
/// Templates reach both by name: `.Tags.Contains "x"`. A method is looked up before a field.
pub trait Object {
    /// The Go type, as `%T` and errors print it, such as `*template.Scratch`.
    fn type_name(&self) -> &str;

    /// The field of that name, if there is one.
    fn field(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }

    /// The method of that name, if there is one. Its parameters are checked as those of a function.
    fn method(&self, name: &str) -> Option<Func> {
        let _ = name;
        None
    }

    /// What the object is made of, as `[]string` for Go's `type Tags []string`: used to range over it, to index,
    /// measure, compare and print it, and to pass it where that type is wanted. `None`: none of these work, it is
    /// true, and it prints as an empty struct.
    fn underlying(&self) -> Option<Value> {
        None
    }

    /// The text of a Go `Stringer` or `error`, which then is how it prints.
    fn string(&self) -> Option<Text> {
        None
    }
}
