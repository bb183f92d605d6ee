//! The text of `/etc/passwd` and `/etc/group`, which come with an image.
#![no_main]

use gyropilot_kernel::{parse_groups, parse_users};

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    for user in parse_users(text) {
        assert!(!user.name.is_empty() && !user.name.contains([':', '\n']), "{user:?}");
    }
    for group in parse_groups(text) {
        assert!(!group.name.is_empty() && !group.members.contains(&String::new()), "{group:?}");
    }
    // Whatever stands above it, a whole line is found.
    let passwd = [text, b"\napp:x:1000:50::/srv:/bin/sh\n"].concat();
    let found = parse_users(&passwd).pop();
    assert!(found.is_some_and(|user| user.name == "app" && user.uid == 1000 && user.gid == 50));
});
