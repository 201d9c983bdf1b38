//! The changes of one value by a request, without those that it took back itself.

/// What a request made of one value, step by step. Where others changed the value between two steps, the second
/// does not begin with what the first one left.
#[derive(Debug)]
pub struct Chain<V>(Vec<Link<V>>);

#[derive(Debug)]
struct Link<V> {
    old: V,
    new: V,
    /// The place of its newest change.
    place: usize,
}

/// Where the way back ends, because the value is not the one that the request left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken<V> {
    /// The value there.
    pub value: V,
    /// The place of the change of the request behind which somebody changed the value.
    pub after: usize,
}

impl<V> Default for Chain<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V: Clone + PartialEq> Chain<V> {
    /// Adds the change at a place behind all others.
    pub fn push(&mut self, place: usize, old: V, new: V) {
        match self.0.last_mut() {
            Some(last) if last.new == old => (last.new, last.place) = (new, place),
            _ => self.0.push(Link { old, new, place }),
        }
    }

    /// Removes the newest step if it counts for nothing.
    pub fn drop_last_if(&mut self, is_nothing: impl FnOnce(&V, &V) -> bool) {
        self.0.pop_if(|last| is_nothing(&last.old, &last.new));
    }

    /// Whether the request made nothing of the value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a step that makes a difference.
    pub fn makes_a_difference(&self) -> bool {
        self.0.iter().any(|link| link.old != link.new)
    }

    /// The value before the request; none if it made nothing of it.
    pub fn first(&self) -> Option<&V> {
        self.0.first().map(|link| &link.old)
    }

    /// The value before the request, if it is now the one that the request left.
    ///
    /// # Errors
    /// Where the way back ends.
    pub fn back_from(&self, now: V) -> Result<V, Broken<V>> {
        let mut value = now;
        for link in self.0.iter().rev() {
            if value != link.new {
                return Err(Broken { value, after: link.place });
            }
            value = link.old.clone();
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(steps: &[(i32, i32)]) -> Chain<i32> {
        let mut chain = Chain::default();
        for (place, (old, new)) in steps.iter().enumerate() {
            chain.push(place, *old, *new);
            chain.drop_last_if(|old, new| old == new);
        }
        chain
    }

    #[test]
    fn steps_of_the_request_alone_lead_back_to_the_value_before_it() {
        assert_eq!(chain(&[(1, 2), (2, 3)]).back_from(3), Ok(1));
        assert_eq!(chain(&[(1, 2), (2, 3), (3, 1)]).back_from(7), Ok(7));
        assert!(chain(&[(1, 2), (2, 1)]).is_empty());
        // Others changed 2 to 5; what the request did with that is taken back already.
        assert_eq!(chain(&[(1, 2), (5, 6), (6, 5), (2, 3)]).back_from(3), Ok(1));
    }

    #[test]
    fn the_way_back_ends_where_others_changed_the_value() {
        assert_eq!(chain(&[(1, 2)]).back_from(1), Err(Broken { value: 1, after: 0 }));
        assert_eq!(chain(&[(1, 2), (2, 3)]).back_from(2), Err(Broken { value: 2, after: 1 }));
        assert_eq!(chain(&[(1, 2), (3, 4)]).back_from(4), Err(Broken { value: 3, after: 0 }));
        assert_eq!(chain(&[(1, 2), (3, 4)]).back_from(5), Err(Broken { value: 5, after: 1 }));
        assert_eq!(chain(&[(1, 2), (3, 4)]).first(), Some(&1));
    }
}
