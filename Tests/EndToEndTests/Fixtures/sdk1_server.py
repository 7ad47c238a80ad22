"""An MCP server on the official Python SDK, 1.x. usage: sdk1_server.py PORT"""
import sys

from mcp.server.fastmcp import FastMCP

server = FastMCP("harbour-1", host="127.0.0.1", port=int(sys.argv[1]), log_level="INFO")


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


server.run(transport="streamable-http")
