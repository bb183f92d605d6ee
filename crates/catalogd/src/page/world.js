// What the catalogue says, put together from its answers.
//
// Registrations come a service or a node at a time and seldom; checks come all
// at once and with every change. A snapshot joins the two.

/** The states of an instance, the best first; a later one hides an earlier one. */
export const STATES = ["passing", "warning", "critical", "maintenance"];

/** The order in which states are told to people: the worst first. */
export const WORST_FIRST = ["critical", "warning", "maintenance", "passing"];

/** Where pilots publish which services they watch. */
export const WATCHES = "gyropilot-watches";

const EMPTY = [];

/** Names an instance: ids are unique on their node only. */
const keyOf = (node, id) => `${node}\n${id}`;

/** The state that a check stands for. */
function stateOf(check) {
  const id = check.CheckID ?? "";
  if (id === "_node_maintenance" || id.startsWith("_service_maintenance:")) return "maintenance";
  return STATES.includes(check.Status) ? check.Status : "critical";
}

/** What a registration says, in the form of `health/service` as in that of `catalog/node`. */
function registration(service, node) {
  return {
    key: keyOf(node.Node, service.ID),
    id: service.ID,
    service: service.Service,
    node: node.Node,
    address: service.Address || node.Address || "",
    port: service.Port ?? 0,
    tags: service.Tags ?? EMPTY,
    meta: service.Meta ?? {},
  };
}

export class World {
  /** Name → tags, as the list of services has it. */
  #names = new Map();
  /** Service → key → registration. */
  #registered = new Map();
  /** Key → checks of the instance. */
  #checks = new Map();
  /** Node → checks of the node. */
  #nodeChecks = new Map();
  /** Service → keys that have checks. */
  #checked = new Map();
  /** Node and check → state, and since when, as far as that was seen. */
  #since = new Map();
  #sawChecks = false;
  #clients = EMPTY;

  get names() {
    return this.#names;
  }

  /** Takes the list of services; gives those whose registrations have to be read again. */
  takeNames(answer) {
    const stale = [];
    for (const [name, tags] of Object.entries(answer)) {
      const old = this.#names.get(name);
      const sorted = [...(tags ?? EMPTY)].sort();
      if (!old || old.join("\n") !== sorted.join("\n")) stale.push(name);
      this.#names.set(name, sorted);
    }
    for (const name of this.#names.keys()) {
      if (Object.hasOwn(answer, name)) continue;
      this.#names.delete(name);
      this.#registered.delete(name);
    }
    return stale;
  }

  /** Takes all checks; gives the services whose registrations have to be read again. */
  takeChecks(answer, now) {
    const [checks, nodeChecks, checked, since] = [new Map(), new Map(), new Map(), new Map()];
    const push = (map, key, value) => {
      const list = map.get(key);
      if (list) list.push(value);
      else map.set(key, [value]);
    };
    for (const raw of answer) {
      const state = stateOf(raw);
      const name = keyOf(raw.Node, raw.CheckID);
      const old = this.#since.get(name);
      const from = old?.state === state ? old.from : this.#sawChecks ? now : null;
      since.set(name, { state, from });
      const check = {
        id: raw.CheckID,
        name: raw.Name || raw.CheckID,
        state,
        output: (state === "maintenance" ? raw.Notes || raw.Output : raw.Output || "") ?? "",
        notes: raw.Notes ?? "",
        from,
      };
      if (!raw.ServiceID) {
        push(nodeChecks, raw.Node, check);
        continue;
      }
      const key = keyOf(raw.Node, raw.ServiceID);
      if (!checks.has(key)) push(checked, raw.ServiceName, key);
      push(checks, key, check);
    }
    const stale = new Set();
    for (const [service, keys] of checked) {
      const registered = this.#registered.get(service);
      if (keys.some((key) => !registered?.has(key))) stale.add(service);
    }
    for (const [service, keys] of this.#checked) {
      if (this.#registered.has(service) && keys.some((key) => !checks.has(key))) stale.add(service);
    }
    this.#checks = checks;
    this.#nodeChecks = nodeChecks;
    this.#checked = checked;
    this.#since = since;
    this.#sawChecks = true;
    return [...stale];
  }

  /** Takes the answer of `health/service`. */
  takeService(name, entries) {
    const registered = new Map();
    for (const entry of entries) {
      const one = registration(entry.Service, entry.Node);
      registered.set(one.key, one);
    }
    if (registered.size > 0) this.#registered.set(name, registered);
    else this.#registered.delete(name);
  }

  /** Takes the answers of `catalog/node` for all nodes there are. */
  takeNodes(answers) {
    const all = new Map();
    for (const answer of answers) {
      for (const service of Object.values(answer?.Services ?? {})) {
        const one = registration(service, answer.Node);
        if (!all.has(one.service)) all.set(one.service, new Map());
        all.get(one.service).set(one.key, one);
      }
    }
    this.#registered = all;
  }

  /** Takes who waits for changes of which service, as the embedded catalogue tells. */
  takeClients(answer) {
    this.#clients = answer;
  }

  /**
   * Joins everything. `before` is the last snapshot: an instance whose checks
   * vanished is as it was while its registration is `doubtful`.
   */
  snapshot(before, doubtful) {
    const services = new Map();
    const names = [...new Set([...this.#names.keys(), ...this.#registered.keys()])].sort(byName);
    for (const name of names) {
      const instances = new Map();
      for (const one of this.#registered.get(name)?.values() ?? EMPTY) {
        const old = before?.services.get(name)?.instances.get(one.key);
        instances.set(one.key, this.#instance(one, old, doubtful(name)));
      }
      services.set(name, this.#service(name, instances));
    }
    return { services, clients: this.#clients };
  }

  #instance(one, old, doubtful) {
    const own = this.#checks.get(one.key) ?? (doubtful && old ? old.own : EMPTY);
    const ofNode = this.#nodeChecks.get(one.node) ?? EMPTY;
    let state = "passing";
    let from = null;
    for (const check of [...own, ...ofNode]) {
      const worse = STATES.indexOf(check.state) - STATES.indexOf(state);
      if (worse > 0) from = check.from;
      else if (worse === 0 && check.from && (!from || check.from > from)) from = check.from;
      if (worse > 0) state = check.state;
    }
    return { ...one, own, ofNode, state, from };
  }

  #service(name, instances) {
    const counts = { passing: 0, warning: 0, critical: 0, maintenance: 0 };
    const watches = new Set();
    for (const instance of instances.values()) {
      counts[instance.state] += 1;
      for (const watched of (instance.meta[WATCHES] ?? "").split(",")) {
        if (watched.trim()) watches.add(watched.trim());
      }
    }
    const known = this.#registered.has(name);
    // Not read yet: as much as the checks tell.
    const total = known ? instances.size : (this.#checked.get(name)?.length ?? 0);
    return {
      name,
      tags: this.#names.get(name) ?? EMPTY,
      instances,
      counts,
      total,
      known,
      watches: [...watches].sort(byName),
      state: WORST_FIRST.find((state) => counts[state] > 0) ?? "none",
    };
  }
}

/** Names in the order of their letters, the same in every browser. */
export function byName(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** An instance's checks that are not passing, its own first. */
export function failing(instance) {
  return [...instance.own, ...instance.ofNode].filter((check) => check.state !== "passing");
}

/** `1 of 4 critical`, `4 passing`: short enough for a box. */
export function worstInWords(service) {
  const count = service.counts[service.state];
  if (!service.known || count === undefined || count === service.total) return countsInWords(service);
  return `${count.toLocaleString()} of ${service.total.toLocaleString()} ${service.state}`;
}

/** `1 critical, 3 passing`. */
export function countsInWords(service) {
  if (!service.known) return service.total > 0 ? `${service.total} so far` : "…";
  const words = WORST_FIRST.filter((state) => service.counts[state] > 0);
  return words.map((state) => `${service.counts[state].toLocaleString()} ${state}`).join(", ") || "no instance";
}
