//! Programs that cannot be started.

use crate::{pilot, shell};
use gyropilot_kernel::{Kernel, SpawnSpec, Stream};
use gyropilot_model::Exit;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub(crate) fn write(folder: &Path, name: &str, mode: u32, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    let mut file = std::fs::File::create(&path).unwrap();
    std::io::Write::write_all(&mut file, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

/// A binary for this machine whose dynamic loader is not there.
fn foreign_binary() -> Vec<u8> {
    let mut binary = std::fs::read("/bin/true").unwrap();
    let loader = b"/lib64/ld-linux-x86-64.so.2";
    let at = binary.windows(loader.len()).position(|window| window == loader).unwrap();
    binary[at + 1] = b'X';
    binary
}

pub(crate) fn refusals_say_what_to_do() {
    pilot(async |mut pilot| {
        let temp = tempfile::tempdir().unwrap();
        let at = temp.path();
        let mut refusal = |program: &Path| {
            let mut spec = SpawnSpec::new(program);
            spec.env.insert("PATH".into(), at.into());
            pilot.kernel.spawn(&spec).unwrap_err().to_string().replace(at.to_str().unwrap(), "AT")
        };
        let plain = write(at, "plain", 0o644, b"#!/bin/sh\n");
        let not_a_program = write(at, "text", 0o755, b"exit 0\n");
        let no_interpreter = write(at, "script", 0o755, b"#!/opt/no/such/python\n");
        let from_windows = write(at, "windows", 0o755, b"#!/bin/sh\r\nexit 0\r\n");
        let foreign = write(at, "foreign", 0o755, &foreign_binary());
        for (program, want) in [
            (Path::new("no-such-program"), "not found on PATH"),
            (&at.join("no-such-program"), "no such file"),
            (at, "AT is a directory"),
            (&plain, "AT/plain may not be executed: permission denied"),
            (Path::new("plain"), "AT/plain may not be executed: permission denied"),
            (
                &not_a_program,
                "exec format error: AT/text is no program for this machine and does not begin with #!",
            ),
            (&no_interpreter, "the interpreter \"/opt/no/such/python\" that AT/script names does not exist"),
            (&from_windows, "the interpreter \"/bin/sh\\r\" that AT/windows names does not exist"),
            (
                &foreign,
                "the dynamic loader that AT/foreign needs does not exist: it was built for another C library",
            ),
            (Path::new("zero\0byte"), "a zero byte in the program's name, its arguments or its environment"),
        ] {
            assert_eq!(refusal(program), want);
        }
    });
}

pub(crate) fn a_refusal_leaves_no_process_behind() {
    pilot(async |mut pilot| {
        let temp = tempfile::tempdir().unwrap();
        let text = write(temp.path(), "text", 0o755, b"exit 0\n");
        for _ in 0..100 {
            assert!(pilot.kernel.spawn(&SpawnSpec::new(&text)).is_err());
        }
        // The only end that is told is that of a program which did start.
        let child = pilot.kernel.spawn(&shell("exit 9", Stream::Null)).unwrap();
        assert_eq!(pilot.next_exit().await, (child.pid, Exit::Code(9)));
        assert!(pilot.kernel.descendants().is_empty());
    });
}
