//! Gyropilot's own commands, as clap knows them: help, completions and man pages are made from these.
//!
//! `xtask` reads this file too, so it uses nothing of the other rooms.

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The name of the program.
pub(crate) const NAME: &str = "gyropilot";

/// The original's command line.
pub(crate) const USAGE: &str = "\
Usage: gyropilot -config SETTING [APPLICATION [ARGUMENT]...]

  -config SETTING  the configuration: file://PATH, PATH, or the text itself
                   (default: the variable CONTAINERPILOT, in the same forms)
  -template        apply the template that the configuration is, write it, and end
  -out TARGET      where -template writes: file://PATH, or - for standard output (default -)
  -version         say the version, and end";

/// What `gyropilot` can do besides being the pilot.
#[derive(Parser)]
#[command(
    name = NAME,
    about = "The Autopilot Pattern in one static binary",
    before_help = USAGE,
    override_usage = "gyropilot <COMMAND>",
    disable_help_subcommand = false
)]
pub(crate) struct CommandLine {
    /// The one that was asked for
    #[command(subcommand)]
    pub(crate) command: Commands,
}

/// The commands, in the order in which help lists them.
#[derive(Subcommand)]
pub(crate) enum Commands {
    /// Check a configuration without running anything
    ///
    /// Tells what would run, and what starts it. Ends with 0 when the
    /// configuration is valid, with 1 when it is not.
    Check {
        /// The configuration
        file: PathBuf,
        /// Tell nothing of a configuration that is valid
        #[arg(short, long)]
        quiet: bool,
    },
    /// Show what a reload with another configuration would change
    ///
    /// Ends with 0 when nothing would change, with 2 when something would, and
    /// with 1 when there is no answer. Secrets are not shown, and
    /// whether a running pilot has other ones cannot be seen.
    Plan {
        /// The new configuration
        file: PathBuf,
        /// Compare with this configuration, rather than with a running pilot's
        #[arg(long, value_name = "FILE", conflicts_with = "socket")]
        against: Option<PathBuf>,
        /// Where the running pilot is asked (default: the control socket of the new configuration)
        #[arg(long, value_name = "PATH")]
        socket: Option<PathBuf>,
    },
    /// Turn a configuration of ContainerPilot 2 into the form of jobs
    ///
    /// Says in comments what means something else now, and on standard error
    /// what could not be carried over. Ends with 0 when the new file was
    /// written and can be loaded, with 1 when the old one is not valid.
    Migrate {
        /// The old configuration
        old: PathBuf,
        /// Where the new one is written; - for standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
        /// The application and its arguments, as they stood behind the pilot's own
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        application: Vec<String>,
    },
    /// Run configuration tests under virtual time
    ///
    /// Ends with 0 when every test passed, and with 1 when one failed or a
    /// file is not valid. Nothing is started, and no time is waited for.
    Test {
        /// Test files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Write the results as JSON
        #[arg(long)]
        json: bool,
    },
    /// Render a Go template with a JSON document as its dot
    ///
    /// Writes to standard output. Ends with 2 when the template cannot be
    /// parsed, with 1 when it fails while it is executed or a file cannot be read.
    Render {
        /// The JSON document
        #[arg(long, value_name = "FILE.json")]
        data: PathBuf,
        /// The template
        template: PathBuf,
    },
    /// Write the JSON Schema of configurations, for editors
    ///
    /// An editor finds it when a configuration names it: "$schema": "gyropilot.schema.json"
    Schema,
    /// Write what a shell needs to complete these commands
    ///
    /// For example: gyropilot completions bash > /etc/bash_completion.d/gyropilot
    Completions {
        /// The shell
        shell: CompletionShell,
    },
    /// Be consul-template
    ///
    /// The same as calling the binary by that name; see `gyropilot consul-template -h`.
    #[command(name = "consul-template", disable_help_flag = true)]
    ConsulTemplate {
        /// As for consul-template
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// A shell that can complete commands.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum CompletionShell {
    /// GNU bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}
