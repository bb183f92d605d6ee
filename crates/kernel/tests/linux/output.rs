//! What children write, and where it goes.

use crate::{BOUND, pilot, shell};
use gyropilot_kernel::{Kernel, LineReader, PIECE, Sink, Stderr, Stream, Target};
use gyropilot_model::{Exit, Signal};
use std::os::fd::AsFd;

/// The largest size this process ever had in memory, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

pub(crate) fn q03_a_line_of_100_mb_passes_whole() {
    let temp = tempfile::tempdir().unwrap();
    let fifo = temp.path().join("log");
    let long_line = "yes abcdefghi | tr -d '\\n' | head -c 100000000; echo";
    pilot(async |mut pilot| {
        let (sum, _) = pilot.shell(&format!("({long_line}) | cksum")).await;
        let mkfifo = format!("mkfifo {}", fifo.display());
        assert_eq!(pilot.shell(&mkfifo).await.1, Exit::Code(0));
        // On the way: child, pipe, reader, sink, named pipe, a reader of the log.
        let log_reader =
            pilot.kernel.spawn(&shell(&format!("cksum < {}", fifo.display()), Stream::Pipe)).unwrap();
        let shared = std::fs::File::options().write(true).open(&fifo).unwrap();
        let sink = Sink::on(shared.as_fd()).unwrap();
        let before = peak_memory();
        let begun = pilot.kernel.now();
        let child = pilot.kernel.spawn(&shell(long_line, Stream::Pipe)).unwrap();
        let mut reader = LineReader::new(child.stdout.unwrap()).unwrap();
        let mut pieces = 0;
        while let Some(line) = reader.next().await {
            assert!(line.bytes.len() <= PIECE);
            sink.pass(line.bytes).await;
            if !line.more {
                sink.pass(b"\n").await;
            }
            pieces += 1;
        }
        assert!(sink.flush(BOUND).await);
        let took = pilot.kernel.now().since(begun);
        drop((sink, shared));
        let mut log_reader = LineReader::new(log_reader.stdout.unwrap()).unwrap();
        assert_eq!(log_reader.next().await.unwrap().text(), sum.trim_end());
        let grown = peak_memory() - before;
        println!("100 MB in {took:?}, in {pieces} pieces, with {grown} bytes more memory");
        assert!(grown < 4 * 1024 * 1024, "{grown}");
    });
}

pub(crate) fn both_outputs_share_a_pipe_in_order() {
    pilot(async |mut pilot| {
        let mut spec = shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2", Stream::Pipe);
        spec.stderr = Stderr::WithStdout;
        let child = pilot.kernel.spawn(&spec).unwrap();
        assert!(child.stderr.is_none());
        let mut reader = LineReader::new(child.stdout.unwrap()).unwrap();
        for want in ["1", "2", "3", "4"] {
            assert_eq!(reader.next().await.unwrap().text(), want);
        }
        assert_eq!(reader.next().await, None);
    });
}

pub(crate) fn a_grandchild_that_holds_the_pipe_holds_nobody_up() {
    pilot(async |mut pilot| {
        let child = pilot.kernel.spawn(&shell("sleep 1000 & echo line; printf rest", Stream::Pipe)).unwrap();
        let mut reader = LineReader::new(child.stdout.unwrap()).unwrap();
        // The reader was not even asked before the end.
        assert_eq!(pilot.next_exit().await, (child.pid, Exit::Code(0)));
        assert_eq!(reader.next().await.unwrap().text(), "line");
        drop(reader);
        for left in pilot.kernel.descendants() {
            let killed = pilot.kernel.signal(Target::Process(left), Signal::Kill);
            assert_eq!(killed, Ok(true));
            assert_eq!(pilot.next_exit().await, (left, Exit::Signal(9)));
        }
    });
}
