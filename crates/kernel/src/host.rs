//! The machine we are on, as far as the network knows it.

use gyropilot_model::Address;
use std::net::IpAddr;

/// Every IP address of every interface that is up or not, in the system's order.
///
/// # Errors
/// When the system does not tell, which takes a lack of memory or of sockets.
pub fn addresses() -> std::io::Result<Vec<Address>> {
    let listed = nix::ifaddrs::getifaddrs()?;
    Ok(listed
        .filter_map(|entry| {
            let address = entry.address?;
            let v4 = address.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
            let v6 = || address.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip()));
            Some(Address { interface: entry.interface_name, ip: v4.or_else(v6)? })
        })
        .collect())
}

/// The host's name as `uname` reports it, which in a container is the container's.
#[must_use]
pub fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_address_is_listed() {
        let found = addresses().unwrap();
        assert!(found.iter().any(|a| a.interface == "lo" && a.ip.is_loopback()), "{found:?}");
    }

    #[test]
    fn the_host_has_the_name_the_kernel_shows() {
        let shown = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert_eq!(hostname(), shown.trim_end());
    }
}
