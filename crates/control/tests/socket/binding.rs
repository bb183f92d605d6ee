//! The socket file: whose it is, and who may open it.

use crate::alone;
use crate::pilot::{Pilot, desk};
use gyropilot_control::{Client, ControlServer};
use gyropilot_model::Control;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

async fn refusal(control: &Control) -> String {
    ControlServer::bind(control, desk().0).await.unwrap_err().to_string()
}

#[test]
fn the_file_has_the_permissions_that_were_asked_for() {
    alone(async {
        assert_eq!(mode(&Pilot::new().await.socket()), 0o600);
        let pilot = Pilot::with(|control| control.mode = 0o666).await;
        assert_eq!(mode(&pilot.socket()), 0o666, "whatever the umask is");
        let narrower = Control { mode: 0o640, ..pilot.control.clone() };
        pilot.server.follow(pilot.server.terms(&narrower).unwrap()).unwrap();
        assert_eq!(mode(&pilot.socket()), 0o640);
        let strange = Control { allow: vec!["no-such-user".into()], mode: 0o600, ..narrower };
        let refused = pilot.server.terms(&strange).unwrap_err().to_string();
        assert!(refused.contains("\"no-such-user\""), "{refused}");
    });
}

#[test]
fn q_37_a_live_socket_is_not_taken_over() {
    alone(async {
        let pilot = Pilot::new().await;
        let inode = std::fs::metadata(pilot.socket()).unwrap().ino();
        let refused = refusal(&pilot.control).await;
        assert!(refused.starts_with("error listening to socket at "), "{refused}");
        assert!(refused.contains("another pilot answers there"), "{refused}");
        assert_eq!(std::fs::metadata(pilot.socket()).unwrap().ino(), inode);
        pilot.client().ping().await.unwrap();
    });
}

#[test]
fn q_37_a_socket_that_a_killed_pilot_left_is_replaced() {
    alone(async {
        let pilot = Pilot::with(|control| drop(UnixListener::bind(&control.socket).unwrap())).await;
        pilot.client().ping().await.unwrap();
    });
}

#[test]
fn q_37_only_our_own_socket_is_removed_at_the_end() {
    alone(async {
        let pilot = Pilot::new().await;
        let socket = pilot.socket();
        std::fs::remove_file(&socket).unwrap();
        let another = UnixListener::bind(&socket).unwrap();
        drop(pilot.server);
        assert!(socket.exists(), "another's socket stays");
        drop(another);

        let pilot = Pilot::new().await;
        let socket = pilot.socket();
        drop(pilot.server);
        assert!(!socket.exists());
        assert!(Client::new(&socket).ping().await.is_err());
    });
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    alone(async {
        let folder = tempfile::TempDir::new().unwrap();
        let socket = folder.path().join("precious");
        std::fs::File::create(&socket).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        for path in [&socket, &link] {
            let refused = refusal(&Control { socket: path.clone(), ..Control::default() }).await;
            assert!(refused.contains("a file is there that is no socket"), "{refused}");
            assert!(std::fs::symlink_metadata(path).is_ok());
        }
    });
}

#[test]
fn missing_folders_are_made_and_long_paths_are_refused() {
    alone(async {
        let pilot = Pilot::with(|control| {
            let folder = control.socket.parent().unwrap().join("run/pilot");
            control.socket = folder.join("socket");
        })
        .await;
        pilot.client().ping().await.unwrap();
        let long = Control { socket: Path::new("/tmp").join("x".repeat(110)), ..Control::default() };
        assert!(refusal(&long).await.ends_with("the path is longer than 107 bytes"));
    });
}

#[test]
fn what_the_system_does_not_allow_is_told_apart() {
    alone(async {
        let bind = async |control: Control| ControlServer::bind(&control, desk().0).await.unwrap_err();
        let beyond = Control { socket: "/proc/no-such-folder/socket".into(), ..Control::default() };
        assert!(bind(beyond).await.is_of_the_system());
        let pilot = Pilot::new().await;
        assert!(!bind(pilot.control.clone()).await.is_of_the_system());
    });
}

#[test]
fn of_pilots_that_start_together_one_has_the_socket() {
    alone(async {
        for _ in 0..20 {
            let folder = tempfile::TempDir::new().unwrap();
            let control = Control { socket: folder.path().join("s"), ..Control::default() };
            drop(UnixListener::bind(&control.socket).unwrap());
            let desks: Vec<_> = (0..4).map(|_| desk()).collect();
            let bind = |at: usize| ControlServer::bind(&control, desks[at].0.clone());
            let (a, b, c, d) = tokio::join!(bind(0), bind(1), bind(2), bind(3));
            assert_eq!([a, b, c, d].iter().filter(|bound| bound.is_ok()).count(), 1);
        }
    });
}
