//! Gyropilot's own commands, as clap knows them: help, completions and man pages are made from these.
//!
//! `xtask` reads this file too, so it uses nothing of the other rooms.

pub(crate) mod catalog;

use catalog::{CatalogVerb, ServerFlags, Which};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
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
  -version         say the version, and end

To the pilot that runs with this configuration, the first of these:

  -reload          read the configuration again; fails when that is not accepted
  -maintenance WORD
                   enable or disable
  -putenv NAME=VALUE
                   set a variable for processes started from now on, or with NAME
                   alone take it away; may be repeated
  -putmetric NAME=VALUE
                   give a metric a value; may be repeated
  -ping            say ok when it answers";

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

/// What a configuration is held against.
#[derive(Args)]
pub(crate) struct Against {
    /// A scheduler's file; may be given several times
    #[arg(long = "against", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Whose file it is (default: what it looks like)
    #[arg(long = "as", value_name = "SCHEDULER", requires = "files")]
    pub(crate) scheduler: Option<Whose>,
    /// The container in it (default: the one named as the first service, or the only one)
    #[arg(long, value_name = "NAME", requires = "files")]
    pub(crate) container: Option<String>,
}

/// What only whoever asks can know.
#[derive(Args)]
pub(crate) struct GenerateFlags {
    /// The configuration (default: the variable CONTAINERPILOT)
    #[arg(long, value_name = "SETTING")]
    pub(crate) config: Option<String>,
    /// The image (default: the name, and :1)
    #[arg(long)]
    pub(crate) image: Option<String>,
    /// What it is called (default: the first service)
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How many of it
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    pub(crate) replicas: u32,
    /// Where the configuration is in the image (default: where it is here)
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
}

/// The schedulers whose files are known.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Whose {
    /// Docker Compose
    Compose,
    /// A stack of Docker Swarm
    Swarm,
    /// Kubernetes
    Kubernetes,
    /// HashiCorp Nomad
    Nomad,
    /// Marathon
    Marathon,
    /// systemd, on a plain machine
    Systemd,
}

/// The commands, in the order in which help lists them.
#[derive(Subcommand)]
pub(crate) enum Commands {
    /// Check a configuration without running anything
    ///
    /// Tells what would run, and what starts it. Ends with 0 when the
    /// configuration is valid, with 1 when it is not. With `--against`, finds
    /// what a scheduler's file says against it: too short a time to stop,
    /// probes and ports that nobody has, variables that are missing.
    Check {
        /// The configuration
        file: PathBuf,
        /// Tell nothing of a configuration that is valid
        #[arg(short, long)]
        quiet: bool,
        #[command(flatten)]
        against: Against,
    },
    /// Write a file for a scheduler to begin with, from a configuration
    ///
    /// Ports, probes, the time that a stop takes, variables and the order of updates, with the reasons as
    /// comments. It is written to standard output; docs/schedulers.md tells what to look after.
    Generate {
        /// Whose file
        scheduler: Whose,
        #[command(flatten)]
        flags: GenerateFlags,
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
    /// Ask once whether something is well, for checks and scripts without curl
    ///
    /// Asks as the probes of a job do: a status from 200 to 399, an accepted connection, SERVING
    /// or being there is well. Ends with 0 and says so on standard output, with 1 and the reason
    /// on standard error when it is not well, and with 2 when the target cannot be meant.
    Probe {
        /// http://HOST:PORT/PATH, https://..., unix:///SOCKET:/PATH, tcp://HOST:PORT, grpc://HOST:PORT/SERVICE or
        /// file:///PATH
        target: String,
        /// The longest wait for an answer
        #[arg(long, value_name = "DURATION", default_value = "5s")]
        timeout: String,
    },
    /// Show how a running pilot and its jobs stand
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Only say whether it is ready for requests: 0 when it is, 1 and the reasons when not
        ///
        /// It is ready when every job with a port is well and offered in the catalogue, no
        /// other job is unhealthy, and the pilot neither stops nor is in maintenance. This is
        /// what `/readyz` of its telemetry answers, and fit for HEALTHCHECK in a Dockerfile.
        #[arg(long, conflicts_with = "json", verbatim_doc_comment)]
        ready: bool,
        /// With `--ready`, wait until it is, for so long at most
        #[arg(long, value_name = "DURATION", requires = "ready")]
        wait: Option<String>,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Tell why a job is in the state it is in
    Why {
        /// The job
        job: String,
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Show what happened last in a running pilot
    Events {
        /// Go on with what happens, until interrupted
        #[arg(short, long)]
        follow: bool,
        /// Only after the event of this number
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        since: u64,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Show which job starts because of what
    Graph {
        /// In which form
        #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
        format: GraphFormat,
        /// Of this configuration, without asking a pilot
        #[arg(long, conflicts_with_all = ["socket", "config"])]
        file: Option<PathBuf>,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Start a job that does not run, whatever it waits for
    Start {
        /// The job
        job: String,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Stop a job in good order, and leave it stopped
    Stop {
        /// The job
        job: String,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Stop a job in good order, and start it again
    Restart {
        /// The job
        job: String,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Run a job once, now, beside whatever starts it otherwise
    RunOnce {
        /// The job
        job: String,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Send a signal to the processes of a job
    Signal {
        /// Its name, with or without SIG
        signal: String,
        /// The job
        job: String,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Have the configuration read again
    ///
    /// Ends with 1, and the report, when it is not accepted; nothing has changed then.
    Reload {
        #[command(flatten)]
        pilot: Whom,
    },
    /// Take all services out of the catalogue, or bring them back
    Maintenance {
        /// What is wanted
        wanted: Wanted,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Ask whether a pilot answers
    Ping {
        #[command(flatten)]
        pilot: Whom,
    },
    /// Set variables for processes that are started from now on
    PutEnv {
        /// NAME=VALUE, or NAME alone to take it away
        #[arg(required = true, value_name = "NAME=VALUE")]
        variables: Vec<String>,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Give metrics their values
    PutMetric {
        /// NAME=VALUE
        #[arg(required = true, value_name = "NAME=VALUE")]
        values: Vec<String>,
        #[command(flatten)]
        pilot: Whom,
    },
    /// Run a service catalogue that speaks Consul's API, or ask one
    ///
    /// Without a verb, runs a catalogue of a single node, for a laptop, a test run
    /// or a small site: whatever speaks to Consul works with it, and to grow is to
    /// change one address. It runs until it is interrupted.
    ///
    /// The verbs ask Consul, or anything that speaks its HTTP API. They end with 0 when the
    /// thing was done, with 1 when it was not or is not there, with 2 when it
    /// cannot be meant, and with 3 when no catalogue answers. Basic authentication and TLS are those of the
    /// variables CONSUL_HTTP_AUTH, CONSUL_CACERT, CONSUL_CAPATH,
    /// CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY, CONSUL_TLS_SERVER_NAME and
    /// CONSUL_HTTP_SSL_VERIFY.
    #[command(args_conflicts_with_subcommands = true)]
    Catalog {
        /// How it is run
        #[command(flatten)]
        flags: Box<ServerFlags>,
        /// What is asked or told
        #[command(subcommand)]
        verb: Option<CatalogVerb>,
    },
    /// Show a catalogue on a page, over any Consul
    ///
    /// Serves the page that the embedded catalogue has at /ui, and hands on
    /// what it reads, and nothing else, with the token given here. Whoever
    /// reaches the page can read as much. Writes the page's address to standard
    /// output, and ends with 0 when it is interrupted. Basic authentication and TLS are those of
    /// the variables that `gyropilot catalog` names.
    Ui {
        #[command(flatten)]
        which: Which,
        /// Where the page is served; port 0 takes any that is free
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8501")]
        listen: SocketAddr,
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

/// Which running pilot is meant.
#[derive(Args)]
pub(crate) struct Whom {
    /// Its control socket (default: that of its configuration)
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// Its configuration (default: the variable CONTAINERPILOT); -config does as well
    #[arg(long, value_name = "SETTING", conflicts_with = "socket")]
    pub(crate) config: Option<String>,
}

/// How a graph is written.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum GraphFormat {
    /// For people
    Text,
    /// For Mermaid, as in Markdown
    Mermaid,
    /// For Graphviz
    Dot,
}

/// Maintenance or not.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Wanted {
    /// Enter it
    Enable,
    /// Leave it
    Disable,
}
