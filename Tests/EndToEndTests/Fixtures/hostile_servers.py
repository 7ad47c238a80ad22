"""MCP servers whose every answer goes on until somebody hangs up, in one process.
usage: hostile_servers.py PORT
"""
import asyncio
import sys

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b'["\\u0041", {"a": 1e9}, ' * 12000
CHUNK = b"%x\r\n%s\r\n" % (len(PIECE), PIECE)


async def serve(reader, writer):
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        while True:
            writer.write(CHUNK)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        writer.transport.abort()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=2048)
    await server.serve_forever()


asyncio.run(main())
