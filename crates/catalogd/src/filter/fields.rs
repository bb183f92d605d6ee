//! What can be selected in the entries of each endpoint.

/// What a field holds, which decides the operators that it knows.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Whole,
    Flag,
    /// A list of texts.
    Texts,
    /// Names of any kind, each with a value of this one.
    Table(&'static Self),
    Record(Names),
    /// A list of records: a comparison holds when it does for one of them.
    Records(Names),
}

pub(super) type Names = &'static [(&'static str, Kind)];

/// What kind of entry an expression is about, which decides what it can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An entry of `health/service`.
    Health,
    /// An entry of `catalog/service`.
    CatalogService,
    /// An entry of `catalog/nodes`.
    Node,
    /// An instance of `catalog/node` and `catalog/node-services`.
    NodeService,
    /// An instance of `agent/services`.
    AgentService,
    /// A check, wherever it is listed.
    Check,
}

// === impl Subject ===

impl Subject {
    /// What can be selected. What is not in here, indexes for instance, is no selector.
    pub(super) const fn names(self) -> Names {
        match self {
            Self::Health => HEALTH,
            Self::CatalogService => CATALOG_SERVICE,
            Self::Node => NODE,
            Self::NodeService | Self::AgentService => SERVICE,
            Self::Check => CHECK,
        }
    }
}

const HEALTH: Names =
    &[("Node", Kind::Record(NODE)), ("Service", Kind::Record(SERVICE)), ("Checks", Kind::Records(CHECK))];

const CATALOG_SERVICE: Names = &[
    ("ID", Kind::Text),
    ("Node", Kind::Text),
    ("Address", Kind::Text),
    ("Datacenter", Kind::Text),
    ("TaggedAddresses", TEXT_TABLE),
    ("NodeMeta", TEXT_TABLE),
    ("ServiceKind", Kind::Text),
    ("ServiceID", Kind::Text),
    ("ServiceName", Kind::Text),
    ("ServiceTags", Kind::Texts),
    ("ServiceAddress", Kind::Text),
    ("ServiceTaggedAddresses", ADDRESS_TABLE),
    ("ServiceWeights", Kind::Record(WEIGHTS)),
    ("ServiceMeta", TEXT_TABLE),
    ("ServicePort", Kind::Whole),
    ("ServiceEnableTagOverride", Kind::Flag),
    ("ServiceProxy", Kind::Record(PROXY)),
    ("ServiceConnect", Kind::Record(CONNECT)),
];

const TEXT_TABLE: Kind = Kind::Table(&Kind::Text);
const ADDRESS_TABLE: Kind = Kind::Table(&Kind::Record(&[("Address", Kind::Text), ("Port", Kind::Whole)]));
const WEIGHTS: Names = &[("Passing", Kind::Whole), ("Warning", Kind::Whole)];
const CONNECT: Names = &[("Native", Kind::Flag)];
const MESH_GATEWAY: Names = &[("Mode", Kind::Text)];

const NODE: Names = &[
    ("ID", Kind::Text),
    ("Node", Kind::Text),
    ("Address", Kind::Text),
    ("Datacenter", Kind::Text),
    ("TaggedAddresses", TEXT_TABLE),
    ("Meta", TEXT_TABLE),
];

const SERVICE: Names = &[
    ("Kind", Kind::Text),
    ("ID", Kind::Text),
    ("Service", Kind::Text),
    ("Tags", Kind::Texts),
    ("Address", Kind::Text),
    ("TaggedAddresses", ADDRESS_TABLE),
    ("Meta", TEXT_TABLE),
    ("Port", Kind::Whole),
    ("Weights", Kind::Record(WEIGHTS)),
    ("EnableTagOverride", Kind::Flag),
    ("Proxy", Kind::Record(PROXY)),
    ("Connect", Kind::Record(CONNECT)),
];

const CHECK: Names = &[
    ("Node", Kind::Text),
    ("CheckID", Kind::Text),
    ("Name", Kind::Text),
    ("Status", Kind::Text),
    ("Notes", Kind::Text),
    ("Output", Kind::Text),
    ("ServiceID", Kind::Text),
    ("ServiceName", Kind::Text),
    ("ServiceTags", Kind::Texts),
    ("Type", Kind::Text),
];

const PROXY: Names = &[
    ("DestinationServiceName", Kind::Text),
    ("DestinationServiceID", Kind::Text),
    ("LocalServiceAddress", Kind::Text),
    ("LocalServicePort", Kind::Whole),
    ("Upstreams", Kind::Records(UPSTREAM)),
    ("MeshGateway", Kind::Record(MESH_GATEWAY)),
    (
        "Expose",
        Kind::Record(&[
            ("Checks", Kind::Flag),
            (
                "Paths",
                Kind::Records(&[
                    ("ListenerPort", Kind::Whole),
                    ("Path", Kind::Text),
                    ("LocalPathPort", Kind::Whole),
                    ("Protocol", Kind::Text),
                    ("ParsedFromCheck", Kind::Flag),
                ]),
            ),
        ]),
    ),
];

const UPSTREAM: Names = &[
    ("DestinationType", Kind::Text),
    ("DestinationNamespace", Kind::Text),
    ("DestinationName", Kind::Text),
    ("Datacenter", Kind::Text),
    ("LocalBindAddress", Kind::Text),
    ("LocalBindPort", Kind::Whole),
    ("MeshGateway", Kind::Record(MESH_GATEWAY)),
];
