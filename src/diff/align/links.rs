//! Where each item of one side went on the other.

/// Where each item of one side went on the other. An item may have gone into one that came from several.
#[derive(Debug, Clone, Default)]
pub(super) struct Links {
    pub(super) to_new: Vec<Option<usize>>,
    pub(super) to_old: Vec<Option<usize>>,
}

impl Links {
    pub(super) fn new(old: usize, new: usize) -> Self {
        Self { to_new: vec![None; old], to_old: vec![None; new] }
    }

    pub(super) fn link(&mut self, old: usize, new: usize) {
        if let (Some(there), Some(back)) = (self.to_new.get_mut(old), self.to_old.get_mut(new)) {
            (*there, *back) = (Some(new), Some(old));
        }
    }

    /// Returns where an older item went.
    pub(super) fn new_of(&self, old: usize) -> Option<usize> {
        self.to_new.get(old).copied().flatten()
    }

    /// Returns where a newer item came from.
    pub(super) fn old_of(&self, new: usize) -> Option<usize> {
        self.to_old.get(new).copied().flatten()
    }

    pub(super) fn are_free(&self, old: usize, new: usize) -> bool {
        self.to_new.get(old).is_some_and(Option::is_none) && self.to_old.get(new).is_some_and(Option::is_none)
    }

    /// The older items that went nowhere.
    pub(super) fn free_old(&self) -> impl Iterator<Item = usize> + '_ {
        self.to_new.iter().enumerate().filter(|(_, to)| to.is_none()).map(|(at, _)| at)
    }

    /// The newer items that came from nowhere.
    pub(super) fn free_new(&self) -> impl Iterator<Item = usize> + '_ {
        self.to_old.iter().enumerate().filter(|(_, to)| to.is_none()).map(|(at, _)| at)
    }
}
