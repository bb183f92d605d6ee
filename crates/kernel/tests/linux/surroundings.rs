//! As what and where a child runs. Most of it takes a pilot that is root.

use crate::{Pilot, pilot, shell};
use gyropilot_kernel::{Kernel, LineReader, NotifySocket, SealedSecrets, SpawnSpec, Stream};
use gyropilot_model::{Exit, Limit, Notice, Secret, SecretSource, Surroundings};
use std::sync::Arc;

fn as_nobody() -> Surroundings {
    Surroundings { user: Some("nobody".into()), ..Surroundings::default() }
}

fn spec(command: &str, surroundings: Surroundings) -> SpawnSpec {
    let mut spec = shell(command, Stream::Pipe);
    spec.env.insert("HOME".into(), "/root".into());
    spec.surroundings = surroundings;
    spec
}

/// What the program says, in one line.
async fn said(pilot: &mut Pilot, spec: &SpawnSpec) -> String {
    let child = pilot.kernel.spawn(spec).unwrap();
    let mut reader = LineReader::new(child.stdout.unwrap()).unwrap();
    let mut lines = Vec::new();
    while let Some(line) = reader.next().await {
        lines.push(line.text().into_owned());
    }
    assert_eq!(pilot.next_exit().await.0, child.pid);
    lines.join("|")
}

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        println!("skipped: takes root");
    }
    root
}

pub(crate) fn a_child_becomes_another_user() {
    if !is_root() {
        return;
    }
    pilot(async |mut pilot| {
        let who = "echo $(id -u):$(id -g):$(id -G) $HOME $USER $LOGNAME; echo again >/dev/stdout";
        let said_so = said(&mut pilot, &spec(who, as_nobody())).await;
        assert_eq!(said_so, "65534:65534:65534 /nonexistent nobody nobody|again");
        let mut chosen = as_nobody();
        chosen.group = Some("games".into());
        chosen.supplementary_groups = Some(vec!["adm".into(), "4711".into()]);
        chosen.environment.insert("HOME".into(), Some("/tmp".into()));
        chosen.environment.insert("USER".into(), None);
        let said_so = said(&mut pilot, &spec(who, chosen)).await;
        assert_eq!(said_so, "65534:60:60 4 4711 /tmp nobody|again");
        let nameless =
            Surroundings { user: Some("4711".into()), group: Some("4712".into()), ..Surroundings::default() };
        let said_so = said(&mut pilot, &spec("echo $(id -u):$(id -g) $HOME ${USER-none}", nameless)).await;
        assert_eq!(said_so, "4711:4712 / none");
    });
}

pub(crate) fn a_child_runs_where_it_is_told_to() {
    pilot(async |mut pilot| {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().canonicalize().unwrap();
        std::fs::copy("/bin/pwd", folder.join("where")).unwrap();
        let there = Surroundings { working_directory: Some(folder.clone()), ..Surroundings::default() };
        let folder = folder.to_str().unwrap();
        assert_eq!(said(&mut pilot, &spec("pwd", there.clone())).await, folder);
        // A relative program is one of that folder.
        let mut relative = spec("", there);
        relative.program = "./where".into();
        relative.args.clear();
        assert_eq!(said(&mut pilot, &relative).await, folder);
    });
}

pub(crate) fn limits_and_privileges_are_what_was_asked_for() {
    if !is_root() {
        return;
    }
    pilot(async |mut pilot| {
        let mut bounded = as_nobody();
        let limit = |soft, hard| Limit { soft, hard };
        bounded.limits.insert("nofile".into(), limit(Some(77), Some(99)));
        bounded.limits.insert("core".into(), limit(Some(0), None));
        bounded.no_new_privileges = true;
        bounded.drop_capabilities = vec!["all".into()];
        let shown = "ulimit -Sn; ulimit -Hn; ulimit -Sc; grep -E '^(NoNew|Cap(Eff|Bnd|Amb))' /proc/self/status \
                     | cut -f2";
        let none = "0000000000000000";
        let want = format!("77|99|0|{none}|{none}|{none}|1");
        assert_eq!(said(&mut pilot, &spec(shown, bounded)).await, want);
        // Root without one: neither it nor what it runs has it.
        let less = Surroundings { drop_capabilities: vec!["net_raw".into()], ..Surroundings::default() };
        let effective =
            "grep CapEff /proc/self/status | cut -f2; exec grep CapBnd /proc/self/status | cut -f2";
        let whole = said(&mut pilot, &spec(effective, Surroundings::default())).await;
        let left = said(&mut pilot, &spec(effective, less)).await;
        let bits = |text: &str| -> Vec<u64> {
            text.split('|').map(|set| u64::from_str_radix(set.trim(), 16).unwrap()).collect()
        };
        let expected: Vec<u64> = bits(&whole).into_iter().map(|set| set & !(1 << 13)).collect();
        assert_eq!(bits(&left), expected);
    });
}

pub(crate) fn descriptors_come_at_their_numbers() {
    pilot(async |mut pilot| {
        let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        let before = open();
        let file = |text: &str| {
            let mut file = tempfile::tempfile().unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            std::io::Seek::rewind(&mut file).unwrap();
            Arc::new(std::os::fd::OwnedFd::from(file))
        };
        // Numbers that are the pilot's own, that are free, and each other's.
        let mut given = spec("cat <&3; cat <&4; exec cat /proc/self/fd/20", Surroundings::default());
        given.descriptors = vec![(3, file("three\n")), (4, file("four\n")), (20, file("twenty\n"))];
        assert_eq!(said(&mut pilot, &given).await, "three|four|twenty");
        // A program that cannot be executed is still told of.
        given.program = "/dev/null/x".into();
        assert_eq!(pilot.kernel.spawn(&given).unwrap_err().to_string(), "no such file");
        let temp = tempfile::tempdir().unwrap();
        let text = crate::refusals::write(temp.path(), "text", 0o755, b"exit 0\n");
        given.program = text.into();
        assert!(pilot.kernel.spawn(&given).unwrap_err().to_string().starts_with("exec format error"));
        given.descriptors = vec![(2, file(""))];
        assert_eq!(
            pilot.kernel.spawn(&given).unwrap_err().to_string(),
            "cannot pass on descriptor 2: it is the program's input or output"
        );
        drop(given);
        assert_eq!(open(), before);
    });
}

pub(crate) fn what_cannot_be_changed_is_told_in_words() {
    if !is_root() {
        return;
    }
    pilot(async |mut pilot| {
        let temp = tempfile::tempdir().unwrap();
        let locked = temp.path().join("locked");
        std::fs::create_dir(&locked).unwrap();
        std::fs::set_permissions(&locked, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let own = crate::refusals::write(temp.path(), "own", 0o700, b"#!/bin/sh\n");
        std::fs::set_permissions(temp.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let at = temp.path().to_str().unwrap();
        let mut refusal = |program: &str, surroundings: &Surroundings| {
            let mut spec = spec("exit 0", surroundings.clone());
            spec.program = program.into();
            pilot.kernel.spawn(&spec).unwrap_err().to_string().replace(at, "AT")
        };
        let with = |change: &dyn Fn(&mut Surroundings)| {
            let mut surroundings = as_nobody();
            change(&mut surroundings);
            surroundings
        };
        let unknown = with(&|s| s.user = Some("nobdy".into()));
        assert_eq!(
            refusal("sh", &unknown),
            "there is no user \"nobdy\" in /etc/passwd; the nearest is \"nobody\""
        );
        let nowhere = with(&|s| s.working_directory = Some(temp.path().join("no")));
        assert_eq!(
            refusal("sh", &nowhere),
            "cannot enter the working directory AT/no: no such file or directory"
        );
        let forbidden = with(&|s| s.working_directory = Some(locked.clone()));
        assert_eq!(
            refusal("sh", &forbidden),
            "cannot enter the working directory AT/locked: permission denied"
        );
        assert_eq!(
            refusal(own.to_str().unwrap(), &as_nobody()),
            "AT/own may not be executed by user nobody: permission denied"
        );
        let upside_down = Limit { soft: Some(2), hard: Some(1) };
        let contrary = with(&|s| s.limits = [("nofile".to_owned(), upside_down)].into());
        assert_eq!(
            refusal("sh", &contrary),
            "cannot set the limit nofile: invalid argument (the pilot runs as uid 0)"
        );
        // None of them left a process behind.
        assert!(pilot.kernel.descendants().is_empty());
    });
}

pub(crate) fn a_pilot_without_rights_says_so() {
    if !is_root() {
        return;
    }
    let uid = rustix::fs::Uid::from_raw(1000);
    let gid = rustix::fs::Gid::from_raw(1000);
    rustix::thread::set_thread_groups(&[gid]).unwrap();
    rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
    rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
    pilot(async |mut pilot| {
        let mut surroundings = as_nobody();
        assert_eq!(
            pilot.kernel.spawn(&spec("exit 0", surroundings.clone())).unwrap_err().to_string(),
            "cannot become user nobody: operation not permitted (the pilot runs as uid 1000)"
        );
        surroundings = Surroundings { group: Some("adm".into()), ..Surroundings::default() };
        assert_eq!(
            pilot.kernel.spawn(&spec("exit 0", surroundings)).unwrap_err().to_string(),
            "cannot take on the groups adm: operation not permitted (the pilot runs as uid 1000)"
        );
        // What it is already is no change; with no new privileges nothing is left to be dropped.
        let own = Surroundings {
            user: Some("1000".into()),
            group: Some("1000".into()),
            no_new_privileges: true,
            drop_capabilities: vec!["all".into()],
            ..Surroundings::default()
        };
        assert_eq!(said(&mut pilot, &spec("id -u", own.clone())).await, "1000");
        let more = Surroundings { no_new_privileges: false, ..own };
        assert_eq!(
            pilot.kernel.spawn(&spec("exit 0", more)).unwrap_err().to_string(),
            "cannot drop capabilities: operation not permitted (the pilot runs as uid 1000; \
             with noNewPrivileges it need not)"
        );
    });
}

/// Changes cost a fork; without any a start is as it was.
pub(crate) fn changes_cost_a_fork_and_nothing_else_does() {
    pilot(async |mut pilot| {
        let mut measure = async |surroundings: Surroundings| {
            let begun = pilot.kernel.now();
            for _ in 0..200 {
                let mut spec = SpawnSpec::new("/bin/true");
                spec.surroundings = surroundings.clone();
                pilot.kernel.spawn(&spec).unwrap();
                pilot.next_exit().await;
            }
            pilot.kernel.now().since(begun) / 200
        };
        let plain = measure(Surroundings::default()).await;
        let changed = Surroundings { working_directory: Some("/".into()), ..Surroundings::default() };
        println!("a start and its end: {plain:?} plain, {:?} changed", measure(changed).await);
    });
}

pub(crate) fn notices_are_taken_from_the_job_s_user_and_nobody_else() {
    if !is_root() {
        return;
    }
    pilot(async |mut pilot| {
        let mut own = NotifySocket::open(Some(65534)).unwrap();
        let mut foreign = NotifySocket::open(None).unwrap();
        let says = |socket: &NotifySocket, text: &str, surroundings: Surroundings| {
            let script = "use Socket; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; my $n = $ENV{NOTIFY_SOCKET}; \
                          $n =~ s/^@/\\0/; send($s, $ARGV[0], 0, sockaddr_un($n)) or die $!";
            let mut spec = shell("exec perl -e \"$SCRIPT\" \"$TEXT\"", Stream::Null);
            for (name, value) in [("SCRIPT", script), ("TEXT", text), ("NOTIFY_SOCKET", socket.name())] {
                spec.env.insert(name.into(), value.into());
            }
            spec.surroundings = surroundings;
            spec
        };
        for spec in [
            says(&own, "READY=1", as_nobody()),
            says(&foreign, "READY=1", as_nobody()),
            says(&foreign, "STATUS=root", Surroundings::default()),
        ] {
            let child = pilot.kernel.spawn(&spec).unwrap();
            assert_eq!(pilot.next_exit().await, (child.pid, Exit::Code(0)));
        }
        // By now the senders are gone; what they said still counts.
        assert_eq!(own.next().await, Notice::Ready);
        assert_eq!(foreign.next().await, Notice::Status("root".into()));
    });
}

pub(crate) fn a_secret_is_read_by_the_job_that_is_given_it_and_by_no_other() {
    if !is_root() {
        return;
    }
    pilot(async |mut pilot| {
        let mut secrets = SealedSecrets::default();
        let source = SecretSource::Given(Secret::new("s3cr3t".into()));
        secrets.load(&[("db".to_owned(), source)].into()).unwrap();
        // Twice, and by what it runs: each opening begins anew.
        let reads =
            "cat $DB_FILE; echo; sh -c 'cat $DB_FILE'; echo x 2>/dev/null >$DB_FILE || echo; echo sealed";
        let mut with = spec(reads, as_nobody());
        secrets.give(&["db".to_owned()], &mut with).unwrap();
        assert_eq!(said(&mut pilot, &with).await, "s3cr3t|s3cr3t|sealed");
        let without = spec("ls -l /proc/self/fd | grep -c secret", Surroundings::default());
        assert_eq!(said(&mut pilot, &without).await, "0");
    });
}
