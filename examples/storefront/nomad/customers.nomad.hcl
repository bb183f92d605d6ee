# nomad job run FILE
job "customers" {
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

  group "customers" {
    count = 2

    network {
      # Every allocation has an address of its own, which the pilot announces.
      mode = "bridge"
      port "customers" {
        to = 4000
      }
      port "pilot" {
        to = 9090
      }
    }

    task "customers" {
      driver = "docker"

      config {
        image           = "storefront/customers:1"
        readonly_rootfs = true
        # The control socket, and what else is written.
        mount {
          type   = "tmpfs"
          target = "/run"
        }
      }

      env {
        CONTAINERPILOT = "/srv/pilot.json5"
        CONSUL = "catalogue"
        VERSION = "1"
        # NETWORK: optional, the configuration has a default
        # DRAIN: optional, the configuration has a default
      }

      # a stop takes 15 s at most, and a margin. Nomad's own 5 s are too few. It may cap this: client.max_kill_timeout, 30 s by default.
      kill_signal  = "SIGTERM"
      kill_timeout = "20s"
    }

    # The pilot registers what it runs by itself; this is for Nomad, which judges an update by it.
    service {
      provider = "nomad"
      name     = "customers-pilot"
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
