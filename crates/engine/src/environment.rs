//! The variables that tell processes about each other.

use gyropilot_model::Role;

/// The names under which the process id of a role is exported; none for
/// processes that are not exported.
///
/// The brackets in a coprocess's first name are the original's; shells
/// cannot read such a variable, so a second name goes without.
pub(crate) fn pid_variables(role: &Role) -> Vec<String> {
    let one = |name: &str| vec![format!("CONTAINERPILOT_{name}_PID")];
    match role {
        Role::PreStart => one("PRESTART"),
        Role::App => one("APP"),
        Role::PreStop => one("PRESTOP"),
        Role::PostStop => one("POSTSTOP"),
        Role::Coprocess { name } => vec![
            format!("CONTAINERPILOT_COPROCESS[{}]_PID", name.to_uppercase()),
            format!("CONTAINERPILOT_COPROCESS_{}_PID", variable_part(name)),
        ],
        Role::Job { name } => one(&job_part(name)),
        // All checks share one name: the original cut `check.<job>` at its point.
        Role::Check { .. } => one("CHECK"),
        Role::Health { .. } | Role::OnChange { .. } | Role::Task { .. } | Role::Sensor { .. } => Vec::new(),
    }
}

/// As the original made a variable's name of a job's: without folders and
/// what looks like the ending of a file.
fn job_part(name: &str) -> String {
    let base = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or(name);
    variable_part(base.rsplit_once('.').map_or(base, |(stem, _)| stem))
}

/// Upper case, with everything a shell cannot have in a name as one underscore.
fn variable_part(name: &str) -> String {
    let mut part = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            part.push(c.to_ascii_uppercase());
        } else if !part.ends_with('_') {
            part.push('_');
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_as_the_original_named_it() {
        for (name, want) in [
            ("my-app", "CONTAINERPILOT_MY_APP_PID"),
            ("/usr/bin/serve.sh", "CONTAINERPILOT_SERVE_PID"),
            ("a  b", "CONTAINERPILOT_A_B_PID"),
        ] {
            assert_eq!(pid_variables(&Role::Job { name: name.into() }), [want]);
        }
    }

    #[test]
    fn q11_a_coprocess_has_a_name_that_shells_can_read() {
        let role = Role::Coprocess { name: "log-ship per".into() };
        assert_eq!(
            pid_variables(&role),
            ["CONTAINERPILOT_COPROCESS[LOG-SHIP PER]_PID", "CONTAINERPILOT_COPROCESS_LOG_SHIP_PER_PID"]
        );
    }
}
