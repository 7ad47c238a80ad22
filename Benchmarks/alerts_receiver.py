"""A webhook that takes everything and remembers which alerts it was told of.
usage: alerts_receiver.py PORT

GET /figures tells, as JSON: messages, keys, cut (alerts left out of messages), and of the statuses
firing and resolved: how many alerts, and the Unix seconds of the first and last such message.
"""
import asyncio
import json
import sys
import time

keys = set()
alerts = {"firing": set(), "resolved": set()}
times = {"firing": [], "resolved": []}
figures = {"messages": 0, "cut": 0}


def note(headers, body):
    message = json.loads(body)
    keys.add(headers.get("idempotency-key", ""))
    figures["messages"] += 1
    figures["cut"] += message["truncatedAlerts"]
    for alert in message["alerts"]:
        alerts[alert["status"]].add(alert["fingerprint"])
    span = times[message["status"]]
    span[1:] = [time.time()]
    span[:] = [span[0], span[-1]]


def answer(line, headers, body):
    if line.startswith("GET"):
        return json.dumps(figures | {"keys": len(keys)} | {
            status: {"alerts": len(known), "times": times[status]}
            for status, known in alerts.items()})
    note(headers, body)
    return ""


async def serve(reader, writer):
    try:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode():
            line, *rest = head.split("\r\n")
            headers = {name.lower(): value.strip()
                       for name, _, value in (entry.partition(":") for entry in rest)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            text = answer(line, headers, body)
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), limit=16 << 20)
    await server.serve_forever()


asyncio.run(main())
