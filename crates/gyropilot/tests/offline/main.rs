//! The commands that run nothing, as users see them: exit status, standard output and standard error together.
#![expect(clippy::disallowed_methods, reason = "this drives the binary; nothing here reaps for itself")]
#![allow(clippy::unwrap_used, reason = "a test that cannot do its work should stop")]

mod asking;
mod check;
mod manifests;
mod migrate;
mod plan;
mod rehearsal;

use std::process::Command;
use tempfile::TempDir;

/// A folder with files in it.
struct Desk(TempDir);

// === impl Desk ===

impl Desk {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    /// What `gyropilot` does there, without any variable but those given.
    fn gyropilot(&self, words: &[&str], env: &[(&str, &str)]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_gyropilot"))
            .args(words)
            .current_dir(self.0.path())
            .env_clear()
            .envs(env.iter().copied())
            .output()
            .unwrap();
        format!(
            "status: {}\n--- stdout\n{}--- stderr\n{}",
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap()
        )
    }
}

#[test]
fn every_shell_is_told_every_command() {
    let desk = Desk::with(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let script = desk.gyropilot(&["completions", shell], &[]);
        for command in [
            "check",
            "generate",
            "migrate",
            "plan",
            "probe",
            "test",
            "catalog",
            "instances",
            "consul-template",
        ] {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
    assert!(desk.gyropilot(&["completions", "tcsh"], &[]).starts_with("status: 2"));
}
