// Who depends on whom, and the part of it that fits on a page.

import { byName } from "./world.js";

const LOOPBACK = /^(127\.|::1$)/;

/** The most services that are drawn at once. */
const MOST = 60;

/**
 * The edges of a snapshot: `{edges: [[from, to]], clients: service → hosts}`.
 * A service depends on what its instances publish that they watch; a client that the
 * catalogue saw waiting is an instance of a service when they have one address.
 */
export function dependencies(snapshot) {
  const edges = new Map();
  const depends = (from, to) => edges.set(`${from}\n${to}`, [from, to]);
  const at = new Map();
  for (const service of snapshot.services.values()) {
    for (const watched of service.watches) depends(service.name, watched);
    // The catalogue's own service stands for nobody who waits.
    if (service.name === "consul" || snapshot.clients.length === 0) continue;
    for (const { address } of service.instances.values()) {
      if (!at.has(address)) at.set(address, new Set());
      at.get(address).add(service.name);
    }
  }
  const clients = new Map();
  const published = new Set([...edges.values()].map(([, to]) => to));
  for (const { Service: watched, Client: client } of snapshot.clients) {
    if (!watched || !client) continue;
    const host = String(client);
    const services = [...(at.get(host) ?? [])].filter((name) => name !== watched);
    if (services.some((name) => edges.has(`${name}\n${watched}`))) continue;
    // On the catalogue's own machine everybody has one address, also who published it.
    if (LOOPBACK.test(host) && published.has(watched)) continue;
    if (services.length === 1) depends(services[0], watched);
    else clients.set(watched, (clients.get(watched) ?? new Set()).add(host));
  }
  const sorted = [...edges.keys()].sort(byName).map((key) => edges.get(key));
  return { edges: sorted, clients };
}

/** What is around one service: whatever it needs, and whatever needs it, directly. */
export function around(name, { edges, clients }) {
  const near = edges.filter(([from, to]) => from === name || to === name);
  const own = clients.get(name);
  return { edges: near, clients: own ? new Map([[name, own]]) : new Map(), cut: null };
}

/**
 * As much as can be drawn: everything, or, with too much of that, what `matches` and
 * its neighbours; `cut` says how much there is.
 */
export function drawable(whole, matches) {
  const names = (edges) => new Set(edges.flat());
  const all = names(whole.edges);
  for (const name of whole.clients.keys()) all.add(name);
  if (all.size <= MOST) return { ...whole, cut: null };
  const edges = whole.edges.filter(([from, to]) => matches(from) || matches(to));
  const clients = new Map([...whole.clients].filter(([name]) => matches(name)));
  const few = names(edges).size + clients.size <= MOST && edges.length > 0;
  return few ? { edges, clients, cut: { of: all.size } } : { edges: [], clients: new Map(), cut: { of: all.size } };
}
