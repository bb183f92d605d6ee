//! Which path is answered by whom.

use super::{Handler, agent, catalog, event, health, keys, operator, session, transaction};

/// An endpoint.
pub(super) struct Route {
    /// The path; one that ends with a slash stands for all that begins with it.
    path: &'static str,
    /// The methods that are understood, besides OPTIONS.
    pub(super) methods: &'static [&'static str],
    /// Whether it is understood also while nothing can be kept: what only says that somebody lives
    /// need not be.
    pub(super) is_sign_of_life: bool,
    /// Whether it is for everybody, with a token or without.
    pub(super) is_open: bool,
    pub(super) handler: Handler,
}

const GET: &[&str] = &["GET"];
const PUT: &[&str] = &["PUT"];

const fn get(path: &'static str, handler: Handler) -> Route {
    Route { path, methods: GET, is_sign_of_life: false, is_open: false, handler }
}

const fn put(path: &'static str, handler: Handler) -> Route {
    Route { path, methods: PUT, is_sign_of_life: false, is_open: false, handler }
}

const fn sign_of_life(path: &'static str, handler: Handler) -> Route {
    Route { path, methods: PUT, is_sign_of_life: true, is_open: false, handler }
}

const fn open(path: &'static str, handler: Handler) -> Route {
    Route { path, methods: GET, is_sign_of_life: false, is_open: true, handler }
}

const fn of(path: &'static str, methods: &'static [&'static str], handler: Handler) -> Route {
    Route { path, methods, is_sign_of_life: false, is_open: false, handler }
}

/// All of them. The longest that fits is taken.
const ROUTES: &[Route] = &[
    put("/v1/agent/service/register", agent::register_service),
    put("/v1/agent/service/deregister/", agent::deregister_service),
    put("/v1/agent/service/maintenance/", agent::maintain_service),
    put("/v1/agent/maintenance", agent::maintain_node),
    get("/v1/agent/service/", agent::service),
    get("/v1/agent/services", agent::services),
    get("/v1/agent/checks", agent::checks),
    put("/v1/agent/check/register", agent::register_check),
    put("/v1/agent/check/deregister/", agent::deregister_check),
    sign_of_life("/v1/agent/check/pass/", agent::pass),
    sign_of_life("/v1/agent/check/warn/", agent::warn),
    sign_of_life("/v1/agent/check/fail/", agent::fail),
    sign_of_life("/v1/agent/check/update/", agent::update),
    get("/v1/agent/health/service/id/", agent::health_of_id),
    get("/v1/agent/health/service/name/", agent::health_of_name),
    get("/v1/agent/self", operator::myself),
    get("/v1/agent/host", operator::unsupported),
    get("/v1/agent/members", operator::members),
    get("/v1/agent/metrics", operator::metrics),
    get("/v1/agent/monitor", operator::unsupported),
    put("/v1/agent/reload", operator::reload),
    put("/v1/agent/leave", operator::unsupported),
    put("/v1/agent/join/", operator::join),
    put("/v1/agent/force-leave/", operator::force_leave),
    put("/v1/agent/token/", operator::acl),
    of("/v1/agent/connect/", &["GET", "POST"], operator::unsupported),
    get("/v1/health/service/", health::service),
    get("/v1/health/connect/", health::none),
    get("/v1/health/ingress/", health::none),
    get("/v1/health/checks/", health::checks),
    get("/v1/health/node/", health::node),
    get("/v1/health/state/", health::state),
    get("/v1/catalog/services", catalog::services),
    get("/v1/catalog/service/", catalog::service),
    get("/v1/catalog/connect/", health::none),
    get("/v1/catalog/gateway-services/", health::none),
    get("/v1/catalog/nodes", catalog::nodes),
    get("/v1/catalog/node/", catalog::node),
    get("/v1/catalog/node-services/", catalog::node_services),
    get("/v1/catalog/datacenters", catalog::datacenters),
    put("/v1/catalog/register", catalog::register),
    put("/v1/catalog/deregister", catalog::deregister),
    of("/v1/kv/", &["GET", "PUT", "DELETE"], keys::key),
    put("/v1/txn", transaction::transaction),
    put("/v1/session/create", session::create),
    put("/v1/session/destroy/", session::destroy),
    sign_of_life("/v1/session/renew/", session::renew),
    get("/v1/session/info/", session::info),
    get("/v1/session/list", session::list),
    get("/v1/session/node/", session::of_node),
    put("/v1/event/fire/", event::fire),
    get("/v1/event/list", event::list),
    open("/v1/status/leader", operator::leader),
    open("/v1/status/peers", operator::peers),
    get("/v1/coordinate/datacenters", operator::coordinate_datacenters),
    get("/v1/coordinate/nodes", operator::coordinates),
    get("/v1/coordinate/node/", operator::coordinates_of),
    put("/v1/coordinate/update", operator::unsupported),
    get("/v1/operator/raft/configuration", operator::raft),
    get("/v1/operator/autopilot/health", operator::autopilot_health),
    of("/v1/operator/autopilot/configuration", &["GET", "PUT"], operator::autopilot),
    of("/v1/operator/keyring", &["GET", "POST", "PUT", "DELETE"], operator::unsupported),
    of("/v1/operator/raft/peer", &["DELETE"], operator::raft_peer),
    of("/v1/query", &["GET", "POST"], operator::queries),
    of("/v1/query/", &["GET", "PUT", "DELETE"], operator::query),
    get("/v1/internal/ui/services", health::summary),
    get("/v1/internal/ui/nodes", catalog::ui_nodes),
    get("/v1/internal/ui/node/", catalog::ui_node),
    get("/v1/internal/gyropilot/watchers", operator::watchers),
    of("/v1/acl/", &["GET", "PUT", "POST", "DELETE"], operator::acl),
    get("/v1/connect/ca/roots", operator::no_roots),
    of("/v1/connect/", &["GET", "PUT", "POST", "DELETE"], operator::unsupported),
    of("/v1/discovery-chain/", &["GET", "POST"], operator::unsupported),
    of("/v1/config", &["PUT"], operator::unsupported),
    of("/v1/config/", &["GET", "DELETE"], operator::unsupported),
    of("/v1/peerings", &["GET"], operator::empty_list),
    of("/v1/peering", &["POST"], operator::unsupported),
    of("/v1/peering/", &["GET", "POST", "DELETE"], operator::unsupported),
    of("/v1/exported-services", &["GET"], operator::empty_list),
    of("/v1/snapshot", &["GET", "PUT"], operator::unsupported),
];

// === impl Route ===

impl Route {
    /// Whether it is about the agent that is asked, and about no other.
    pub(super) fn is_of_agent(&self) -> bool {
        self.path.starts_with("/v1/agent/")
    }

    /// Whether it says of a read that failed that it is true for no index.
    pub(super) fn tells_of_failure(&self) -> bool {
        ["catalog/", "health/", "session/", "query", "internal/ui/"]
            .iter()
            .any(|family| self.path.strip_prefix("/v1/").is_some_and(|path| path.starts_with(family)))
    }
}

/// Where the endpoint of a path that only lacks its last slash is.
pub(super) fn with_slash(path: &str) -> Option<String> {
    let longer = format!("{path}/");
    let is = |path: &str| ROUTES.iter().any(|route| route.path == path);
    (!is(path) && is(&longer)).then_some(longer)
}

/// Finds the endpoint of a path, and what comes after its name.
pub(super) fn find(path: &str) -> Option<(&'static Route, &str)> {
    let fits = |route: &&Route| match route.path.ends_with('/') {
        true => path.starts_with(route.path),
        false => path == route.path,
    };
    let route = ROUTES.iter().filter(fits).max_by_key(|route| route.path.len())?;
    Some((route, path.get(route.path.len()..).unwrap_or_default()))
}

/// All paths, as they stand in the table.
#[cfg(test)]
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.path)
}
