//! Whole runs over the simulated catalogue, with time standing still where nothing is due.

use super::*;
use crate::{Wait, parse};
use gyropilot_catalog::simulated::{Fault, Simulated};
use gyropilot_model::{Exit, Instance, Status};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::path::PathBuf;
use std::time::SystemTime;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::LocalSet;

/// Records what it is asked to do.
struct Recorder {
    started: Instant,
    /// Counts whatever happens, so that a test can wait for it.
    ticks: watch::Sender<u64>,
    log: RefCell<Vec<(LogLevel, String)>>,
    output: RefCell<Vec<u8>>,
    commands: RefCell<Vec<(Duration, CommandTask)>>,
    end: Cell<CommandEnd>,
    takes: Cell<Duration>,
}

impl Host for Recorder {
    fn log(&self, level: LogLevel, message: &str) {
        self.log.borrow_mut().push((level, message.to_owned()));
        self.ticks.send_modify(|count| *count += 1);
    }

    fn output(&self, bytes: &[u8]) {
        self.output.borrow_mut().extend_from_slice(bytes);
        self.ticks.send_modify(|count| *count += 1);
    }

    fn env(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/root".to_owned())
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn run(&self, task: &CommandTask) -> impl Future<Output = CommandEnd> {
        self.commands.borrow_mut().push((self.started.elapsed(), task.clone()));
        async {
            tokio::time::sleep(self.takes.get()).await;
            self.ticks.send_modify(|count| *count += 1);
            self.end.get()
        }
    }
}

/// A folder with templates, a catalogue, and the process that renders.
struct Rig {
    folder: TempDir,
    catalog: Rc<Simulated>,
    host: Rc<Recorder>,
    send: UnboundedSender<Signal>,
    signals: RefCell<Option<UnboundedReceiver<Signal>>>,
    /// Templates in the order they were written: source, destination, command.
    templates: RefCell<Vec<String>>,
}

impl Rig {
    fn new() -> Self {
        let (send, signals) = unbounded_channel();
        Self {
            folder: TempDir::new().unwrap(),
            catalog: Rc::new(Simulated::new()),
            host: Rc::new(Recorder {
                started: Instant::now(),
                ticks: watch::Sender::new(0),
                log: RefCell::default(),
                output: RefCell::default(),
                commands: RefCell::default(),
                end: Cell::new(CommandEnd::Exited(Exit::Code(0))),
                takes: Cell::new(Duration::ZERO),
            }),
            send,
            signals: RefCell::new(Some(signals)),
            templates: RefCell::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A template and its destination `<name>.out`.
    fn template(&self, name: &str, text: &str, command: &str) {
        let source = self.path(name);
        replace(&source, text.as_bytes(), &ReplaceOptions::default()).unwrap();
        let spec = format!("{}:{}.out:{command}", source.display(), source.display());
        if !self.templates.borrow().contains(&spec) {
            self.templates.borrow_mut().push(spec);
        }
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.path(&format!("{name}.out"))).ok()
    }

    fn options(&self, line: &str) -> Options {
        let mut args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        for spec in self.templates.borrow().iter() {
            args.extend(["-template".to_owned(), spec.clone()]);
        }
        match parse(&args, ConsulConfig::default(), |_| None) {
            Ok(crate::Invocation::Run(options)) => *options,
            other => panic!("{other:?}"),
        }
    }

    /// Runs to the end; an hour is for ever.
    async fn finish(&self, line: &str) -> ExitCode {
        let options = self.options(line);
        let mut signals = self.signals.borrow_mut().take().unwrap();
        let catalog: Rc<dyn Catalog> = self.catalog.clone();
        let run = run(&options, catalog, Rc::clone(&self.host), &mut signals);
        let end = tokio::time::timeout(Duration::from_secs(3600), run).await.expect("did not end");
        *self.signals.borrow_mut() = Some(signals);
        end
    }

    /// Waits until something is so; an hour is never.
    async fn until(&self, what: &str, mut is: impl FnMut() -> bool) {
        let wait = async {
            let mut ticks = self.host.ticks.subscribe();
            while !is() {
                ticks.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(Duration::from_secs(3600), wait).await.is_err() {
            panic!("never: {what}; log: {:#?}", self.host.log.borrow());
        }
    }

    async fn until_file(&self, name: &str, want: &str) {
        self.until(&format!("{name} is {want:?}, not {:?}", self.read(name)), || {
            self.read(name).as_deref() == Some(want)
        })
        .await;
    }

    /// Lets time go by, with everything that is due in it.
    async fn clock(&self, by: Duration) {
        let mut end = tokio::time::interval_at(Instant::now() + by, by);
        end.tick().await;
    }

    fn commands(&self) -> Vec<String> {
        self.host.commands.borrow().iter().map(|(_, task)| task.command.to_string()).collect()
    }

    fn logged(&self, part: &str) -> usize {
        self.host.log.borrow().iter().filter(|(_, line)| line.contains(part)).count()
    }

    fn instance(&self, service: &str, id: &str, port: u16) {
        self.add(service, id, port, &[], Status::Passing);
    }

    fn add(&self, service: &str, id: &str, port: u16, tags: &[&str], status: Status) {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let address = "10.0.0.1".to_owned();
        self.catalog.add(service, &Instance { id: id.to_owned(), address, port, tags, status });
    }

    async fn put(&self, key: &str, value: &str) {
        self.catalog.put(key, value.as_bytes()).await.unwrap();
    }
}

/// Runs a test on a clock of its own that stands still while anything is to be done.
fn on_paused_clock(work: impl AsyncFnOnce(Rc<Rig>)) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async { work(Rc::new(Rig::new())).await });
}

/// A running process in the background; its end arrives when it is told to stop.
fn start(rig: &Rc<Rig>, line: &str) -> tokio::task::JoinHandle<ExitCode> {
    let rig = Rc::clone(rig);
    let line = format!("-log-level debug {line}");
    tokio::task::spawn_local(async move { rig.finish(&line).await })
}

async fn stop(rig: &Rig, running: tokio::task::JoinHandle<ExitCode>) {
    rig.send.send(Signal::Int).unwrap();
    assert_eq!(running.await.unwrap(), ExitCode::Interrupt);
}

const BACKEND: &str = "{{range service \"web\"}}{{.Address}}:{{.Port}};{{else}}none{{end}}";

#[test]
fn once_renders_and_ends() {
    on_paused_clock(async |rig| {
        rig.instance("web", "b", 81);
        rig.instance("web", "a", 80);
        rig.template("t", BACKEND, "nginx -s reload");
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        assert_eq!(rig.read("t").unwrap(), "10.0.0.1:80;10.0.0.1:81;");
        assert_eq!(rig.commands(), ["nginx -s reload"]);
        assert_eq!(rig.host.commands.borrow()[0].1.timeout, Duration::from_secs(30));
    });
}

#[test]
fn equal_contents_write_nothing_and_run_nothing() {
    on_paused_clock(async |rig| {
        rig.template("t", BACKEND, "true");
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        assert_eq!(rig.read("t").unwrap(), "none");
        assert_eq!(rig.commands(), ["true"]);
    });
}

#[test]
fn what_an_answer_leads_to_is_asked_in_a_further_pass() {
    on_paused_clock(async |rig| {
        rig.instance("web", "w1", 80);
        rig.instance("db", "d1", 5432);
        rig.put("name/db", "primary").await;
        let text = "{{range services}}{{$s := .}}{{range service .Name}}\
                    {{$s.Name}}={{keyOrDefault (print \"name/\" $s.Name) \"-\"}}:{{.Port}} {{end}}{{end}}";
        rig.template("t", text, "");
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        assert_eq!(rig.read("t").unwrap(), "db=primary:5432 web=-:80 ");
    });
}

#[test]
fn all_missing_answers_are_asked_for_at_the_same_time_and_each_once() {
    on_paused_clock(async |rig| {
        rig.template(
            "t",
            "{{range loop 9}}{{service (print \"s\" .) | len}}{{end}}{{service \"s1\" | len}}",
            "",
        );
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        let requests = rig.catalog.requests();
        let subjects: BTreeSet<_> = requests.iter().map(|request| request.subject.clone()).collect();
        assert_eq!((subjects.len(), requests.len()), (9, 9), "{requests:#?}");
        assert!(requests.iter().all(|request| request.at == requests[0].at));
    });
}

#[test]
fn an_error_while_data_is_missing_is_no_error() {
    on_paused_clock(async |rig| {
        rig.instance("web", "w1", 80);
        rig.template("t", "{{with index (service \"web\") 0}}{{.Port}}{{end}}", "");
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        assert_eq!(rig.read("t").unwrap(), "80");
    });
}

#[test]
fn an_error_with_all_data_is_one() {
    on_paused_clock(async |rig| {
        rig.template("t", "{{with index (service \"web\") 0}}{{.Port}}{{end}}", "true");
        assert_eq!(rig.finish("-once").await, ExitCode::Runner);
        assert_eq!(rig.read("t"), None);
        assert_eq!(rig.logged("index out of range"), 1);
        assert!(rig.commands().is_empty());
    });
}

#[test]
fn a_template_that_cannot_be_read_or_parsed_ends_with_14_before_anything_is_asked() {
    for text in ["{{ if }}", "{{ secret \"x\" }}"] {
        on_paused_clock(async |rig| {
            rig.template("good", "x", "");
            rig.template("bad", text, "");
            assert_eq!(rig.finish("-once").await, ExitCode::Runner);
            assert_eq!(rig.read("good"), None);
            assert_eq!(rig.finish("-parse-only").await, ExitCode::Runner);
            assert!(rig.catalog.requests().is_empty());
        });
    }
    on_paused_clock(async |rig| {
        rig.templates.borrow_mut().push("/nope/in:/nope/out".to_owned());
        assert_eq!(rig.finish("-once").await, ExitCode::Runner);
        assert_eq!(rig.logged("failed to read template /nope/in: No such file"), 1);
    });
}

#[test]
fn a_key_blocks_until_it_exists() {
    on_paused_clock(async |rig| {
        rig.template("t", "{{key \"a\"}}", "");
        let running = start(&rig, "-once");
        rig.until("named", || rig.logged("still waiting for kv.get(a): does not exist yet") == 1).await;
        assert_eq!(rig.read("t"), None);
        rig.put("a", "now").await;
        assert_eq!(running.await.unwrap(), ExitCode::Ok);
        assert_eq!(rig.read("t").unwrap(), "now");
    });
}

#[test]
fn defaults_and_existence_do_not_block() {
    on_paused_clock(async |rig| {
        rig.put("empty", "").await;
        rig.put("full", "v").await;
        let text = "{{keyOrDefault \"none\" \"d\"}} {{key_or_default \"empty\" \"d\"}} {{keyOrDefault \"full\" \"d\"}} \
                    {{keyExists \"none\"}} {{keyExists \"empty\"}} {{key_exists \"full\"}} [{{key \"empty\"}}]";
        rig.template("t", text, "");
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        assert_eq!(rig.read("t").unwrap(), "d d v false true true []");
    });
}

#[test]
fn safe_lists_block_while_they_are_empty() {
    on_paused_clock(async |rig| {
        rig.template(
            "t",
            "{{range safeLs \"app\"}}{{.Key}}={{.Value}} {{end}}{{range tree \"nope\"}}{{end}}",
            "",
        );
        let running = start(&rig, "-once");
        rig.until("named", || rig.logged("still waiting for kv.list(app)") == 1).await;
        rig.put("app/deep/x", "no").await;
        rig.put("app/a", "1").await;
        assert_eq!(running.await.unwrap(), ExitCode::Ok);
        assert_eq!(rig.read("t").unwrap(), "a=1 ");
    });
}

#[test]
fn all_files_are_written_before_the_distinct_commands_run_in_order() {
    on_paused_clock(async |rig| {
        rig.template("a", "1", "reload");
        rig.template("b", "2", "other");
        rig.template("c", "3", "reload");
        rig.template("d", "4", "");
        replace(&rig.path("d.out"), b"4", &ReplaceOptions::default()).unwrap();
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        assert_eq!(rig.commands(), ["reload", "other"]);
    });
}

#[test]
fn a_command_that_fails_ends_with_14() {
    for (end, reason) in [
        (CommandEnd::Exited(Exit::Code(3)), "exit status 3"),
        (CommandEnd::Exited(Exit::Signal(9)), "signal SIGKILL"),
        (CommandEnd::Exited(Exit::NotStarted), "could not be started"),
        (CommandEnd::TimedOut, "did not exit within 30s"),
    ] {
        on_paused_clock(async |rig| {
            rig.host.end.set(end);
            rig.template("t", "x", "nginx -s reload");
            assert_eq!(rig.finish("").await, ExitCode::Runner);
            assert_eq!(rig.logged(reason), 1, "{:?}", rig.host.log.borrow());
            assert_eq!(rig.read("t").unwrap(), "x");
        });
    }
}

#[test]
fn once_retries_twelve_times_and_gives_up_with_14() {
    on_paused_clock(async |rig| {
        rig.catalog.fault(Some(Fault::Refuse));
        rig.template("t", BACKEND, "");
        let before = Instant::now();
        assert_eq!(rig.finish("-once").await, ExitCode::Runner);
        // 250 ms doubling to 1 min, twelve pauses.
        assert_eq!(before.elapsed().as_secs(), 303);
        assert_eq!(rig.logged("(retry attempt"), 12);
        assert_eq!(rig.logged("(exceeded maximum retries)"), 1);
        assert_eq!(rig.read("t"), None);
    });
}

#[test]
fn the_retry_flags_are_honoured() {
    on_paused_clock(async |rig| {
        rig.catalog.fault(Some(Fault::Refuse));
        rig.template("t", BACKEND, "");
        let before = Instant::now();
        assert_eq!(rig.finish("-once -retry 3s -consul-retry-attempts 2").await, ExitCode::Runner);
        assert_eq!(before.elapsed().as_secs(), 9);
        assert_eq!(rig.finish("-once -consul-retry=false").await, ExitCode::Runner);
        assert_eq!(before.elapsed().as_secs(), 9);
    });
}

#[test]
fn once_goes_on_when_the_catalogue_comes_back() {
    on_paused_clock(async |rig| {
        rig.catalog.fault(Some(Fault::Refuse));
        rig.template("t", BACKEND, "");
        let running = start(&rig, "-once");
        rig.until("retried", || rig.logged("(retry attempt 3") == 1).await;
        rig.instance("web", "a", 80);
        rig.catalog.fault(None);
        assert_eq!(running.await.unwrap(), ExitCode::Ok);
        assert_eq!(rig.read("t").unwrap(), "10.0.0.1:80;");
    });
}

#[test]
fn a_running_process_follows_changes_at_once() {
    on_paused_clock(async |rig| {
        rig.template("t", BACKEND, "reload");
        let running = start(&rig, "");
        rig.until_file("t", "none").await;
        rig.until("reloaded", || rig.commands().len() == 1).await;
        let before = Instant::now();
        rig.instance("web", "a", 80);
        rig.until_file("t", "10.0.0.1:80;").await;
        rig.until("reloaded", || rig.commands().len() == 2).await;
        assert!(before.elapsed() < Duration::from_millis(10));
        stop(&rig, running).await;
    });
}

#[test]
fn a_running_process_outlives_the_catalogue_and_keeps_what_it_had() {
    on_paused_clock(async |rig| {
        rig.instance("web", "a", 80);
        rig.template("t", BACKEND, "reload");
        let running = start(&rig, "");
        rig.until_file("t", "10.0.0.1:80;").await;
        rig.catalog.fault(Some(Fault::Refuse));
        rig.catalog.break_connections();
        rig.until("many retries", || rig.logged("(retry attempt 20 ") == 1).await;
        assert_eq!(rig.read("t").unwrap(), "10.0.0.1:80;");
        assert_eq!(rig.commands().len(), 1);
        rig.catalog.fault(None);
        rig.until("back", || rig.logged("answers again") == 1).await;
        rig.instance("web", "b", 81);
        rig.until_file("t", "10.0.0.1:80;10.0.0.1:81;").await;
        stop(&rig, running).await;
    });
}

#[test]
fn a_wiped_catalogue_is_noticed_although_its_index_is_lower() {
    on_paused_clock(async |rig| {
        for port in 80..90 {
            rig.instance("web", &format!("w{port}"), port);
        }
        rig.template("t", BACKEND, "");
        let running = start(&rig, "");
        rig.until("rendered", || rig.read("t").is_some()).await;
        rig.catalog.wipe();
        rig.instance("web", "new", 99);
        rig.until_file("t", "10.0.0.1:99;").await;
        stop(&rig, running).await;
    });
}

#[test]
fn a_running_process_starts_while_the_catalogue_is_away() {
    on_paused_clock(async |rig| {
        rig.catalog.fault(Some(Fault::Refuse));
        rig.template("t", BACKEND, "");
        let running = start(&rig, "");
        rig.until("named", || rig.logged("health.service(web|passing): no answer yet") == 1).await;
        rig.catalog.fault(None);
        rig.until_file("t", "none").await;
        stop(&rig, running).await;
    });
}

#[test]
fn quiet_times_collect_changes_once_everything_was_rendered() {
    on_paused_clock(async |rig| {
        rig.template("t", BACKEND, "reload");
        let before = Instant::now();
        let running = start(&rig, "-wait 2s:5s");
        rig.until_file("t", "none").await;
        assert!(before.elapsed() < Duration::from_secs(1), "the first rendering waits for nothing");
        rig.until("reloaded", || rig.commands().len() == 1).await;

        let change = Instant::now();
        rig.instance("web", "a", 80);
        rig.until_file("t", "10.0.0.1:80;").await;
        assert_eq!(change.elapsed().as_millis() / 10, 200);

        // A change each second never leaves two seconds of quiet: the longest wait ends it.
        let change = Instant::now();
        let mut second = tokio::time::interval(Duration::from_secs(1));
        for port in 81..90 {
            second.tick().await;
            rig.instance("web", &format!("b{port}"), port);
        }
        rig.until("rendered", || rig.commands().len() >= 3).await;
        let at = rig.host.commands.borrow()[2].0 + rig.host.started.duration_since(before);
        assert_eq!((at - change.duration_since(before)).as_secs(), 5);
        stop(&rig, running).await;
    });
}

#[test]
fn quiet_times_do_not_hold_up_once() {
    on_paused_clock(async |rig| {
        rig.template("t", BACKEND, "");
        let before = Instant::now();
        assert_eq!(rig.finish("-once -wait 1m").await, ExitCode::Ok);
        assert!(before.elapsed() < Duration::from_secs(1));
    });
}

#[test]
fn dry_prints_and_neither_writes_nor_runs() {
    on_paused_clock(async |rig| {
        rig.template("t", "hello\n", "reload");
        rig.template("same", "as on disk", "reload");
        replace(&rig.path("same.out"), b"as on disk", &ReplaceOptions::default()).unwrap();
        assert_eq!(rig.finish("-once -dry").await, ExitCode::Ok);
        let want = format!("> {}\nhello\n", rig.path("t.out").display());
        assert_eq!(String::from_utf8(rig.host.output.borrow().clone()).unwrap(), want);
        assert_eq!(rig.read("t"), None);
        assert!(rig.commands().is_empty());
    });
}

#[test]
fn a_template_without_destination_is_an_error_when_it_is_written() {
    on_paused_clock(async |rig| {
        replace(&rig.path("t"), b"x", &ReplaceOptions::default()).unwrap();
        rig.templates.borrow_mut().push(rig.path("t").display().to_string());
        assert_eq!(rig.finish("-once").await, ExitCode::Runner);
        assert_eq!(rig.logged("missing destination"), 1);
        assert_eq!(rig.finish("-once -dry").await, ExitCode::Ok);
    });
}

#[test]
fn a_file_that_cannot_be_written_ends_with_14() {
    on_paused_clock(async |rig| {
        rig.template("t", "x", "reload");
        std::fs::create_dir(rig.path("t.out")).unwrap();
        assert_eq!(rig.finish("-once").await, ExitCode::Runner);
        assert_eq!(rig.logged("it is a directory"), 1);
        assert!(rig.commands().is_empty());
    });
}

#[test]
fn signals_end_it_also_while_a_command_runs_and_the_pid_file_goes() {
    for signal in [Signal::Int, Signal::Term] {
        on_paused_clock(async |rig| {
            rig.host.takes.set(Duration::from_secs(3000));
            rig.template("t", "x", "long");
            let pid = rig.path("pid");
            let running = start(&rig, &format!("-pid-file {}", pid.display()));
            rig.until("started", || rig.logged("executing command \"long\"") == 1).await;
            assert_eq!(std::fs::read_to_string(&pid).unwrap(), std::process::id().to_string());
            rig.send.send(signal).unwrap();
            assert_eq!(running.await.unwrap(), ExitCode::Interrupt);
            assert!(rig.host.started.elapsed() < Duration::from_secs(3000));
            assert!(!pid.exists());
        });
    }
}

#[test]
fn a_reload_reads_templates_again_and_a_bad_one_changes_nothing() {
    on_paused_clock(async |rig| {
        rig.template("t", "one", "");
        let running = start(&rig, "");
        rig.until_file("t", "one").await;
        rig.template("t", "{{ if }}", "");
        rig.send.send(Signal::Hup).unwrap();
        rig.until("refused", || rig.logged("nothing was reloaded") == 1).await;
        rig.template("t", "two", "");
        rig.send.send(Signal::Hup).unwrap();
        rig.until_file("t", "two").await;
        stop(&rig, running).await;
    });
}

#[test]
fn filters_choose_by_status() {
    on_paused_clock(async |rig| {
        rig.add("web", "p", 1, &["x"], Status::Passing);
        rig.add("web", "w", 2, &["y", "x"], Status::Warning);
        rig.add("web", "c", 3, &[], Status::Critical);
        let list =
            |args: &str| format!("{{{{range service {args}}}}}{{{{.ID}}}}-{{{{.Status}}}} {{{{end}}}}|");
        let text = ["\"web\"", "\"web\" \"any\"", "\"web|warning,critical\"", "\"x.web\" \"any\""]
            .map(list)
            .concat();
        rig.template("t", &text, "");
        assert_eq!(rig.finish("-once").await, ExitCode::Ok);
        assert_eq!(
            rig.read("t").unwrap(),
            "p-passing |c-critical p-passing w-warning |c-critical w-warning |p-passing w-warning |"
        );
    });
}

#[test]
fn views_that_nothing_needs_any_more_are_ended() {
    on_paused_clock(async |rig| {
        rig.put("which", "a").await;
        rig.template("t", "{{with key \"which\"}}{{service . | len}}{{end}}", "");
        let running = start(&rig, "");
        rig.until_file("t", "0").await;
        rig.put("which", "b").await;
        rig.instance("b", "b1", 1);
        rig.until_file("t", "1").await;
        let asked = |service: &str| rig.catalog.requests().iter().filter(|r| r.subject == service).count();
        let before = asked("a");
        rig.clock(Duration::from_secs(300)).await;
        rig.instance("b", "b2", 2);
        rig.until_file("t", "2").await;
        assert_eq!(asked("a"), before);
        stop(&rig, running).await;
    });
}

#[test]
fn a_service_that_loses_its_last_instance_is_told_of() {
    on_paused_clock(async |rig| {
        rig.instance("web", "a", 80);
        rig.template("t", BACKEND, "");
        let running = start(&rig, "");
        rig.until_file("t", "10.0.0.1:80;").await;
        rig.catalog.deregister("a").await.unwrap();
        rig.until_file("t", "none").await;
        assert_eq!(rig.logged("health.service(web|passing) has no instances any more, it had 1"), 1);
        stop(&rig, running).await;
    });
}

#[test]
fn files_are_read_and_followed() {
    on_paused_clock(async |rig| {
        let data = rig.path("data");
        rig.template("t", &format!("[{{{{file \"{}\"}}}}]", data.display()), "");
        assert_eq!(rig.finish("-once").await, ExitCode::Runner);
        replace(&data, b"one", &ReplaceOptions::default()).unwrap();
        let running = start(&rig, "");
        rig.until_file("t", "[one]").await;
        replace(&data, b"two", &ReplaceOptions::default()).unwrap();
        rig.until_file("t", "[two]").await;
        std::fs::remove_file(&data).unwrap();
        rig.until("noticed", || rig.logged("file(") > 0 && rig.logged("No such file") >= 2).await;
        assert_eq!(rig.read("t").unwrap(), "[two]");
        stop(&rig, running).await;
    });
}

#[test]
fn a_command_meets_the_same_consul() {
    on_paused_clock(async |rig| {
        rig.template("t", "x", "reload");
        assert_eq!(rig.finish("-once -consul c:1 -ssl -auth u:p").await, ExitCode::Ok);
        let env = rig.host.commands.borrow()[0].1.env.clone();
        let want = [
            ("CONSUL_HTTP_ADDR", "c:1"),
            ("CONSUL_HTTP_AUTH", "u:p"),
            ("CONSUL_HTTP_SSL", "true"),
            ("CONSUL_HTTP_SSL_VERIFY", "true"),
        ];
        assert_eq!(env, want.map(|(k, v)| (k.to_owned(), v.to_owned())));
    });
}

#[test]
fn without_templates_once_is_done_at_once() {
    on_paused_clock(async |rig| assert_eq!(rig.finish("-once").await, ExitCode::Ok));
}

#[test]
fn quiet_time_starts_anew_with_each_change_but_not_the_longest_wait() {
    on_paused_clock(async |_| {
        let start = Instant::now();
        let wait = Some(Wait { min: Duration::from_secs(2), max: Duration::from_secs(5) });
        let due = Due::No.after(start, wait).after(start + Duration::from_secs(1), wait);
        let Due::Quiet { quiet, latest } = due else { panic!("{due:?}") };
        assert_eq!((quiet - start, latest - start), (Duration::from_secs(3), Duration::from_secs(5)));
        assert_eq!(due.after(start, None), Due::Now);
        assert_eq!(Due::Now.after(start, wait), Due::Now);
    });
}
