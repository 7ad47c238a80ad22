"""The real MCP servers of `make test-servers`, and what a probe must say of each.

The order of the lines is that of the table it prints.
"""
from dataclasses import dataclass, field

LATEST = "2025-11-25"
STATELESS = "2026-07-28"


@dataclass
class Server:
    """A server to start, with what a probe and an agent must see of it."""
    name: str
    # The virtual environment it needs; None for the standard library alone.
    pin: str | None
    # {python}, {bin}, {port}, {venvs} and {fixtures} are filled in.
    command: str
    path: str = "/mcp"
    outcome: str = "ok"
    transport: str | None = None
    version: str | None = None
    # Tools, prompts, resources; None where the server advertises no such list.
    counts: tuple | None = None
    warnings: tuple = ()
    # Sessions on the server that are there because of one `breakwater probe`, of an agent that
    # probes and of an agent that has ended; None where the server does not show them.
    sessions: tuple | None = None
    # Bearer token to send.
    token: str | None = None
    # What a scenario of its own does to it before the probe.
    before: str | None = None
    # Seconds between the agent's probes.
    interval: float = 0.25
    environment: dict = field(default_factory=dict)
    stage: str | None = None

    @property
    def is_counted(self):
        return self.sessions is not None


COUNTED = "{python} {fixtures}/counted.py {count_port} "
SDK1 = COUNTED + "{fixtures}/sdk1_server.py {port}"
SDK2 = COUNTED + "{fixtures}/sdk2_server.py {port}"
FAST = COUNTED + "{fixtures}/fastmcp_server.py {port}"
PROXY = COUNTED + "-m mcp_proxy --host 127.0.0.1 --port {port}"
TIME = " {venvs}/mcp-proxy-0.13.0/bin/mcp-server-time"
FETCH = " {venvs}/mcp-server-fetch-2026.10.24/bin/mcp-server-fetch"
GRAFANA = ("{venv}/lib/{python_name}/site-packages/mcp_grafana/bin/mcp-grafana"
           " -address 127.0.0.1:{port} -t ")
NOWHERE = {"GRAFANA_URL": "http://127.0.0.1:9"}

SMALL = (2, 1, 1)
KEPT = (0, 1, 0)
NO_SESSION = (0, 0, 0)


def legacy(name, pin, command, **more):
    """Streamable HTTP with a session."""
    more = {"transport": "streamable_http", "version": LATEST, "counts": SMALL,
            "sessions": KEPT} | more
    return Server(name, pin, command, **more)


def modern(name, pin, command, **more):
    more = {"transport": "stateless_http", "version": STATELESS, "counts": SMALL,
            "sessions": NO_SESSION} | more
    return Server(name, pin, command, **more)


def sse(name, pin, command, **more):
    """The transport of 2024-11-05."""
    more = {"transport": "http_sse", "version": LATEST, "counts": SMALL, "sessions": KEPT,
            "path": "/sse"} | more
    return Server(name, pin, command, **more)


def walled(name, pin, command, outcome, token=None, **more):
    return Server(name, pin, command, outcome=outcome, token=token, **more)


SERVERS = [
    # Its stream is forgotten by nobody: each one stays in a table of the server's for good.
    sse("mcp 1.2.1 sse", "mcp-1.2.1", SDK1 + " --transport sse", version="2024-11-05",
        sessions=(1, 1, 1)),
    # A server/discover leaves a session there, and this one dies of a DELETE.
    legacy("mcp 1.9.4", "mcp-1.9.4", SDK1, version="2025-03-26", warnings=("redirected",),
           sessions=(2, 2, 2)),
    # As above; there a DELETE is safe.
    legacy("mcp 1.26.0", "mcp-1.26.0", SDK1, sessions=(1, 2, 1)),
    sse("mcp 1.26.0 sse", "mcp-1.26.0", SDK1 + " --transport sse", sessions=(1, 1, 1)),
    legacy("mcp 1.30.0", "mcp-1.30.0", SDK1),
    legacy("mcp 1.30.0 json", "mcp-1.30.0", SDK1 + " --json"),
    legacy("mcp 1.30.0 stateless json", "mcp-1.30.0", SDK1 + " --json --stateless",
           sessions=NO_SESSION),
    legacy("mcp 1.30.0 at /mcp/", "mcp-1.30.0", SDK1, path="/mcp/", warnings=("redirected",)),
    legacy("mcp 1.30.0 one session, ours", "mcp-1.30.0", SDK1 + " --max-sessions 1"),
    Server("mcp 1.30.0 one session, taken", "mcp-1.30.0", SDK1 + " --max-sessions 1",
           outcome="unavailable", stage="discover", before="take_session"),
    legacy("mcp 1.30.0 idle 2 s", "mcp-1.30.0", SDK1 + " --idle 2", interval=3,
           sessions=(0, 1, 0)),
    sse("mcp 1.30.0 sse", "mcp-1.30.0", SDK1 + " --transport sse"),
    modern("mcp 2.0.0", "mcp-2.0.0", SDK2),
    modern("mcp 2.3.0", "mcp-2.3.0", SDK2),
    modern("mcp 2.3.0 stateless json", "mcp-2.3.0", SDK2 + " --json --stateless"),
    sse("mcp 2.3.0 sse", "mcp-2.3.0", SDK2 + " --transport sse"),
    legacy("fastmcp 2.14.7", "fastmcp-2.14.7", FAST),
    modern("fastmcp 4.1.0", "fastmcp-4.1.0", FAST),
    modern("fastmcp 4.1.0 paged", "fastmcp-4.1.0", FAST + " --paged", counts=(5, 1, 1)),
    sse("fastmcp 4.1.0 sse", "fastmcp-4.1.0", FAST + " --transport sse"),
    legacy("mcp-proxy 0.13.0, time", "mcp-proxy-0.13.0", PROXY + TIME, counts=(2, None, None)),
    sse("mcp-proxy 0.13.0, time, sse", "mcp-proxy-0.13.0", PROXY + TIME, counts=(2, None, None)),
    Server("mcp-proxy 0.13.0, child killed", "mcp-proxy-0.13.0", PROXY + TIME,
           outcome="jsonrpc_error", stage="tools_list", before="kill_child"),
    legacy("mcp-proxy stateless, fetch", "mcp-server-fetch-2026.10.24",
           PROXY.replace("{python}", "{venvs}/mcp-proxy-0.13.0/bin/python") + " --stateless"
           + FETCH, counts=(1, 1, 0), sessions=NO_SESSION),
    legacy("mcp-grafana 1.0.0", "mcp-grafana-1.0.0", GRAFANA + "streamable-http",
           counts=(65, None, 1), sessions=None, environment=NOWHERE),
    sse("mcp-grafana 1.0.0 sse", "mcp-grafana-1.0.0", GRAFANA + "sse", counts=(65, None, 1),
        sessions=None, environment=NOWHERE),
    walled("mcp 1.30.0 auth, no token", "mcp-1.30.0", SDK1 + " --auth", "auth_required"),
    walled("mcp 2.3.0 auth, no token", "mcp-2.3.0", SDK2 + " --auth", "auth_required"),
    walled("mcp 2.3.0 auth, bad token", "mcp-2.3.0", SDK2 + " --auth", "auth_invalid", "bad"),
    walled("mcp 2.3.0 auth, no scope", "mcp-2.3.0", SDK2 + " --auth", "insufficient_scope",
           "narrow"),
    modern("mcp 2.3.0 auth, good token", "mcp-2.3.0", SDK2 + " --auth", token="good"),
    walled("fastmcp 4.1.0 auth, no token", "fastmcp-4.1.0", FAST + " --auth", "auth_required"),
    walled("fastmcp 4.1.0 auth, bad token", "fastmcp-4.1.0", FAST + " --auth", "auth_invalid",
           "bad"),
    modern("fastmcp 4.1.0 auth, good token", "fastmcp-4.1.0", FAST + " --auth", token="good"),
    Server("python3 -m http.server", None, "{python} -m http.server {port} --bind 127.0.0.1",
           outcome="http_5xx"),
    Server("nothing listens", None, "", outcome="connect_refused", stage="connect"),
]
