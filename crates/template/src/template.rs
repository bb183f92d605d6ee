//! The template set: what a caller parses into and renders from.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use crate::builtin::Builtin;
use crate::error::{ParseError, RenderError};
use crate::exec::{Program, render};
use crate::lex::Dialect;
use crate::limits::Limits;
use crate::node::{Source, Tree};
use crate::parse::parse;
use crate::source_map::Rendered;
use crate::value::{Functions, Value};

/// A template with the templates defined inside it or added to it, as Go's `template.Template`.
#[derive(Clone)]
pub struct Template {
    name: String,
    left: String,
    right: String,
    functions: Functions,
    missing_key: MissingKey,
    limits: Limits,
    trees: BTreeMap<Vec<u8>, Rc<Tree>>,
    sources: usize,
}

/// What a map gives for a key it does not have; Go's option `missingkey`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// No value at all, which prints as `<no value>`. The default.
    #[default]
    Invalid,
    /// The zero value of the element type: empty for `map[string]string`, but still `<no value>` for maps of any.
    Zero,
    /// An error.
    Error,
}

// === impl Template ===

impl Template {
    /// An empty template set whose main template has that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            left: "{{".to_owned(),
            right: "}}".to_owned(),
            functions: Functions::new(),
            missing_key: MissingKey::default(),
            limits: Limits::default(),
            trees: BTreeMap::new(),
            sources: 0,
        }
    }

    /// Sets the delimiters for texts parsed later. Default, and what an empty string means: `{{` and `}}`.
    #[must_use]
    pub fn delimiters(mut self, left: &str, right: &str) -> Self {
        self.left = if left.is_empty() { "{{" } else { left }.to_owned();
        self.right = if right.is_empty() { "}}" } else { right }.to_owned();
        self
    }

    /// Adds functions. They must be known before the text that calls them is parsed.
    #[must_use]
    pub fn functions(mut self, functions: Functions) -> Self {
        self.functions.extend(functions);
        self
    }

    /// Sets what a missing map key gives. Default [`MissingKey::Invalid`].
    #[must_use]
    pub fn missing_key(mut self, missing_key: MissingKey) -> Self {
        self.missing_key = missing_key;
        self
    }

    /// Sets the bounds. Default [`Limits::default`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits.within_the_stack();
        self
    }

    /// Parses the main template and the definitions in it.
    ///
    /// # Errors
    ///
    /// When the text is not a template; nothing is defined then.
    pub fn parse(&mut self, text: impl AsRef<[u8]>) -> Result<(), ParseError> {
        let name = self.name.clone();
        self.parse_associated(&name, text)
    }

    /// Parses a further template of the set under its own name, as Go's `New(name).Parse(text)`.
    ///
    /// # Errors
    ///
    /// When the text is not a template; nothing is defined then.
    pub fn parse_associated(&mut self, name: &str, text: impl AsRef<[u8]>) -> Result<(), ParseError> {
        let source = Source { text: text.as_ref().into(), index: self.sources };
        let is_function = |name: &str| self.functions.get(name).is_some() || Builtin::find(name).is_some();
        let dialect = Dialect {
            left: self.left.as_bytes(),
            right: self.right.as_bytes(),
            break_is_keyword: !is_function("break"),
            continue_is_keyword: !is_function("continue"),
        };
        let trees = parse(name, &source, dialect, &is_function, &self.limits).map_err(|error| *error)?;
        self.sources += 1;
        for (name, tree) in trees {
            // A text of definitions only must not wipe out a template of its name that says something.
            if !tree.is_empty() || !self.trees.contains_key(&name) {
                self.trees.insert(name, tree);
            }
        }
        Ok(())
    }

    /// Names of all defined templates, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.trees.values().map(|tree| &*tree.name)
    }

    /// Runs the main template.
    ///
    /// # Errors
    ///
    /// When it fails or reaches a bound; the error holds the output so far.
    pub fn render(&self, dot: &Value) -> Result<Vec<u8>, RenderError> {
        self.render_named(&self.name, dot)
    }

    /// Runs the template of that name.
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render), and when there is no such template.
    pub fn render_named(&self, name: &str, dot: &Value) -> Result<Vec<u8>, RenderError> {
        render(self.program(), name, dot, false).map(|rendered| rendered.output)
    }

    /// Runs the main template and tells where each part of the output came from.
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render).
    pub fn render_mapped(&self, dot: &Value) -> Result<Rendered, RenderError> {
        render(self.program(), &self.name, dot, true)
    }

    const fn program(&self) -> Program<'_> {
        Program {
            trees: &self.trees,
            functions: &self.functions,
            missing_key: self.missing_key,
            limits: self.limits,
        }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("name", &self.name)
            .field("defined", &self.names().collect::<Vec<&str>>())
            .finish_non_exhaustive()
    }
}
