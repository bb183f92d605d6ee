//! The page at `/ui`: HTML, style and scripts as they are, without a build step.
//!
//! It asks the catalogue over Consul's HTTP API, at `../v1/` from where it
//! stands, and nobody else; what is served here is the same for a real Consul.

/// Where it stands.
pub const PLACE: &str = "/ui/";

/// The page sends this header with all that it asks, so that it is not taken for a client
/// of the services that it looks at.
pub const MARK: &str = "x-gyropilot-page";

/// Sent with every file. Nothing is run, shown or asked that does not come from
/// the same place, and nothing within the page itself is taken for a script.
pub const HEADERS: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    // Another version of the program brings other files.
    ("cache-control", "no-cache"),
];

/// A file of the page.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its name below [`PLACE`].
    pub name: &'static str,
    /// For `Content-Type`.
    pub content_type: &'static str,
    /// What is in it.
    pub body: &'static str,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// This file, to be sent with [`HEADERS`].
    File(&'static File),
    /// Another path.
    Elsewhere(&'static str),
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! file {
    ($name:literal, $content_type:expr) => {
        File { name: $name, content_type: $content_type, body: include_str!($name) }
    };
}

static FILES: &[File] = &[
    file!("index.html", HTML),
    file!("page.css", CSS),
    file!("parts.css", CSS),
    file!("icon.svg", SVG),
    file!("main.js", SCRIPT),
    file!("catalogue.js", SCRIPT),
    file!("changes.js", SCRIPT),
    file!("dependencies.js", SCRIPT),
    file!("dom.js", SCRIPT),
    file!("feed.js", SCRIPT),
    file!("graph.js", SCRIPT),
    file!("layers.js", SCRIPT),
    file!("link.js", SCRIPT),
    file!("list.js", SCRIPT),
    file!("overview.js", SCRIPT),
    file!("reader.js", SCRIPT),
    file!("service.js", SCRIPT),
    file!("steady.js", SCRIPT),
    file!("world.js", SCRIPT),
];

/// What is at `path`, which has no query; nothing that is not of the page.
#[must_use]
pub fn find(path: &str) -> Option<Found> {
    match path {
        "/" | "/ui" => Some(Found::Elsewhere(PLACE)),
        PLACE => find("/ui/index.html"),
        _ => {
            let name = path.strip_prefix(PLACE)?;
            FILES.iter().find(|file| file.name == name).map(Found::File)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(path: &str) -> &'static str {
        match find(path) {
            Some(Found::File(file)) => file.body,
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn the_page_is_found_where_people_look() {
        assert_eq!(find("/"), Some(Found::Elsewhere("/ui/")));
        assert_eq!(find("/ui"), Some(Found::Elsewhere("/ui/")));
        assert!(body("/ui/").starts_with("<!doctype html>"));
        for path in ["/ui/mod.rs", "/ui/../Cargo.toml", "/ui/nothing", "/v1/catalog/services", ""] {
            assert_eq!(find(path), None, "{path}");
        }
    }

    #[test]
    fn every_file_that_stands_there_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/page");
        let mut standing: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".rs"))
            .collect();
        standing.sort();
        let mut served: Vec<&str> = FILES.iter().map(|file| file.name).collect();
        served.sort_unstable();
        assert_eq!(served, standing);
    }

    #[test]
    fn files_name_only_files_that_are_served() {
        for file in FILES {
            let words = file.body.split('"');
            for named in words.filter(|word| word.ends_with(".js") || word.ends_with(".css")) {
                body(&format!("{PLACE}{}", named.trim_start_matches("./")));
            }
        }
    }

    #[test]
    fn nothing_within_the_page_is_a_script_or_a_style() {
        let page = body("/ui/");
        for inline in ["<style", " style=", "javascript:", "<script>"] {
            assert!(!page.contains(inline), "{inline}");
        }
        for handler in page.split_whitespace().filter(|word| word.starts_with("on")) {
            assert!(!handler.contains('='), "{handler}");
        }
        for script in FILES.iter().filter(|file| file.content_type == SCRIPT) {
            // What a catalogue says is never read as HTML, nor run.
            for way in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("]
            {
                assert!(!script.body.contains(way), "{}: {way}", script.name);
            }
            assert!(!script.body.contains("://") || script.body.contains("www.w3.org"), "{}", script.name);
        }
    }
}
