//! A configuration as it is written: members, lists and what is said about them.

/// The longest line of a comment, in characters.
const WIDTH: usize = 100;

/// A value.
pub(super) enum Value {
    /// As it stands.
    Text(String),
    Object(Object),
    List(Vec<Object>),
}

/// The members of an object, in order.
#[derive(Default)]
pub(super) struct Object {
    /// What is said about all of it, before it.
    pub(super) about: Vec<String>,
    members: Vec<Member>,
}

struct Member {
    about: Vec<String>,
    key: String,
    value: Value,
}

// === impl Object ===

impl Object {
    /// An empty one with something said about it.
    pub(super) const fn with(about: Vec<String>) -> Self {
        Self { about, members: Vec::new() }
    }

    /// Says something about all of it.
    pub(super) fn say(&mut self, comment: impl Into<String>) -> &mut Self {
        self.about.push(comment.into());
        self
    }

    pub(super) fn text(&mut self, key: &str, value: impl Into<String>) -> &mut Self {
        self.member(Vec::new(), key, Value::Text(value.into()))
    }

    pub(super) fn object(&mut self, key: &str, value: Self) -> &mut Self {
        self.member(Vec::new(), key, Value::Object(value))
    }

    pub(super) fn member(&mut self, about: Vec<String>, key: &str, value: Value) -> &mut Self {
        self.members.push(Member { about, key: key.to_owned(), value });
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The whole file that this object is.
    pub(super) fn page(&self) -> String {
        let mut page = String::new();
        comments(&self.about, 0, &mut page);
        self.write(0, &mut page);
        page.push('\n');
        page
    }

    fn write(&self, depth: usize, page: &mut String) {
        if let Some(short) = self.on_one_line().filter(|_| depth > 1) {
            page.push_str(&short);
            return;
        }
        page.push_str("{\n");
        for (i, member) in self.members.iter().enumerate() {
            if i > 0 && depth == 0 {
                page.push('\n');
            }
            comments(&member.about, depth + 1, page);
            indent(depth + 1, page);
            page.push_str(&key(&member.key));
            page.push_str(": ");
            member.value.write(depth + 1, page);
            page.push_str(",\n");
        }
        indent(depth, page);
        page.push('}');
    }

    /// For what is short and has nothing said about it.
    fn on_one_line(&self) -> Option<String> {
        let mut parts = Vec::new();
        for member in &self.members {
            let Value::Text(text) = &member.value else { return None };
            if !member.about.is_empty() || text.contains('\n') {
                return None;
            }
            parts.push(format!("{}: {text}", key(&member.key)));
        }
        let line = format!("{{ {} }}", parts.join(", "));
        (self.about.is_empty() && line.len() < WIDTH - 20).then_some(line)
    }
}

// === impl Value ===

impl Value {
    fn write(&self, depth: usize, page: &mut String) {
        match self {
            Self::Text(text) => page.push_str(&aligned(text, depth)),
            Self::Object(object) => object.write(depth, page),
            Self::List(items) => {
                page.push_str("[\n");
                for item in items {
                    comments(&item.about, depth + 1, page);
                    indent(depth + 1, page);
                    item.write(depth + 1, page);
                    page.push_str(",\n");
                }
                indent(depth, page);
                page.push(']');
            }
        }
    }
}

fn indent(depth: usize, page: &mut String) {
    page.push_str(&"  ".repeat(depth));
}

fn key(key: &str) -> String {
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain && !key.starts_with(|c: char| c.is_ascii_digit()) {
        key.to_owned()
    } else {
        format!("\"{key}\"")
    }
}

fn comments(comments: &[String], depth: usize, page: &mut String) {
    for comment in comments {
        for paragraph in comment.lines() {
            let mut line = String::new();
            for word in paragraph.split(' ') {
                if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH - 2 * depth {
                    comment_line(&line, depth, page);
                    line.clear();
                }
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            comment_line(&line, depth, page);
        }
    }
}

fn comment_line(line: &str, depth: usize, page: &mut String) {
    indent(depth, page);
    page.push_str(&format!("// {line}").trim_end().replace("{{", "{ {"));
    page.push('\n');
}

/// A value that spans lines, its last line as deep as it stands now.
fn aligned(text: &str, depth: usize) -> String {
    if text.contains("\\\n") {
        // A text that goes on in the next line has its spaces too.
        return text.to_owned();
    }
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("");
    let others: Vec<&str> = lines.collect();
    let depth_of = |line: &str| line.len() - line.trim_start().len();
    let had = others.last().map_or(0, |line| depth_of(line));
    let mut aligned = first.to_owned();
    for line in others {
        aligned.push('\n');
        let more = depth_of(line).saturating_sub(had);
        aligned.push_str(&" ".repeat(2 * depth + more));
        aligned.push_str(line.trim_start());
    }
    aligned
}
