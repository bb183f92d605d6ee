//! A line of `/proc/PID/stat`, in which a program chooses its own name.
#![no_main]

libfuzzer_sys::fuzz_target!(|stat: &[u8]| {
    let _ = gyropilot_kernel::parse_stat(stat);
    // Whatever the name is, the fields after it are those of the kernel.
    let mut named = b"7 (".to_vec();
    named.extend(stat);
    named.extend(b") S 42 7 7 0");
    assert_eq!(gyropilot_kernel::parse_stat(&named), Some((42, true)));
});
