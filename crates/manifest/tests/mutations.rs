//! Files that somebody has broken are refused or judged, and nothing else.

use gyropilot_manifest::{Contract, Port, Scheduler, Wishes, check, generate, given, variables};
use std::collections::BTreeMap;
use std::time::Duration;

const SCHEDULERS: [Scheduler; 6] = [
    Scheduler::Compose,
    Scheduler::Swarm,
    Scheduler::Kubernetes,
    Scheduler::Nomad,
    Scheduler::Marathon,
    Scheduler::Systemd,
];

fn contract() -> Contract {
    Contract {
        name: "shop".to_owned(),
        ports: vec![Port { name: "shop".to_owned(), number: 8080 }],
        telemetry: Some(9090),
        can_be_asked: true,
        stop: Duration::from_millis(17_500),
        unbounded: None,
        drain: Duration::from_secs(5),
        variables: variables(
            "{ consul: \"{{ .CONSUL }}\", jobs: [{{ .WORDS }}, {{ .MODE | default `a` }}] }",
        ),
        values: BTreeMap::from([("WORDS".to_owned(), "a \"b\" $c %d ${e} \\ 'f'\n".to_owned())]),
        socket: Some("/var/run/containerpilot.socket".into()),
        signals: BTreeMap::new(),
    }
}

fn file(scheduler: Scheduler) -> String {
    let wishes = Wishes {
        image: "registry.example:5000/shop:7".to_owned(),
        name: None,
        replicas: 3,
        config: "/etc/pilot.json5".to_owned(),
    };
    generate(scheduler, &contract(), &wishes)
}

#[test]
fn each_is_recognized_by_its_looks_and_agrees() {
    for scheduler in SCHEDULERS {
        let text = file(scheduler);
        let (seen, found) = check(&text, None, None, &contract()).unwrap();
        assert_eq!((seen, found), (scheduler, vec![]), "{text}");
    }
}

#[test]
fn a_value_that_is_special_somewhere_comes_back_as_it_was() {
    let wanted = &contract().values["WORDS"];
    for scheduler in [Scheduler::Kubernetes, Scheduler::Marathon] {
        let given = given(&file(scheduler), Some(scheduler)).unwrap();
        assert_eq!(&given["WORDS"], wanted, "{scheduler:?}");
    }
}

#[test]
fn whatever_is_cut_doubled_or_replaced_is_refused_or_judged() {
    let contract = contract();
    for scheduler in SCHEDULERS {
        let text = file(scheduler);
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(7).collect();
        for at in places {
            let (before, after) = text.split_at(at);
            let rest: String = after.chars().skip(1).collect();
            for broken in [
                before.to_owned(),
                format!("{before}{rest}"),
                format!("{before}{after}{after}"),
                format!("{before}\u{0}{rest}"),
                format!("{before}{{{rest}"),
                format!("{before}\n{after}"),
            ] {
                for asked in [None, Some(scheduler)] {
                    // A line that is told is one that there is.
                    let line = match check(&broken, asked, None, &contract) {
                        Ok((_, found)) => found.iter().map(|one| one.line).max().unwrap_or(1),
                        Err(error) => error.line,
                    };
                    assert!(line >= 1 && line <= broken.lines().count() + 2, "{line} in {broken}");
                    let _ = given(&broken, asked);
                }
            }
        }
    }
}
