//! `-wait min[:max]`.

use gyropilot_model::{DurationError, parse_go_duration};
use std::time::Duration;

/// How long changes are collected before files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Quiet time after a change before it is acted on. Each further change starts it anew.
    pub min: Duration,
    /// The longest time from the first change until it is acted on. Default four times `min`.
    pub max: Duration,
}

/// Why a text is not a `-wait` value. The wording is the original's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// Nothing is there.
    #[error("wait: cannot be empty")]
    Empty,
    /// More than two parts.
    #[error("wait: invalid format")]
    Format,
    /// A part is not a duration.
    #[error("{0}")]
    Duration(#[from] DurationError),
    /// The second part is the smaller one.
    #[error("wait: min must be less than max")]
    Order,
}

// === impl Wait ===

impl Wait {
    /// Reads `5s` and `5s:20s`.
    ///
    /// # Errors
    /// [`WaitError`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, WaitError> {
        if text.trim().is_empty() {
            return Err(WaitError::Empty);
        }
        let mut parts = text.split(':');
        let min = parse_go_duration(parts.next().unwrap_or_default().trim())?;
        let max = match parts.next() {
            Some(max) => parse_go_duration(max.trim())?,
            None => min.saturating_mul(4),
        };
        if parts.next().is_some() {
            return Err(WaitError::Format);
        }
        if max < min {
            return Err(WaitError::Order);
        }
        Ok(Self { min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_or_two_durations() {
        let seconds = Duration::from_secs;
        assert_eq!(Wait::parse("5s"), Ok(Wait { min: seconds(5), max: seconds(20) }));
        assert_eq!(Wait::parse("5s:10s"), Ok(Wait { min: seconds(5), max: seconds(10) }));
        assert_eq!(Wait::parse("0s:0s"), Ok(Wait { min: seconds(0), max: seconds(0) }));
        assert_eq!(Wait::parse(" "), Err(WaitError::Empty));
        assert_eq!(Wait::parse("1s:2s:3s"), Err(WaitError::Format));
        assert_eq!(Wait::parse("10s:5s"), Err(WaitError::Order));
        assert!(matches!(Wait::parse("five"), Err(WaitError::Duration(_))));
    }
}
