"""One cycle of 10,000 health results written to OMNI2's own tables, beside a bare writer in C.

Ours is Benchmarks/Postgres: from the journal's chunks to the commit. The bare writer
(bare_writer.c) sends what no writer can do without: an UPDATE from arrays and a COPY, both binary.
Runs alternate, each on fresh tables; figures are CPU: what the kernel charges to the client and to
the session's process in the server. A cycle later is the second of a session, which knows what it
wrote in the first."""
import json
import os
import pwd
import shutil
import subprocess

from harness import (ROOT, Child, Verdicts, free_port, median, temporary_directory, wait_until)

MCPS = int(os.environ.get("MCPS", "10000"))
RUNS = int(os.environ.get("RUNS", "5"))
BINARIES = os.environ.get("PGBIN", "/usr/lib/postgresql/15/bin")
# Built when nothing says where it is.
EXECUTABLE = os.environ.get("POSTGRES_BENCHMARK",
                            f"{ROOT}/.build/release/PostgresBenchmark")

# OMNI2's tables with what belongs to the two that are written, as its models describe them.
TABLES = """
CREATE SCHEMA omni2;
CREATE TABLE omni2.mcp_servers (
  id serial PRIMARY KEY, name varchar(100) UNIQUE NOT NULL, url varchar(500) NOT NULL,
  description text, status varchar(20) DEFAULT 'active', protocol varchar(20) DEFAULT 'http',
  timeout_seconds int DEFAULT 30, max_retries int DEFAULT 2,
  retry_delay_seconds numeric(4,2) DEFAULT 1.0, auth_type varchar(20), auth_config jsonb,
  last_health_check timestamptz, health_status varchar(20) DEFAULT 'unknown',
  error_count int DEFAULT 0, circuit_state varchar(20) DEFAULT 'closed',
  consecutive_failures int DEFAULT 0, pt_score int, pt_last_run timestamptz,
  pt_status varchar(20), failure_cycle_count int DEFAULT 0, max_failure_cycles int DEFAULT 3,
  auto_disabled_at timestamptz, auto_disabled_reason text, can_auto_enable boolean DEFAULT true,
  meta_data jsonb, created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = {fillfactor});
CREATE INDEX ON omni2.mcp_servers (status);
CREATE INDEX ON omni2.mcp_servers (health_status);
CREATE TABLE omni2.mcp_health_log (
  id serial PRIMARY KEY,
  mcp_server_id int NOT NULL REFERENCES omni2.mcp_servers (id) ON DELETE CASCADE,
  "timestamp" timestamptz NOT NULL DEFAULT now(), status varchar(20) NOT NULL,
  response_time_ms int, error_message text, meta_data jsonb, event_type varchar(50));
CREATE INDEX ON omni2.mcp_health_log (mcp_server_id);
CREATE INDEX ON omni2.mcp_health_log ("timestamp");
CREATE INDEX ON omni2.mcp_health_log (event_type);
INSERT INTO omni2.mcp_servers (name, url, health_status)
SELECT 'mcp-server-' || lpad(i::text, 5, '0'), 'http://127.0.0.1/mcp/' || i, 'healthy'
FROM generate_series(1, {mcps}) AS i;
"""


class Server:
    """A PostgreSQL of our own that waits for the disk."""

    def __init__(self, directory):
        self.directory, self.port = directory, free_port()
        os.chmod(directory, 0o755)
        home = f"{directory}/pg"
        os.mkdir(home)
        prefix = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(home, user.pw_uid, user.pw_gid)
            prefix = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        subprocess.run(
            prefix + [f"{BINARIES}/initdb", "-D", f"{home}/data", "-U", "postgres", "-A", "trust",
                      "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL, cwd=home)
        settings = ["listen_addresses=", "shared_buffers=256MB", "max_wal_size=4GB",
                    "autovacuum=off"]
        self.home = home
        self.child = Child("postgres", prefix + [
            f"{BINARIES}/postgres", "-D", f"{home}/data", "-p", str(self.port), "-k", home,
        ] + [word for setting in settings for word in ("-c", setting)], directory)
        ready = [f"{BINARIES}/pg_isready", "-q", "-h", home, "-p", str(self.port)]
        wait_until("postgres is ready", lambda: subprocess.run(ready, check=False).returncode == 0)

    @property
    def conninfo(self):
        return f"host={self.home} port={self.port} user=postgres dbname=postgres"

    def psql(self, *statements):
        command = ["psql", self.conninfo, "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def fresh_tables(self, fillfactor):
        self.psql("DROP SCHEMA IF EXISTS omni2 CASCADE",
                  TABLES.format(fillfactor=fillfactor, mcps=MCPS))
        self.psql("VACUUM ANALYZE")
        self.psql("CHECKPOINT")

    def cycles(self, writer, count, *options):
        """Seconds of client and backend for each cycle of a session."""
        output = subprocess.run([writer, self.conninfo, str(MCPS), str(count), *options],
                                check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in output.splitlines()]


def build_bare_writer(directory):
    include = subprocess.run(["pkg-config", "--cflags", "libpq"], check=True, capture_output=True,
                             text=True).stdout.split()
    path = f"{directory}/bare_writer"
    subprocess.run(["cc", "-O2", *include, f"{ROOT}/Benchmarks/bare_writer.c", "-o", path, "-lpq"],
                   check=True)
    return path


def compare(server, bare, verdicts, fillfactor):
    """Medians of one cycle, the first of a session and a later one."""
    runs = {bare: [], EXECUTABLE: []}
    for _ in range(RUNS):
        for writer, cycles in runs.items():
            server.fresh_tables(fillfactor)
            cycles.append(server.cycles(writer, 2))
    for place, name in enumerate(("first", "later")):
        def figure(writer, what, place=place):
            return median([cycles[place][what] for cycles in runs[writer]]) * 1e3
        label = f"fillfactor {fillfactor}, {name} cycle"
        for what, bound in (("client", 2), ("backend", 1.2)):
            ours, theirs = figure(EXECUTABLE, what), figure(bare, what)
            verdicts.note(f"{label}: {what}", ours, " ms")
            verdicts.note(f"{label}: {what} of the bare writer", theirs, " ms")
            verdicts.at_most(f"{label}: {what} CPU against the bare writer", ours / theirs, bound)
    return median([cycles[1]["client"] + cycles[1]["backend"] for cycles in runs[EXECUTABLE]])


def main():
    verdicts = Verdicts()
    print(f"postgres: a cycle of {MCPS} results", flush=True)
    if "POSTGRES_BENCHMARK" not in os.environ:
        subprocess.run(["swift", "build", "-c", "release", "--product", "PostgresBenchmark"],
                       cwd=ROOT, check=True)
    if not shutil.which("psql"):
        raise SystemExit("error: no psql")
    with temporary_directory("postgres") as directory:
        bare = build_bare_writer(directory)
        server = Server(directory)
        try:
            for fillfactor in (100, 70):
                full = compare(server, bare, verdicts, fillfactor)
            changed = []
            for _ in range(RUNS):
                server.fresh_tables(70)
                later = server.cycles(EXECUTABLE, 2, "changes")[1]
                changed.append(later["client"] + later["backend"])
            verdicts.at_most("1 % changed with log: changes, client and backend CPU against all",
                             median(changed) / full, 0.1)
        finally:
            server.child.stop()
    return verdicts
