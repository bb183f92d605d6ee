//! Programs that tests and benchmarks run beside the pilot.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::debian::{self, Depth, Suite};
use crate::{run, workspace};

/// One program, as Debian packages it.
struct Tool {
    name: &'static str,
    suite: Suite,
    packages: &'static [&'static str],
    /// Below `target/tools/NAME`.
    program: &'static str,
    /// Arguments with which it only says that it can run.
    probe: &'static [&'static str],
}

/// What `cargo xtask tools` knows. Servers come as their own package only: the
/// libraries they want are part of any Debian.
const TOOLS: &[Tool] = &[
    Tool {
        name: "consul",
        suite: Suite::Bullseye,
        packages: &["consul"],
        program: "usr/bin/consul",
        probe: &["version"],
    },
    Tool {
        name: "nginx",
        suite: Suite::Bookworm,
        packages: &["nginx", "nginx-common"],
        program: "usr/sbin/nginx",
        probe: &["-v"],
    },
    // The oracle of the template engine's goldens; see crates/template.
    Tool {
        name: "go",
        suite: Suite::Bookworm,
        packages: &["golang-1.19-go", "golang-1.19-src"],
        program: "usr/lib/go-1.19/bin/go",
        probe: &["version"],
    },
    // The judge of what /metrics answers.
    Tool {
        name: "promtool",
        suite: Suite::Bookworm,
        packages: &["prometheus"],
        program: "usr/bin/promtool",
        probe: &["--version"],
    },
    // The peers of BENCHMARKS.md.
    Tool {
        name: "tini",
        suite: Suite::Bookworm,
        packages: &["tini"],
        program: "usr/bin/tini",
        probe: &["--version"],
    },
    Tool {
        name: "dumb-init",
        suite: Suite::Bookworm,
        packages: &["dumb-init"],
        program: "usr/bin/dumb-init",
        probe: &["--version"],
    },
];

/// The program of a tool, unpacked if it was not yet.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let Some(tool) = TOOLS.iter().find(|tool| tool.name == name) else {
        let known: Vec<_> = TOOLS.iter().map(|tool| tool.name).collect();
        bail!("no tool is called {name:?}; known: {}", known.join(", "));
    };
    let folder = workspace::tools().join(tool.name);
    let path = folder.join(tool.program);
    let fresh = debian::unpack(tool.suite, tool.packages, Depth::Named, &folder)?;
    if fresh {
        println!("{name}: {}", path.display());
        run::output(&path.to_string_lossy(), tool.probe)
            .with_context(|| format!("{name} was unpacked but does not run here"))?;
    }
    Ok(path)
}

/// Unpacks the named tools, or all of them.
pub(crate) fn unpack(names: &[&str]) -> Result<()> {
    if names.is_empty() {
        return TOOLS.iter().try_for_each(|tool| program(tool.name).map(drop));
    }
    names.iter().try_for_each(|name| program(name).map(drop))
}
