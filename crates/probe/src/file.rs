//! Looking whether a file is there, and fresh.

use crate::Answer;
use gyropilot_model::format_go_duration;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A file that will be written only later, by its time, is fresh.
pub(crate) fn look(path: &Path, max_age: Option<Duration>, now: SystemTime) -> Result<Answer, String> {
    let name = path.display();
    let written = match std::fs::metadata(path).and_then(|known| known.modified()) {
        Ok(written) => written,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(format!("{name} is not there"));
        }
        Err(error) => return Err(format!("cannot look at {name}: {error}")),
    };
    let Some(max_age) = max_age else { return Ok(Answer::well(format!("{name} is there"))) };
    let age = now.duration_since(written).unwrap_or_default();
    let ago = format!("{name} was written {} ago", format_go_duration(Duration::from_secs(age.as_secs())));
    if age < max_age {
        Ok(Answer::well(ago))
    } else {
        Err(format!("{ago}, not within {}", format_go_duration(max_age)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_there_and_fresh_or_not() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("alive");
        let say = |max_age, now| {
            let told = match look(&path, max_age, now) {
                Ok(answer) => format!("well: {}", answer.words),
                Err(words) => words,
            };
            told.replace(temp.path().to_str().unwrap(), "AT")
        };
        let minute = Duration::from_secs(60);
        assert_eq!(say(None, SystemTime::UNIX_EPOCH), "AT/alive is not there");
        std::fs::File::create(&path).unwrap();
        let written = std::fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(say(None, SystemTime::UNIX_EPOCH), "well: AT/alive is there");
        assert_eq!(say(Some(minute), SystemTime::UNIX_EPOCH), "well: AT/alive was written 0s ago");
        let later = written + Duration::from_secs(59);
        assert_eq!(say(Some(minute), later), "well: AT/alive was written 59s ago");
        assert_eq!(say(Some(minute), written + minute), "AT/alive was written 1m0s ago, not within 1m0s");
    }
}
