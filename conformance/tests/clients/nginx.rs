//! nginx with `resolver`: where it passes requests on to is asked for by name.

use crate::Stand;
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::http::{self, Peer};
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::port;
use gyropilot_conformance::wait::{SOON, wait_until};
use gyropilot_conformance::web::{Manner, Web};

on_each_agent! {
    the_address_of_a_name_is_followed,
}

fn the_address_of_a_name_is_followed(make: Make) {
    let stand = Stand::new(make);
    // An address has no port: both servers have the same.
    let [front, shared] = port::free();
    let servers = [2, 3].map(|last| Web::start_at(Manner::Status(200), ([127, 0, 0, last], shared).into()));
    let (folder, dns) = (stand.folder().display(), stand.agent.ports().dns);
    let config = format!(
        "daemon off; error_log stderr; pid {folder}/nginx.pid; events {{}} http {{ access_log off;
         client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
         uwsgi_temp_path {folder}; scgi_temp_path {folder}; resolver 127.0.0.1:{dns} valid=1s ipv6=off;
         server {{ listen 127.0.0.1:{front}; location / {{
           set $name web.service.consul; proxy_pass http://$name:{shared}; }} }} }}"
    );
    let config = stand.file("nginx.conf", &config).display().to_string();
    let nginx = stand.program("nginx", "usr/sbin/nginx", "GYROPILOT_TEST_NGINX");
    let _running = nginx.args(["-c", &config]).start();
    let ask = || {
        let peer = Peer::Tcp(([127, 0, 0, 1], front).into());
        http::ask(&peer, "GET", "/", "").ok().map(|answer| answer.status)
    };
    let served_by = |server: &Web| {
        wait_until(SOON, "the right server to be asked", || {
            let before = server.heads().len();
            (ask() == Some(200) && server.heads().len() > before).then_some(())
        });
    };
    wait_until(SOON, "no address", || (ask() == Some(502)).then_some(()));
    stand.agent.register("one", "web", "127.0.0.2", shared);
    served_by(&servers[0]);
    stand.agent.register("two", "web", "127.0.0.3", shared);
    served_by(&servers[1]);
    served_by(&servers[0]);
    stand.agent.deregister("one");
    wait_until(SOON, "the first to be left alone", || {
        let before = servers[0].heads().len();
        let served = (0..6).all(|_| ask() == Some(200));
        (served && servers[0].heads().len() == before).then_some(())
    });
    stand.agent.deregister("two");
    wait_until(SOON, "no address any more", || (ask() == Some(502)).then_some(()));
}
