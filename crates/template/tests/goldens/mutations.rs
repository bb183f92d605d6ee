//! Broken templates: whatever a person types, there is an answer within the bounds.

use std::time::Duration;

use gyropilot_template::Limits;

use crate::cases::{Case, load};

const MUTATIONS: usize = 20_000;

/// Small, so that a mutation that loops for long is stopped soon.
const LIMITS: Limits =
    Limits { parse_depth: 50, template_depth: 20, nesting: 200, steps: 20_000, output_bytes: 64 << 10 };

/// Pieces that change the meaning of what is around them.
const PIECES: [&str; 32] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{end}}",
    "{{else}}",
    "{{if .l}}",
    "{{range .l}}",
    "{{with .m}}",
    "{{define \"t\"}}",
    "{{template \"t\" .}}",
    "{{break}}",
    "{{continue}}",
    "(",
    ")",
    "|",
    "$x := ",
    "$x",
    ".",
    ".nope",
    "\"",
    "`",
    "'",
    "nil",
    "9223372036854775807",
    "1e308",
    "%!",
    "%[1]*d",
    "%999999d",
    "\u{fffd}",
    "/*",
    "*/",
];

/// A small generator of its own, so that a failure can be repeated from the seed.
struct Random(u64);

// === impl Random ===

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).unwrap()
    }
}

#[test]
fn mutated_goldens_neither_panic_nor_pass_the_bounds() {
    let cases = load();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut parsed, mut failed) = (0, 0);
    for _ in 0..MUTATIONS {
        let case = &cases[random.below(cases.len())];
        let text = mutate(&cases, case, &mut random);
        let outcome = case.run_text(&text, LIMITS);
        assert!(outcome.output.len() <= LIMITS.output_bytes, "too much output from {text:?}");
        parsed += usize::from(outcome.parse_error.is_empty());
        failed += usize::from(!outcome.exec_error.is_empty());
    }
    // A mutator that only makes rubbish would test the lexer alone.
    assert!(parsed > MUTATIONS / 10, "{parsed} mutations parsed");
    assert!(failed > MUTATIONS / 50, "{failed} mutations failed while running");
}

#[test]
fn the_slowest_template_within_the_bounds_ends_soon() {
    let case = &load()[0];
    for text in [
        "{{range 1000000000}}{{end}}",
        "{{range 1000000000}}{{range 1000000000}}{{end}}{{end}}",
        "{{define \"t\"}}{{template \"t\" .}}{{template \"t\" .}}{{end}}{{template \"t\" .}}",
        "{{$x := \"xxxxxxxx\"}}{{range 1000000000}}{{$x = print $x $x}}{{end}}",
        "{{range 1000000000}}{{printf \"%999999d\" 1}}{{end}}",
        "{{range 1000000000}}{{len (printf \"%999999.999999f\" 1.0)}}{{end}}",
    ] {
        let limits = Limits { steps: 300_000, ..Limits::default() };
        let outcome = within(Duration::from_secs(5), || case.run_text(text.as_bytes(), limits));
        assert!(outcome.exec_error.contains("exceeded maximum"), "{text}: {}", outcome.exec_error);
    }
}

/// Runs `work`, which must not need more processor time than given.
fn within<T>(most: Duration, work: impl FnOnce() -> T) -> T {
    let used = || {
        // Processor time, so that a busy machine does not fail the test: utime and stime in ticks of 10 ms.
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        Duration::from_millis(10 * (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()))
    };
    let before = used();
    let outcome = work();
    let spent = used() - before;
    assert!(spent <= most, "took {spent:?}");
    outcome
}

/// One to four random edits, of which some splice in another golden.
fn mutate(cases: &[Case], case: &Case, random: &mut Random) -> Vec<u8> {
    let mut text = case.template.clone();
    for _ in 0..=random.below(4) {
        let at = random.below(text.len() + 1);
        match random.below(7) {
            0 if !text.is_empty() => {
                text.remove(at.min(text.len() - 1));
            }
            1 if !text.is_empty() => {
                let last = text.len() - 1;
                text[at.min(last)] = u8::try_from(random.below(256)).unwrap();
            }
            2 => {
                let other = &cases[random.below(cases.len())].template;
                let from = random.below(other.len() + 1);
                let to = from + random.below(other.len() - from + 1);
                text.splice(at..at, other[from..to].iter().copied());
            }
            3 => text.truncate(at),
            4 => {
                let end = at + random.below(text.len() - at + 1);
                let copy = text[at..end].to_vec();
                text.splice(at..at, copy);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())].as_bytes();
                text.splice(at..at, piece.iter().copied());
            }
        }
    }
    text
}
