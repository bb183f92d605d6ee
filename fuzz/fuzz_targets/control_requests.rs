//! Any method, path, query and body as a request to the control socket.
#![no_main]

use gyropilot_control::{Ask, Misunderstood, understand};

/// So that bodies are reached, too.
const PATHS: [&str; 4] = ["/v3/environ", "/v3/metric", "/v1/orders", "/v1/events"];

libfuzzer_sys::fuzz_target!(|input: (u8, &str, &str, &[u8])| {
    let (choice, path, query, body) = input;
    let method = if choice & 1 == 0 { "POST" } else { "GET" };
    let path = PATHS.get(usize::from(choice >> 1)).copied().unwrap_or(path);
    match understand(method, path, Some(query), body) {
        Ok(Ask::Environ(variables)) => {
            for (name, value) in variables {
                assert!(!name.is_empty() && !name.contains(['=', '\0']));
                assert!(value.is_none_or(|value| !value.contains('\0')));
            }
        }
        Ok(Ask::Why(job)) => assert!(!job.is_empty() && job.len() <= path.len()),
        Ok(Ask::Order(order)) => assert!(!order.to_string().is_empty()),
        Ok(_) => {}
        Err(Misunderstood::Method(wanted)) => assert_ne!(method, wanted),
        Err(Misunderstood::Unreadable(reason)) => assert!(reason.is_none_or(|reason| !reason.is_empty())),
        Err(Misunderstood::NoSuchPath) => assert!(!PATHS.contains(&path)),
    }
});
