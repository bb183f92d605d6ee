//! Syntax and fields to something that can be evaluated.

use super::fields::{Kind, Names};
use super::grammar::{Operator, Syntax};
use super::literal::{self, Unfit, quote};
use super::{Condition, MAX_PATTERN, MAX_PATTERNS, Step, Subject, Test, Verdict};
use gyropilot_template::compile_regexp_within;

/// Checks an expression against what there is.
///
/// # Errors
/// What Consul says of the first thing that is wrong.
pub(super) fn check(syntax: &Syntax, subject: Subject) -> Result<Condition, String> {
    Checker { fields: subject.names(), patterns: 0 }.check(syntax)
}

struct Checker {
    fields: Names,
    /// How many regular expressions there are so far.
    patterns: usize,
}

/// Where a selector leads: into a record, or to a value.
enum Place {
    Within(Names),
    Value(&'static Kind),
}

// === impl Checker ===

impl Checker {
    fn check(&mut self, syntax: &Syntax) -> Result<Condition, String> {
        Ok(match syntax {
            Syntax::Any(operands) => Condition::Any(self.check_each(operands)?),
            Syntax::All(operands) => Condition::All(self.check_each(operands)?),
            Syntax::Not(operand) => Condition::Not(Box::new(self.check(operand)?)),
            Syntax::Match { selector, operator, value } => {
                self.check_match(selector, *operator, value.as_deref().unwrap_or_default())?
            }
        })
    }

    fn check_each(&mut self, operands: &[Syntax]) -> Result<Vec<Condition>, String> {
        operands.iter().map(|operand| self.check(operand)).collect()
    }

    fn check_match(
        &mut self,
        selector: &[String],
        operator: Operator,
        value: &str,
    ) -> Result<Condition, String> {
        let (path, kind) = self.find(selector)?;
        let name = || quote(&selector.join("."));
        let unfit = |function: &str, unfit: Unfit| {
            let (value, words) = (quote(value), unfit.words());
            let name = name();
            format!(
                "Failed to coerce value {value} for selector {name}: strconv.{function}: parsing {value}: {words}"
            )
        };
        let test = match (operator.positive(), kind) {
            (Operator::Equal, Some(Kind::Text)) => Test::Text(value.to_owned()),
            (Operator::Equal, Some(Kind::Whole)) => {
                Test::Whole(literal::whole(value).map_err(|error| unfit("ParseInt", error))?)
            }
            (Operator::Equal, Some(Kind::Flag)) => {
                Test::Flag(literal::flag(value).map_err(|error| unfit("ParseBool", error))?)
            }
            (Operator::In, Some(Kind::Text)) => Test::Part(value.to_owned()),
            (Operator::In, Some(Kind::Texts)) => Test::Member(value.to_owned()),
            (Operator::In, Some(Kind::Table(_))) => Test::Key(value.to_owned()),
            (Operator::IsEmpty, Some(Kind::Texts | Kind::Table(_) | Kind::Records(_))) => Test::Empty,
            (Operator::Matches, Some(Kind::Text)) => self.pattern(value)?,
            _ => {
                let operator = quote(operator.name());
                return Err(format!("Invalid match operator {operator} for selector {}", name()));
            }
        };
        let positive = operator.positive() == operator;
        // Consul takes everything but these three to hold of what is not there, a matching pattern too.
        let absent = !matches!(operator, Operator::Equal | Operator::In | Operator::IsNotEmpty);
        Ok(Condition::Match(Verdict { path, test, positive, absent }))
    }

    /// The way to what a selector names. No kind means a record, on which nothing can be asked.
    fn find(&self, selector: &[String]) -> Result<(Vec<Step>, Option<&'static Kind>), String> {
        let mut place = Place::Within(self.fields);
        let mut path = Vec::with_capacity(selector.len());
        for (index, part) in selector.iter().enumerate() {
            let unknown = || {
                let name = quote(&selector[..=index].join("."));
                format!("Selector {name} is not valid")
            };
            let kind = match place {
                Place::Within(names) => {
                    let (name, kind) = names.iter().find(|(name, _)| name == part).ok_or_else(unknown)?;
                    path.push(Step::Field(name));
                    kind
                }
                Place::Value(Kind::Table(kind)) => {
                    path.push(Step::Key(part.clone()));
                    kind
                }
                Place::Value(Kind::Records(names)) => {
                    let (name, kind) = names.iter().find(|(name, _)| name == part).ok_or_else(unknown)?;
                    path.extend([Step::Each, Step::Field(name)]);
                    kind
                }
                Place::Value(_) => return Err(unknown()),
            };
            place = match kind {
                Kind::Record(names) => Place::Within(names),
                value => Place::Value(value),
            };
        }
        match place {
            Place::Within(_) => Ok((path, None)),
            Place::Value(kind) => Ok((path, Some(kind))),
        }
    }

    fn pattern(&mut self, pattern: &str) -> Result<Test, String> {
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            return Err(format!("More than {MAX_PATTERNS} regular expressions"));
        }
        compile_regexp_within(pattern, MAX_PATTERN)
            .map(Test::Pattern)
            .map_err(|error| format!("Failed to compile regular expression {}: {error}", quote(pattern)))
    }
}

// === impl Operator ===

impl Operator {
    /// The one that this one is, or denies.
    const fn positive(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => Self::Equal,
            Self::In | Self::NotIn => Self::In,
            Self::IsEmpty | Self::IsNotEmpty => Self::IsEmpty,
            Self::Matches | Self::NotMatches => Self::Matches,
        }
    }

    /// As messages call it.
    const fn name(self) -> &'static str {
        match self {
            Self::Equal => "Equal",
            Self::NotEqual => "Not Equal",
            Self::In => "In",
            Self::NotIn => "Not In",
            Self::IsEmpty => "Is Empty",
            Self::IsNotEmpty => "Is Not Empty",
            Self::Matches => "Matches",
            Self::NotMatches => "Not Matches",
        }
    }
}
