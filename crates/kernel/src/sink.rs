//! The pilot's own output, which never holds up the loop.

mod way;

use rustix::fs::{Mode, OFlags};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use way::{Outlet, Way};

/// How much is kept for a reader that does not read, in bytes: 1 MiB.
const LIMIT: usize = 1024 * 1024;

/// Which of the pilot's outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SinkTarget {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A file, appended to; made with mode 0640 where it is missing.
    File(PathBuf),
}

/// A way out for lines that keeps their order and never blocks, even when nobody
/// reads on the other side.
///
/// The application shares the descriptor, so its flags are left alone: a pipe or
/// terminal is opened once more for the pilot, which makes "do not block" its own
/// affair. What cannot be written yet is kept, up to 1 MiB. Beyond that lines of
/// the pilot's own are dropped and counted, and lines of children wait, which
/// makes the children wait. Clones are handles to the same output.
#[derive(Clone, Debug)]
pub struct Sink {
    shared: Arc<Shared>,
    _writer: Arc<Writer>,
}

#[derive(Debug)]
struct Shared {
    outlet: Outlet,
    /// Where the file is, for one that can be opened anew.
    file: Option<PathBuf>,
    state: Mutex<State>,
    /// There is something to be written.
    work: Notify,
    /// Something was written or dropped.
    progress: Notify,
}

#[derive(Debug)]
struct State {
    way: Way,
    kept: Kept,
    lost: u64,
    /// Was the last byte written not the end of a line?
    inside: bool,
    /// Was the rest of that line lost?
    torn: bool,
}

/// Bytes that wait, from `head` on.
#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    head: usize,
}

/// Ends the writing task with the last handle.
#[derive(Debug)]
struct Writer(Option<AbortHandle>);

// === impl Sink ===

impl Sink {
    /// Opens one of the pilot's outputs. Needs to be called within a runtime.
    ///
    /// # Errors
    /// When the descriptor is closed or cannot be waited for.
    pub fn open(target: SinkTarget) -> std::io::Result<Self> {
        match target {
            SinkTarget::Stdout => Self::on(std::io::stdout().as_fd()),
            SinkTarget::Stderr => Self::on(std::io::stderr().as_fd()),
            SinkTarget::File(path) => {
                let (outlet, way) = Outlet::open(file(&path)?.as_fd())?;
                Ok(Self::with(outlet, way, Some(path)))
            }
        }
    }

    /// Opens a file anew by its name, as after a rotation: all that was said so far
    /// is in the old one, all that follows goes to the new one. Does nothing for
    /// what is no file.
    ///
    /// # Errors
    /// When it cannot be opened; the old one stays in use.
    pub fn reopen(&self) -> std::io::Result<()> {
        match (&self.shared.file, &self.shared.outlet) {
            (Some(path), Outlet::Direct(old)) => way::replace(old, &file(path)?),
            _ => Ok(()),
        }
    }

    /// The same on any descriptor, which stays as it is.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn on(fd: BorrowedFd<'_>) -> std::io::Result<Self> {
        let (outlet, way) = Outlet::open(fd)?;
        Ok(Self::with(outlet, way, None))
    }

    fn with(outlet: Outlet, way: Way, file: Option<PathBuf>) -> Self {
        let state = State { way, kept: Kept::default(), lost: 0, inside: false, torn: false };
        let shared = Arc::new(Shared {
            outlet,
            file,
            state: Mutex::new(state),
            work: Notify::new(),
            progress: Notify::new(),
        });
        let writer = match &shared.outlet {
            Outlet::Waited(_) => Some(tokio::spawn(write_on(Arc::clone(&shared))).abort_handle()),
            Outlet::Direct(_) => None,
        };
        Self { shared, _writer: Arc::new(Writer(writer)) }
    }

    /// Writes a line of the pilot's own, its line end included. When too much is
    /// kept already, the line is dropped and counted, and the answer is `false`.
    pub fn say(&self, line: &[u8]) -> bool {
        let mut state = self.shared.lock();
        if state.kept.len().saturating_add(line.len()) > LIMIT && state.kept.len() > 0 {
            state.lost = state.lost.saturating_add(1);
            return false;
        }
        self.shared.write(&mut state, line);
        true
    }

    /// Writes what a child wrote; waits while too much is kept already. Nothing
    /// was written when the wait is given up.
    pub async fn pass(&self, bytes: &[u8]) {
        loop {
            let progress = self.shared.progress.notified();
            {
                let mut state = self.shared.lock();
                // Half of the room stays for the pilot's own lines, so that a noisy
                // child does not silence it.
                if state.kept.len() < LIMIT / 2 {
                    self.shared.write(&mut state, bytes);
                    return;
                }
            }
            progress.await;
        }
    }

    /// How many lines were dropped since this was last asked: those for which there
    /// was no room, and those whose reader has gone away.
    pub fn take_lost(&self) -> u64 {
        std::mem::take(&mut self.shared.lock().lost)
    }

    /// Waits until all is written, but no longer than `bound`. Was all written?
    pub async fn flush(&self, bound: Duration) -> bool {
        let written = async {
            loop {
                let progress = self.shared.progress.notified();
                if self.shared.lock().kept.len() == 0 {
                    return;
                }
                progress.await;
            }
        };
        tokio::time::timeout(bound, written).await.is_ok()
    }

    /// Is there a terminal on the other side?
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        std::io::IsTerminal::is_terminal(&self.shared.outlet.as_fd())
    }
}

/// Opens a file to be appended to.
fn file(path: &Path) -> std::io::Result<OwnedFd> {
    // A named pipe that nobody reads would otherwise be waited for.
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NONBLOCK;
    match rustix::fs::open(path, flags | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::from_raw_mode(0o640)) {
        Err(rustix::io::Errno::NXIO) => Err(std::io::Error::other("it is a named pipe that nobody reads")),
        opened => Ok(opened?),
    }
}

/// Writes what is kept whenever the other side takes it.
async fn write_on(shared: Arc<Shared>) {
    let Outlet::Waited(fd) = &shared.outlet else { return };
    loop {
        shared.work.notified().await;
        loop {
            // An error here means that the runtime is going down.
            let Ok(mut ready) = fd.writable().await else { return };
            let all = shared.push(&mut shared.lock());
            shared.progress.notify_waiters();
            if all {
                break;
            }
            ready.clear_ready();
        }
    }
}

// === impl Shared ===

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // One thread: never waited for. A panic while it was held is the only way
        // to poison it, and ends the process.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, state: &mut State, bytes: &[u8]) {
        // Otherwise the writing task is at it already; what needs none has none.
        let is_ours = state.kept.len() == 0 || matches!(self.outlet, Outlet::Direct(_));
        if std::mem::take(&mut state.torn) {
            state.kept.add(b"\n");
        }
        state.kept.add(bytes);
        if is_ours && !self.push(state) {
            self.work.notify_one();
        }
    }

    /// Writes as much as goes without waiting. Was that all?
    fn push(&self, state: &mut State) -> bool {
        loop {
            let chunk = state.way.chunk(state.kept.bytes());
            if chunk.is_empty() {
                return true;
            }
            match state.way.write(self.outlet.as_fd(), chunk) {
                Ok(0) | Err(rustix::io::Errno::AGAIN) => return false,
                Ok(count) => {
                    state.inside = chunk.get(..count).is_some_and(|written| !written.ends_with(b"\n"));
                    state.kept.remove(count);
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::OPNOTSUPP) if state.way == Way::NoWait => state.way = Way::Careful,
                // Nobody reads any more, or the disk is full. A later line may find
                // a new reader (a named pipe) or more room; these are lost.
                Err(_) => {
                    let lines = state.kept.bytes().iter().filter(|byte| **byte == b'\n').count();
                    state.lost = state.lost.saturating_add(lines as u64);
                    state.kept.clear();
                    state.torn = std::mem::take(&mut state.inside);
                }
            }
        }
    }
}

// === impl Kept ===

impl Kept {
    fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.head)
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(self.head..).unwrap_or_default()
    }

    fn add(&mut self, bytes: &[u8]) {
        // Only when more than half is written already, so that each byte is moved
        // once on average.
        if self.head > self.bytes.len() / 2 {
            self.bytes.drain(..self.head.min(self.bytes.len()));
            self.head = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn remove(&mut self, count: usize) {
        self.head = self.head.saturating_add(count).min(self.bytes.len());
        if self.head == self.bytes.len() {
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.head = 0;
        // The room for a burst is not kept for ever.
        self.bytes.shrink_to(way::LARGEST);
    }
}

// === impl Writer ===

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

// === impl Outlet ===

impl AsFd for Outlet {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Waited(fd) => fd.get_ref().as_fd(),
            Self::Direct(fd) => OwnedFd::as_fd(fd),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waitable::waitable;
    use rustix::io::Errno;
    use std::os::unix::net::UnixStream;
    use tokio::io::Interest;

    const BOUND: Duration = Duration::from_secs(20);

    struct Case {
        name: &'static str,
        sink: Sink,
        /// What the application writes to as well.
        shared: OwnedFd,
        reader: OwnedFd,
    }

    /// Every way to write to something that can be full.
    fn cases() -> Vec<Case> {
        let mut cases = Vec::new();
        for (name, way) in [
            ("a pipe opened again", Way::Plain),
            ("a pipe of another user", Way::Careful),
            ("the same since Linux 6.4", Way::NoWait),
            ("a socket", Way::Socket),
        ] {
            let (reader, shared) = if way == Way::Socket {
                let (ours, theirs) = UnixStream::pair().unwrap();
                (OwnedFd::from(theirs), OwnedFd::from(ours))
            } else {
                let (reader, writer) = std::io::pipe().unwrap();
                (OwnedFd::from(reader), OwnedFd::from(writer))
            };
            let sink = if matches!(way, Way::Careful | Way::NoWait) {
                let copy = shared.try_clone().unwrap();
                Sink::with(Outlet::Waited(waitable(copy, Interest::WRITABLE).unwrap()), way, None)
            } else {
                let sink = Sink::on(shared.as_fd()).unwrap();
                assert_eq!(sink.shared.lock().way, way);
                sink
            };
            rustix::io::ioctl_fionbio(&reader, true).unwrap();
            cases.push(Case { name, sink, shared, reader });
        }
        cases
    }

    impl Case {
        /// Reads until `count` bytes have come, and lets the writing task run meanwhile.
        async fn read(&self, count: usize) -> Vec<u8> {
            let read = async {
                let mut bytes = Vec::new();
                let mut buffer = vec![0; 64 * 1024];
                while bytes.len() < count {
                    match rustix::io::read(&self.reader, &mut buffer) {
                        Ok(0) => break,
                        Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                        Err(error) => assert_eq!(error, Errno::AGAIN),
                    }
                    tokio::task::yield_now().await;
                }
                bytes
            };
            tokio::time::timeout(BOUND, read).await.expect(self.name)
        }
    }

    fn numbered(number: usize) -> String {
        format!("line {number:08} of the pilot's own, padded to some length: {}\n", "x".repeat(100))
    }

    #[tokio::test]
    async fn a_stuck_reader_holds_nothing_up_and_order_is_kept() {
        for case in cases() {
            let mut said = 0;
            while case.sink.say(numbered(said).as_bytes()) {
                said += 1;
            }
            assert!(!case.sink.say(numbered(said).as_bytes()));
            assert_eq!(case.sink.take_lost(), 2, "{}", case.name);
            assert_eq!(case.sink.take_lost(), 0);
            assert!(!case.sink.flush(Duration::from_millis(5)).await, "{}", case.name);
            let passed = tokio::time::timeout(Duration::from_millis(5), case.sink.pass(b"child\n")).await;
            assert!(passed.is_err(), "a child's output must wait: {}", case.name);
            // The flags of what the application shares are as they were.
            let flags = rustix::fs::fcntl_getfl(&case.shared).unwrap();
            assert!(!flags.contains(OFlags::NONBLOCK), "{}", case.name);

            let expected: String = (0..said).map(numbered).collect();
            assert!(case.read(expected.len()).await == expected.as_bytes(), "{}", case.name);
            assert!(case.sink.flush(BOUND).await);
            case.sink.pass(b"child\n").await;
            assert_eq!(case.read(6).await, b"child\n");
        }
    }

    #[tokio::test]
    async fn a_reader_that_went_away_costs_lines_only() {
        for case in cases() {
            drop(case.reader);
            assert!(case.sink.say(b"one\ntwo\n"));
            assert!(case.sink.flush(BOUND).await);
            assert_eq!(case.sink.take_lost(), 2, "{}", case.name);
        }
    }

    #[tokio::test]
    async fn a_named_pipe_may_get_a_new_reader() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("fifo");
        let mode = nix::sys::stat::Mode::S_IRUSR | nix::sys::stat::Mode::S_IWUSR;
        nix::unistd::mkfifo(&path, mode).unwrap();
        let open = |flags: OFlags| rustix::fs::open(&path, flags | OFlags::NONBLOCK, 0.into()).unwrap();
        let first = open(OFlags::RDONLY);
        let sink = Sink::on(open(OFlags::WRONLY).as_fd()).unwrap();
        drop(first);
        assert!(sink.say(b"lost\n"));
        assert_eq!(sink.take_lost(), 1);
        let second = open(OFlags::RDONLY);
        assert!(sink.say(b"read\n"));
        let mut buffer = [0; 100];
        assert_eq!(rustix::io::read(&second, &mut buffer), Ok(5));
    }

    /// A terminal and the side that shows what is written to it.
    fn terminal() -> (OwnedFd, OwnedFd) {
        let shows =
            rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY).unwrap();
        rustix::pty::grantpt(&shows).unwrap();
        rustix::pty::unlockpt(&shows).unwrap();
        let path = rustix::pty::ptsname(&shows, Vec::new()).unwrap();
        let written = rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY, 0.into()).unwrap();
        (written, shows)
    }

    #[tokio::test]
    async fn a_stopped_terminal_holds_nothing_up() {
        let (written, shows) = terminal();
        let sink = Sink::on(written.as_fd()).unwrap();
        assert!(sink.is_terminal());
        assert_eq!(sink.shared.lock().way, Way::Plain);
        while sink.say(numbered(0).as_bytes()) {}
        assert!(!sink.flush(Duration::from_millis(5)).await);
        assert!(!rustix::fs::fcntl_getfl(&written).unwrap().contains(OFlags::NONBLOCK));
        rustix::io::ioctl_fionbio(&shows, true).unwrap();
        let shown = async {
            let mut buffer = vec![0; 64 * 1024];
            while !sink.flush(Duration::ZERO).await {
                let _ = rustix::io::read(&shows, &mut buffer);
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(BOUND, shown).await.expect("all shown");
    }

    #[tokio::test]
    async fn what_does_not_know_the_wish_not_to_block_is_asked_first() {
        let (written, shows) = terminal();
        let copy = written.try_clone().unwrap();
        let sink = Sink::with(Outlet::Waited(waitable(copy, Interest::WRITABLE).unwrap()), Way::NoWait, None);
        assert!(sink.say(b"shown\n"));
        assert_eq!(sink.shared.lock().way, Way::Careful);
        assert!(sink.flush(BOUND).await);
        let mut buffer = [0; 100];
        assert_eq!(rustix::io::read(&shows, &mut buffer), Ok(7));
        assert!(buffer.starts_with(b"shown\r\n"));
    }

    #[tokio::test]
    async fn a_file_takes_everything() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let sink = Sink::on(file.as_file().as_fd()).unwrap();
        let long = vec![b'x'; 3 * LIMIT];
        sink.pass(&long).await;
        assert!(sink.say(b"\nend\n"));
        assert!(sink.flush(Duration::ZERO).await);
        let mut written = Vec::new();
        std::io::Seek::rewind(file.as_file_mut()).unwrap();
        std::io::Read::read_to_end(file.as_file_mut(), &mut written).unwrap();
        assert_eq!(written.len(), long.len() + 5);
        assert!(written.ends_with(b"x\nend\n"));
        assert!(!sink.is_terminal());
    }

    #[tokio::test]
    async fn a_line_longer_than_the_limit_is_said_when_nothing_else_waits() {
        let case = cases().remove(0);
        let long = vec![b'x'; 2 * LIMIT];
        assert!(case.sink.say(&long));
        assert!(!case.sink.say(b"more\n"));
        assert_eq!(case.read(long.len()).await.len(), long.len());
    }

    #[tokio::test]
    async fn a_file_that_was_moved_away_is_opened_anew() {
        let temp = tempfile::tempdir().unwrap();
        let (path, old) = (temp.path().join("log"), temp.path().join("log.1"));
        let sink = Sink::open(SinkTarget::File(path.clone())).unwrap();
        assert!(sink.say(b"one\n"));
        std::fs::rename(&path, &old).unwrap();
        assert!(sink.say(b"two\n"));
        sink.clone().reopen().unwrap();
        assert!(sink.say(b"three\n"));
        assert_eq!(std::fs::read(&old).unwrap(), b"one\ntwo\n");
        assert_eq!(std::fs::read(&path).unwrap(), b"three\n");
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o137, 0, "{mode:o}");
        // Where none can be made, the old one stays.
        std::fs::rename(&path, &old).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(sink.reopen().is_err());
        assert!(sink.say(b"four\n"));
        assert_eq!(std::fs::read(&old).unwrap(), b"three\nfour\n");
    }

    #[tokio::test]
    async fn a_full_disk_stops_nobody() {
        let sink = Sink::open(SinkTarget::File("/dev/full".into())).unwrap();
        for _ in 0..1000 {
            assert!(sink.say(b"lost\n"));
            sink.pass(b"lost too\n").await;
        }
        assert!(sink.flush(Duration::ZERO).await);
        assert_eq!(sink.take_lost(), 2000);
        sink.reopen().unwrap();
    }

    #[tokio::test]
    async fn the_line_after_a_torn_one_is_whole() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log");
        let sink = Sink::open(SinkTarget::File(path.clone())).unwrap();
        {
            let mut state = sink.shared.lock();
            sink.shared.write(&mut state, b"tor");
            // The disk is full now.
            state.torn = std::mem::take(&mut state.inside);
        }
        assert!(sink.say(b"whole\n"));
        assert_eq!(std::fs::read(&path).unwrap(), b"tor\nwhole\n");
    }

    #[tokio::test]
    async fn a_named_pipe_without_a_reader_is_not_waited_for() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let refused = Sink::open(SinkTarget::File(path)).unwrap_err();
        assert_eq!(refused.to_string(), "it is a named pipe that nobody reads");
    }
}
