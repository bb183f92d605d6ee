"""A program that uses py-consul, or python-consul, as its documentation shows: it
offers a service, follows another, keeps settings, and leads."""

import os
import threading

import consul

agent = consul.Consul(port=int(os.environ["AGENT_PORT"]))


def offers():
    check = consul.Check.ttl("30s")
    assert agent.agent.service.register("web", "w1", "192.0.2.1", 80, ["a"], check)
    assert agent.health.service("web", passing=True)[1] == []
    assert agent.agent.check.ttl_pass("service:w1", "all is well")
    _, found = agent.health.service("web", passing=True, tag="a")
    (one,) = found
    assert (one["Service"]["Address"], one["Service"]["Port"]) == ("192.0.2.1", 80)
    outputs = {check["CheckID"]: check["Output"] for check in one["Checks"]}
    assert outputs["service:w1"] == "all is well", outputs
    assert agent.agent.service.deregister("w1")
    assert agent.health.service("web")[1] == []


def follows():
    index, found = agent.health.service("db", passing=True)
    assert found == []
    other = consul.Consul(port=int(os.environ["AGENT_PORT"]))
    threading.Timer(0.2, lambda: other.agent.service.register("db", address="192.0.2.2", port=1)).start()
    # Far longer than the test is allowed to take.
    later, found = agent.health.service("db", passing=True, index=index, wait="60s")
    while not found:
        later, found = agent.health.service("db", passing=True, index=later, wait="60s")
    assert int(later) > int(index)
    assert [one["Service"]["Address"] for one in found] == ["192.0.2.2"]
    # Nothing happens: the wait ends with the same index.
    assert agent.health.service("db", passing=True, index=later, wait="50ms")[0] == later


def keeps_settings():
    assert agent.kv.put("app/colour", "green", flags=7)
    index, key = agent.kv.get("app/colour")
    assert (key["Value"], key["Flags"]) == (b"green", 7)
    assert not agent.kv.put("app/colour", "red", cas=key["ModifyIndex"] - 1)
    threading.Timer(0.2, lambda: agent.kv.put("app/colour", "blue", cas=key["ModifyIndex"])).start()
    assert agent.kv.get("app/colour", index=index, wait="60s")[1]["Value"] == b"blue"
    assert agent.kv.get("app/", keys=True)[1] == ["app/colour"]
    assert agent.kv.delete("app/", recurse=True)
    assert agent.kv.get("app/colour")[1] is None


def leads():
    mine = agent.session.create("mine", ttl=10, lock_delay=0)
    theirs = agent.session.create("theirs", behavior="delete", lock_delay=0)
    assert agent.kv.put("leader", "me", acquire=mine)
    assert not agent.kv.put("leader", "they", acquire=theirs)
    assert agent.session.renew(mine)["ID"] == mine
    assert agent.session.destroy(mine)
    index, key = agent.kv.get("leader")
    assert "Session" not in key
    assert agent.kv.put("leader", "they", acquire=theirs)
    assert agent.session.destroy(theirs)
    assert agent.kv.get("leader")[1] is None
    try:
        agent.session.renew(mine)
    except consul.NotFound:
        return
    raise AssertionError("a session that is over cannot be renewed")


for part in (offers, follows, keeps_settings, leads):
    part()
    print(f"{part.__name__}: ok")
