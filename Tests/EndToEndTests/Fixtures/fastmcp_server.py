"""An MCP server on the fastmcp package.
usage: fastmcp_server.py PORT [--transport sse] [--paged] [--auth]

With --paged it has five tools and lists two on a page.
"""
import argparse

from fastmcp import FastMCP

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--transport", default="http")
parser.add_argument("--paged", action="store_true")
parser.add_argument("--auth", action="store_true")
given = parser.parse_args()

options = {}
if given.paged:
    options["list_page_size"] = 2
if given.auth:
    import tokens
    options |= tokens.fastmcp_options()

server = FastMCP("harbour-fast", version="4.4.4", **options)


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
def reverse(text: str) -> str:
    """Turns a text round."""
    return text[::-1]


def lower(text: str) -> str:
    """Makes letters small."""
    return text.lower()


def upper(text: str) -> str:
    """Makes letters large."""
    return text.upper()


def length(text: str) -> int:
    """Counts letters."""
    return len(text)


if given.paged:
    for function in (lower, upper, length):
        server.tool(function)


@server.prompt
def greet(name: str) -> str:
    """A friendly opening."""
    return f"Say hello to {name}."


@server.resource("harbour://tide")
def tide() -> str:
    """The tide now."""
    return "high"


server.run(
    transport=given.transport, host="127.0.0.1", port=given.port, show_banner=False,
    log_level="warning")
