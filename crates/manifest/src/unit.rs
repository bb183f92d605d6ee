//! Units of systemd: sections with settings, a line each.

use crate::node::{Node, Unreadable, Value};

/// The sections of a unit, each setting as often as it stands there; systemd.syntax(7).
pub(crate) fn read(text: &str) -> Result<Node, Unreadable> {
    let mut sections: Vec<(String, Node)> = Vec::new();
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    while let Some((line, text)) = lines.next() {
        let mut text = text.trim().to_owned();
        // A line that ends with a backslash goes on.
        while let Some(begun) = text.strip_suffix('\\') {
            let more = lines.next().map_or("", |(_, more)| more.trim());
            text = format!("{} {more}", begun.trim_end());
        }
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            sections.push((name.to_owned(), Node { line, value: Value::Map(Vec::new()) }));
            continue;
        }
        let refused = |reason: &str| Unreadable { line, reason: reason.to_owned() };
        let (key, value) = text.split_once('=').ok_or_else(|| refused("a setting is NAME=VALUE"))?;
        let section = sections.last_mut().ok_or_else(|| refused("this stands in no section"))?;
        if let Value::Map(settings) = &mut section.1.value {
            settings.push((key.trim().to_owned(), Node::text(line, value.trim())));
        }
    }
    Ok(Node { line: 1, value: Value::Map(sections) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_in_their_sections() {
        let read =
            read("# x\n[Unit]\nDescription=a\n\n[Service]\nExecStart=/bin/a \\\n  b\nTimeoutStopSec=25\n");
        let read = read.unwrap();
        assert_eq!(read.text_at(&["Service", "ExecStart"]), Some(("/bin/a b".to_owned(), 6)));
        assert_eq!(read.text_at(&["Service", "TimeoutStopSec"]), Some(("25".to_owned(), 8)));
    }

    #[test]
    fn a_fault_has_its_line() {
        assert_eq!(super::read("A=b\n").unwrap_err().line, 1);
        assert_eq!(super::read("[Service]\n\nnonsense\n").unwrap_err().line, 3);
    }
}
