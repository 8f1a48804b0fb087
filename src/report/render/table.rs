//! Tables of a page, which can be sorted.

use crate::text::safe::for_markup as escape;

/// A table.
#[derive(Debug)]
pub(super) struct Table<'a> {
    heads: &'a [&'a str],
    rows: Vec<Vec<Cell>>,
}

/// What stands in a cell.
#[derive(Debug)]
pub(super) struct Cell {
    /// By what it is sorted, where that is not its text.
    value: Option<f64>,
    is_number: bool,
    html: String,
}

impl Cell {
    pub(super) fn text(text: &str) -> Self {
        Self::html(escape(text))
    }

    /// Markup, in which all that is of others has been escaped.
    pub(super) const fn html(html: String) -> Self {
        Self { value: None, is_number: false, html }
    }

    /// Text that is sorted by a number, such as a time.
    pub(super) fn sorted(value: f64, text: String) -> Self {
        Self { value: Some(value), is_number: false, html: escape(&text) }
    }

    pub(super) fn number(value: f64, text: String) -> Self {
        Self { value: Some(value), is_number: true, html: escape(&text) }
    }

    pub(super) fn count(many: u64) -> Self {
        Self::number(many as f64, many.to_string())
    }

    fn render(&self) -> String {
        let class = if self.is_number { " class=\"number\"" } else { "" };
        let value = self.value.map(|value| format!(" data-v=\"{value}\"")).unwrap_or_default();
        format!("<td{class}{value}>{}</td>", self.html)
    }
}

impl<'a> Table<'a> {
    pub(super) const fn new(heads: &'a [&'a str]) -> Self {
        Self { heads, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The table with a name for who cannot see it; nothing where it has no row.
    pub(super) fn html(&self, name: &str) -> String {
        let Some(first) = self.rows.first() else { return String::new() };
        let head = |(head, cell): (&&str, &Cell)| {
            let class = if cell.is_number { " class=\"number\"" } else { "" };
            format!("<th scope=\"col\"{class}><button type=\"button\">{}</button></th>", escape(head))
        };
        let heads: String = self.heads.iter().zip(first).map(head).collect();
        let row = |row: &Vec<Cell>| format!("<tr>{}</tr>\n", row.iter().map(Cell::render).collect::<String>());
        let rows: String = self.rows.iter().map(row).collect();
        let name = escape(name);
        format!(
            "<div class=\"table\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
        )
    }
}
