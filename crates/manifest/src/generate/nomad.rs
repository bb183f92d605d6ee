//! HashiCorp Nomad.

use super::{Sheet, quoted};
use std::fmt::Write as _;

/// A service job with the docker driver.
pub(super) fn write(sheet: &Sheet<'_>) -> String {
    let (contract, wishes, name) = (sheet.contract, sheet.wishes, sheet.name);
    let mut text = format!("# nomad job run FILE\njob {} {{\n  type = \"service\"\n\n", quoted(name));
    let _ = writeln!(
        text,
        "  update {{\n    max_parallel = 1\n    # The new one is there before an old one leaves; all of them follow when it is \
         well.\n    canary           = 1\n    auto_promote     = true\n    min_healthy_time = \"10s\"\n    healthy_deadline \
         = \"5m\"\n    auto_revert      = true\n  }}\n\n  group {} {{\n    count = {}\n\n    network {{\n      # Every \
         allocation has an address of its own, which the pilot announces.\n      mode = \"bridge\"",
        quoted(name),
        wishes.replicas
    );
    for port in &contract.ports {
        let _ =
            writeln!(text, "      port {} {{\n        to = {}\n      }}", quoted(&port.name), port.number);
    }
    if let Some(telemetry) = contract.telemetry {
        let _ = writeln!(text, "      port \"pilot\" {{\n        to = {telemetry}\n      }}");
    }
    let _ = writeln!(text, "    }}\n\n    task {} {{\n      driver = \"docker\"\n", quoted(name));
    let _ = writeln!(
        text,
        "      config {{\n        image           = {}\n        readonly_rootfs = true\n        # The control socket, and \
         what else is written.\n        mount {{\n          type   = \"tmpfs\"\n          target = \"/run\"\n        }}\n      \
         }}\n",
        quoted(&wishes.image)
    );
    let _ = writeln!(text, "      env {{\n        CONTAINERPILOT = {}", quoted(&wishes.config));
    for (variable, value) in sheet.variables() {
        let _ = writeln!(text, "        {variable} = {}", quoted(&value.replace("${", "$${")));
    }
    for variable in sheet.optional() {
        let _ = writeln!(text, "        # {variable}: optional, the configuration has a default");
    }
    let _ = writeln!(
        text,
        "      }}\n\n      # {}. Nomad's own 5 s are too few. It may cap this: client.max_kill_timeout, 30 s by \
         default.\n      kill_signal  = \"SIGTERM\"\n      kill_timeout = \"{}s\"\n    }}",
        sheet.grace(),
        contract.grace()
    );
    if let Some(telemetry) = contract.telemetry {
        let _ = writeln!(
            text,
            "\n    # The pilot registers what it runs by itself; this is for Nomad, which judges an update by it.\n    service \
             {{\n      provider = \"nomad\"\n      name     = {}\n      port     = {telemetry}\n      address_mode = \
             \"alloc\"\n      check {{\n        type         = \"http\"\n        path         = \"/readyz\"\n        interval   \
             \x20 = \"2s\"\n        timeout      = \"2s\"\n        address_mode = \"alloc\"\n      }}\n    }}",
            quoted(&format!("{name}-pilot"))
        );
    }
    text + "  }\n}\n"
}
