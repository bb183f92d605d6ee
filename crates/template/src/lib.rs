//! Go's `text/template`, whole: lexer, parser, evaluator and `fmt` verbs.
//!
//! Configuration files and catalogue-driven files are Go templates, so this room follows Go to the byte: the same
//! output, the same white space, the same wording of errors. Goldens made by the real thing hold it there
//! (`goldens/README.md`). It knows nothing of configurations or catalogues: every function beyond Go's predefined ones
//! comes from outside as a closure.
//!
//! ```
//! use gyropilot_template::{FuncError, Functions, Template, Type, Value};
//!
//! let mut functions = Functions::new();
//! functions.add("shout", [Type::String], |args| match args {
//!     [Value::String(text)] => Ok(Value::from(text.to_str().to_uppercase())),
//!     _ => Err(FuncError::new("one string expected")),
//! });
//! let mut template = Template::new("greeting").functions(functions);
//! template.parse("Hello, {{ .name | shout }}!")?;
//! let dot = Value::from(serde_json::json!({"name": "world"}));
//! assert_eq!(template.render(&dot)?, b"Hello, WORLD!");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builtin;
mod error;
mod exec;
mod fmt;
mod go_regexp;
mod lex;
mod limits;
mod node;
mod number;
mod parse;
mod quote;
mod source_map;
mod template;
mod unicode;
mod value;

pub use error::{ExecError, ExecErrorKind, ParseError, RenderError};
pub use go_regexp::{compile_regexp, compile_regexp_within};
pub use limits::{Limit, Limits};
pub use source_map::{Rendered, Segment, SegmentKind};
pub use template::{MissingKey, Template};
pub use value::{
    Call, FloatKind, Func, FuncError, Functions, IntKind, Map, MapKey, Object, Pointer, Signature, Slice,
    Struct, StructType, Text, Type, UintKind, Value,
};
