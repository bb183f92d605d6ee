"""One instance of sales or of customers: says who it is, and asks a peer.

It knows nothing of the catalogue. Who it is comes from the environment, and
whom it may ask stands in a file that the pilot keeps right.
"""

import json
import os
import random
import signal
import socket
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SERVICE, PEER = os.environ["SERVICE"], os.environ["PEER"]
STOCK = {
    "sales": {"orders": ["1001 for Ada", "1002 for Grace"]},
    "customers": {"customers": ["Ada", "Grace", "Jean"]},
}


def itself():
    return {"service": SERVICE, "instance": socket.gethostname(), **STOCK[SERVICE]}


def peer():
    """What an instance of the other service says, whichever is asked."""
    with open("/run/peers", encoding="utf-8") as file:
        peers = file.read().split()
    for address in random.sample(peers, len(peers)):
        try:
            with urllib.request.urlopen(f"http://{address}/itself", timeout=1) as answer:
                return json.load(answer)
        except OSError:
            continue  # It has just left; another one has not.
    return None


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/":
            self.answer({**itself(), PEER: peer()})
        elif self.path == "/itself":
            self.answer(itself())
        elif self.path == "/health":
            self.answer({"healthy": True})
        else:
            self.send_error(404)

    def answer(self, content):
        body = json.dumps(content, indent=2).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("", 3000), Shop)
server.daemon_threads = False  # Who is being served when the stop comes is served.
# From another thread: the loop that shutdown waits for runs in this one.
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
