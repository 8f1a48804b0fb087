//! Scans in pages: no lock of an engine is held between two rows.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Bound;

use super::{Error, KeyRange, Order, Row};

/// A scan that stops after a few rows should not pay for a page of hundreds, so pages grow from this many rows ...
const FIRST_ROWS: usize = 1;
/// ... by this factor ...
const GROWTH: usize = 8;
/// ... up to this many.
const MOST_ROWS: usize = 512;
/// A page ends early once its keys and values reach this size.
const MOST_BYTES: usize = 1 << 20;

/// Returns how many rows a scan has fetched when that many pages of it were taken, unless they are large.
pub(crate) const fn rows_of_pages(pages: u32) -> usize {
    let (mut all, mut rows, mut page) = (0, FIRST_ROWS, 0);
    while page < pages {
        (all, rows, page) = (all + rows, next_rows(rows), page + 1);
    }
    all
}

const fn next_rows(rows: usize) -> usize {
    if rows * GROWTH < MOST_ROWS { rows * GROWTH } else { MOST_ROWS }
}

/// How much one page may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageLimit {
    rows: usize,
}

impl PageLimit {
    #[cfg(unix)]
    pub(super) const fn rows(self) -> usize {
        self.rows
    }
}

/// What one page brought.
#[derive(Debug, Default)]
pub(super) struct Page {
    rows: VecDeque<Row>,
    /// Whether the range ended with this page.
    last: bool,
}

impl Page {
    /// A page of rows that were counted elsewhere.
    #[cfg(unix)]
    pub(super) fn of(last: bool, rows: Vec<Row>) -> Self {
        Self { rows: rows.into(), last }
    }

    /// Takes rows up to the limit of a page, or up to the first error.
    pub(super) fn take<E>(mut rows: impl Iterator<Item = Result<Row, E>>, limit: PageLimit) -> Result<Self, E> {
        let mut page = Self::default();
        let mut bytes = 0;
        while page.rows.len() < limit.rows && bytes < MOST_BYTES {
            let Some(row) = rows.next() else {
                page.last = true;
                break;
            };
            let row = row?;
            bytes += row.0.len() + row.1.len();
            page.rows.push_back(row);
        }
        Ok(page)
    }
}

/// The rows of a range, fetched page by page.
pub(super) struct Pages<F> {
    fetch: F,
    rest: KeyRange,
    order: Order,
    rows: usize,
    page: VecDeque<Row>,
    done: bool,
}

impl<F: Fn(&KeyRange, Order, PageLimit) -> Result<Page, Error>> Pages<F> {
    /// Scans a range by asking `fetch` for pages. A range without a key never reaches `fetch`.
    pub(super) fn new(range: KeyRange, order: Order, fetch: F) -> Self {
        let done = is_empty(&range);
        Self { fetch, rest: range, order, rows: FIRST_ROWS, page: VecDeque::new(), done }
    }

    fn next_page(&mut self) -> Result<(), Error> {
        let page = (self.fetch)(&self.rest, self.order, PageLimit { rows: self.rows })?;
        self.rows = next_rows(self.rows);
        let after = page.rows.back().map(|(key, _)| Bound::Excluded(key.clone()));
        match (after, self.order) {
            (None, _) => self.done = true,
            (Some(after), Order::Ascending) => self.rest.0 = after,
            (Some(after), Order::Descending) => self.rest.1 = after,
        }
        self.done = self.done || page.last || is_empty(&self.rest);
        self.page = page.rows;
        Ok(())
    }
}

impl<F: Fn(&KeyRange, Order, PageLimit) -> Result<Page, Error>> Iterator for Pages<F> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty()
            && !self.done
            && let Err(error) = self.next_page()
        {
            self.done = true;
            return Some(Err(error));
        }
        self.page.pop_front().map(Ok)
    }
}

impl<F> fmt::Debug for Pages<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("rest", &self.rest).field("order", &self.order).finish_non_exhaustive()
    }
}

/// Tells whether no key can lie in a range: engines disagree about such ranges (`BTreeMap` panics), so they see none.
fn is_empty(range: &KeyRange) -> bool {
    match range {
        (Bound::Unbounded, Bound::Unbounded | Bound::Included(_)) | (_, Bound::Unbounded) => false,
        (Bound::Unbounded, Bound::Excluded(end)) => end.is_empty(),
        (Bound::Included(start), Bound::Included(end)) => start > end,
        (Bound::Included(start) | Bound::Excluded(start), Bound::Included(end) | Bound::Excluded(end)) => start >= end,
    }
}
