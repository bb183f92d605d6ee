//! Tables for people.

use std::fmt::Write as _;

/// What a page is written for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paper {
    /// Escape sequences are understood.
    pub(crate) colour: bool,
    /// How many characters stand in a line; `None` for a file or a pipe.
    pub(crate) width: Option<usize>,
}

/// A word of a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    ink: Ink,
}

/// In which colour a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    /// All is well.
    Good,
    /// In doubt, or on the way.
    Doubt,
    /// Not well.
    Bad,
    /// Of less interest.
    Faint,
}

/// Columns, and behind them what there is to say about a line.
pub(crate) struct Table<const N: usize> {
    pub(crate) head: [&'static str; N],
    /// What stands over the notes.
    pub(crate) note: &'static str,
    pub(crate) rows: Vec<([Cell; N], String)>,
}

/// Space between columns.
const GAP: usize = 2;
/// A note that has less room than this gets a line of its own.
const NOTE: usize = 24;
/// How far such a line is indented.
const INDENT: usize = 4;

// === impl Ink ===

impl Ink {
    const fn sequence(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Good => Some("\u{1b}[32m"),
            Self::Doubt => Some("\u{1b}[33m"),
            Self::Bad => Some("\u{1b}[31m"),
            Self::Faint => Some("\u{1b}[2m"),
        }
    }
}

// === impl Cell ===

impl Cell {
    pub(crate) fn inked(text: &str, ink: Ink) -> Self {
        Self { text: plain(text), ink }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::inked(text, Ink::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// A number that there may not be.
impl<T: ToString> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::inked("-", Ink::Faint), |value| Self::from(value.to_string()))
    }
}

// === impl Table ===

impl<const N: usize> Table<N> {
    /// Each column as wide as its widest word. In a narrow terminal long notes
    /// are cut, or go below their line; the columns themselves are never cut.
    pub(crate) fn write(&self, page: &mut String, paper: Paper) {
        let mut widths = self.head.map(str::len);
        for (row, _) in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.chars().count());
            }
        }
        let columns: usize = widths.iter().map(|width| width + GAP).sum();
        let beside = paper.width.is_none_or(|width| width >= columns + NOTE);
        let head = self.head.map(|text| Cell::inked(text, Ink::Faint));
        let has_notes = self.rows.iter().any(|(_, note)| !note.is_empty());
        let title = if beside && has_notes { self.note } else { "" };
        line(page, &head, &widths, title, paper);
        for (row, note) in &self.rows {
            let note = plain(note);
            if beside {
                line(page, row, &widths, &cut(&note, paper.width.map(|width| width - columns)), paper);
                continue;
            }
            line(page, row, &widths, "", paper);
            if !note.is_empty() {
                let room = paper.width.map(|width| width.saturating_sub(INDENT).max(NOTE));
                let _ = writeln!(page, "{:INDENT$}{}", "", cut(&note, room));
            }
        }
    }
}

fn line(page: &mut String, cells: &[Cell], widths: &[usize], note: &str, paper: Paper) {
    let mut owed = 0;
    let words = cells.iter().zip(widths).map(|(cell, width)| (cell, *width));
    for (cell, width) in words {
        let _ = write!(page, "{:owed$}", "");
        match cell.ink.sequence().filter(|_| paper.colour) {
            Some(sequence) => drop(write!(page, "{sequence}{}\u{1b}[0m", cell.text)),
            None => page.push_str(&cell.text),
        }
        owed = width.saturating_sub(cell.text.chars().count()) + GAP;
    }
    if !note.is_empty() {
        let _ = write!(page, "{:owed$}{note}", "");
    }
    page.push('\n');
}

fn cut(text: &str, room: Option<usize>) -> String {
    match room {
        Some(room) if text.chars().count() > room => {
            text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
        }
        _ => text.to_owned(),
    }
}

/// An address as it is dialled; 0 is no port.
pub(crate) fn place(address: &str, port: i64) -> String {
    match (address.contains(':'), port) {
        (_, 0) => address.to_owned(),
        (true, _) => format!("[{address}]:{port}"),
        (false, _) => format!("{address}:{port}"),
    }
}

/// One line without anything that a terminal obeys: parts of it are what programs wrote.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<2> {
        let note = "a note that is rather long, and says what nobody would have thought";
        Table {
            head: ["NAME", "STATE"],
            note: "NOTE",
            rows: vec![
                ([Cell::from("web"), Cell::inked("running", Ink::Good)], String::new()),
                ([Cell::from("a-long-name"), Cell::from(None::<u32>)], note.to_owned()),
            ],
        }
    }

    fn written(table: &Table<2>, paper: Paper) -> String {
        let mut page = String::new();
        table.write(&mut page, paper);
        page
    }

    #[test]
    fn notes_are_cut_or_go_below() {
        let at = |width| written(&table(), Paper { colour: false, width: Some(width) });
        insta::assert_snapshot!(format!("{}---\n{}---\n{}", at(200), at(60), at(40)));
    }

    #[test]
    fn colours_stand_around_words_and_do_not_move_columns() {
        let page = written(&table(), Paper { colour: true, width: None });
        let bare = written(&table(), Paper::default());
        assert!(page.contains("\u{1b}[32mrunning\u{1b}[0m\n"), "{page:?}");
        let mut stripped = page;
        for sequence in ["\u{1b}[32m", "\u{1b}[2m", "\u{1b}[0m"] {
            stripped = stripped.replace(sequence, "");
        }
        assert_eq!(stripped, bare);
    }

    #[test]
    fn places() {
        assert_eq!(place("10.0.0.7", 80), "10.0.0.7:80");
        assert_eq!(place("fd00::7", 80), "[fd00::7]:80");
        assert_eq!(place("fd00::7", 0), "fd00::7");
    }

    #[test]
    fn what_programs_wrote_cannot_command_the_terminal() {
        let cell = Cell::from("a\u{1b}[2Jb\nc\r");
        assert_eq!(cell.text, "a [2Jb c ");
    }
}
