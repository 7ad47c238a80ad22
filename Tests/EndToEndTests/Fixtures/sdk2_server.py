"""An MCP server on the official Python SDK, 2.x.
usage: sdk2_server.py PORT [--transport sse] [--json] [--stateless] [--auth]
"""
import argparse

from mcp.server import MCPServer

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--transport", default="streamable-http")
parser.add_argument("--json", action="store_true")
parser.add_argument("--stateless", action="store_true")
parser.add_argument("--auth", action="store_true")
given = parser.parse_args()

options = {}
if given.auth:
    import tokens
    options = tokens.sdk_options(given.port)

server = MCPServer("harbour-2", version="2.0.7", log_level="WARNING", **options)


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


if given.transport == "streamable-http":
    server.run(
        transport="streamable-http", host="127.0.0.1", port=given.port, json_response=given.json,
        stateless_http=given.stateless)
else:
    server.run(transport=given.transport, host="127.0.0.1", port=given.port)
