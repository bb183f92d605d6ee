//! From a question to records.

use super::asked::{self, Asked};
use super::{Endpoint, Host, Shuffle, Zone};
use hickory_proto::op::{Query, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, NS, PTR, SOA, SRV, TXT};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// How many host names in a row are followed.
const MOST_ALIASES: u8 = 3;
/// What SOA says of when secondaries come again: there are none.
const TIMES: [i32; 3] = [3600, 600, 86_400];

/// What there is to say to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `NoError`, `NXDomain` or `Refused`.
    pub code: ResponseCode,
    /// Whether this is ours to say.
    pub is_ours: bool,
    /// What was asked for.
    pub answers: Vec<Record>,
    /// Whose it is; where there is no answer, how long that holds.
    pub authorities: Vec<Record>,
    /// What will be asked for next.
    pub additionals: Vec<Record>,
}

/// Answers a question. `now` is in seconds since 1970, the serial number of the zone; no more than about `most`
/// records are answered; `shuffle` picks a number below the one it is given.
#[must_use]
pub fn answer(question: &Query, zone: &dyn Zone, now: u32, most: usize, shuffle: Shuffle<'_>) -> Answer {
    let mut answering = Answering {
        zone,
        now,
        most,
        shuffle,
        kind: question.query_type,
        owner: &question.name,
        answer: Answer {
            code: ResponseCode::NoError,
            is_ours: true,
            answers: Vec::new(),
            authorities: Vec::new(),
            additionals: Vec::new(),
        },
    };
    let is_transfer = matches!(question.query_type, RecordType::AXFR | RecordType::IXFR);
    if is_transfer || !matches!(question.query_class, DNSClass::IN | DNSClass::ANY) {
        answering.refuse();
    } else {
        answering.look_up();
    }
    answering.answer
}

struct Answering<'q> {
    zone: &'q dyn Zone,
    now: u32,
    most: usize,
    shuffle: Shuffle<'q>,
    kind: RecordType,
    owner: &'q Name,
    answer: Answer,
}

// === impl Answering: questions ===

impl Answering<'_> {
    fn look_up(&mut self) {
        match asked::read(self.owner, self.zone) {
            None => return self.look_up_address(),
            Some(Asked::Apex) => self.apex(),
            Some(Asked::Above) => {}
            Some(Asked::Nothing) => self.answer.code = ResponseCode::NXDomain,
            Some(Asked::Service { name, tag }) => self.service(&name, tag.as_deref()),
            Some(Asked::Node(name)) => self.node(&name),
            Some(Asked::Address(address)) => self.answer.answers.extend(self.address(self.owner, address)),
        }
        if self.is_unanswered() {
            self.answer.authorities.extend(self.soa());
        }
    }

    /// Is there nothing, or nothing where an alias leads that we would know of?
    fn is_unanswered(&self) -> bool {
        let Some(last) = self.answer.answers.last() else { return true };
        match &last.data {
            RData::CNAME(target) => {
                self.kind != RecordType::CNAME && asked::read(target, self.zone).is_some()
            }
            _ => false,
        }
    }

    fn refuse(&mut self) {
        self.answer.code = ResponseCode::Refused;
        self.answer.is_ours = false;
    }

    fn apex(&mut self) {
        let wants = |kind| self.kind == kind || self.kind == RecordType::ANY;
        if wants(RecordType::SOA) {
            self.answer.answers.extend(self.soa());
        }
        let Some(own) = self.zone.own_node() else { return };
        let (Some(apex), Some(server)) = (self.apex_name(), self.node_name(own.name)) else { return };
        let server_record = Record::from_rdata(apex, 0, RData::NS(NS(server.clone())));
        if wants(RecordType::NS) {
            self.answer.answers.push(server_record);
        } else if self.kind == RecordType::SOA {
            self.answer.authorities.push(server_record);
        } else {
            return;
        }
        let glue = self.at(&server, own.address, RecordType::ANY, 0);
        self.answer.additionals.extend(glue);
    }

    fn node(&mut self, name: &str) {
        let Some(host) = self.zone.node(name) else {
            self.answer.code = ResponseCode::NXDomain;
            return;
        };
        let records = self.at(self.owner, host.address, self.kind, MOST_ALIASES);
        self.answer.answers.extend(records);
        let has_alias = self.answer.answers.iter().any(|record| record.record_type() == RecordType::CNAME);
        if has_alias {
            return;
        }
        let texts = texts(self.owner, &host);
        if matches!(self.kind, RecordType::TXT | RecordType::ANY) {
            self.answer.answers.extend(texts);
        } else if !self.answer.answers.is_empty() {
            self.answer.additionals.extend(texts);
        }
    }

    fn service(&mut self, name: &str, tag: Option<&str>) {
        let mut endpoints = endpoints(self.zone, name, tag);
        if endpoints.is_empty() {
            self.answer.code = ResponseCode::NXDomain;
            return;
        }
        let chosen = endpoints.len().min(self.most);
        for index in 0..chosen {
            let left = endpoints.len() - index;
            endpoints.swap(index, index + (self.shuffle)(left).min(left - 1));
        }
        endpoints.truncate(chosen);
        match self.kind {
            RecordType::SRV => self.servers(&endpoints),
            RecordType::A | RecordType::AAAA | RecordType::ANY | RecordType::CNAME => self.places(&endpoints),
            _ => {}
        }
    }

    /// Addresses of instances; a host name only if there is nothing else, since an alias stands alone.
    fn places(&mut self, endpoints: &[Endpoint<'_>]) {
        let addresses: Vec<&str> = endpoints.iter().map(|endpoint| self.own_address(endpoint)).collect();
        let mut seen = BTreeSet::new();
        for address in addresses.iter().filter_map(|address| address.parse::<IpAddr>().ok()) {
            if seen.insert(address) {
                self.answer.answers.extend(self.address(self.owner, address));
            }
        }
        if seen.is_empty()
            && let Some(address) = addresses.first()
        {
            let records = self.at(self.owner, address, self.kind, MOST_ALIASES);
            self.answer.answers.extend(records);
        }
    }

    fn servers(&mut self, endpoints: &[Endpoint<'_>]) {
        let (mut servers, mut targets, mut hosts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for endpoint in endpoints {
            let Some((target, address)) = self.target(endpoint) else { continue };
            let weight = u16::try_from(endpoint.weight).unwrap_or(u16::MAX);
            if servers.insert((target.clone(), endpoint.port, weight)) {
                let server = RData::SRV(SRV::new(1, weight, endpoint.port, target.clone()));
                self.answer.answers.push(Record::from_rdata(self.owner.clone(), 0, server));
            }
            if targets.insert(target.clone()) {
                let more = match address.parse() {
                    Ok(address) => address_record(&target, address, RecordType::ANY).into_iter().collect(),
                    Err(_) => self.below(&target, RecordType::ANY, MOST_ALIASES),
                };
                self.answer.additionals.extend(more);
            }
            if hosts.insert(endpoint.host.name)
                && let Some(name) = self.node_name(endpoint.host.name)
            {
                self.answer.additionals.extend(texts(&name, &endpoint.host));
            }
        }
    }

    /// The name under which an instance is reached, and the address that the name has.
    fn target<'e>(&self, endpoint: &Endpoint<'e>) -> Option<(Name, &'e str)> {
        let address = self.own_address(endpoint);
        let name = match address.parse::<IpAddr>() {
            Err(_) => host_name(address),
            Ok(_) if address != endpoint.address => self.node_name(endpoint.host.name),
            Ok(IpAddr::V4(address)) => self.name_within(&[&format!("{:08x}", u32::from(address))], "addr"),
            Ok(IpAddr::V6(address)) => self.name_within(&[&format!("{:032x}", u128::from(address))], "addr"),
        }?;
        Some((name, address))
    }

    /// Where an instance is. One that says that it is where the question is has to be at its node.
    fn own_address<'e>(&self, endpoint: &Endpoint<'e>) -> &'e str {
        let is_name = || endpoint.address.parse::<IpAddr>().is_err();
        let is_itself = || is_name() && host_name(endpoint.address).is_some_and(|name| name == *self.owner);
        if endpoint.address.is_empty() || is_itself() { endpoint.host.address } else { endpoint.address }
    }

    fn look_up_address(&mut self) {
        let Some(address) = asked::reverse(self.owner) else { return self.refuse() };
        let mut names: Vec<Name> = Vec::new();
        if let Some(host) = self.zone.node_at(address) {
            names.extend(self.node_name(host.name));
        } else {
            let services = self.zone.services_at(address).into_iter().take(self.most);
            names.extend(services.filter_map(|name| self.name_within(&[name], "service")));
        }
        if names.is_empty() {
            return self.refuse();
        }
        if matches!(self.kind, RecordType::PTR | RecordType::ANY) {
            let records = names.into_iter().map(|name| RData::PTR(PTR(name)));
            let records = records.map(|data| Record::from_rdata(self.owner.clone(), 0, data));
            self.answer.answers.extend(records);
        }
    }
}

// === impl Answering: records ===

impl Answering<'_> {
    fn apex_name(&self) -> Option<Name> {
        name_of(self.zone.domain().split('.'))
    }

    fn soa(&self) -> Option<Record> {
        let apex = self.apex_name()?;
        let [refresh, retry, expire] = TIMES;
        let (server, master) = (apex.prepend_label("ns").ok()?, apex.prepend_label("hostmaster").ok()?);
        let soa = SOA::new(server, master, self.now, refresh, retry, expire, 0);
        Some(Record::from_rdata(apex, 0, RData::SOA(soa)))
    }

    fn name_within(&self, labels: &[&str], family: &str) -> Option<Name> {
        let tail = [family, self.zone.datacenter()];
        name_of(labels.iter().copied().chain(tail).chain(self.zone.domain().split('.')))
    }

    fn node_name(&self, name: &str) -> Option<Name> {
        self.name_within(&name.split('.').collect::<Vec<_>>(), "node")
    }

    fn address(&self, owner: &Name, address: IpAddr) -> Option<Record> {
        address_record(owner, address, self.kind)
    }

    /// What there is at a place: an address, or an alias and what that leads to.
    fn at(&self, owner: &Name, place: &str, kind: RecordType, aliases: u8) -> Vec<Record> {
        if let Ok(address) = place.parse() {
            return address_record(owner, address, kind).into_iter().collect();
        }
        let Some(target) = host_name(place) else { return Vec::new() };
        let alias = Record::from_rdata(owner.clone(), 0, RData::CNAME(CNAME(target.clone())));
        let mut records = vec![alias];
        if kind != RecordType::CNAME && aliases > 0 {
            records.extend(self.below(&target, kind, aliases - 1));
        }
        records
    }

    /// The addresses of a name, if it is one of ours.
    fn below(&self, name: &Name, kind: RecordType, aliases: u8) -> Vec<Record> {
        match asked::read(name, self.zone) {
            Some(Asked::Node(node)) => self
                .zone
                .node(&node)
                .map(|host| self.at(name, host.address, kind, aliases))
                .unwrap_or_default(),
            Some(Asked::Address(address)) => address_record(name, address, kind).into_iter().collect(),
            Some(Asked::Service { name: service, tag }) => {
                let endpoints = endpoints(self.zone, &service, tag.as_deref()).into_iter();
                let places = endpoints.map(|endpoint| match endpoint.address {
                    "" => endpoint.host.address,
                    own => own,
                });
                let addresses = places.filter_map(|place| place.parse().ok());
                addresses.filter_map(|address| address_record(name, address, kind)).take(self.most).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The instances of a service, or those of them with a tag.
fn endpoints<'z>(zone: &'z dyn Zone, name: &str, tag: Option<&str>) -> Vec<Endpoint<'z>> {
    let mut endpoints = zone.instances(name);
    if let Some(tag) = tag {
        endpoints.retain(|endpoint| endpoint.tags.iter().any(|known| known.eq_ignore_ascii_case(tag)));
    }
    endpoints
}

fn address_record(owner: &Name, address: IpAddr, kind: RecordType) -> Option<Record> {
    let data = match address {
        IpAddr::V4(address) if matches!(kind, RecordType::A | RecordType::ANY) => RData::A(address.into()),
        IpAddr::V6(address) if matches!(kind, RecordType::AAAA | RecordType::ANY) => {
            RData::AAAA(address.into())
        }
        _ => return None,
    };
    Some(Record::from_rdata(owner.clone(), 0, data))
}

/// What is known of a node, as RFC 1464 writes it; a name that begins with `rfc1035-` is not written.
fn texts(owner: &Name, host: &Host<'_>) -> Vec<Record> {
    let text = |(name, value): (&String, &String)| {
        if name.starts_with("rfc1035-") {
            return value.clone();
        }
        let name = name.replace('`', "``").replace('=', "`=");
        format!("{name}={}", value.replace('`', "``"))
    };
    let record = |text: String| {
        // A character string holds 255 bytes.
        let data = TXT::from_bytes(text.as_bytes().chunks(255).collect());
        Record::from_rdata(owner.clone(), 0, RData::TXT(data))
    };
    host.meta.iter().map(text).filter(|text| !text.is_empty()).map(record).collect()
}

fn host_name(text: &str) -> Option<Name> {
    name_of(text.strip_suffix('.').unwrap_or(text).split('.'))
}

fn name_of<'l>(labels: impl Iterator<Item = &'l str>) -> Option<Name> {
    let labels: Vec<&[u8]> = labels.map(str::as_bytes).collect();
    if labels.iter().any(|label| label.is_empty()) {
        return None;
    }
    Name::from_labels(labels).ok()
}
