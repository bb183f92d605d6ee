//! `gyropilot catalog`: how one is run, and what one can be asked and told.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// How the catalogue is run.
#[derive(Args)]
pub(crate) struct ServerFlags {
    /// Where it listens for HTTP; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8500")]
    pub(crate) http: SocketAddr,
    /// Keep its data in this folder (default: everything is forgotten at its end)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Where it listens for DNS, over UDP and TCP; port 0 takes any that is free (default: 127.0.0.1:8600, or nowhere if that is taken or tokens or certificates are asked for)
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) dns: Option<SocketAddr>,
    /// The name of its datacentre
    #[arg(long, value_name = "NAME", default_value = "dc1")]
    pub(crate) datacenter: String,
    /// The name of its node (default: the host name)
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,
    /// A file of the tokens that are asked for: a line each, `read TOKEN` or `write TOKEN`
    #[arg(long, value_name = "FILE")]
    pub(crate) tokens: Option<PathBuf>,
    /// Speak HTTPS with this certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve only clients with a certificate of these authorities, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_client_ca: Option<PathBuf>,
    /// How many connections there may be at a time; each carries one waiting reader
    #[arg(long, value_name = "COUNT", default_value_t = 60_000)]
    pub(crate) max_connections: usize,
    /// How many of them may be from one address
    #[arg(long, value_name = "COUNT", default_value_t = 8_192)]
    pub(crate) max_connections_per_client: usize,
}

/// What is asked or told.
#[derive(Subcommand)]
pub(crate) enum CatalogVerb {
    /// Show the services, how many instances each has, and how they are
    Services {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Show the instances of a service
    ///
    /// Ends with 1 when there is none.
    Instances {
        /// The service
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: String,
        #[command(flatten)]
        only: Only,
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Read and write keys
    Kv {
        /// What is asked or told
        #[command(subcommand)]
        verb: KeyVerb,
    },
    /// Follow what changes, until interrupted
    ///
    /// Tells first what is there, then each change. An answer that fails
    /// changes nothing: the catalogue is asked again until it answers.
    Watch {
        /// What is followed
        #[command(subcommand)]
        target: WatchTarget,
    },
}

/// What is asked or told of keys.
#[derive(Subcommand)]
pub(crate) enum KeyVerb {
    /// Write the value of a key to standard output, as it is
    ///
    /// Ends with 1 when there is no such key.
    Get {
        /// The key
        key: String,
        /// As JSON, with what is known of the key
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Give a key a value
    Put {
        /// The key
        key: String,
        /// The value
        #[arg(allow_hyphen_values = true, required_unless_present = "file")]
        value: Option<String>,
        /// Take the value from this file; - for standard input
        #[arg(long, value_name = "FILE", conflicts_with = "value")]
        file: Option<PathBuf>,
        /// Only if the key was last written at this index, and with 0 only if there is no such key
        #[arg(long, value_name = "INDEX")]
        cas: Option<u64>,
        #[command(flatten)]
        which: Which,
    },
    /// Remove a key, or all keys that begin so
    ///
    /// A key that is not there is removed already.
    Delete {
        /// The key
        key: String,
        /// All keys that begin with it
        #[arg(long)]
        recurse: bool,
        #[command(flatten)]
        which: Which,
    },
    /// List keys, one a line
    List {
        /// Only those that begin with it
        #[arg(default_value = "", hide_default_value = true)]
        prefix: String,
        /// Name what is below a folder once, by the folder's name
        #[arg(long, conflicts_with = "values")]
        folders: bool,
        /// With their values
        #[arg(long)]
        values: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
}

/// What is followed.
#[derive(Subcommand)]
pub(crate) enum WatchTarget {
    /// Follow the names of all services and their tags
    Services {
        #[command(flatten)]
        following: Following,
    },
    /// Follow the instances of a service and how they are
    Service {
        /// The service
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: String,
        #[command(flatten)]
        only: Only,
        #[command(flatten)]
        following: Following,
    },
    /// Follow a key
    Key {
        /// The key
        key: String,
        #[command(flatten)]
        following: Following,
    },
    /// Follow all keys that begin with a text
    Prefix {
        /// The text
        prefix: String,
        #[command(flatten)]
        following: Following,
    },
}

/// Which instances count.
#[derive(Args)]
pub(crate) struct Only {
    /// Only those with this tag; may be repeated for several
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Only those whose checks all pass
    #[arg(long)]
    pub(crate) passing: bool,
}

/// What is done with a change.
#[derive(Args)]
pub(crate) struct Following {
    /// As JSON, one object a line: all that is there, and what changed
    #[arg(long, conflicts_with = "exec")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Run this at each change, rather than telling it: the rest of the line
    ///
    /// It finds on its standard input what --json would tell, and is run for
    /// what is there at first, too. The next run begins after its end, with
    /// what is so by then.
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true)]
    pub(crate) exec: Vec<String>,
}

/// Which catalogue is meant.
#[derive(Args)]
pub(crate) struct Which {
    /// The address of the catalogue: http, https or unix:// (default: CONSUL_HTTP_ADDR, or else http://127.0.0.1:8500)
    #[arg(long, value_name = "URL")]
    pub(crate) catalog: Option<String>,
    /// The file that holds the token (default: CONSUL_HTTP_TOKEN_FILE, or else CONSUL_HTTP_TOKEN)
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}
