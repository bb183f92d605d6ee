//! How everything stands, why, and what depends on what.

use super::super::world::*;
use super::plans::*;
use gyropilot_model::{EventCode, JobHealth, JobState, Restarts, Trigger};

fn chain() -> World {
    let mut migrate = job("migrate");
    migrate.restart = restart(Restarts::Unlimited);
    let app = when(job("app"), once(EventCode::ExitSuccess, "migrate"));
    let web = when(web(), once(EventCode::Healthy, "app"));
    World::begun(jobs_plan(vec![migrate, app, web]), None)
}

#[test]
fn why_names_the_whole_chain_down_to_the_root() {
    let mut world = chain();
    world.exit_job("migrate", 3);
    let why = world.engine.why(world.now, "web").unwrap();
    let causes: Vec<_> = why.causes.iter().map(|cause| cause.what.as_str()).collect();
    assert_eq!(
        causes,
        [
            "web waits for healthy of app, which cannot happen any more",
            "app waits for exitSuccess of migrate",
            "migrate is backoff: ended: exit status 3",
        ],
        "app has no health check"
    );
    assert!(why.summary.ends_with("migrate is backoff: ended: exit status 3"), "{}", why.summary);
    assert!(world.engine.why(world.now, "nobody").is_none());
}

#[test]
fn history_is_kept_and_bounded() {
    let mut world = chain();
    for _ in 0..50 {
        world.exit_job("migrate", 3);
        world.now = world.engine.deadline().unwrap();
        world.give(crate::Input::Tick);
    }
    let why = world.engine.why(world.now, "migrate").unwrap();
    assert_eq!(why.history.len(), 32);
    assert!(why.history.iter().any(|cause| cause.what == "running: started again; ended: exit status 3"));
    assert!(why.history.iter().any(|cause| cause.what == "ended: exit status 3"));
}

#[test]
fn the_status_says_how_each_job_stands() {
    let mut world = chain();
    world.exit_job("migrate", 0);
    world.until(3);
    let status = world.engine.status(world.now).unwrap();
    let states: Vec<_> = status.jobs.iter().map(|job| (job.name.as_str(), job.state)).collect();
    assert_eq!(
        states,
        [("migrate", JobState::Running), ("app", JobState::Running), ("web", JobState::Waiting)]
    );
    assert_eq!(status.jobs[0].last_exit.as_deref(), Some("exit status 0"));
    assert_eq!(status.jobs[2].waits_for, ["healthy of app"]);
    assert_eq!(status.jobs[2].health, JobHealth::Unknown);
    assert_eq!(status.jobs[2].service.as_ref().unwrap().wanted, None);
    assert_eq!(status.uptime_ms, 3000);
}

#[test]
fn the_graph_has_an_edge_for_each_dependency() {
    let tick = when(job("tick"), Trigger::Interval(seconds(5)));
    let after = when(job("after"), once(EventCode::Stopped, "tick"));
    let edges = crate::graph(&jobs_plan(vec![tick, after]));
    let shown: Vec<_> =
        edges.iter().map(|edge| format!("{} -{}-> {}", edge.from, edge.event, edge.to)).collect();
    assert_eq!(shown, ["global -every 5s-> tick", "tick -stopped-> after"]);
}
