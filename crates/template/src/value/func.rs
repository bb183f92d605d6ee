//! Functions: closures with a declared Go signature.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::{Text, Type, Value};

/// A function. Arguments arrive checked: their number and types are those of the signature.
#[derive(Clone)]
pub struct Func {
    signature: Rc<Signature>,
    body: Body,
}

/// What a function takes and gives. Prints as a Go type: `func(string, ...int) string`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    params: Vec<Type>,
    variadic: bool,
    result: Type,
    fallible: bool,
}

/// Functions by name, for [`Template::functions`](crate::Template::functions).
#[derive(Clone, Default)]
pub struct Functions(BTreeMap<String, Func>);

/// A function failed. Shows as `error calling NAME: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FuncError {
    message: String,
}

/// The running template, for functions that need it.
pub trait Call {
    /// Renders an associated template, as Go's `ExecuteTemplate` into a buffer. Counts against the same limits.
    ///
    /// # Errors
    ///
    /// When there is no such template, or it fails.
    fn execute_template(&mut self, name: &str, dot: &Value) -> Result<Text, FuncError>;

    /// Whether a template of that name has been defined.
    fn has_template(&self, name: &str) -> bool;
}

type Plain = dyn Fn(&[Value]) -> Result<Value, FuncError>;
type WithCall = dyn Fn(&mut dyn Call, &[Value]) -> Result<Value, FuncError>;

#[derive(Clone)]
enum Body {
    Plain(Rc<Plain>),
    WithCall(Rc<WithCall>),
}

// === impl Func ===

impl Func {
    /// A function with the given signature.
    pub fn new(signature: Signature, body: impl Fn(&[Value]) -> Result<Value, FuncError> + 'static) -> Self {
        Self { signature: Rc::new(signature), body: Body::Plain(Rc::new(body)) }
    }

    /// A function that can run associated templates.
    pub fn with_call(
        signature: Signature,
        body: impl Fn(&mut dyn Call, &[Value]) -> Result<Value, FuncError> + 'static,
    ) -> Self {
        Self { signature: Rc::new(signature), body: Body::WithCall(Rc::new(body)) }
    }

    /// What it takes and gives.
    #[must_use]
    pub const fn signature(&self) -> &Rc<Signature> {
        &self.signature
    }

    pub(crate) fn run(&self, call: &mut dyn Call, args: &[Value]) -> Result<Value, FuncError> {
        match &self.body {
            Body::Plain(body) => body(args),
            Body::WithCall(body) => body(call, args),
        }
    }

    /// What `%p` prints.
    pub(crate) fn address(&self) -> usize {
        Rc::as_ptr(&self.signature) as usize
    }
}

impl fmt::Debug for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signature.fmt(f)
    }
}

// === impl Signature ===

impl Signature {
    /// Takes exactly these parameters; gives `interface {}` or fails.
    #[must_use]
    pub fn new(params: impl IntoIterator<Item = Type>) -> Self {
        Self { params: params.into_iter().collect(), variadic: false, result: Type::Any, fallible: true }
    }

    /// Takes these parameters, of which the last may be given any number of times.
    #[must_use]
    pub fn variadic(params: impl IntoIterator<Item = Type>) -> Self {
        Self { variadic: true, ..Self::new(params) }
    }

    /// Declares the result type, default `interface {}`. It shows in `%T`, and in errors about a nil result.
    #[must_use]
    pub fn returning(self, result: Type) -> Self {
        Self { result, ..self }
    }

    /// Declares that the function never fails, which only shows in `%T`.
    #[must_use]
    pub fn infallible(self) -> Self {
        Self { fallible: false, ..self }
    }

    /// Parameter types; the last is the element type when [variadic](Self::is_variadic).
    #[must_use]
    pub fn params(&self) -> &[Type] {
        &self.params
    }

    /// The declared result type.
    #[must_use]
    pub const fn result(&self) -> &Type {
        &self.result
    }

    /// Whether the last parameter may be given any number of times.
    #[must_use]
    pub const fn is_variadic(&self) -> bool {
        self.variadic
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("func(")?;
        for (i, param) in self.params.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            if self.variadic && i + 1 == self.params.len() {
                f.write_str("...")?;
            }
            param.fmt(f)?;
        }
        if self.fallible { write!(f, ") ({}, error)", self.result) } else { write!(f, ") {}", self.result) }
    }
}

// === impl Functions ===

impl Functions {
    /// No functions: only Go's predefined ones will be known.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a function with a fixed number of parameters.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        params: impl IntoIterator<Item = Type>,
        body: impl Fn(&[Value]) -> Result<Value, FuncError> + 'static,
    ) {
        self.insert(name, Func::new(Signature::new(params), body));
    }

    /// Adds a function whose last parameter may be given any number of times.
    pub fn add_variadic(
        &mut self,
        name: impl Into<String>,
        params: impl IntoIterator<Item = Type>,
        body: impl Fn(&[Value]) -> Result<Value, FuncError> + 'static,
    ) {
        self.insert(name, Func::new(Signature::variadic(params), body));
    }

    /// Adds a function, in place of one of the same name. It also hides a predefined function of that name.
    pub fn insert(&mut self, name: impl Into<String>, func: Func) {
        self.0.insert(name.into(), func);
    }

    /// The function of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Func> {
        self.0.get(name)
    }

    /// Adds all of `other`, which wins over functions of the same name.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}

// === impl FuncError ===

impl FuncError {
    /// An error with that message.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl From<String> for FuncError {
    fn from(message: String) -> Self {
        Self { message }
    }
}

impl From<&str> for FuncError {
    fn from(message: &str) -> Self {
        Self { message: message.to_owned() }
    }
}
