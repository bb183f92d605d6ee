//! Where the embedded catalogue answers otherwise than Consul, and why: the request, the place in the answer,
//! what stands there, the reason. Everything else has to be the same, and an entry that is true no longer fails its test.

use gyropilot_conformance::recorder::Allowed;

const fn allow(
    request: &'static str,
    place: &'static str,
    right: &'static str,
    why: &'static str,
) -> Allowed {
    Allowed { request, place, right, why }
}

const OWN_INDEX: &str = "what is not there, or is there no longer, has an index of its own, and not that of the whole \
                         table: who waits for it is not woken by others";
const DEFAULT_SPACE: &str =
    "the namespace `default` is accepted, as later releases and clients with a variable for it do";
const NO_SPACE: &str = "another namespace is refused everywhere, and not only where Consul looks at it";
const UNKNOWN_CHECK: &str =
    "a check that is not there is 404 with the words of later releases, which say what to do";
const OWN_WORDS: &str = "it says in its own words what went wrong";
const GO_TYPES: &str = "the names of types in Go mean nothing here";
const NO_MESH: &str = "the mesh is refused whole, and not by halves";
const NOT_HERE: &str = "one node has none of it, and says so";
const FRESH_OUTPUT: &str =
    "what a check says is shown at once; Consul holds it back for five minutes, to spare its log";
const NO_LINK: &str = "it does not send people to a page about an option that it does not have";
const NO_PROTOCOL: &str = "the service `consul` tells no versions of protocols that it does not speak";
const NO_CACHE: &str = "no answer is older than the question";

pub(crate) const ACCESS: &[Allowed] = &[
    allow(
        "PUT /v1/agent/service/register",
        "body",
        "\"Permission denied\"",
        "its tokens are for all services or none",
    ),
    allow("GET /v1/agent/services", "*", "*", NO_SILENCE),
    allow("GET /v1/catalog/*", "*", "*", NO_SILENCE),
    allow("GET /v1/health/service/in", "*", "*", NO_SILENCE),
    allow("GET /v1/session/list", "*", "*", NO_SILENCE),
    allow("GET /v1/kv/?recurse", "*", "*", NO_SILENCE),
];

const NO_SILENCE: &str = "who may not read is told so; Consul shows an empty list, as if nothing were there";

pub(crate) const AGENT: &[Allowed] = &[
    allow("GET /v1/agent/host", "*", "*", NOT_HERE),
    allow("GET /v1/agent/metrics", "body/Timestamp", "nothing", "its metrics are its own"),
    allow("GET /v1/coordinate/node*", "*", "*", "its coordinate is known from the start"),
    allow("PUT /v1/event/fire/filtered?service=*", "body", "\"Invalid service filter: *", OWN_WORDS),
    allow("PUT /v1/agent/join/*", "body", "*single node*", NOT_HERE),
];

pub(crate) const BLOCKING: &[Allowed] = &[
    allow("GET /v1/health/checks/cAse", "header x-consul-index", "index*", CHECKS_INDEX),
    allow(
        "GET /v1/health/service/future?index=*",
        "used up its wait",
        "false",
        "an index from the future is from another life of the catalogue: who has it learns so at once, and not after its wait",
    ),
    allow("GET /v1/health/service/same?index=*", "body/0/Checks/1/Output", "\"x\"", FRESH_OUTPUT),
    allow("GET /v1/health/service/later*", "header x-consul-index", "an index from before*", OWN_INDEX),
    allow("GET /v1/kv/watch/never*", "header x-consul-index", "an index from before*", OWN_INDEX),
];

pub(crate) const CATALOG: &[Allowed] = &[
    allow("GET /v1/catalog/node*/real", "body/Services/*/Meta", "null", NO_PROTOCOL),
    allow("GET /v1/health/service/consul", "body/0/Service/Meta", "null", NO_PROTOCOL),
    allow("GET /v1/catalog/services?cached", "header x-cache", "nothing", NO_CACHE),
    allow("GET /v1/catalog/services?ns=default", "*", "*", DEFAULT_SPACE),
    allow(
        "PUT /v1/catalog/register",
        "body",
        "\"Request decode failed: *struct field .Address of*",
        GO_TYPES,
    ),
    allow("GET /v1/catalog/node/brief", "header x-consul-index", "index*", OWN_INDEX),
    allow("GET /v1/catalog/services", "header x-consul-index", "index*", OWN_INDEX),
    allow(
        "GET /v1/catalog/nodes",
        "body/4/*Index",
        "index*",
        "a node that takes over the identifier of another is a new node",
    ),
];

pub(crate) const CHECKS: &[Allowed] = &[
    allow("PUT /v1/agent/check/update/service:put-1", "body", "*struct field .Status of*", GO_TYPES),
    allow("PUT /v1/agent/check/*", "status", "404", UNKNOWN_CHECK),
    allow("PUT /v1/agent/check/*", "body", "\"Unknown check ID *", UNKNOWN_CHECK),
    allow(
        "PUT /v1/agent/check/*/",
        "status",
        "400",
        "no check at all is a bad request, and no failure of the server",
    ),
    allow("PUT /v1/agent/check/*/", "body", "\"Missing check ID\"", "the same"),
    allow("GET /v1/health/service/calm?index=*", "body/0/Checks/1/Output", "\"second\"", FRESH_OUTPUT),
    allow("PUT /v1/agent/check/register", "body", "\"Scripts are disabled on this agent: *", OWN_WORDS),
    allow("PUT /v1/agent/check/register", "body", "*Go value of type object*", GO_TYPES),
    allow(
        "GET /v1/agent/checks",
        "body/refused-*/Output",
        "\"connection refused by 127.0.0.1:1\"",
        OWN_WORDS,
    ),
];

pub(crate) const FILTERS: &[Allowed] = &[
    allow(
        "GET /v1/catalog/services?filter=*",
        "header x-consul-index",
        "index*",
        "who waits for the names of services is woken by names and tags only",
    ),
    allow(
        "GET /v1/health/service/ft?filter=*matches*",
        "body",
        "*error parsing regexp: unclosed*",
        OWN_WORDS,
    ),
    allow("GET /v1/health/checks/ft?*", "header x-consul-index", "index*", CHECKS_INDEX),
];

const CHECKS_INDEX: &str = "who waits for the checks of a service is woken by any change of it";

pub(crate) const HEALTH: &[Allowed] = &[
    allow("GET /v1/*/connect/web", "header x-consul-index", "an index from before*", OWN_INDEX),
    allow("GET /v1/health/service/web?ns=default", "*", "*", DEFAULT_SPACE),
    allow("GET /v1/health/service/nobody", "header x-consul-index", "an index from before*", OWN_INDEX),
    allow("GET /v1/health/service/web/*", "header x-consul-index", "an index from before*", OWN_INDEX),
    allow("GET /v1/health/node/nobody", "header x-consul-index", "an index from before*", OWN_INDEX),
    allow("GET /v1/health/checks/web*", "header x-consul-index", "index*", CHECKS_INDEX),
    allow("GET /v1/health/checks/nobody", "header x-consul-index", "an index from before*", OWN_INDEX),
];

pub(crate) const KEYS: &[Allowed] = &[
    allow("GET /v1/kv/absent*", "header x-consul-index", "an index from before*", OWN_INDEX),
    allow(
        "GET /v1/kv/tree/sub/?keys",
        "header x-consul-index",
        "index: a new one*",
        "when `tree/sub` is removed with all below, who lists `tree/sub/` learns it too",
    ),
    allow("PUT /v1/kv/absent-longer", "body", "*max size: 524288 bytes.\"", NO_LINK),
];

pub(crate) const MAINTENANCE: &[Allowed] = &[allow(
    "GET /v1/health/service/m",
    "body/0/Checks/1/*",
    "*",
    "the check of a maintenance has the tags that its service has now",
)];

pub(crate) const PROTOCOL: &[Allowed] = &[
    allow("*?ns=default", "*", "*", DEFAULT_SPACE),
    allow("* /v1/query/x", "*", "*", "one way to say which methods there are is enough"),
    allow(
        "* /v1/acl/*",
        "header allow",
        "\"OPTIONS,GET,PUT,POST,DELETE\"",
        "what is refused is refused by any method",
    ),
    allow("* /v1/connect/*", "header allow", "\"OPTIONS,GET,PUT,POST,DELETE\"", NO_MESH),
    allow("* /v1/agent/connect/*", "header allow", "\"OPTIONS,GET,POST\"", NO_MESH),
    allow("GET /v1/catalog/nodes?ns=other", "*", "*", NO_SPACE),
    allow("PUT /v1/txn?ns=other", "*", "*", NO_SPACE),
    allow(
        "PUT /v1/agent/service/register",
        "*",
        "*",
        "a namespace in the body is known, and only the default one is there",
    ),
    allow("GET /v1/*?cached", "header x-cache", "nothing", NO_CACHE),
    allow(
        "GET /v1/agent/services?a=%zz",
        "*",
        "*",
        "a query that is spelled badly is no failure of the server",
    ),
    allow(
        "GET /v1/agent/*",
        "header content-encoding",
        "nothing",
        "what fits into a packet is not compressed",
    ),
    allow("GET /v1/agent/services", "body", "{*", "what fits into a packet is not compressed"),
];

pub(crate) const REFUSALS: &[Allowed] = &[
    allow("PUT /v1/acl/log*", "*", "*", "what is refused is refused by any method"),
    allow("* /v1/query*", "*", "*", "prepared queries are not supported"),
    allow("GET /v1/operator/keyring", "*", "*", NOT_HERE),
    allow("GET /v1/agent/monitor?*", "*", "*", NOT_HERE),
    allow("PUT /v1/snapshot", "*", "*", NOT_HERE),
    allow("GET /v1/connect/*", "*", "*", NO_MESH),
    allow("GET /v1/agent/connect/*", "*", "*", NO_MESH),
    allow("GET /v1/config/*", "*", "*", NO_MESH),
    allow("GET /v1/discovery-chain/*", "*", "*", NO_MESH),
    allow("GET /v1/catalog/gateway-services/x", "body", "[]", "a list of nothing is a list"),
    allow("GET /v1/peerings", "*", "*", "later releases have it"),
    allow("GET /v1/exported-services", "*", "*", "later releases have it"),
    allow("GET /v1/internal/ui/node*", "body*Services/0/Meta", "null", NO_PROTOCOL),
    allow(
        "GET /v1/internal/ui/node/nobody",
        "header x-consul-*",
        "*",
        "a node can be waited for before it is there",
    ),
];

pub(crate) const REGISTRATION: &[Allowed] = &[
    allow("GET /v1/health/checks/*", "header x-consul-index", "index*", CHECKS_INDEX),
    allow("PUT /v1/agent/service/register", "status", "200", LATER_FIELDS),
    allow("PUT /v1/agent/service/register", "body", "\"\"", LATER_FIELDS),
    allow("PUT /v1/agent/service/register", "header content-type", "nothing", LATER_FIELDS),
    allow("GET /v1/agent/service/proxy-2", "body/Proxy/*", "nothing", NO_MESH),
    allow(
        "GET /v1/health/service/before",
        "header x-consul-index",
        "index*",
        "who waits for a service learns that its last instance took another name",
    ),
    allow("PUT /v1/agent/service/register", "body", "*Go value of type object*", GO_TYPES),
    allow("PUT /v1/agent/service/register", "body", "*struct field .Checks of type*", GO_TYPES),
    allow("PUT /v1/agent/service/register", "body", "\"Scripts are disabled on this agent: *", OWN_WORDS),
    allow("PUT /v1/agent/check/pass/service:gone-1", "*", "*", UNKNOWN_CHECK),
];

const LATER_FIELDS: &str =
    "fields of later releases are known (`Namespace`, `check_id`), and a proxy is kept as it comes";

pub(crate) const SESSIONS: &[Allowed] = &[
    allow(
        "GET /v1/session/info/{old}",
        "body/0/*",
        "*",
        "the old name `Checks` means what it always meant: these checks, and no others",
    ),
    allow(
        "GET /v1/session/info/{session}",
        "body/0/LockDelay",
        "60000000000",
        "a delay is a minute at most, as it is documented",
    ),
    allow("PUT /v1/session/create", "body", "*Go value of type object*", GO_TYPES),
    allow(
        "GET /v1/kv/soft",
        "body/0/LockIndex",
        "1",
        "what one writes over a lock that another holds does not set its count back: with the session it tells one time of holding from every other",
    ),
    allow("GET /v1/kv/lost", "header x-consul-index", "an index from before*", OWN_INDEX),
];

pub(crate) const TRANSACTIONS: &[Allowed] = &[
    allow("PUT /v1/txn", "*", "\"only operations on keys*", ONLY_KEYS),
    allow("PUT /v1/txn", "status", "400", ONLY_KEYS),
    allow("PUT /v1/txn", "header content-type", "\"text/plain*", ONLY_KEYS),
    allow("GET /v1/health/service/txn", "*", "*", ONLY_KEYS),
    allow("PUT /v1/txn", "body", "*max size: 524288 bytes.\"", NO_LINK),
];

const ONLY_KEYS: &str = "transactions are about keys only";

pub(crate) const RECIPES: &[Allowed] = &[
    allow("GET /v1/kv/conf/?recurse=*", "header x-consul-index", "an index from before*", OWN_INDEX),
    allow("PUT /v1/agent/check/update/service:app-h1", "*", "*", UNKNOWN_CHECK),
    allow(
        "GET /v1/agent/services",
        "body/kept-1",
        "{*",
        "a reload loses nothing; a Consul with -dev forgets what registered with it",
    ),
];
