//! The text of a notification.

use gyropilot_model::Notice;
use std::time::Duration;

/// What a datagram of sd_notify(3) says, in an order in which it makes sense: who
/// speaks, what it needs, what it does, and last that it is alive.
///
/// Format: assignments `NAME=VALUE` separated by line ends. Names that are not
/// known, among them `FDSTORE` and `BARRIER`, and values that are none are passed over.
#[must_use]
pub fn parse_notices(message: &[u8]) -> Vec<Notice> {
    let text = String::from_utf8_lossy(message);
    // Some senders count the zero byte at the end in.
    let lines = text.trim_end_matches('\0').split('\n').filter_map(|line| line.split_once('='));
    let mut notices: Vec<Notice> = Vec::new();
    let mut error = None;
    for (name, value) in lines {
        let number = || value.parse::<u64>().ok();
        let notice = match (name, value) {
            ("READY", "1") => Some(Notice::Ready),
            ("RELOADING", "1") => Some(Notice::Reloading),
            ("STOPPING", "1") => Some(Notice::Stopping),
            ("WATCHDOG", "1") => Some(Notice::Watchdog),
            ("WATCHDOG", "trigger") => Some(Notice::WatchdogTrigger),
            ("STATUS", status) => Some(Notice::Status(status.to_owned())),
            ("ERRNO", _) => {
                error = number().and_then(|number| i32::try_from(number).ok()).filter(|number| *number > 0);
                None
            }
            ("MAINPID", _) => value.parse().ok().filter(|pid| *pid > 1).map(Notice::MainPid),
            ("WATCHDOG_USEC", _) => number().map(Duration::from_micros).map(Notice::WatchdogPeriod),
            ("EXTEND_TIMEOUT_USEC", _) => number().map(Duration::from_micros).map(Notice::ExtendTimeout),
            _ => None,
        };
        notices.extend(notice);
    }
    if let Some(error) = error.map(std::io::Error::from_raw_os_error) {
        let status = notices.iter_mut().find_map(|notice| match notice {
            Notice::Status(status) => Some(status),
            _ => None,
        });
        match status {
            Some(status) => *status = format!("{status}: {error}"),
            None => notices.push(Notice::Status(error.to_string())),
        }
    }
    notices.sort_by_key(place);
    notices
}

const fn place(notice: &Notice) -> u8 {
    match notice {
        Notice::MainPid(_) => 0,
        Notice::Status(_) => 1,
        Notice::WatchdogPeriod(_) => 2,
        Notice::ExtendTimeout(_) => 3,
        Notice::Reloading => 4,
        Notice::Ready => 5,
        Notice::Stopping => 6,
        Notice::Watchdog => 7,
        Notice::WatchdogTrigger => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood_in_order() {
        let message = b"WATCHDOG=1\nREADY=1\nSTATUS=serving = 3\nMAINPID=4711\nMONOTONIC_USEC=5\nFDSTORE=1\n\
                        WATCHDOG_USEC=2000000\nEXTEND_TIMEOUT_USEC=1500\nRELOADING=1\n";
        assert_eq!(
            parse_notices(message),
            [
                Notice::MainPid(4711),
                Notice::Status("serving = 3".into()),
                Notice::WatchdogPeriod(Duration::from_secs(2)),
                Notice::ExtendTimeout(Duration::from_micros(1500)),
                Notice::Reloading,
                Notice::Ready,
                Notice::Watchdog,
            ]
        );
        assert_eq!(parse_notices(b"STOPPING=1"), [Notice::Stopping]);
        assert_eq!(parse_notices(b"WATCHDOG=trigger\0"), [Notice::WatchdogTrigger]);
    }

    #[test]
    fn an_error_is_part_of_the_status() {
        let missing = "No such file or directory (os error 2)";
        assert_eq!(parse_notices(b"ERRNO=2"), [Notice::Status(missing.into())]);
        assert_eq!(
            parse_notices(b"ERRNO=2\nSTATUS=no data"),
            [Notice::Status(format!("no data: {missing}"))]
        );
    }

    #[test]
    fn what_makes_no_sense_says_nothing() {
        for message in [
            &b""[..],
            b"\n\n=\n",
            b"READY",
            b"READY=0",
            b"READY=1 ",
            b"ready=1",
            b"MAINPID=1\nMAINPID=-5\nMAINPID=99999999999",
            b"WATCHDOG_USEC=-1\nEXTEND_TIMEOUT_USEC=soon",
            b"ERRNO=0\nERRNO=-2\nBARRIER=1\nX_OWN=\xff\xfe",
        ] {
            assert_eq!(parse_notices(message), [], "{}", message.escape_ascii());
        }
    }
}
