//! Calls of functions and methods: arguments counted, evaluated, checked, passed.

use std::rc::Rc;

use super::{Exec, Operand, Place, Run};
use crate::builtin::{Builtin, BuiltinError};
use crate::error::ExecErrorKind;
use crate::node::Expr;
use crate::value::{Call, Func, FuncError, Text, Type, Value};

/// What a call needs to know of its parameters.
#[derive(Clone, Copy)]
struct Params<'a> {
    types: &'a [Type],
    variadic: bool,
}

/// What a function gets to see of the rendering that called it.
struct Running<'e, 't>(&'e mut Exec<'t>);

// === impl Params ===

impl Params<'_> {
    /// Type of the parameter at `at`.
    fn at(&self, at: usize) -> Option<&Type> {
        if self.variadic { self.types.get(at).or_else(|| self.types.last()) } else { self.types.get(at) }
    }
}

// === impl Running ===

impl Call for Running<'_, '_> {
    fn execute_template(&mut self, name: &str, dot: &Value) -> Result<Text, FuncError> {
        self.0.execute_template(name, dot).map_err(|stopped| {
            if let ExecErrorKind::Limit(limit) = stopped.kind {
                self.0.reached = Some(limit);
            }
            FuncError::new(stopped.text)
        })
    }

    fn has_template(&self, name: &str) -> bool {
        self.0.program.trees.contains_key(name.as_bytes())
    }
}

// === impl Exec ===

impl<'t> Exec<'t> {
    /// Calls the function of that name: the caller's, else a predefined one. Errors from inside it are blamed on
    /// `whole`, mistakes in calling it on the name.
    pub(super) fn function(
        &mut self,
        dot: &Operand,
        whole: Place<'t>,
        node: &'t Expr,
        name: &str,
        rest: &'t [Expr],
        last: Option<Operand>,
    ) -> Run<Operand> {
        self.spend(1)?;
        self.place = Place::Expr(node);
        if let Some(func) = self.program.functions.get(name) {
            return self.call_user(dot, func, whole, name, rest, last);
        }
        let Some(builtin) = Builtin::find(name) else {
            return Err(self.not_defined(name));
        };
        let params = Params { types: builtin.params, variadic: builtin.variadic };
        self.check_count(params, name, rest, last.as_ref())?;
        if let Some(stop_at) = builtin.short_circuit {
            return self.and_or(dot, stop_at, rest, last);
        }
        // Errors of `call` name the function as it was written.
        let callee = match (rest.first(), &last) {
            (Some(first), _) => first.to_string(),
            (None, Some(Operand { value: Value::String(text), .. })) => text.to_str().into_owned(),
            (None, last) => format!("<{} Value>", last.as_ref().map_or(Type::Any, Operand::type_of)),
        };
        let mut args = Vec::with_capacity(rest.len() + 1);
        for (i, arg) in rest.iter().enumerate() {
            args.push(self.argument(dot, params.at(i), arg)?);
        }
        if let Some(last) = last {
            args.push(self.validated(last, params.at(args.len()))?);
        }
        let limit = self.output.limit();
        let outcome =
            builtin.run(&args, limit, &callee, &mut |func, args| self.run_called(func, &callee, args));
        match outcome {
            Ok(operand) => {
                self.spend_result(&operand.value)?;
                Ok(operand)
            }
            Err(BuiltinError::Failed(error)) => Err(self.function_error(whole, name, &error)),
            Err(BuiltinError::TooLong) => Err(self.limit_error(crate::limits::Limit::OutputBytes)),
        }
    }

    /// `and` and `or` evaluate arguments only until one decides.
    fn and_or(
        &mut self,
        dot: &Operand,
        stop_at: bool,
        rest: &'t [Expr],
        last: Option<Operand>,
    ) -> Run<Operand> {
        let mut value = Operand::default();
        for arg in rest {
            value = self.argument(dot, Some(&Type::Reflect), arg)?;
            if value.value.is_true() == stop_at {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    /// Calls a function or method that came from outside.
    pub(super) fn call_user(
        &mut self,
        dot: &Operand,
        func: &Func,
        whole: Place<'t>,
        name: &str,
        rest: &'t [Expr],
        last: Option<Operand>,
    ) -> Run<Operand> {
        let signature = Rc::clone(func.signature());
        let params = Params { types: signature.params(), variadic: signature.is_variadic() };
        self.check_count(params, name, rest, last.as_ref())?;
        let mut args = Vec::with_capacity(rest.len() + 1);
        for (i, arg) in rest.iter().enumerate() {
            args.push(self.argument(dot, params.at(i), arg)?.value);
        }
        if let Some(last) = last {
            args.push(self.validated(last, params.at(args.len()))?.value);
        }
        match func.run(&mut Running(self), &args) {
            Ok(value) => {
                self.spend_result(&value)?;
                Ok(Operand::read_as(value, signature.result()))
            }
            Err(error) => Err(self.function_error(whole, name, &error)),
        }
    }

    fn run_called(&mut self, func: &Func, name: &str, args: &[Operand]) -> Result<Value, FuncError> {
        let signature = Rc::clone(func.signature());
        let params = Params { types: signature.params(), variadic: signature.is_variadic() };
        let got = args.len();
        let fixed = params.types.len() - usize::from(params.variadic && !params.types.is_empty());
        if params.variadic && got < fixed {
            return Err(FuncError::new(format!(
                "wrong number of args for {name}: got {got} want at least {fixed}"
            )));
        }
        if !params.variadic && got != fixed {
            return Err(FuncError::new(format!("wrong number of args for {name}: got {got} want {fixed}")));
        }
        let mut values = Vec::with_capacity(got);
        for (i, arg) in args.iter().enumerate() {
            let want = params.at(i).unwrap_or(&Type::Any);
            let value = crate::builtin::prepared(arg, want)
                .map_err(|error| FuncError::new(format!("arg {i}: {error}")))?;
            values.push(value);
        }
        func.run(&mut Running(self), &values)
    }

    fn check_count(&self, params: Params<'_>, name: &str, rest: &[Expr], last: Option<&Operand>) -> Run<()> {
        let got = rest.len() + usize::from(last.is_some());
        let want = params.types.len();
        if params.variadic {
            let least = want.saturating_sub(1);
            if got < least {
                let written = rest.len();
                return Err(self
                    .error(format!("wrong number of args for {name}: want at least {least} got {written}")));
            }
        } else if got != want {
            return Err(self.error(format!("wrong number of args for {name}: want {want} got {got}")));
        }
        Ok(())
    }

    fn spend_result(&mut self, value: &Value) -> Run<()> {
        match value {
            Value::String(text) => self.spend_text(text.len()),
            _ => Ok(()),
        }
    }

    fn function_error(&mut self, whole: Place<'t>, name: &str, error: &FuncError) -> super::Stopped {
        self.place = whole;
        let kind = match self.reached.take() {
            Some(limit) => ExecErrorKind::Limit(limit),
            None => ExecErrorKind::Function,
        };
        self.error_of(kind, format!("error calling {name}: {error}"))
    }
}
