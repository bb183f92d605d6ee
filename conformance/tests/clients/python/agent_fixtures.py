"""What the tests of py-consul want from the surroundings: an agent.

Their own conftest.py starts one in a container for each test; this stands in
its place, gives them the agent whose port is in AGENT_PORT, and takes out of
it what a test has left there.
"""

import os
from collections import namedtuple

import pytest
import requests

Instance = namedtuple("Instance", ["port", "version"])


@pytest.fixture
def consul_instance():
    port = int(os.environ["AGENT_PORT"])
    agent = f"http://127.0.0.1:{port}/v1"
    version = requests.get(f"{agent}/agent/self", timeout=10).json()["Config"]["Version"]
    yield Instance(port, version)
    emptied(agent)


@pytest.fixture
def consul_port(consul_instance):
    return consul_instance.port, consul_instance.version


def emptied(agent):
    def read(path):
        return requests.get(f"{agent}/{path}", timeout=10).json() or []

    def put(path, **rest):
        requests.put(f"{agent}/{path}", timeout=10, **rest).raise_for_status()

    requests.delete(f"{agent}/kv/?recurse", timeout=10).raise_for_status()
    for session in read("session/list"):
        put(f"session/destroy/{session['ID']}")
    put("agent/maintenance?enable=false")
    for service in read("agent/services"):
        put(f"agent/service/deregister/{requests.utils.quote(service, safe='')}")
    for check in read("agent/checks"):
        put(f"agent/check/deregister/{requests.utils.quote(check, safe='')}")
    own = read("agent/self")["Config"]["NodeName"]
    for node in read("catalog/nodes"):
        if node["Node"] != own:
            put("catalog/deregister", json={"Node": node["Node"]})
