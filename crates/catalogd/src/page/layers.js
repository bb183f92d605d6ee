// Where the services of a graph stand: in layers, whoever depends left of what
// it depends on. The same graph always looks the same.
//
// The steps are those of Sugiyama, Tagawa and Toda (1981): turn circles around,
// give each its layer, order the layers so that few lines cross, set the places.

const GAP = { layer: 64, row: 18, lane: 12 };
/** How often the layers are put in order, to and fro. */
const SWEEPS = 8;

const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/**
 * `nodes` is a list of `{id, width, height}`, `edges` one of `[from, to]`. Gives
 * `{width, height, places, lines}`: the left upper corner of each node by its id, and
 * for each edge the points that it goes through.
 */
export function layered(nodes, edges) {
  const sorted = [...nodes].sort((one, other) => compare(one.id, other.id));
  const known = new Set(sorted.map((node) => node.id));
  const unique = new Map();
  for (const [from, to] of edges) {
    if (known.has(from) && known.has(to) && from !== to) unique.set(`${from}\n${to}`, [from, to]);
  }
  const straight = [...unique.keys()].sort(compare).map((key) => unique.get(key));
  const forward = withoutCircles(sorted, straight);
  const layer = layersOf(sorted, forward);
  const { columns, chains } = withLanes(sorted, forward, layer);
  order(columns);
  return place(columns, chains, straight);
}

/** Edges that lead back to where one came from are turned around. */
function withoutCircles(nodes, edges) {
  const next = new Map(nodes.map((node) => [node.id, []]));
  for (const [from, to] of edges) next.get(from).push(to);
  const state = new Map();
  const forward = [];
  for (const { id } of nodes) {
    const path = [[id, 0]];
    if (state.has(id)) continue;
    state.set(id, "open");
    while (path.length > 0) {
      const top = path[path.length - 1];
      const [from, at] = top;
      if (at === next.get(from).length) {
        state.set(from, "done");
        path.pop();
        continue;
      }
      top[1] += 1;
      const to = next.get(from)[at];
      forward.push(state.get(to) === "open" ? [to, from, true] : [from, to, false]);
      if (!state.has(to)) {
        state.set(to, "open");
        path.push([to, 0]);
      }
    }
  }
  return forward;
}

/** The longest way to a node from one that nobody depends on. */
function layersOf(nodes, forward) {
  const next = new Map(nodes.map((node) => [node.id, []]));
  const waits = new Map(nodes.map((node) => [node.id, 0]));
  for (const [from, to] of forward) {
    next.get(from).push(to);
    waits.set(to, waits.get(to) + 1);
  }
  const layer = new Map(nodes.map((node) => [node.id, 0]));
  const ready = nodes.map((node) => node.id).filter((id) => waits.get(id) === 0);
  for (const from of ready) {
    for (const to of next.get(from)) {
      layer.set(to, Math.max(layer.get(to), layer.get(from) + 1));
      waits.set(to, waits.get(to) - 1);
      if (waits.get(to) === 0) ready.push(to);
    }
  }
  // Who depends on somebody far away stands no farther from the nearest than needed.
  for (const id of ready.reverse()) {
    const behind = next.get(id).map((to) => layer.get(to));
    if (behind.length > 0) layer.set(id, Math.min(...behind) - 1);
  }
  return layer;
}

/** Columns of nodes, with a lane in each that a longer line passes through. */
function withLanes(nodes, forward, layer) {
  const columns = Array.from({ length: Math.max(0, ...layer.values()) + 1 }, () => []);
  const cells = new Map();
  const add = (cell) => {
    columns[cell.layer].push(cell);
    return cell;
  };
  for (const node of nodes) {
    const cell = { node, layer: layer.get(node.id), before: [], after: [], width: node.width, height: node.height };
    cells.set(node.id, add(cell));
  }
  const chains = new Map();
  for (const [from, to, turned] of forward) {
    const chain = [cells.get(from)];
    for (let at = layer.get(from) + 1; at < layer.get(to); at += 1) {
      chain.push(add({ node: null, layer: at, before: [], after: [], width: 0, height: 0 }));
    }
    chain.push(cells.get(to));
    for (let at = 1; at < chain.length; at += 1) {
      chain[at - 1].after.push(chain[at]);
      chain[at].before.push(chain[at - 1]);
    }
    chains.set(turned ? `${to}\n${from}` : `${from}\n${to}`, turned ? [...chain].reverse() : chain);
  }
  return { columns, chains };
}

/** Each where the middle of its neighbours is, seen from the left, then from the right. */
function order(columns) {
  const number = (column) => column.forEach((cell, at) => (cell.at = at));
  columns.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const side = sweep % 2 === 0 ? "before" : "after";
    for (const column of sweep % 2 === 0 ? columns : [...columns].reverse()) {
      for (const cell of column) {
        const near = cell[side];
        cell.wish = near.length > 0 ? near.reduce((sum, one) => sum + one.at, 0) / near.length : cell.at;
      }
      // Sorting keeps the order of those that wish for the same.
      column.sort((one, other) => one.wish - other.wish);
      number(column);
    }
  }
}

function place(columns, chains, edges) {
  const gap = (one, other) => (one.node && other.node ? GAP.row : GAP.lane);
  let x = 0;
  for (const column of columns) {
    let y = 0;
    const width = Math.max(0, ...column.map((cell) => cell.width));
    column.forEach((cell, at) => {
      if (at > 0) y += gap(column[at - 1], cell);
      Object.assign(cell, { x, y, span: width });
      y += cell.height;
    });
    x += width + GAP.layer;
  }
  for (let round = 0; round < SWEEPS; round += 1) {
    const side = round % 2 === 0 ? "before" : "after";
    for (const column of round % 2 === 0 ? columns : [...columns].reverse()) settle(column, side, gap);
  }
  const cells = columns.flat();
  const top = Math.min(0, ...cells.map((cell) => cell.y));
  for (const cell of cells) cell.y -= top;
  const places = new Map(cells.filter((cell) => cell.node).map((cell) => [cell.node.id, { x: cell.x, y: cell.y }]));
  const lines = edges.map(([from, to]) => ({ from, to, points: points(chains.get(`${from}\n${to}`)) }));
  return {
    width: Math.max(0, x - GAP.layer),
    height: Math.max(0, ...cells.map((cell) => cell.y + cell.height)),
    places,
    lines,
  };
}

/** Moves the cells of a column towards their neighbours, as far as their order and size allow. */
function settle(column, side, gap) {
  const middle = (cell) => cell.y + cell.height / 2;
  const wish = (cell) => {
    const near = cell[side].length > 0 ? cell[side] : cell.before.length > 0 ? cell.before : cell.after;
    return near.length > 0 ? near.reduce((sum, one) => sum + middle(one), 0) / near.length - cell.height / 2 : cell.y;
  };
  const wishes = column.map(wish);
  // From above everybody is pushed down, from below up; the middle of both keeps the order.
  const down = [];
  column.forEach((cell, at) => {
    const above = at > 0 ? down[at - 1] + column[at - 1].height + gap(column[at - 1], cell) : -Infinity;
    down.push(Math.max(wishes[at], above));
  });
  const up = new Array(column.length);
  for (let at = column.length - 1; at >= 0; at -= 1) {
    const cell = column[at];
    const below = at + 1 < column.length ? up[at + 1] - gap(cell, column[at + 1]) - cell.height : Infinity;
    up[at] = Math.min(wishes[at], below);
  }
  column.forEach((cell, at) => (cell.y = (down[at] + up[at]) / 2));
}

/** From the side of one node to that of the other, through the lanes between them. */
function points(chain) {
  const middle = (cell) => cell.y + cell.height / 2;
  const backwards = chain[0].layer > chain[chain.length - 1].layer;
  return chain.flatMap((cell, at) => {
    const [left, right] = [{ x: cell.x, y: middle(cell) }, { x: cell.x + (cell.width || cell.span), y: middle(cell) }];
    if (at === 0) return [backwards ? left : right];
    if (at === chain.length - 1) return [backwards ? right : left];
    return backwards ? [right, left] : [left, right];
  });
}
