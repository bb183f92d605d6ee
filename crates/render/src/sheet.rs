//! One template: its text, and what it comes to with what is known.

use crate::context::{Asked, Brain, Context};
use crate::functions::{Scratch, absent_hint, functions};
use crate::{Host, TemplateSpec};
use gyropilot_template::{Limits, MissingKey, Template, Value};
use std::path::PathBuf;
use std::rc::Rc;

/// The most steps that one rendering may take, ten times the engine's own
/// default: the largest templates in use walk some thousand instances in nested
/// loops. All other bounds are the engine's.
const MAX_STEPS: u64 = 100_000_000;

/// The largest template that is read, in bytes.
const MAX_SOURCE: u64 = 16 << 20;

/// A template that was read and parsed.
pub(crate) struct Sheet {
    pub(crate) spec: TemplateSpec,
    template: Template,
    context: Rc<Context>,
    scratch: Scratch,
}

/// What a rendering came to.
pub(crate) struct Pass {
    pub(crate) asked: Asked,
    /// The text, or why there is none. Worth something only when nothing is missing.
    pub(crate) result: Result<Vec<u8>, String>,
}

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SheetError {
    #[error("failed to read template {}: {reason}", .path.display())]
    Read { path: PathBuf, reason: String },
    #[error("{message}{}", own_line(.hint))]
    Parse { message: String, hint: Option<String> },
}

// === impl Sheet ===

impl Sheet {
    pub(crate) fn read<H: Host + 'static>(
        spec: &TemplateSpec,
        brain: &Rc<Brain>,
        host: &Rc<H>,
    ) -> Result<Self, SheetError> {
        let unreadable = |reason: String| SheetError::Read { path: spec.source.clone(), reason };
        let metadata = std::fs::metadata(&spec.source).map_err(|error| unreadable(error.to_string()))?;
        if metadata.len() > MAX_SOURCE {
            return Err(unreadable(format!("larger than {MAX_SOURCE} bytes")));
        }
        let text = std::fs::read(&spec.source).map_err(|error| unreadable(error.to_string()))?;
        let context = Rc::new(Context::new(Rc::clone(brain)));
        let scratch = Scratch::default();
        // The original names a template by its file alone; the whole path says more and is shown where Go shows it.
        let mut template = Template::new(spec.source.to_string_lossy())
            .functions(functions(&context, &scratch, host))
            .missing_key(MissingKey::Zero)
            .limits(Limits { steps: MAX_STEPS, ..Limits::default() });
        template.parse(text).map_err(|error| SheetError::Parse {
            hint: absent_hint(&error.message),
            message: error.to_string(),
        })?;
        Ok(Self { spec: spec.clone(), template, context, scratch })
    }

    /// Renders with what is known now. The dot is nil, as in the original.
    pub(crate) fn pass(&self) -> Pass {
        self.context.begin();
        self.scratch.clear();
        let result = self.template.render(&Value::Nil).map_err(|error| error.cause.to_string());
        self.scratch.clear();
        Pass { asked: self.context.asked(), result }
    }
}

fn own_line(hint: &Option<String>) -> String {
    hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default()
}
