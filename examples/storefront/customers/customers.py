"""One instance of customers. It knows nothing of the catalogue: whom it may ask stands in a
file that the pilot keeps right.
"""

import http.client
import json
import os
import random
import signal
import socket
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INSTANCE = f"customers-{socket.gethostname()}"
VERSION = os.environ["VERSION"]
BROKEN = os.environ.get("BROKEN") == "1"  # a release that is never well
names = ["Ada", "Grace", "Jean"]


def itself():
    return {"service": "customers", "instance": INSTANCE, "version": VERSION, "customers": names[-5:]}


def sales():
    """What an instance of sales says: the next one when the first has just left."""
    try:
        with open("/run/peers", encoding="utf-8") as file:
            peers = file.read().split()
    except FileNotFoundError:
        peers = []  # nobody has come yet
    for address in random.sample(peers, len(peers)):
        connection = http.client.HTTPConnection(address, timeout=1)
        try:
            connection.request("GET", "/itself")
            return json.load(connection.getresponse())
        except (OSError, ValueError, http.client.HTTPException):
            continue
        finally:
            connection.close()
    return None


class Customers(BaseHTTPRequestHandler):
    timeout = 3  # Whoever connects and says nothing holds up no stop.

    def do_GET(self):
        if self.path == "/":
            self.answer(200, {**itself(), "sales": sales()})
        elif self.path == "/itself":
            self.answer(200, itself())
        elif self.path == "/health":
            self.answer(503 if BROKEN else 200, {"healthy": not BROKEN})
        else:
            self.answer(404, {"error": "not found"})

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if self.path != "/customers":
            self.answer(404, {"error": "not found"})
        elif not length.isdigit() or int(length) > 10_000:
            self.answer(400, {"error": "a name of at most 10,000 bytes, with its length"})
        else:
            name = self.rfile.read(int(length)).decode(errors="replace").strip()[:40] or "Somebody"
            names.append(name)
            del names[:-100]
            customer = {"customer": str(uuid.uuid4()), "name": name}
            self.answer(201, {**customer, "instance": INSTANCE, "version": VERSION})

    def answer(self, status, content):
        body = json.dumps(content, indent=2).encode() + b"\n"
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Instance", f"{INSTANCE}/{VERSION}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # Who is being served when the stop comes is served.
    request_queue_size = 128


server = Server(("", 4000), Customers)
# From another thread: the loop that shutdown waits for runs in this one.
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever(poll_interval=0.1)
server.server_close()
