"""An MCP server on the fastmcp package. usage: fastmcp_server.py PORT"""
import sys

from fastmcp import FastMCP

server = FastMCP("harbour-fast", version="4.4.4")


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
def reverse(text: str) -> str:
    """Turns a text round."""
    return text[::-1]


@server.prompt
def greet(name: str) -> str:
    """A friendly opening."""
    return f"Say hello to {name}."


@server.resource("harbour://tide")
def tide() -> str:
    """The tide now."""
    return "high"


server.run(
    transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False, log_level="warning")
