"""A server that accepts every connection, reads, and never answers. usage: hanging.py PORT"""
import asyncio
import sys

from harness import raise_descriptor_limit


async def serve(reader, writer):
    try:
        while await reader.read(65536):
            pass
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    print("listening", flush=True)
    await server.serve_forever()


raise_descriptor_limit()
asyncio.run(main())
