// What happened between two snapshots.

import { WORST_FIRST, byName, failing } from "./world.js";

/** More than this at once is told in sums. */
const MANY = 20;

const NONE = new Map();

/** `[{at, state, service, words, output}]`; `state` is that of the shape before it. */
export function changes(before, after, at) {
  const single = [];
  const names = [...new Set([...before.services.keys(), ...after.services.keys()])].sort(byName);
  for (const name of names) {
    const [old, now] = [before.services.get(name)?.instances ?? NONE, after.services.get(name)?.instances ?? NONE];
    if (old === now) continue;
    for (const [key, instance] of now) {
      const was = old.get(key);
      if (!was) single.push({ kind: "registered", service: name, instance, state: instance.state });
      else if (was.state !== instance.state) {
        single.push({ kind: "changed", service: name, instance, was: was.state, state: instance.state });
      }
    }
    for (const [key, instance] of old) {
      if (!now.has(key)) single.push({ kind: "gone", service: name, instance, state: "none" });
    }
  }
  const told = single.length > MANY ? sums(single) : single.map(sentence);
  return told.map((event) => ({ ...event, at }));
}

function sentence({ kind, service, instance, was, state }) {
  const output = state === "passing" ? "" : (failing(instance)[0]?.output.trim() ?? "");
  switch (kind) {
    case "registered":
      return { state, service, id: instance.id, words: `registered, ${state}`, output };
    case "gone":
      return { state, service, id: instance.id, words: `gone, was ${instance.state}`, output: "" };
    default:
      return { state, service, id: instance.id, words: `${was} → ${state}`, output };
  }
}

/** One line for each service and kind of change, or, with many services, for each kind. */
function sums(single) {
  const by = (key) => {
    const groups = new Map();
    for (const one of single) {
      const name = key(one);
      groups.set(name, [...(groups.get(name) ?? []), one]);
    }
    return [...groups.values()];
  };
  const kind = (one) => `${one.kind} ${one.was ?? ""} ${one.state}`;
  const of = by((one) => `${one.service}\n${kind(one)}`);
  const groups = of.length > MANY ? by(kind) : of;
  const rank = (group) => WORST_FIRST.indexOf(group[0].state);
  return groups
    .sort((one, other) => rank(one) - rank(other))
    .map((group) => {
      const [first] = group;
      const services = new Set(group.map((one) => one.service));
      const what = { registered: `registered, ${first.state}`, gone: "gone", changed: `${first.was} → ${first.state}` };
      const who = `${group.length.toLocaleString()} instances`;
      const where = services.size > 1 ? ` of ${services.size.toLocaleString()} services` : "";
      return {
        state: first.state,
        service: services.size === 1 ? first.service : null,
        id: `${who}${where}`,
        words: what[first.kind],
        output: "",
      };
    });
}
