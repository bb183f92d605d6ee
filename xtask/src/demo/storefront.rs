//! The storefront's containers, and how many of each there are.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::container::{Container, Recipe, tail};
use super::network::{self, Network};
use super::observe::Observer;
use crate::debian::{self, Depth, Suite};
use crate::{interrupt, tools, workspace};

/// What the root filesystem of a container holds, with all it depends on.
const BASE: &[&str] = &["base-passwd", "coreutils", "curl", "dash", "media-types", "nginx", "python3"];
const CATALOGUE: Ipv4Addr = network::address(2);
const PAGE: Ipv4Addr = network::address(3);
/// A start may have to wait for a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service of which there may be many instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shop {
    Sales,
    Customers,
}

/// Which catalogue everybody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Catalogue {
    /// Gyropilot's own, in the same binary.
    Embedded,
    /// A Consul agent.
    Consul,
}

/// The running storefront; dropping it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Storefront {
    // Dropped in this order: what runs in the network before the network.
    containers: BTreeMap<String, Container>,
    network: Network,
    layers: Layers,
    catalogue: Catalogue,
}

/// The folders that roots are made of.
#[derive(Debug)]
struct Layers {
    /// Where logs and mount points stand.
    folder: PathBuf,
    base: PathBuf,
    pilot: PathBuf,
}

// === impl Shop ===

impl Shop {
    pub(crate) const ALL: [Self; 2] = [Self::Sales, Self::Customers];
    /// As many as the addresses of each leave room for.
    pub(crate) const MOST: u8 = 50;

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Customers => "customers",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Sales => Self::Customers,
            Self::Customers => Self::Sales,
        }
    }

    fn instance(self, number: u8) -> String {
        format!("{}-{number}", self.name())
    }

    fn address(self, number: u8) -> Ipv4Addr {
        let first = match self {
            Self::Sales => 100,
            Self::Customers => 200,
        };
        network::address(first + number)
    }
}

// === impl Catalogue ===

impl Catalogue {
    /// The host name of its container: the one thing that differs for everybody else.
    fn name(self) -> &'static str {
        match self {
            Self::Embedded => "catalogue",
            Self::Consul => "consul",
        }
    }
}

// === impl Layers ===

impl Layers {
    /// Unpacks what is missing and puts the pilot into a layer of its own.
    fn prepare(binary: &Path, catalogue: Catalogue) -> Result<Self> {
        let folder = workspace::root().join("target/demo");
        let base = workspace::tools().join("storefront");
        println!("unpacking nginx, curl and Python from Debian's packages, unless they are here");
        debian::unpack(Suite::Bookworm, BASE, Depth::Closure, &base)?;
        complete(&base)?;
        if catalogue == Catalogue::Consul {
            tools::program("consul")?;
        }

        let pilot = folder.join("pilot");
        if pilot.exists() {
            fs::remove_dir_all(&pilot)?;
        }
        fs::create_dir_all(pilot.join("bin"))?;
        fs::create_dir_all(pilot.join("etc"))?;
        fs::copy(binary, pilot.join("bin/gyropilot"))?;
        // The names that the article's file and its readers know.
        symlink("gyropilot", pilot.join("bin/containerpilot"))?;
        symlink("gyropilot", pilot.join("bin/consul-template"))?;
        fs::write(
            pilot.join("etc/hosts"),
            format!("127.0.0.1 localhost\n{CATALOGUE} {}\n", catalogue.name()),
        )?;
        Ok(Self { folder, base, pilot })
    }

    /// The root of a container whose own files stand in `top`.
    fn under(&self, top: PathBuf) -> [PathBuf; 3] {
        [top, self.pilot.clone(), self.base.clone()]
    }

    /// The files of a container, as a reader finds them.
    fn example(&self, name: &str) -> [PathBuf; 3] {
        self.under(workspace::root().join("examples/storefront/drop-in").join(name))
    }
}

/// Adds to an unpacked root what maintainer scripts would have: the users, and
/// where names are looked up.
fn complete(base: &Path) -> Result<()> {
    for file in ["passwd", "group"] {
        let master = base.join("usr/share/base-passwd").join(format!("{file}.master"));
        fs::copy(master, base.join("etc").join(file))?;
    }
    fs::write(base.join("etc/nsswitch.conf"), "hosts: files\n")?;
    Ok(())
}

// === impl Storefront ===

impl Storefront {
    pub(crate) const OBSERVER: Observer = Observer { catalogue: CATALOGUE, page: PAGE };

    /// Starts the catalogue, two of each shop, and nginx, each when what it needs is there.
    pub(crate) fn raise(binary: &Path, catalogue: Catalogue) -> Result<Self> {
        let layers = Layers::prepare(binary, catalogue)?;
        let network = Network::lay()?;
        let mut storefront = Self { containers: BTreeMap::new(), network, layers, catalogue };
        storefront.start_catalogue()?;
        for shop in Shop::ALL {
            storefront.scale(shop, 2)?;
        }
        for shop in Shop::ALL {
            storefront.wait_for(shop.name(), || {
                Self::OBSERVER.healthy(shop.name()).ok().filter(|names| names.len() == 2).map(drop)
            })?;
        }
        storefront.start_nginx()?;
        Ok(storefront)
    }

    fn start_catalogue(&mut self) -> Result<()> {
        let address = CATALOGUE.to_string();
        let name = self.catalogue.name();
        let http = format!("{CATALOGUE}:8500");
        let (layers, command) = match self.catalogue {
            Catalogue::Embedded => {
                let layers = vec![self.layers.pilot.clone(), self.layers.base.clone()];
                // It listens on the loopback address unless it is told otherwise.
                (layers, vec!["gyropilot", "catalog", "--http", &http])
            }
            Catalogue::Consul => {
                let mut command = vec!["consul", "agent", "-dev", "-node=consul", "-client=0.0.0.0"];
                command.extend(["-log-level=warn", "-bind", &address]);
                (self.layers.under(workspace::tools().join("consul")).to_vec(), command)
            }
        };
        self.start(&Recipe {
            name,
            address: CATALOGUE,
            layers: &layers,
            environment: &[],
            command: &command,
        })?;
        println!("{name:12} {http}");
        self.wait_for(name, || Self::OBSERVER.catalogue_is_up().then_some(()))
    }

    fn start_nginx(&mut self) -> Result<()> {
        self.start(&Recipe {
            name: "nginx",
            address: PAGE,
            layers: &self.layers.example("nginx"),
            environment: &[("CONSUL", self.catalogue.name())],
            command: &[
                "gyropilot",
                "-config",
                "file:///etc/containerpilot.json",
                "nginx",
                "-g",
                "daemon off;",
            ],
        })?;
        println!("nginx        {PAGE}:80");
        self.wait_for("nginx", || {
            Self::OBSERVER.healthy("nginx").ok().filter(|names| !names.is_empty())?;
            Self::OBSERVER.front_page().ok().map(drop)
        })
    }

    fn start_shop(&mut self, shop: Shop, number: u8) -> Result<()> {
        let (name, address) = (shop.instance(number), shop.address(number));
        self.start(&Recipe {
            name: &name,
            address,
            layers: &self.layers.example("shop"),
            environment: &[
                ("CONSUL", self.catalogue.name()),
                ("SERVICE", shop.name()),
                ("PEER", shop.other().name()),
            ],
            command: &["gyropilot", "-config", "file:///etc/containerpilot.json", "python3", "/srv/shop.py"],
        })?;
        println!("{name:12} {address}:3000");
        Ok(())
    }

    fn start(&mut self, recipe: &Recipe<'_>) -> Result<()> {
        let container = Container::start(&self.network, &self.layers.folder, recipe)?;
        self.containers.insert(recipe.name.to_owned(), container);
        Ok(())
    }

    /// Waits for a container's work to be seen; shows the log of whoever ended
    /// instead, or did not get there.
    fn wait_for(&mut self, name: &str, mut ready: impl FnMut() -> Option<()>) -> Result<()> {
        let containers = &mut self.containers;
        let waited = interrupt::wait_for(&format!("{name} in working order"), PATIENCE, || {
            let mut ended =
                containers.iter_mut().filter_map(|(name, container)| Some((name, container.ended()?)));
            match ended.next() {
                Some((name, status)) => Some(Err((name.clone(), status))),
                None => ready().map(Ok),
            }
        });
        let folder = &self.layers.folder;
        match waited {
            Ok(Ok(())) => Ok(()),
            Ok(Err((name, status))) => bail!("{name} ended with {status}\n{}", tail(folder, &name)),
            Err(error) if interrupt::count() > 0 => Err(error),
            Err(error) => {
                let container = self.containers.keys().find(|container| container.starts_with(name));
                bail!("{error}\n{}", tail(folder, container.map_or(name, String::as_str)))
            }
        }
    }

    /// How many instances of a shop there are.
    pub(crate) fn count(&self, shop: Shop) -> u8 {
        (1..=Shop::MOST).map(|number| u8::from(self.containers.contains_key(&shop.instance(number)))).sum()
    }

    /// Starts or stops instances until there are `count`, the newest stopping
    /// first. Gives how the stopped ones ended.
    pub(crate) fn scale(&mut self, shop: Shop, count: u8) -> Result<Vec<(String, ExitStatus)>> {
        if count > Shop::MOST {
            bail!("at most {} of each", Shop::MOST);
        }
        for number in 1..=count {
            if !self.containers.contains_key(&shop.instance(number)) {
                self.start_shop(shop, number)?;
            }
        }
        let extra: Vec<String> = (count + 1..=Shop::MOST).rev().map(|number| shop.instance(number)).collect();
        self.stop(&extra)
    }

    /// Kills the application of the newest instance; gives the instance's name.
    pub(crate) fn crash(&mut self, shop: Shop) -> Result<String> {
        let newest = (1..=Shop::MOST).rev().map(|number| shop.instance(number));
        let name = newest.into_iter().find(|name| self.containers.contains_key(name));
        let name = name.with_context(|| format!("there is no {} to kill", shop.name()))?;
        self.containers[&name].crash_application()?;
        Ok(name)
    }

    /// Takes out the containers that ended by themselves.
    pub(crate) fn bury(&mut self) -> Result<Vec<(String, ExitStatus)>> {
        let ended: Vec<String> = self
            .containers
            .iter_mut()
            .filter_map(|(name, container)| container.ended().map(|_| name.clone()))
            .collect();
        self.stop(&ended)
    }

    /// The last lines of every container.
    pub(crate) fn logs(&self) -> String {
        let logs = self.containers.keys().map(|name| tail(&self.layers.folder, name));
        logs.collect::<Vec<_>>().join("\n")
    }

    /// Stops everything but the catalogue, and gives who is still in it.
    pub(crate) fn close(&mut self) -> Result<Vec<String>> {
        let catalogue = self.catalogue.name();
        let names: Vec<String> = self.containers.keys().filter(|name| *name != catalogue).cloned().collect();
        self.stop(&names)?;
        if self.containers.contains_key(catalogue) { Self::OBSERVER.services() } else { Ok(Vec::new()) }
    }

    /// Stops those of the named containers that exist, all at once.
    fn stop(&mut self, names: &[String]) -> Result<Vec<(String, ExitStatus)>> {
        let known = interrupt::count();
        let mut stopping = Vec::new();
        for name in names {
            if let Some(mut container) = self.containers.remove(name) {
                container.ask_to_stop();
                stopping.push((name, container));
            }
        }
        let mut ended = Vec::new();
        for (name, mut container) in stopping {
            ended.push((name.clone(), container.wait(known)?));
            self.network.unplug(name)?;
        }
        Ok(ended)
    }
}
