//! Suggestions for unknown names.
//!
//! The distance and the limit are those of the reference implementation, graphql-js, for equal
//! suggestions.

/// The maximum number of suggestions.
const MAX_NAMES: usize = 5;
/// Names in a schema are shorter than this, in bytes; anything longer is not a typing error.
const MAX_LENGTH: usize = 64;

/// A clause to append to a message, with the most similar names; empty if none is similar.
pub fn did_you_mean<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    question(&similar(name, names))
}

/// A clause that suggests these names; empty if there are none.
pub fn question(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [] => String::new(),
        [name] => format!(": did you mean {name}?"),
        [names @ .., last] => format!(": did you mean {} or {last}?", names.join(", ")),
    }
}

/// Those of the names that are most like this one, the most similar first.
fn similar<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if name.is_empty() || name.len() > MAX_LENGTH {
        return Vec::new();
    }
    let limit = name.len() * 2 / 5 + 1;
    let mut similar: Vec<_> = names
        .map(|other| (distance(name, other), other))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    similar.sort_unstable();
    similar.truncate(MAX_NAMES);
    similar.into_iter().map(|(_, name)| name).collect()
}

/// The number of letters to insert, delete, change or swap to turn one name into the other. Case
/// counts as one such change for the whole name.
fn distance(one: &str, other: &str) -> usize {
    if one == other {
        return 0;
    }
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    if one == other {
        return 1;
    }
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let width = other.len() + 1;
    let mut rows: Vec<Vec<usize>> = vec![(0..width).collect()];
    for (at, letter) in one.iter().enumerate() {
        let mut row = vec![at + 1];
        for (column, its_letter) in other.iter().enumerate() {
            let above = &rows[at];
            let changed = above[column] + usize::from(letter != its_letter);
            let mut best = changed.min(above[column + 1] + 1).min(row[column] + 1);
            let is_exchange =
                at > 0 && column > 0 && *letter == other[column - 1] && one[at - 1] == *its_letter;
            if is_exchange {
                best = best.min(rows[at - 1][column - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_names_are_suggested_first() {
        let names = ["video", "videos", "videoStats", "videoByPath", "node", "nodes"];
        for (name, expected) in [
            ("vidoes", ": did you mean `videos`, `video` or `nodes`?"),
            ("VIDEOSTATS", ": did you mean `videoStats`, `videoByPath`, `videos` or `video`?"),
            ("nods", ": did you mean `node` or `nodes`?"),
            ("something", ""),
            ("", ""),
        ] {
            assert_eq!(did_you_mean(name, names.into_iter()), expected, "{name}");
        }
        assert_eq!(did_you_mean(&"v".repeat(100_000), names.into_iter()), "");
        let many = ["a1", "a2", "a3", "a4", "a5", "a6"];
        let expected = ": did you mean `a1`, `a2`, `a3`, `a4` or `a5`?";
        assert_eq!(did_you_mean("ab", many.into_iter()), expected);
    }

    #[test]
    fn letters_put_in_taken_away_changed_and_exchanged_are_counted() {
        for (one, other, expected) in [
            ("path", "path", 0),
            ("path", "PATH", 1),
            ("path", "pat", 1),
            ("path", "paths", 1),
            ("path", "patj", 1),
            ("path", "paht", 1),
            ("path", "size", 4),
        ] {
            assert_eq!(distance(one, other), expected, "{one} and {other}");
            assert_eq!(distance(other, one), expected, "{other} and {one}");
        }
    }
}
