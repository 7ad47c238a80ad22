"""Writes the dashboards: python3 grafana/generator DIRECTORY"""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from agent import agent
from downtime import downtime
from fleet import fleet
from mcp import mcp

DASHBOARDS = {
    "fleet.json": fleet, "mcp.json": mcp, "agent.json": agent,
    "downtime-postgres.json": downtime,
}


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, made in DASHBOARDS.items():
        text = json.dumps(made(), cls=JSONEncoder, indent=2, sort_keys=True)
        (directory / name).write_text(text + "\n", encoding="utf-8")


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(Path(sys.argv[1]))
