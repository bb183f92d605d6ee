'use strict';
// One instance of sales. It knows nothing of the catalogue: whom it may ask stands in a file
// that the pilot keeps right.
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const os = require('os');

const instance = `sales-${os.hostname()}`;
const version = process.env.VERSION;
const broken = process.env.BROKEN === '1'; // a release that is never well
const hasty = process.env.HASTY === '1'; // ends at once when it is told to, as many programs do
const orders = ['1001 for Ada', '1002 for Grace'];
let stopping = false;

const itself = () => ({ service: 'sales', instance, version, orders: orders.slice(-5) });

// What an instance of customers says: the next one when the first has just left.
function customers(tell) {
  let peers = [];
  try {
    peers = fs.readFileSync('/run/peers', 'utf8').split(/\s+/).filter(Boolean);
  } catch { /* nobody has come yet */ }
  const first = Math.floor(Math.random() * peers.length);
  const ask = (turn) => {
    if (turn === peers.length) return tell(null);
    const [host, port] = peers[(first + turn) % peers.length].split(':');
    let answered = false;
    const next = () => { if (!answered) { answered = true; ask(turn + 1); } };
    const request = http.get({ host, port, path: '/itself', timeout: 1000 }, (answer) => {
      let text = '';
      answer.on('data', (piece) => { text += piece; });
      answer.on('end', () => {
        if (answered) return;
        answered = true;
        try { tell(JSON.parse(text)); } catch { answered = false; next(); }
      });
      answer.on('error', next);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', next);
  };
  ask(0);
}

const server = http.createServer((request, response) => {
  const answer = (status, content) => {
    const body = `${JSON.stringify(content, null, 2)}\n`;
    const fields = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    fields['X-Instance'] = `${instance}/${version}`;
    if (stopping) fields.Connection = 'close';
    response.writeHead(status, fields).end(body);
  };
  const { method, url } = request;
  if (method === 'POST' && url === '/orders') {
    let text = '';
    request.on('data', (piece) => { if (text.length < 10000) text += piece; });
    request.on('end', () => {
      const id = crypto.randomUUID();
      orders.push(`${id} for ${text.trim().slice(0, 40) || 'somebody'}`);
      orders.splice(0, orders.length - 100);
      // A payment takes its time.
      setTimeout(() => answer(201, { order: id, instance, version }), 100);
    });
  } else if (url === '/') customers((peer) => answer(200, { ...itself(), customers: peer }));
  else if (url === '/itself') answer(200, itself());
  else if (url === '/health') answer(broken ? 503 : 200, { healthy: !broken });
  else answer(404, { error: 'not found' });
});

server.listen(3000);
// Who is being served is served; the process ends with the last of them.
process.on('SIGTERM', () => {
  if (hasty) process.exit(0);
  stopping = true;
  server.close();
  if (server.closeIdleConnections) server.closeIdleConnections();
});
