//! Values that mean nothing by themselves, compared by how they relate.

use std::collections::BTreeMap;

/// Pairs of values that stand in the same places on both sides. Each value of
/// one side has one of the other, and where an order counts, it is the same.
#[derive(Debug)]
pub(super) struct Relation<T> {
    ordered: bool,
    left: BTreeMap<T, (T, String)>,
    right: BTreeMap<T, String>,
}

// === impl Relation ===

impl<T: Ord + Clone> Relation<T> {
    /// Of names: equal or not.
    pub(super) fn of_names() -> Self {
        Self { ordered: false, left: BTreeMap::new(), right: BTreeMap::new() }
    }

    /// Of points of time: before, equal or after.
    pub(super) fn of_points() -> Self {
        Self { ordered: true, left: BTreeMap::new(), right: BTreeMap::new() }
    }

    /// Takes a pair up that stands in some place; if it does not fit to those
    /// before it, the pair is left out, and said how each side sees its value.
    pub(super) fn pair(&mut self, left: &T, right: &T, place: &str) -> Result<(), (String, String)> {
        let known = self.left.get(left).map(|(partner, _)| partner == right);
        let fits = known.unwrap_or_else(|| !self.right.contains_key(right) && self.in_order(left, right));
        if !fits {
            let lefts = self.left.iter().map(|(value, (_, place))| (value, place.as_str()));
            let rights = self.right.iter().map(|(value, place)| (value, place.as_str()));
            return Err((relative(left, lefts, self.ordered), relative(right, rights, self.ordered)));
        }
        self.left.entry(left.clone()).or_insert_with(|| (right.clone(), place.to_owned()));
        self.right.entry(right.clone()).or_insert_with(|| place.to_owned());
        Ok(())
    }

    fn in_order(&self, left: &T, right: &T) -> bool {
        let before = self.left.range(..left.clone()).next_back();
        let after = self.left.range(left.clone()..).next();
        !self.ordered
            || before.is_none_or(|(_, (partner, _))| partner < right)
                && after.is_none_or(|(_, (partner, _))| partner > right)
    }
}

/// What a value is, told by those that were seen before it.
fn relative<'a, T: Ord + 'a>(
    value: &T,
    seen: impl Iterator<Item = (&'a T, &'a str)>,
    ordered: bool,
) -> String {
    let (mut before, mut after) = (None, None);
    for (other, place) in seen {
        match other.cmp(value) {
            std::cmp::Ordering::Equal => return format!("that of {place}"),
            std::cmp::Ordering::Less => before = Some(place),
            std::cmp::Ordering::Greater => after = after.or(Some(place)),
        }
    }
    match (before, after) {
        _ if !ordered => "a new one".to_owned(),
        (None, None) => "the first one".to_owned(),
        (Some(before), None) => format!("a new one, after all before it (the last: {before})"),
        (None, Some(after)) => format!("one before that of {after}"),
        (Some(before), Some(after)) => format!("one after that of {before}, before that of {after}"),
    }
}
