//! A datagram of sd_notify, which any process of a job may send.
#![no_main]

use gyropilot_kernel::parse_notices;
use gyropilot_model::Notice;

libfuzzer_sys::fuzz_target!(|message: &[u8]| {
    let notices = parse_notices(message);
    let lines = message.split(|byte| *byte == b'\n').count();
    assert!(notices.len() <= lines, "{notices:?}");
    for notice in &notices {
        match notice {
            Notice::Status(status) => assert!(!status.contains('\n')),
            Notice::MainPid(pid) => assert!(*pid > 1),
            _ => {}
        }
    }
    // What is said before does not hide that it is ready.
    let ready = [message, b"\nREADY=1"].concat();
    assert!(parse_notices(&ready).contains(&Notice::Ready));
});
