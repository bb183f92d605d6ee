//! `cargo xtask demo`: a catalogue, two sales, two customers, and nginx under
//! Gyropilot with the configuration of 2016, each in a container of its own.
//!
//! examples/storefront/drop-in/README.md tells what there is to see.

mod container;
mod desk;
mod http;
mod keyboard;
mod network;
mod observe;
mod storefront;
mod traffic;

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use self::desk::{Desk, Wish};
use self::keyboard::Keyboard;
use self::observe::{Names, listed};
pub(crate) use self::storefront::Catalogue;
use self::storefront::{Shop, Storefront};
use self::traffic::Traffic;
use crate::{interrupt, release, run, workspace};

/// How long nginx may take to follow. Most of it is the `poll` of the article's
/// file, which lets it act every few seconds only.
const FOLLOWED: Duration = Duration::from_secs(20);
/// How often it is looked whether a container ended by itself.
const LOOK: Duration = Duration::from_millis(250);

/// What the person at the terminal wants.
enum Event {
    Key(u8),
    Wish(Wish, UnixStream),
    Interrupted,
}

/// Runs the storefront until Ctrl-C, and tells what happens.
pub(crate) fn follow(catalogue: Catalogue) -> Result<()> {
    let (events, inbox) = mpsc::channel();
    let (interrupts, wishes, keys) = (events.clone(), events.clone(), events);
    interrupt::catch(move || drop(interrupts.send(Event::Interrupted)))?;
    let binary = prepare()?;
    let _desk = Desk::open(move |wish, reply| wishes.send(Event::Wish(wish, reply)).is_ok())?;
    let mut storefront = Storefront::raise(&binary, catalogue)?;
    for shop in Shop::ALL {
        std::thread::spawn(move || narrate(shop));
    }
    println!("\nthe storefront: http://{}/", Storefront::OBSERVER.page);
    println!("who runs and who depends on whom: http://{}:8500/ui/", Storefront::OBSERVER.catalogue);
    println!(
        "from a second terminal: gyropilot catalog services --catalog http://{}:8500",
        Storefront::OBSERVER.catalogue
    );
    println!("what each container writes: target/demo/NAME.log");
    println!("from a second terminal: cargo xtask demo scale sales=4");
    let keyboard = Keyboard::listen(move |key| keys.send(Event::Key(key)).is_ok())?;
    if keyboard.is_some() {
        println!("keys: + and - sales, ] and [ customers, k kills an application of sales, q ends");
    }
    println!();
    loop {
        match inbox.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Event::Interrupted) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Event::Wish(wish, mut reply)) => {
                let before = storefront.count(wish.shop);
                // Whoever asked need not wait for the answer.
                let _ = writeln!(reply, "{}: {before} -> {}", wish.shop.name(), wish.count);
                fulfil(&mut storefront, wish)?;
            }
            Ok(Event::Key(key)) => match key {
                b'+' => adjust(&mut storefront, Shop::Sales, 1)?,
                b'-' => adjust(&mut storefront, Shop::Sales, -1)?,
                b']' => adjust(&mut storefront, Shop::Customers, 1)?,
                b'[' => adjust(&mut storefront, Shop::Customers, -1)?,
                b'k' => match storefront.crash(Shop::Sales) {
                    Ok(name) => println!("{name}: its application was killed with SIGKILL"),
                    Err(error) => println!("{error:#}"),
                },
                b'q' => break,
                _ => {}
            },
        }
        report(&storefront.bury()?);
    }
    // What is still said of the storefront from here on would be about its end.
    interrupt::note();
    println!("\nstopping; once more Ctrl-C does it the hard way");
    let left = storefront.close()?;
    ensure!(left.is_empty(), "still registered: {}", left.join(", "));
    drop(storefront);
    println!("nothing is left: no registration, no process, no network");
    Ok(())
}

/// Asks the demo that runs in another terminal.
pub(crate) fn scale(wish: &str) -> Result<()> {
    println!("{}", Desk::hand_in(Wish::parse(wish)?)?);
    Ok(())
}

/// Runs through the story without anybody watching, and fails where it should
/// have gone otherwise.
pub(crate) fn check(catalogue: Catalogue) -> Result<()> {
    interrupt::catch(|| {})?;
    let binary = prepare()?;
    let _desk = Desk::open(|_, mut reply| {
        // Whoever asked need not wait for the answer.
        let _ = writeln!(reply, "a check runs, which takes no wishes");
        true
    })?;
    let mut storefront = Storefront::raise(&binary, catalogue)?;
    if let Err(error) = go_through(&mut storefront) {
        // Where nobody watches nobody can look into the logs afterwards either.
        eprintln!("{}", storefront.logs());
        return Err(error);
    }
    drop(storefront);
    let left = leftovers()?;
    ensure!(left.is_empty(), "left behind: {}", left.join(", "));
    println!("ok  nothing is left: no registration, no process, no network");
    Ok(())
}

/// The story of [`check`], up to the last registration.
fn go_through(storefront: &mut Storefront) -> Result<()> {
    let traffic = Traffic::start(Storefront::OBSERVER);
    let page = Storefront::OBSERVER.front_page()?;
    for shop in Shop::ALL {
        let mark = format!("\"instance\": \"{}-", shop.name());
        ensure!(page.contains(&mark), "the front page shows no {}:\n{page}", shop.name());
        expect(shop, &[1, 2])?;
    }
    println!("ok  the page shows both services, two of each take turns");
    let page = Storefront::OBSERVER.catalogue_page()?;
    ensure!(page.to_lowercase().contains("<html"), "the catalogue has no page:\n{page}");
    println!("ok  the catalogue has a page of its own");

    let wanted = Instant::now();
    storefront.scale(Shop::Sales, 4)?;
    println!("ok  4 sales wanted: {}", expect(Shop::Sales, &[1, 2, 3, 4])?);
    println!("    {:.1} s after they were", wanted.elapsed().as_secs_f32());

    let crashed = Instant::now();
    let killed = storefront.crash(Shop::Sales)?;
    println!("ok  {killed} crashed: {}", expect(Shop::Sales, &[1, 2, 3])?);
    println!("    {:.1} s after that", crashed.elapsed().as_secs_f32());
    let ended = interrupt::wait_for("end of the crashed container", FOLLOWED, || {
        storefront.bury().ok().filter(|ended| !ended.is_empty())
    })?;
    let [(name, status)] = ended.as_slice() else { bail!("more than one ended: {ended:?}") };
    ensure!(*name == killed && status.code() == Some(128 + 9), "{name} ended with {status}");
    println!("ok  the crashed container ended with 137, as its application did");

    for (name, status) in storefront.scale(Shop::Sales, 1)? {
        ensure!(status.success(), "{name} was stopped and ended with {status}");
    }
    println!("ok  1 sales wanted: {} once the others had stopped", expect(Shop::Sales, &[1])?);

    let visits = traffic.end()?;
    println!("ok  {visits} visitors meanwhile, each was served");

    let left = storefront.close()?;
    ensure!(left.is_empty(), "still registered: {}", left.join(", "));
    Ok(())
}

/// Checks what the demo needs of the machine and builds the binary, unless
/// `GYROPILOT_BIN` names one, as for the conformance suite.
fn prepare() -> Result<PathBuf> {
    if !nix::unistd::geteuid().is_root() {
        bail!("the demo makes network namespaces and mounts\nhint: run it as root");
    }
    run::ensure(&[("ip", "iproute2"), ("unshare", "util-linux"), ("setpriv", "util-linux")])?;
    match std::env::var_os("GYROPILOT_BIN") {
        Some(path) => Ok(PathBuf::from(path)),
        None => release::build(),
    }
}

/// Tells of everyone who joins and leaves a shop, and of nginx following.
fn narrate(shop: Shop) {
    let mut index = "0".to_owned();
    let mut known = Storefront::OBSERVER.healthy(shop.name()).unwrap_or_default();
    while interrupt::count() == 0 {
        let Ok((next, names)) = Storefront::OBSERVER.healthy_after(shop.name(), &index) else {
            std::thread::sleep(LOOK);
            continue;
        };
        index = next;
        if names == known || interrupt::count() > 0 {
            continue;
        }
        for name in names.difference(&known) {
            println!("{name} joined: it is healthy in the catalogue");
        }
        for name in known.difference(&names) {
            println!("{name} left the catalogue");
        }
        known = names;
        match Storefront::OBSERVER.agreement(shop.name(), FOLLOWED, |_| true) {
            Ok((names, took)) => {
                println!("nginx sends {} to {} ({:.1} s)", shop.name(), listed(&names), took.as_secs_f32());
            }
            Err(_) if interrupt::count() > 0 => {}
            Err(error) => println!("{error:#}"),
        }
    }
}

fn adjust(storefront: &mut Storefront, shop: Shop, by: i8) -> Result<()> {
    match storefront.count(shop).checked_add_signed(by).filter(|count| *count <= Shop::MOST) {
        Some(count) => fulfil(storefront, Wish { shop, count }),
        None => Ok(()),
    }
}

fn fulfil(storefront: &mut Storefront, Wish { shop, count }: Wish) -> Result<()> {
    report(&storefront.scale(shop, count)?);
    Ok(())
}

fn report(ended: &[(String, ExitStatus)]) {
    for (name, status) in ended {
        println!("{name} ended with {status}");
    }
}

/// Waits until nginx sends visitors to exactly these instances; names them.
fn expect(shop: Shop, numbers: &[u8]) -> Result<String> {
    let wanted: Names = numbers.iter().map(|number| format!("{}-{number}", shop.name())).collect();
    let agreed = Storefront::OBSERVER.agreement(shop.name(), FOLLOWED, |names| *names == wanted);
    let (names, _) = agreed.with_context(|| {
        let healthy = Storefront::OBSERVER.healthy(shop.name()).unwrap_or_default();
        format!("wanted {}; the catalogue says {}", listed(&wanted), listed(&healthy))
    })?;
    Ok(format!("served by {}", listed(&names)))
}

/// What a storefront that is gone has left on the machine.
fn leftovers() -> Result<Vec<String>> {
    let mut found = network::namespaces()?;
    if network::host_link_exists() {
        found.push("the network link of the host".to_owned());
    }
    let place = workspace::root().join("target/demo");
    for process in fs::read_dir("/proc")? {
        // A process may end while it is looked at, and then is not left.
        let root = fs::read_link(process?.path().join("root"));
        if let Ok(root) = root
            && root.starts_with(&place)
        {
            found.push(format!("a process in {}", root.display()));
        }
    }
    Ok(found)
}
