//! Random programs of inputs against what must always hold.

use super::world::*;
use crate::Input;
use gyropilot_model::{Exit, Restarts, Signal};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

#[derive(Clone, Debug)]
enum Happening {
    Pass(u64),
    End(usize, u8),
    Signal(usize),
    Instances(usize),
    Reload(bool),
    Stubborn(bool),
    CatalogueHangs(bool),
    Leftover(bool),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (1..40_u64).prop_map(Happening::Pass),
        (0..8_usize, any::<u8>()).prop_map(|(which, code)| Happening::End(which, code)),
        (0..3_usize).prop_map(Happening::Signal),
        (0..4_usize).prop_map(Happening::Instances),
        any::<bool>().prop_map(Happening::Reload),
        any::<bool>().prop_map(Happening::Stubborn),
        any::<bool>().prop_map(Happening::CatalogueHangs),
        any::<bool>().prop_map(Happening::Leftover),
    ]
}

fn everything() -> gyropilot_model::Plan {
    let mut plan = plan();
    hooks(&mut plan).pre_start = Some(command("prepare"));
    hooks(&mut plan).pre_stop = Some(command("before"));
    hooks(&mut plan).post_stop = Some(command("after"));
    plan.services = vec![service("web", 10, 25), service("admin", 3, 9)];
    hooks(&mut plan).backends = vec![backend("sales", 3, "render"), backend("customers", 4, "other")];
    hooks(&mut plan).tasks = vec![task("tidy", 5)];
    hooks(&mut plan).coprocesses =
        vec![coprocess("agent", Restarts::Unlimited), coprocess("once", Restarts::Limited(1))];
    plan
}

proptest! {
    // The same programs each time: a failure in one run must not be gone in the next.
    #![proptest_config(ProptestConfig { cases: 2000, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn one_process_a_role_and_every_stop_ends(program in prop::collection::vec(happening(), 0..60)) {
        let mut world = World::begun(everything(), Some("app"));
        for happening in program {
            if world.exit.is_some() {
                break;
            }
            match happening {
                Happening::Pass(time) => world.until(world.now.since_start().as_secs() + time),
                Happening::End(which, code) => {
                    let role = world.running.values().nth(which % world.running.len().max(1)).map(ToString::to_string);
                    if let Some(role) = role {
                        world.end(&role, Exit::Code(code));
                    }
                }
                Happening::Signal(which) => {
                    world.signal([Signal::Hup, Signal::Usr1, Signal::Usr2][which]);
                }
                Happening::Instances(count) => {
                    let instances: Vec<_> = (0..count).map(|n| instance(&format!("s{n}"), 80)).collect();
                    world.instances("sales", &instances);
                    world.instances("customers", &instances);
                }
                Happening::Reload(good) => {
                    let result = if good { Ok(Box::new(everything())) } else { Err("no".to_owned()) };
                    world.give(Input::Reloaded(result));
                }
                Happening::Stubborn(on) => {
                    world.stubborn.clear();
                    if on {
                        world.stubborn.extend(["app", "coprocess[agent]", "preStart"].map(str::to_owned));
                    }
                }
                Happening::CatalogueHangs(on) => world.catalogue_hangs = on,
                Happening::Leftover(on) => world.leftover = on,
            }
            let mut roles: Vec<String> = world.running.values().map(ToString::to_string).collect();
            let all = roles.len();
            roles.sort();
            roles.dedup();
            prop_assert_eq!(roles.len(), all, "two processes for one role");
        }
        let stopped_at = world.now.since_start().as_secs();
        if world.exit.is_none() {
            world.signal(Signal::Term);
            // Hooks have an hour each; everything else is seconds.
            world.until(stopped_at + 2 * 3600 + 60);
        }
        prop_assert!(world.exit.is_some(), "the stop did not end: {:?}", world.log.last());
        let withdrawn = world.desired.values().all(|desired| *desired == gyropilot_model::Desired::Absent);
        let never_launched = world.desired.is_empty();
        prop_assert!(withdrawn || never_launched, "something stayed registered: {:?}", world.desired);
    }
}
