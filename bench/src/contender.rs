//! Whoever runs the application.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use serde_json::{Value, json};

use crate::control::Control;
use crate::stage::Stage;

/// A supervisor with an application.
#[derive(Clone)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    words: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

/// A configuration that asks for nothing.
pub(crate) fn bare(consul: u16) -> Value {
    json!({ "consul": format!("127.0.0.1:{consul}") })
}

/// The configuration of the article: one service and two backends, with times as there.
pub(crate) fn article(consul: u16, health: &[String]) -> Value {
    json!({
        "consul": format!("127.0.0.1:{consul}"),
        "services": [service("nginx", health, 10, 25)],
        "backends": [
            { "name": "sales", "poll": 3, "onChange": health },
            { "name": "customers", "poll": 4, "onChange": health },
        ],
    })
}

/// A service of a configuration.
pub(crate) fn service(name: &str, health: &[String], poll: u32, ttl: u32) -> Value {
    json!({ "name": name, "port": 80, "interfaces": "lo", "health": health, "poll": poll, "ttl": ttl })
}

// === impl Contender ===

impl Contender {
    /// Nobody: what the application and this program cost by themselves.
    pub(crate) fn nobody(application: &[String]) -> Self {
        Self { name: "no supervisor", words: application.to_vec(), environment: Vec::new() }
    }

    /// tini, as a sub-reaper where it is not PID 1, which spares its warning.
    pub(crate) fn tini(stage: &Stage, application: &[String]) -> Self {
        let program = [stage.tool("tini/usr/bin/tini"), "-s".to_owned(), "--".to_owned()];
        let words = [program.as_slice(), application].concat();
        Self { name: "tini", words, environment: Vec::new() }
    }

    /// dumb-init.
    pub(crate) fn dumb_init(stage: &Stage, application: &[String]) -> Self {
        let words = [[stage.tool("dumb-init/usr/bin/dumb-init")].as_slice(), application].concat();
        Self { name: "dumb-init", words, environment: Vec::new() }
    }

    /// s6-supervise with one service, which is a shell script as they mostly are.
    /// Not below s6-svscan: that finds s6-supervise only where Debian installs it.
    pub(crate) fn s6(stage: &Stage, application: &[String]) -> Result<Self> {
        let folder = stage.folder()?;
        script(&folder.join("run"), &format!("exec {}\n", quoted(application)))?;
        Ok(Self {
            name: "s6-supervise",
            words: vec![stage.tool("s6/usr/bin/s6-supervise"), folder.display().to_string()],
            environment: vec![("LD_LIBRARY_PATH", stage.libraries("s6"))],
        })
    }

    /// supervisord with programs, the first of which is the application.
    pub(crate) fn supervisord(stage: &Stage, programs: &[Vec<String>]) -> Result<Self> {
        let folder = stage.folder()?;
        Self::supervisord_with(stage, &folder, programs, "", "")
    }

    /// The same with a control socket, named `control` in `folder`.
    pub(crate) fn supervisord_at(stage: &Stage, folder: &Path, programs: &[Vec<String>]) -> Result<Self> {
        let global = format!(
            "[unix_http_server]\nfile={}\n[rpcinterface:supervisor]\n\
             supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
            folder.join("control").display()
        );
        Self::supervisord_with(stage, folder, programs, &global, "")
    }

    /// The same in a folder, with further sections, and with settings for each program.
    pub(crate) fn supervisord_with(
        stage: &Stage,
        folder: &Path,
        programs: &[Vec<String>],
        global: &str,
        each: &str,
    ) -> Result<Self> {
        let path = folder.join("supervisord.conf");
        let mut text = format!(
            "[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile={}\n{global}",
            folder.join("pid").display()
        );
        for (number, words) in programs.iter().enumerate() {
            text.push_str(&format!(
                "[program:p{number}]\ncommand={}\nstdout_logfile=/dev/null\nstderr_logfile=/dev/null\n{each}",
                quoted(words)
            ));
        }
        std::fs::write(&path, text)?;
        let program = stage.tool("supervisor/usr/bin/supervisord");
        Ok(Self {
            name: "supervisord",
            words: vec![program, "-c".to_owned(), path.display().to_string()],
            environment: vec![("PYTHONPATH", stage.tool("supervisor/usr/lib/python3/dist-packages"))],
        })
    }

    /// Gyropilot with a configuration in a file.
    pub(crate) fn gyropilot(
        stage: &Stage,
        name: &'static str,
        configuration: &Value,
        application: &[String],
    ) -> Result<Self> {
        let path = stage.folder()?.join("containerpilot.json");
        std::fs::write(&path, configuration.to_string())?;
        let flags = [stage.pilot(), "-config".to_owned(), format!("file://{}", path.display())];
        Ok(Self { name, words: [flags.as_slice(), application].concat(), environment: Vec::new() })
    }

    /// Gyropilot with a configuration of jobs in a folder, and its control socket.
    pub(crate) fn jobs(
        stage: &Stage,
        name: &'static str,
        folder: &Path,
        configuration: &Value,
    ) -> Result<(Self, Control)> {
        let control = folder.join("control");
        let mut configuration = configuration.clone();
        if let Some(keys) = configuration.as_object_mut() {
            keys.insert("control".to_owned(), json!({ "socket": control }));
        }
        let path = folder.join("jobs.json5");
        std::fs::write(&path, configuration.to_string())?;
        let words = vec![stage.pilot(), "-config".to_owned(), path.display().to_string()];
        Ok((Self { name, words, environment: Vec::new() }, Control::at(control)))
    }

    /// The command that runs it, quietly.
    pub(crate) fn command(&self) -> Command {
        command(&self.words, &self.environment)
    }

    /// The same through a role of this program, which tells the application when
    /// the supervisor was executed.
    pub(crate) fn through(&self, stage: &Stage, role: &str) -> Result<Command> {
        let mut words = stage.role(&[role])?;
        words.extend(self.words.iter().cloned());
        Ok(command(&words, &self.environment))
    }
}

fn command(words: &[String], environment: &[(&'static str, String)]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().map_or("", String::as_str));
    command.args(words).envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Writes an executable shell script.
pub(crate) fn script(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, format!("#!/bin/sh\n{text}"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Words for a shell. None of ours has a quote in it.
pub(crate) fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ")
}
