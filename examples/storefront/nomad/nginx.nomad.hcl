# nomad job run FILE
job "nginx" {
  type = "service"

  update {
    max_parallel = 1
    # The new one is there before an old one leaves; all of them follow when it is well.
    canary           = 1
    auto_promote     = true
    min_healthy_time = "10s"
    healthy_deadline = "5m"
    auto_revert      = true
  }

  group "nginx" {
    count = 1

    network {
      # Every allocation has an address of its own, which the pilot announces.
      mode = "bridge"
      port "nginx" {
        to = 80
      }
      port "pilot" {
        to = 9090
      }
    }

    task "nginx" {
      driver = "docker"

      config {
        image           = "storefront/nginx:1"
        readonly_rootfs = true
        # The control socket, and what else is written.
        mount {
          type   = "tmpfs"
          target = "/run"
        }
      }

      env {
        CONTAINERPILOT = "/etc/storefront/pilot.json5"
        CONSUL = "catalogue"
        VERSION = "1"
        PORT = "80"
        # NETWORK: optional, the configuration has a default
      }

      # a stop takes 20 s at most, and a margin. Nomad's own 5 s are too few. It may cap this: client.max_kill_timeout, 30 s by default.
      kill_signal  = "SIGTERM"
      kill_timeout = "25s"
    }

    # The pilot registers what it runs by itself; this is for Nomad, which judges an update by it.
    service {
      provider = "nomad"
      name     = "nginx-pilot"
      port     = 9090
      address_mode = "alloc"
      check {
        type         = "http"
        path         = "/readyz"
        interval     = "2s"
        timeout      = "2s"
        address_mode = "alloc"
      }
    }
  }
}
