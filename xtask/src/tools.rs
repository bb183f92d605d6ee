//! Programs that tests and benchmarks run beside the pilot.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::debian::{self, Depth, Suite};
use crate::{python, run, workspace};

/// One program, as Debian packages it.
struct Tool {
    name: &'static str,
    suite: Suite,
    packages: &'static [&'static str],
    /// Below `target/tools/NAME`.
    program: &'static str,
    /// Arguments with which it only says that it can run.
    probe: &'static [&'static str],
    /// A variable without which it does not run from here, and the folders below
    /// `target/tools/NAME` that it names.
    needs: Option<(&'static str, &'static [&'static str])>,
}

/// Where Debian puts shared libraries.
#[cfg(target_arch = "x86_64")]
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";
#[cfg(target_arch = "x86_64")]
const OF_SYSTEMD: &str = "usr/lib/x86_64-linux-gnu/systemd";
#[cfg(target_arch = "aarch64")]
const LIBRARIES: &str = "usr/lib/aarch64-linux-gnu";
#[cfg(target_arch = "aarch64")]
const OF_SYSTEMD: &str = "usr/lib/aarch64-linux-gnu/systemd";

/// What `cargo xtask tools` knows. Servers come as their own package only: the
/// libraries they want are part of any Debian.
const TOOLS: &[Tool] = &[
    Tool {
        name: "consul",
        suite: Suite::Bullseye,
        packages: &["consul"],
        program: "usr/bin/consul",
        probe: &["version"],
        needs: None,
    },
    Tool {
        name: "nginx",
        suite: Suite::Bookworm,
        packages: &["nginx", "nginx-common"],
        program: "usr/sbin/nginx",
        probe: &["-v"],
        needs: None,
    },
    // Two that say of themselves when they are ready.
    Tool {
        name: "redis",
        suite: Suite::Bookworm,
        packages: &["redis-server", "redis-tools", "libatomic1", "libjemalloc2", "liblzf1", "libsystemd0"],
        program: "usr/bin/redis-server",
        probe: &["--version"],
        needs: Some(("LD_LIBRARY_PATH", &[LIBRARIES])),
    },
    Tool {
        name: "mariadb",
        suite: Suite::Bookworm,
        packages: &[
            "mariadb-server-core",
            "mariadb-server",
            "mariadb-client-core",
            "libaio1",
            "libnuma1",
            "libpcre2-8-0",
            "libsystemd0",
            "liburing2",
        ],
        program: "usr/sbin/mariadbd",
        probe: &["--no-defaults", "--version"],
        needs: Some(("LD_LIBRARY_PATH", &[LIBRARIES])),
    },
    // Of it only systemd-notify, with which a script says that it is ready.
    Tool {
        name: "systemd",
        suite: Suite::Bookworm,
        packages: &["systemd", "libsystemd-shared", "libip4tc2", "libkmod2", "libssl3"],
        program: "bin/systemd-notify",
        probe: &["--version"],
        needs: Some(("LD_LIBRARY_PATH", &[OF_SYSTEMD, LIBRARIES])),
    },
    // The oracle of the template engine's goldens; see crates/template.
    Tool {
        name: "go",
        suite: Suite::Bookworm,
        packages: &["golang-1.19-go", "golang-1.19-src"],
        program: "usr/lib/go-1.19/bin/go",
        probe: &["version"],
        needs: None,
    },
    // The judge of what /metrics answers.
    Tool {
        name: "promtool",
        suite: Suite::Bookworm,
        packages: &["prometheus"],
        program: "usr/bin/promtool",
        probe: &["--version"],
        needs: None,
    },
    // The judge of the JSON Schema.
    Tool {
        name: "jsonschema",
        suite: Suite::Bookworm,
        packages: &["python3-jsonschema", "python3-attr", "python3-pyrsistent"],
        program: "usr/bin/jsonschema",
        probe: &["--version"],
        needs: Some(("PYTHONPATH", &["usr/lib/python3/dist-packages"])),
    },
    // Clients of the catalogue, by HTTP and by DNS. Later packages of Prometheus
    // are built without its discovery by Consul.
    Tool {
        name: "prometheus",
        suite: Suite::Bullseye,
        packages: &["prometheus"],
        program: "usr/bin/prometheus",
        probe: &["--version"],
        needs: None,
    },
    Tool {
        name: "haproxy",
        suite: Suite::Bookworm,
        packages: &[
            "haproxy",
            "liblua5.3-0",
            "libopentracing-c-wrapper0",
            "libopentracing1",
            "libpcre2-8-0",
            "libssl3",
            "libsystemd0",
        ],
        program: "usr/sbin/haproxy",
        probe: &["-v"],
        needs: Some(("LD_LIBRARY_PATH", &[LIBRARIES])),
    },
    // curl, which every test run wants, brings the rest of Kerberos.
    Tool {
        name: "dig",
        suite: Suite::Bookworm,
        packages: &[
            "bind9-dnsutils",
            "bind9-libs",
            "libfstrm0",
            "libgssapi-krb5-2",
            "libicu72",
            "libidn2-0",
            "libjemalloc2",
            "libjson-c5",
            "libk5crypto3",
            "libkrb5-3",
            "libkrb5support0",
            "liblmdb0",
            "libmaxminddb0",
            "libnghttp2-14",
            "libprotobuf-c1",
            "libssl3",
            "libunistring2",
            "libuv1",
            "libxml2",
        ],
        program: "usr/bin/dig",
        probe: &["-v"],
        needs: Some(("LD_LIBRARY_PATH", &[LIBRARIES])),
    },
    // The peers of BENCHMARKS.md.
    Tool {
        name: "tini",
        suite: Suite::Bookworm,
        packages: &["tini"],
        program: "usr/bin/tini",
        probe: &["--version"],
        needs: None,
    },
    Tool {
        name: "dumb-init",
        suite: Suite::Bookworm,
        packages: &["dumb-init"],
        program: "usr/bin/dumb-init",
        probe: &["--version"],
        needs: None,
    },
    Tool {
        name: "s6",
        suite: Suite::Bookworm,
        packages: &["s6", "execline", "libexecline2.9", "libs6-2.11", "libskarnet2.13"],
        program: "usr/bin/s6-svscan",
        probe: &["-h"],
        needs: Some(("LD_LIBRARY_PATH", &[LIBRARIES])),
    },
    Tool {
        name: "supervisor",
        suite: Suite::Bookworm,
        packages: &["supervisor", "python3-pkg-resources"],
        program: "usr/bin/supervisord",
        probe: &["--version"],
        needs: Some(("PYTHONPATH", &["usr/lib/python3/dist-packages"])),
    },
];

/// By this name: a client that comes from Python's registry.
const PYTHON: &str = "python";

/// The program of a tool, unpacked if it was not yet.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let Some(tool) = TOOLS.iter().find(|tool| tool.name == name) else {
        let known: Vec<_> = TOOLS.iter().map(|tool| tool.name).chain([PYTHON]).collect();
        bail!("no tool is called {name:?}; known: {}", known.join(", "));
    };
    let folder = workspace::tools().join(tool.name);
    let path = folder.join(tool.program);
    let fresh = debian::unpack(tool.suite, tool.packages, Depth::Named, &folder)?;
    if fresh {
        println!("{name}: {}", path.display());
        let mut probe = run::command(&path.to_string_lossy(), tool.probe);
        if let Some((variable, below)) = tool.needs {
            let folders: Vec<_> =
                below.iter().map(|below| folder.join(below).display().to_string()).collect();
            println!("  with {variable}={}", folders.join(":"));
            probe.env(variable, folders.join(":"));
        }
        // Not every program has an option that only prints and then succeeds; 127
        // is the loader's word for a missing library.
        let status = probe.output().with_context(|| path.display().to_string())?.status;
        if status.code() == Some(127) {
            std::fs::remove_dir_all(&folder)?;
            bail!("{name} lacks a shared library here\nhint: ldd {}", path.display());
        }
    }
    Ok(path)
}

/// Unpacks the named tools, or all of them.
pub(crate) fn unpack(names: &[&str]) -> Result<()> {
    let all: Vec<&str> = TOOLS.iter().map(|tool| tool.name).chain([PYTHON]).collect();
    let names = if names.is_empty() { &all } else { names };
    names.iter().try_for_each(|&name| match name {
        PYTHON => python::unpack(),
        _ => program(name).map(drop),
    })
}
