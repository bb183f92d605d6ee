//! From a packet to a packet.

use super::answer::{Answer, answer};
use super::{Shuffle, Zone};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::Record;

/// How a packet came, which decides how long its answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In a datagram.
    Udp,
    /// In a stream.
    Tcp,
}

/// What a header takes; less is no packet.
const HEADER: usize = 12;
/// What any client takes in a datagram.
const LEAST: u16 = 512;
/// The longest datagram that is sent to a client that takes it.
const MOST: u16 = 4096;
/// What we take ourselves, as it is recommended: it fits into one frame nearly everywhere.
const OWN: u16 = 1232;
/// The least that a record takes; an answer cannot have more of them than fit.
const LEAST_RECORD: usize = 16;
/// However many would fit into a stream: everybody else waits while they are put together.
const MOST_RECORDS: usize = 1000;
/// The bit of the third byte that tells answers from questions.
const IS_RESPONSE: u8 = 0x80;
/// The bit of the third byte that says that something was left out.
const IS_TRUNCATED: u8 = 0x02;

/// The answer to a packet; none to what is no question. `now` is in seconds since 1970, `shuffle` picks a number
/// below the one it is given.
pub fn respond(
    packet: &[u8],
    transport: Transport,
    zone: &dyn Zone,
    now: u32,
    shuffle: Shuffle<'_>,
) -> Option<Vec<u8>> {
    // An answer to an answer would go round for ever.
    if packet.len() < HEADER || packet[2] & IS_RESPONSE != 0 {
        return None;
    }
    let Ok(request) = Message::from_vec(packet) else { return Some(unreadable(packet)) };
    let mut response = Message::response(request.metadata.id, request.metadata.op_code);
    response.metadata.message_type = MessageType::Response;
    response.metadata.recursion_desired = request.metadata.recursion_desired;
    response.queries.clone_from(&request.queries);
    let limit = match (transport, &request.edns) {
        (Transport::Tcp, _) => u16::MAX,
        (Transport::Udp, Some(edns)) => edns.max_payload().clamp(LEAST, MOST),
        (Transport::Udp, None) => LEAST,
    };
    let limit = usize::from(limit);
    let mut version = 0;
    if let Some(asked) = &request.edns {
        version = asked.version();
        let mut edns = Edns::new();
        edns.set_max_payload(OWN).set_version(0).set_dnssec_ok(asked.flags().dnssec_ok);
        response.edns = Some(edns);
    }
    match (&request.queries[..], request.metadata.op_code) {
        (_, code) if code != OpCode::Query => response.metadata.response_code = ResponseCode::NotImp,
        _ if version > 0 => response.metadata.response_code = ResponseCode::BADVERS,
        ([question], _) => {
            let most = MOST_RECORDS.min(limit / LEAST_RECORD);
            let answer = answer(question, zone, now, most, shuffle);
            response.metadata.response_code = answer.code;
            response.metadata.authoritative = answer.is_ours;
            return fit(response, answer, limit);
        }
        _ => response.metadata.response_code = ResponseCode::FormErr,
    }
    encode(&response, limit).or_else(|| Some(unreadable(packet)))
}

/// Says of a packet that it cannot be read: its header, with nothing after it.
fn unreadable(packet: &[u8]) -> Vec<u8> {
    let mut answer = vec![0; HEADER];
    answer[..2].copy_from_slice(&packet[..2]);
    // Of the flags only the kind of request and the wish for recursion are kept.
    answer[2] = packet[2] & 0x79 | IS_RESPONSE;
    answer[3] = 1;
    answer
}

/// As much of an answer as may be sent: what goes first is what was not asked for, and then it is said that
/// something is missing.
fn fit(mut response: Message, answer: Answer, limit: usize) -> Option<Vec<u8>> {
    let Answer { answers, authorities, additionals, .. } = answer;
    response.answers = answers;
    response.authorities = authorities;
    let whole = most_that_fits(&mut response, &additionals, limit, |response| &mut response.additionals);
    if whole.is_some() {
        return whole;
    }
    response.metadata.truncation = true;
    response.authorities.clear();
    let answers = std::mem::take(&mut response.answers);
    most_that_fits(&mut response, &answers, limit, |response| &mut response.answers)
}

/// The packet with as many of the records as fit, or none if it is too long without any.
fn most_that_fits(
    response: &mut Message,
    records: &[Record],
    limit: usize,
    section: fn(&mut Message) -> &mut Vec<Record>,
) -> Option<Vec<u8>> {
    let mut with = |count: usize| {
        let part = records.get(..count).unwrap_or(records);
        part.clone_into(section(response));
        let packet = encode(response, limit);
        section(response).clear();
        packet
    };
    let whole = with(records.len());
    if whole.is_some() {
        return whole;
    }
    let (mut fits, mut known, mut too_many) = (0, with(0)?, records.len());
    while fits + 1 < too_many {
        let middle = usize::midpoint(fits, too_many);
        match with(middle) {
            Some(packet) => (fits, known) = (middle, packet),
            None => too_many = middle,
        }
    }
    Some(known)
}

fn encode(message: &Message, limit: usize) -> Option<Vec<u8>> {
    let packet = message.to_vec().ok()?;
    // What is longer than any packet, the library cuts by itself.
    let was_cut = packet.get(2)? & IS_TRUNCATED != 0 && !message.metadata.truncation;
    (packet.len() <= limit && !was_cut).then_some(packet)
}
