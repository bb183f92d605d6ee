//! The binary under the name `consul-template`: old and new spellings, what is
//! rendered, written and run, and the exit statuses.

use crate::{scene, seconds};
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::double::{Fault, Instance};
use gyropilot_conformance::launch::{Ended, Launch};
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::json;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

on_each_agent! {
    a_real_agent_is_rendered,
}

/// One instance of `sales`, and a few keys.
fn stocked() -> Scene {
    let scene = scene();
    scene.consul.set_instances("sales", &[Instance::new("s1", "192.0.2.11", 8001).tagged(&["v1", "blue"])]);
    scene.consul.set_keys(&[("app/size", "12"), ("app/name", "shop"), ("app/deep/er", "x"), ("empty", "")]);
    scene
}

fn consul_template(scene: &Scene) -> Launch {
    let address = scene.consul.address().to_string();
    scene.bare_launch().named("consul-template").args(["-consul-addr", &address])
}

/// Renders `template` once; what was written, and how it ended.
#[track_caller]
fn render(scene: &Scene, template: &str) -> (Option<String>, Ended) {
    scene.file("in.ctmpl", template);
    let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("out"));
    let ended = consul_template(scene).args(["-once", "-template", &pair]).run();
    (std::fs::read_to_string(scene.path("out")).ok(), ended)
}

/// Checks one template against one text.
#[track_caller]
fn renders(template: &str, expected: &str) {
    fixed("consul-template", || {
        let (out, ended) = render(&stocked(), template);
        ended.assert_status(0);
        assert_eq!(out.as_deref(), Some(expected), "{template}\n{}", ended.said());
    });
}

#[test]
fn service_lists_passing_instances() {
    renders(
        "{{ range service \"sales\" }}{{ .Name }} {{ .ID }} {{ .Address }}:{{ .Port }};{{ end }}",
        "sales s1 192.0.2.11:8001;",
    );
}

#[test]
fn a_service_without_instances_is_empty() {
    renders("{{ range service \"none\" }}x{{ else }}nobody{{ end }}", "nobody");
}

#[test]
fn service_may_be_asked_by_tag() {
    renders("{{ len (service \"blue.sales\") }}{{ len (service \"red.sales\") }}", "10");
}

#[test]
fn tags_of_an_instance_may_be_searched() {
    renders(
        "{{ range service \"sales\" }}{{ if .Tags.Contains \"blue\" }}yes{{ end }}{{ .Tags | join \",\" }}{{ end }}",
        "yesblue,v1",
    );
}

#[test]
fn key_reads_a_key() {
    renders("{{ key \"app/size\" }}", "12");
}

#[test]
fn key_or_default_reads_or_defaults() {
    renders(
        "{{ keyOrDefault \"app/size\" \"1\" }} {{ keyOrDefault \"none\" \"1\" }} {{ keyOrDefault \"empty\" \"2\" }}",
        "12 1 2",
    );
}

#[test]
fn key_or_default_has_an_old_spelling() {
    renders("{{ key_or_default \"none\" \"1\" }}", "1");
}

#[test]
fn key_exists_tells() {
    renders("{{ keyExists \"app/size\" }} {{ keyExists \"none\" }}", "true false");
}

#[test]
fn ls_lists_the_top_of_a_prefix() {
    renders("{{ range ls \"app\" }}{{ .Key }}={{ .Value }};{{ end }}", "name=shop;size=12;");
}

#[test]
fn tree_lists_all_below_a_prefix() {
    renders("{{ range tree \"app\" }}{{ .Key }}={{ .Value }};{{ end }}", "deep/er=x;name=shop;size=12;");
}

#[test]
fn services_lists_names() {
    renders("{{ range services }}{{ .Name }};{{ end }}", "sales;");
}

#[test]
fn datacenters_lists_them() {
    renders("{{ range datacenters }}{{ . }}{{ end }}", "dc1");
}

#[test]
fn helpers_of_the_time() {
    renders(
        "{{ \"A\" | toLower }}{{ \"b\" | toUpper }} {{ \"a,b\" | split \",\" | join \"-\" }} {{ \"x.y\" | replaceAll \".\" \"_\" }} {{ \" t \" | trimSpace }} {{ \"7\" | parseInt | add 1 }} {{ \"abc\" | regexReplaceAll \"b\" \"-\" }} {{ regexMatch \"^a\" \"abc\" }} {{ (parseJSON \"{\\\"k\\\": 3}\").k }}",
        "aB a-b x_y t 8 a-c true 3",
    );
}

#[test]
fn env_reads_the_environment() {
    renders("{{ env \"LANG\" }}", "C.UTF-8");
}

#[test]
fn loops_in_loops_ask_for_more() {
    // The inner service is known only after the outer list is.
    renders("{{ range services }}{{ range service .Name }}{{ .Address }}{{ end }}{{ end }}", "192.0.2.11");
}

fn a_real_agent_is_rendered(make: Make) {
    fixed("consul-template", || {
        let scene = scene();
        let agent = make.start(scene.folder());
        agent.register("s1", "sales", "192.0.2.1", 80);
        agent.register("s2", "sales", "", 81);
        agent.set_key("a/b", "v");
        scene.file(
            "in.ctmpl",
            "{{ range service \"sales\" }}{{ .Address }}:{{ .Port }};{{ end }}{{ key \"a/b\" }};{{ range ls \"a\" }}{{ .Key }}{{ end }};\
             {{ range nodes }}{{ .Node }}{{ end }};{{ with node }}{{ .Node.Node }}{{ end }};{{ range datacenters }}{{ . }}{{ end }};\
             {{ range services }}{{ .Name }},{{ end }}",
        );
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("out"));
        let launch = scene.bare_launch().named("consul-template").args([
            "-once",
            "-consul",
            &agent.address(),
            "-template",
            &pair,
        ]);
        launch.run().assert_status(0);
        let out = std::fs::read_to_string(scene.path("out")).unwrap();
        assert_eq!(out, "192.0.2.1:80;127.0.0.1:81;v;b;real;real;dc1;consul,sales,");
    });
}

#[test]
fn both_generations_of_flags_are_understood() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "{{ key \"app/name\" }}");
        let address = scene.consul.address().to_string();
        let spellings: [&[&str]; 5] = [
            &["-consul", &address, "-once"],
            &["--consul", &address, "--once"],
            &["-consul-addr", &address, "-once=true"],
            &[&format!("--consul-addr={address}"), "-once", "-retry", "3s", "-dedup"],
            &[&format!("-consul-addr=http://{address}"), "-once", "-log-level", "debug", "-max-stale=10s"],
        ];
        for (n, flags) in spellings.iter().enumerate() {
            let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at(&format!("out{n}")));
            let launch = scene.bare_launch().named("consul-template").args(flags.iter().copied());
            launch.args(["-template", &pair]).run().assert_status(0);
            assert_eq!(std::fs::read_to_string(scene.path(&format!("out{n}"))).unwrap(), "shop", "{flags:?}");
        }
    });
}

#[test]
fn the_address_may_come_from_the_environment() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "{{ key \"app/name\" }}");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("out"));
        let launch = scene
            .bare_launch()
            .named("consul-template")
            .env("CONSUL_HTTP_ADDR", &scene.consul.address().to_string());
        launch.args(["-once", "-template", &pair]).run().assert_status(0);
        assert_eq!(std::fs::read_to_string(scene.path("out")).unwrap(), "shop");
    });
}

#[test]
fn several_templates_are_rendered() {
    fixed("consul-template", || {
        let scene = stocked();
        let (one, two) = (
            scene.file("1.ctmpl", "{{ key \"app/name\" }}"),
            scene.file("2.ctmpl", "{{ key \"app/size\" }}"),
        );
        let pairs = [
            format!("{}:{}", one.display(), scene.at("o1")),
            format!("{}:{}", two.display(), scene.at("o2")),
        ];
        consul_template(&scene)
            .args(["-once", "-template", &pairs[0], "-template", &pairs[1]])
            .run()
            .assert_status(0);
        assert_eq!(std::fs::read_to_string(scene.path("o1")).unwrap(), "shop");
        assert_eq!(std::fs::read_to_string(scene.path("o2")).unwrap(), "12");
    });
}

#[test]
fn the_command_runs_after_a_change_and_only_then() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "{{ key \"app/name\" }}");
        // The command itself holds a colon, and words.
        let command = scene.probe_line(&["note=ran:with", "env=EVENTS"]).join(" ");
        let triple = format!("{}:{}:{command}", scene.at("in.ctmpl"), scene.at("out"));
        let run = || consul_template(&scene).args(["-once", "-template", &triple]).run();
        run().assert_status(0);
        assert_eq!(scene.events_like("ran:with").len(), 1);
        let before = std::fs::metadata(scene.path("out")).unwrap();
        run().assert_status(0);
        assert_eq!(scene.events_like("ran:with").len(), 1, "the content is the same");
        let after = std::fs::metadata(scene.path("out")).unwrap();
        assert_eq!(
            (before.ino(), before.mtime_nsec()),
            (after.ino(), after.mtime_nsec()),
            "nothing was written"
        );
        scene.consul.set_keys(&[("app/name", "other")]);
        run().assert_status(0);
        assert_eq!(scene.events_like("ran:with").len(), 2);
    });
}

#[test]
fn mode_and_owner_of_the_target_are_kept() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("out", "old");
        std::fs::set_permissions(scene.path("out"), std::fs::Permissions::from_mode(0o600)).unwrap();
        if nix::unistd::geteuid().is_root() {
            std::os::unix::fs::chown(scene.path("out"), Some(12), Some(34)).unwrap();
        }
        let before = std::fs::metadata(scene.path("out")).unwrap();
        let (out, ended) = render(&scene, "{{ key \"app/name\" }}");
        ended.assert_status(0);
        assert_eq!(out.as_deref(), Some("shop"));
        let after = std::fs::metadata(scene.path("out")).unwrap();
        assert_eq!((before.mode(), before.uid(), before.gid()), (after.mode(), after.uid(), after.gid()));
        assert_ne!(before.ino(), after.ino(), "replaced in one step, not written over");
    });
}

#[test]
fn a_new_target_has_mode_0644_and_its_folder_is_made() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "{{ key \"app/name\" }}");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("new/folder/out"));
        let launch = consul_template(&scene).args(["-once", "-template", &pair]);
        launch.within(["sh", "-c", "umask 022; exec \"$@\"", "-"]).run().assert_status(0);
        assert_eq!(std::fs::metadata(scene.path("new/folder/out")).unwrap().mode() & 0o777, 0o644);
    });
}

#[test]
fn no_half_of_a_file_stays_behind() {
    fixed("consul-template", || {
        let scene = stocked();
        std::fs::create_dir(scene.path("target")).unwrap();
        scene.file("in.ctmpl", "{{ key \"app/name\" }}");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("target/out"));
        consul_template(&scene).args(["-once", "-template", &pair]).run().assert_status(0);
        assert_eq!(std::fs::read_dir(scene.path("target")).unwrap().count(), 1);
    });
}

#[test]
fn an_unknown_flag_is_13() {
    fixed("consul-template", || consul_template(&stocked()).args(["-no-such-flag"]).run().assert_status(13));
}

#[test]
fn a_word_too_many_is_13() {
    fixed("consul-template", || {
        consul_template(&stocked()).args(["-once", "surplus"]).run().assert_status(13);
    });
}

#[test]
fn a_template_that_does_not_parse_is_14() {
    fixed("consul-template", || {
        let (out, ended) = render(&stocked(), "{{ if }}");
        ended.assert_status(14);
        assert_eq!(out, None);
    });
}

#[test]
fn a_template_that_fails_is_14_and_leaves_the_old_file() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("out", "old");
        let (out, ended) = render(&scene, "{{ parseInt \"x\" }}");
        ended.assert_status(14);
        assert_eq!(out.as_deref(), Some("old"));
    });
}

#[test]
fn a_template_that_is_not_there_is_an_error() {
    fixed("consul-template", || {
        let scene = stocked();
        let pair = format!("/no/such/template:{}", scene.at("out"));
        let ended = consul_template(&scene).args(["-once", "-template", &pair]).run();
        assert_ne!(ended.status, 0);
        ended.assert_says(&["/no/such/template"]);
    });
}

#[test]
fn a_failing_command_is_14() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "x");
        let triple = format!("{}:{}:false", scene.at("in.ctmpl"), scene.at("out"));
        consul_template(&scene).args(["-once", "-template", &triple]).run().assert_status(14);
        assert_eq!(std::fs::read_to_string(scene.path("out")).unwrap(), "x");
    });
}

#[test]
fn an_unwritable_target_is_14_and_is_named() {
    fixed("consul-template", || {
        let scene = stocked();
        // Root may write anywhere; below a file there is nowhere.
        scene.file("wall", "");
        scene.file("in.ctmpl", "x");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("wall/out"));
        let ended = consul_template(&scene).args(["-once", "-template", &pair]).run();
        ended.assert_status(14);
        ended.assert_says(&["wall/out"]);
    });
}

#[test]
fn a_target_that_is_a_mount_is_named_as_such() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "new");
        scene.file("out", "old");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("out"));
        let mount = "mount --bind \"$1\" \"$1\" && shift && exec \"$@\"";
        let door = ["unshare", "--mount", "sh", "-c", mount, "-", &scene.at("out")];
        let ended = consul_template(&scene).args(["-once", "-template", &pair]).within(door).run();
        ended.assert_status(14);
        ended.assert_says(&["mount"]);
        assert_eq!(std::fs::read_to_string(scene.path("out")).unwrap(), "old");
    });
}

#[test]
fn waiting_for_a_key_ends_with_12_when_interrupted() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "{{ key \"not/there\" }}");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("out"));
        let run = consul_template(&scene).args(["-once", "-template", &pair]).start();
        scene.consul.wait_for_requests(SOON, "the key to be asked for", 1, |r| r.path == "/v1/kv/not/there");
        run.signal(Signal::SIGINT);
        run.end(SOON).assert_status(12);
        assert!(!scene.path("out").exists());
    });
}

#[test]
fn waiting_for_a_key_ends_when_it_comes() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "{{ key \"late\" }}");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("out"));
        let run = consul_template(&scene).args(["-once", "-template", &pair]).start();
        scene.consul.wait_for_requests(SOON, "the key to be asked for", 1, |r| r.path == "/v1/kv/late");
        scene.consul.set_keys(&[("late", "came")]);
        run.end(SOON).assert_status(0);
        assert_eq!(std::fs::read_to_string(scene.path("out")).unwrap(), "came");
    });
}

#[test]
fn an_agent_that_answers_late_is_waited_for() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.consul.break_with(|_| Some(Fault::Answer(500, "No cluster leader")));
        scene.file("in.ctmpl", "{{ key \"app/name\" }}");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("out"));
        let run = consul_template(&scene).args(["-once", "-template", &pair]).start();
        scene.consul.wait_for_requests(SOON, "an attempt", 1, |_| true);
        scene.consul.heal();
        run.end(SOON).assert_status(0);
    });
}

#[test]
fn while_running_it_follows_changes() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "{{ range service \"sales\" }}{{ .Port }};{{ end }}");
        let command = scene.probe_line(&["note=ran"]).join(" ");
        let triple = format!("{}:{}:{command}", scene.at("in.ctmpl"), scene.at("out"));
        let run = consul_template(&scene).args(["-template", &triple]).start();
        let content =
            |text: &str| std::fs::read_to_string(scene.path("out")).is_ok_and(|it| it == text).then_some(());
        wait_until(SOON, "the first rendering", || content("8001;"));
        scene.await_events(SOON, "ran", 1);
        scene.consul.set_instances("sales", &[Instance::new("s1", "192.0.2.11", 9009)]);
        wait_until(seconds(4), "the second rendering", || content("9009;"));
        scene.await_events(SOON, "ran", 2);
        run.signal(Signal::SIGINT);
        run.end(SOON).assert_status(12);
        assert_eq!(scene.events_like("ran").len(), 2);
    });
}

#[test]
fn the_pilot_finds_it_when_path_does_not_have_it() {
    fixed("consul-template", || {
        let scene = stocked();
        scene.file("in.ctmpl", "{{ key \"app/name\" }}");
        let pair = format!("{}:{}", scene.at("in.ctmpl"), scene.at("out"));
        let config = json!({"preStart": ["consul-template", "-once", "-consul", scene.consul.address().to_string(), "-template", pair]});
        let ended = scene.launch(&config).app(["cat", &scene.at("out")]).run();
        ended.assert_status(0);
        assert!(ended.out.contains("shop"), "{}", ended.said());
    });
}

#[test]
fn a_program_of_that_name_in_path_comes_first() {
    fixed("consul-template", || {
        let scene = stocked();
        std::fs::create_dir(scene.path("bin")).unwrap();
        let own = scene.file("bin/consul-template", "#!/bin/sh\necho the real one\n");
        std::fs::set_permissions(own, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:/usr/bin:/bin", scene.at("bin"));
        let ended = scene
            .launch(&json!({"preStart": ["consul-template", "-once"]}))
            .env("PATH", &path)
            .app(["true"])
            .run();
        ended.assert_status(0);
        ended.assert_says(&["the real one"]);
    });
}
