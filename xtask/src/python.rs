//! Python clients of Consul, one with its own tests, unpacked beside the other tools.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::{run, workspace};

/// The client, and the wheels that it and its tests want: all of them in pure
/// Python, so that one folder serves every machine.
const WHEELS: &[&str] = &[
    "py-consul==1.8.0",
    "requests==2.34.2",
    "certifi==2026.10.19.post1",
    "charset-normalizer==3.5.3",
    "idna==3.20",
    "urllib3==2.8.0",
    "pytest==9.2.0",
    "iniconfig==2.3.1",
    "packaging==26.4",
    "pluggy==1.7.0",
    "pygments==2.21.0",
];

/// The client that it continues, which many programs still use under the same name.
const ANCESTOR: &[&str] = &["python-consul==1.1.0", "six==1.17.0"];

/// Of the source release only the tests are used.
const SOURCE: &str = "py-consul==1.8.0";

/// Fills `target/tools/python` with `wheels`, `ancestor` and `source`, unless an earlier call did.
pub(crate) fn unpack() -> Result<()> {
    let folder = workspace::tools().join("python");
    let stamp = folder.join(".packages");
    let wanted = format!("{}\n{}\n{SOURCE}\n", WHEELS.join("\n"), ANCESTOR.join("\n"));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let (wheels, source) = (folder.join("wheels"), folder.join("source"));
    fs::create_dir_all(&source)?;
    let install = ["install", "--only-binary=:all:", "--platform=any", "--no-compile", "--target"];
    pip(&install, &wheels, WHEELS)?;
    pip(&install, &folder.join("ancestor"), ANCESTOR)?;
    pip(&["download", "--no-binary=:all:", "--dest"], &source, &[SOURCE])?;
    for entry in fs::read_dir(&source)? {
        let archive = entry?.path();
        run::output("tar", &["-xzf".as_ref(), archive.as_os_str(), "-C".as_ref(), source.as_os_str()])?;
    }
    // Written last: a folder without it is not whole.
    fs::write(stamp, wanted)?;
    println!("python: {} and {}", wheels.display(), source.display());
    Ok(())
}

fn pip(arguments: &[&str], folder: &Path, packages: &[&str]) -> Result<()> {
    let quiet = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir"];
    let mut pip = run::command("python3", &quiet);
    pip.args(&arguments[..1]).arg("--no-deps").args(&arguments[1..]).arg(folder).args(packages);
    run::collect(pip.env("PIP_ROOT_USER_ACTION", "ignore")).map(drop)
}
