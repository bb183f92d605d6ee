//! Registrations, as bodies describe them.

use super::decode::Object;
use crate::store::{
    CatalogRegistration, Check, CheckSpec, Look, Node, Refusal, Service, ServiceAddress, Source, Status,
    Weights,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// A registration with the agent: the instance and its checks.
pub(super) fn agent_service(body: &[u8]) -> Result<(Service, Vec<CheckSpec>), Refusal> {
    let mut object = Object::read(body)?;
    let mut checks = Vec::new();
    // An empty check is none.
    checks.extend(object.object("Check")?.filter(|check| !check.is_empty()));
    checks.extend(object.objects("Checks")?);
    let service = service(&mut object, "Name")?;
    object.only_namespace()?;
    object.ignore(&["Partition", "Locality"]);
    object.finish()?;
    if service.name.is_empty() {
        return Err(Refusal::bad("Missing service name"));
    }
    if matches!(service.address.as_str(), "0.0.0.0" | "::" | "[::]") {
        return Err(Refusal::bad("Invalid service address"));
    }
    if wants_sidecar(&service) {
        return Err(Refusal::bad("Invalid SidecarService: this catalogue has no mesh; Consul has it"));
    }
    check_meta(&service.meta)?;
    let checks: Vec<CheckSpec> =
        checks.into_iter().map(|object| check(object, "Invalid check")).collect::<Result<_, _>>()?;
    Ok((service, checks))
}

/// Is a second service to be registered beside it? To say yes and not do it would be a lie.
fn wants_sidecar(service: &Service) -> bool {
    let fields = service.connect.as_ref().and_then(Value::as_object);
    fields
        .into_iter()
        .flatten()
        .any(|(name, value)| !value.is_null() && name.replace('_', "").eq_ignore_ascii_case("SidecarService"))
}

/// A check of its own, registered with the agent.
pub(super) fn agent_check(body: &[u8]) -> Result<CheckSpec, Refusal> {
    let mut object = Object::read(body)?;
    if !object.has("Name") {
        return Err(Refusal::bad("Missing check name"));
    }
    if status(&object.copied_text("Status")).is_err() {
        return Err(Refusal::bad("Bad check status"));
    }
    object.only_namespace()?;
    check(object, "Invalid check")
}

/// The fields that an instance has, wherever it is described; `name` is what the
/// field with the service's name is called.
fn service(object: &mut Object, name: &'static str) -> Result<Service, Refusal> {
    let mut service = Service {
        id: object.text("ID")?,
        name: object.text(name)?,
        kind: object.text("Kind")?,
        tags: object.texts("Tags")?,
        address: object.text("Address")?,
        meta: object.pairs("Meta")?,
        port: object.number("Port")?.unwrap_or_default(),
        socket_path: object.text("SocketPath")?,
        enable_tag_override: object.flag("EnableTagOverride")?,
        proxy: object.any("Proxy").filter(is_something),
        connect: object.any("Connect").filter(is_something),
        ..Service::default()
    };
    if service.id.is_empty() {
        service.id.clone_from(&service.name);
    }
    for (label, mut address) in object.map("TaggedAddresses")? {
        let at = ServiceAddress {
            address: address.text("Address")?,
            port: address.number("Port")?.unwrap_or_default(),
        };
        address.finish()?;
        service.tagged_addresses.insert(label, at);
    }
    if let Some(mut weights) = object.object("Weights")? {
        service.weights =
            valid_weights(weights.number("Passing")?.unwrap_or(0), weights.number("Warning")?.unwrap_or(0))?;
        weights.finish()?;
    }
    Ok(service)
}

fn valid_weights(passing: i64, warning: i64) -> Result<Weights, Refusal> {
    let invalid = |why: &str| Refusal::bad(format!("Invalid Weights: {why}"));
    if passing < 1 {
        return Err(invalid("Passing must be greater than 0"));
    }
    if warning < 0 {
        return Err(invalid("Warning must be greater or equal than 0"));
    }
    match (u16::try_from(passing), u16::try_from(warning)) {
        (Ok(passing), Ok(warning)) => Ok(Weights { passing: passing.into(), warning: warning.into() }),
        _ => Err(invalid("DNS Weight must be between 0 and 65535")),
    }
}

/// How many pairs the metadata of a service may have, and how long they may be.
const MOST_META: usize = 64;
const MOST_META_NAME: usize = 128;
const MOST_META_VALUE: usize = 512;

fn check_meta(meta: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let invalid = |why: &str| Refusal::bad(format!("Invalid Service Meta: {why}"));
    if meta.len() > MOST_META {
        return Err(invalid(&format!("Node metadata cannot contain more than {MOST_META} key/value pairs")));
    }
    for (name, value) in meta {
        let is_known = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        let why = if name.is_empty() {
            "Key cannot be blank".to_owned()
        } else if !name.chars().all(is_known) {
            "Key contains invalid characters".to_owned()
        } else if name.len() > MOST_META_NAME {
            format!("Key is too long (limit: {MOST_META_NAME} characters)")
        } else if name.starts_with("consul-") {
            "Key prefix 'consul-' is reserved for internal use".to_owned()
        } else if value.len() > MOST_META_VALUE {
            format!("Value is too long (limit: {MOST_META_VALUE} characters)")
        } else {
            continue;
        };
        return Err(invalid(&format!("Couldn't load metadata pair ('{name}', '{value}'): {why}")));
    }
    Ok(())
}

fn is_something(value: &Value) -> bool {
    value.as_object().is_none_or(|map| !map.is_empty())
}

fn check(mut object: Object, what: &str) -> Result<CheckSpec, Refusal> {
    let invalid = |why: &str| Refusal::bad(format!("{what}: {why}"));
    let id = object.text("CheckID")?;
    let other_id = object.text("ID")?;
    let status = status(&object.text("Status")?)?;
    let ttl = object.duration("TTL")?.filter(|ttl| !ttl.is_zero());
    let interval = object.duration("Interval")?.filter(|interval| !interval.is_zero());
    let mut spec = CheckSpec {
        id: if id.is_empty() { other_id } else { id },
        name: object.text("Name")?,
        notes: object.text("Notes")?,
        status,
        service_id: object.text("ServiceID")?,
        timeout: object.duration("Timeout")?.filter(|timeout| !timeout.is_zero()),
        deregister_after: object.duration("DeregisterCriticalServiceAfter")?.filter(|after| !after.is_zero()),
        success_before_passing: object.number("SuccessBeforePassing")?.unwrap_or_default(),
        failures_before_critical: object.number("FailuresBeforeCritical")?.unwrap_or_default(),
        interval,
        ..CheckSpec::default()
    };
    let scripts = [object.texts("Args")?, object.texts("ScriptArgs")?].concat();
    let docker = object.text("DockerContainerID")?;
    let look = look(&mut object)?;
    let alias = (object.text("AliasNode")?, object.text("AliasService")?);
    object.ignore(&[
        "Shell",
        "OutputMaxSize",
        "TLSServerName",
        "FailuresBeforeWarning",
        "Namespace",
        "Partition",
        "H2PING",
        "H2PingUseTLS",
        "DisableRedirects",
        "OSService",
        "UDP",
    ]);
    object.finish()?;
    if !scripts.is_empty() || !docker.is_empty() {
        return Err(Refusal::failed(
            "Scripts are disabled on this agent: the catalogue runs no programs. Let whoever can run them \
             tell a check with a TTL, or have it look by HTTP or TCP",
        ));
    }
    let is_alias = !alias.0.is_empty() || !alias.1.is_empty();
    if interval.is_some() && ttl.is_some() {
        return Err(invalid("Interval and TTL cannot both be specified"));
    }
    if look.is_some() && interval.is_none() {
        return Err(invalid("Interval must be > 0 for Script, HTTP, or TCP checks"));
    }
    if look.is_some() && is_alias {
        return Err(invalid("Interval must not be set for Alias checks"));
    }
    if is_alias && ttl.is_some() {
        return Err(invalid("TTL must be not be set for Alias checks"));
    }
    (spec.kind, spec.source) = match (look, ttl) {
        (Some((kind, look)), _) => (kind.to_owned(), Source::Probe(look)),
        (None, _) if is_alias => {
            let (node, service) = alias;
            ("alias".to_owned(), Source::Alias { node, service })
        }
        (None, Some(ttl)) => ("ttl".to_owned(), Source::Ttl(ttl)),
        (None, None) => return Err(invalid("TTL must be > 0 for TTL checks")),
    };
    Ok(spec)
}

/// How the catalogue is to look by itself, if it is.
fn look(object: &mut Object) -> Result<Option<(&'static str, Look)>, Refusal> {
    let (url, method, body) = (object.text("HTTP")?, object.text("Method")?, object.text("Body")?);
    let skip_verify = object.flag("TLSSkipVerify")?;
    let mut headers = Vec::new();
    if let Some(given) = object.any("Header") {
        let by_name: BTreeMap<String, Vec<String>> =
            serde_json::from_value(given).map_err(|error| super::decode::undecodable(&error.to_string()))?;
        headers.extend(
            by_name
                .into_iter()
                .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value))),
        );
    }
    let (tcp, grpc, grpc_tls) = (object.text("TCP")?, object.text("GRPC")?, object.flag("GRPCUseTLS")?);
    for (is_wanted, name) in [(grpc_tls, "GRPCUseTLS"), (!body.is_empty(), "Body")] {
        if is_wanted {
            return Err(Refusal::bad(format!("Invalid check: {name} is not supported by this catalogue")));
        }
    }
    Ok(if !url.is_empty() {
        Some(("http", Look::Http { url, method, headers, skip_verify }))
    } else if !tcp.is_empty() {
        Some(("tcp", Look::Tcp { address: tcp }))
    } else if !grpc.is_empty() {
        Some(("grpc", Look::Grpc { address: grpc }))
    } else {
        None
    })
}

/// A status, if one is given.
pub(super) fn status(word: &str) -> Result<Option<Status>, Refusal> {
    match word {
        "" => Ok(None),
        word => Status::of(word)
            .map(Some)
            .ok_or_else(|| Refusal::bad("Status for checks must 'passing', 'warning', 'critical'")),
    }
}

/// A registration in the catalogue itself.
pub(super) fn catalog(body: &[u8], datacenter: &str) -> Result<CatalogRegistration, Refusal> {
    let mut object = Object::read(body)?;
    let node = Node {
        id: object.text("ID")?,
        name: object.text("Node")?,
        address: object.text("Address")?,
        tagged_addresses: object.pairs("TaggedAddresses")?,
        meta: object.pairs("NodeMeta")?,
        ..Node::default()
    };
    let other = object.text("Datacenter")?;
    if !other.is_empty() && other != datacenter {
        return Err(Refusal::failed("No path to datacenter"));
    }
    let service = match object.object("Service")? {
        None => None,
        Some(mut described) => {
            let service = service(&mut described, "Service")?;
            described.ignore(&[
                "Namespace",
                "Partition",
                "CreateIndex",
                "ModifyIndex",
                "Datacenter",
                "ContentHash",
            ]);
            described.finish()?;
            Some(service)
        }
    };
    let mut checks = Vec::new();
    checks.extend(object.object("Check")?);
    checks.extend(object.objects("Checks")?);
    let checks = checks.into_iter().map(catalog_check).collect::<Result<_, _>>()?;
    let skip_node_update = object.flag("SkipNodeUpdate")?;
    object.ignore(&["WriteRequest", "Token", "Namespace", "Partition", "EnterpriseMeta"]);
    object.finish()?;
    Ok(CatalogRegistration { node, skip_node_update, service, checks })
}

fn catalog_check(mut object: Object) -> Result<Check, Refusal> {
    let definition = match object.any("Definition") {
        Some(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    // Who says how an external instance is looked at says of which type its check is.
    let has = |what: &str| definition.get(what).and_then(Value::as_str).is_some_and(|it| !it.is_empty());
    let implied = ["HTTP", "TCP"].into_iter().find(|what| has(what)).unwrap_or_default().to_lowercase();
    let given = object.text("Type")?;
    let check = Check {
        id: object.text("CheckID")?,
        name: object.text("Name")?,
        status: status(&object.text("Status")?)?.unwrap_or_default(),
        notes: object.text("Notes")?,
        output: object.text("Output")?,
        service_id: object.text("ServiceID")?,
        kind: if given.is_empty() { implied } else { given },
        definition,
        ..Check::default()
    };
    object.ignore(&[
        "Node",
        "ServiceName",
        "ServiceTags",
        "Namespace",
        "Partition",
        "CreateIndex",
        "ModifyIndex",
        "Interval",
        "Timeout",
        "ExposedPort",
    ]);
    object.finish()?;
    Ok(check)
}

/// What a deregistration from the catalogue names: node, instance, check.
pub(super) fn catalog_deregistration(
    body: &[u8],
    datacenter: &str,
) -> Result<(String, String, String), Refusal> {
    let mut object = Object::read(body)?;
    let named = (object.text("Node")?, object.text("ServiceID")?, object.text("CheckID")?);
    let other = object.text("Datacenter")?;
    object.ignore(&["Address", "WriteRequest", "Token", "Namespace", "Partition", "ID"]);
    object.finish()?;
    match other.is_empty() || other == datacenter {
        true => Ok(named),
        false => Err(Refusal::failed("No path to datacenter")),
    }
}
