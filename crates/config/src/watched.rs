//! Which services this pilot watches, told to whoever reads its registrations.

use gyropilot_model::Service;
use std::collections::BTreeSet;

/// The metadata of a registration that tells it.
const KEY: &str = "gyropilot-watches";

/// Consul takes no more metadata than this: <https://developer.hashicorp.com/consul/docs/reference/service>.
pub(crate) const MOST_META: usize = 64;
pub(crate) const LONGEST_META_VALUE: usize = 512;

/// Publishes `watched` with each service, sorted and separated by commas: as many whole names
/// as fit. What the configuration itself says under this key stays, and so does metadata that
/// leaves no room.
pub(crate) fn publish<'a, 's>(
    services: impl IntoIterator<Item = &'s mut Service>,
    watched: impl Iterator<Item = &'a str>,
) {
    let mut value = String::new();
    for name in watched.collect::<BTreeSet<_>>() {
        let comma = if value.is_empty() { "" } else { "," };
        if value.len() + comma.len() + name.len() > LONGEST_META_VALUE {
            break;
        }
        value.push_str(comma);
        value.push_str(name);
    }
    if value.is_empty() {
        return;
    }
    for service in services.into_iter().filter(|service| service.meta.len() < MOST_META) {
        service.meta.entry(KEY.to_owned()).or_insert_with(|| value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_model::Health;
    use std::time::Duration;

    fn service() -> Service {
        let second = Duration::from_secs(1);
        Service::new("web", "host", second, Health { command: None, interval: second, timeout: None })
    }

    fn published(mut service: Service, watched: &[&str]) -> Option<String> {
        publish([&mut service], watched.iter().copied());
        service.meta.remove(KEY)
    }

    #[test]
    fn names_are_sorted_and_told_once() {
        assert_eq!(published(service(), &["db", "cache", "db"]).as_deref(), Some("cache,db"));
        assert_eq!(published(service(), &[]), None);
    }

    #[test]
    fn only_whole_names_are_told_and_no_more_than_the_catalogue_takes() {
        let names: Vec<String> = (0..200).map(|number| format!("service-{number:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let value = published(service(), &names).unwrap();
        assert!(value.len() <= LONGEST_META_VALUE && value.len() > LONGEST_META_VALUE - 12, "{value}");
        assert!(value.split(',').all(|name| names.contains(&name)), "{value}");
        assert_eq!(published(service(), &[&"x".repeat(513)]), None);
    }

    #[test]
    fn what_the_configuration_says_stays() {
        let mut own = service();
        own.meta.insert(KEY.to_owned(), "mine".to_owned());
        assert_eq!(published(own, &["db"]).as_deref(), Some("mine"));
        let mut full = service();
        full.meta = (0..MOST_META).map(|number| (format!("key-{number}"), String::new())).collect();
        assert_eq!(published(full, &["db"]), None);
    }
}
