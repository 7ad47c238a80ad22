"""An MCP server on the official Python SDK, 1.x.
usage: sdk1_server.py PORT [--transport sse] [--json] [--stateless] [--max-sessions N]
                      [--idle SECONDS] [--auth]
"""
import argparse

from mcp.server.fastmcp import FastMCP

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--transport", default="streamable-http")
parser.add_argument("--json", action="store_true")
parser.add_argument("--stateless", action="store_true")
parser.add_argument("--max-sessions", type=int)
parser.add_argument("--idle", type=float)
parser.add_argument("--auth", action="store_true")
given = parser.parse_args()

# Older versions do not know all of these: only those that were asked for are passed.
options = {}
if given.json:
    options["json_response"] = True
if given.stateless:
    options["stateless_http"] = True
if given.max_sessions:
    options["max_sessions"] = given.max_sessions
if given.idle:
    options["session_idle_timeout"] = given.idle
if given.auth:
    import tokens
    options |= tokens.sdk_options(given.port)

server = FastMCP("harbour-1", host="127.0.0.1", port=given.port, log_level="INFO", **options)


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def reverse(text: str) -> str:
    """Turns a text round."""
    return text[::-1]


@server.prompt()
def greet(name: str) -> str:
    """A friendly opening."""
    return f"Say hello to {name}."


@server.resource("harbour://tide")
def tide() -> str:
    """The tide now."""
    return "high"


server.run(transport=given.transport)
