//! The word that was probably meant.

/// The known word nearest to `word`, if any is near enough to be what was meant.
#[must_use]
pub fn near_miss<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let near = |candidate: &'k str| {
        let folded = candidate.to_lowercase();
        let distance = strsim::damerau_levenshtein(&word, &folded);
        // A third of a word may be wrong: one letter of three, two of six.
        let close = distance * 3 <= folded.chars().count().max(3);
        // A long common beginning counts too: `onChanged`, `service`, `deregister`.
        let similar = strsim::jaro_winkler(&word, &folded) > 0.9;
        (close || similar).then_some((distance, candidate))
    };
    known.filter_map(near).min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near() {
        let known = ["name", "port", "poll", "ttl", "health", "interfaces", "onChange"];
        for (word, want) in [
            ("tll", Some("ttl")),
            ("prot", Some("port")),
            ("interface", Some("interfaces")),
            ("onchanged", Some("onChange")),
            ("heatlh", Some("health")),
            ("exec", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(near_miss(word, known.into_iter()), want, "{word}");
        }
    }
}
