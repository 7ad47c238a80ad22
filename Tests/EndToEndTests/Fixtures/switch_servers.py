"""MCP servers that fail on demand, in one process of the standard library.
usage: switch_servers.py PORT [SEED]

POST /mcp/NAME is a server of revision 2025-11-25 without sessions that answers in JSON.
GET /ctl?name=NAME&fault=F changes one of them: ok, 500, garbage, hang, die (the connection is cut),
slow (150 ms later). GET /tools?name=NAME with a body of JSON changes its tools.
The server "library" lists prompts and resources besides. GET /seen?name=NAME tells of its requests: first (Unix seconds), count, headers (of the last).
With a SEED, a server whose name begins with "shaky" changes its fault by itself, a few times a
second, the same way for the same seed.
"""
import asyncio
import json
import random
import sys
import time
import urllib.parse

faults = {}
tools = {}
seen = {}
TOOLS = [{"name": "look", "inputSchema": {"type": "object"}},
         {"name": "touch", "inputSchema": {"type": "object"}},
         {"name": "taste", "inputSchema": {"type": "object"}}]


def result(method, name):
    match method:
        case "initialize":
            lists = ["tools", "prompts", "resources"] if name == "library" else ["tools"]
            return {"protocolVersion": "2025-11-25", "capabilities": {kind: {} for kind in lists},
                    "serverInfo": {"name": f"switch {name}", "version": "1.2.3"}}
        case "tools/call":
            return {"content": [{"type": "text", "text": "42"}]}
        case "ping":
            return {}
        case "tools/list":
            return {"tools": tools.get(name, TOOLS)}
        case "prompts/list" if name == "library":
            return {"prompts": [{"name": "greet"}]}
        case "resources/list" if name == "library":
            return {"resources": [{"name": "book", "uri": "book://1"}]}
        case "resources/templates/list" if name == "library":
            return {"resourceTemplates": []}
    return None


def answer(body, name):
    request = json.loads(body)
    if "id" not in request:
        return 202, ""
    reply = {"jsonrpc": "2.0", "id": request["id"]}
    if (value := result(request.get("method"), name)) is None:
        reply["error"] = {"code": -32601, "message": "Method not found"}
    else:
        reply["result"] = value
    return 200, json.dumps(reply)


def control(path, query, body):
    match path:
        case "/ctl":
            faults[query["name"]] = query["fault"]
        case "/tools":
            tools[query["name"]] = json.loads(body)
        case "/seen":
            return json.dumps(seen.get(query["name"], {}))
    return "{}"


def respond(method, path, headers, body):
    url = urllib.parse.urlsplit(path)
    if not url.path.startswith("/mcp/"):
        return 200, control(url.path, dict(urllib.parse.parse_qsl(url.query)), body)
    name = url.path.rsplit("/", 1)[-1]
    requests = seen.setdefault(name, {"first": time.time(), "count": 0})
    requests["count"] += 1
    requests["headers"] = headers
    match faults.get(name, "ok"):
        case "500":
            return 500, "{}"
        case "garbage":
            return 200, "<<<"
        case "hang":
            return None
        case "die":
            raise ConnectionResetError
    return answer(body, name) if method == "POST" else (405, "{}")


async def serve(reader, writer):
    try:
        while line := await reader.readline():
            method, path, _ = line.decode("latin-1").split(" ", 2)
            headers = {}
            while (header := await reader.readline()).strip():
                key, _, value = header.decode("latin-1").partition(":")
                headers[key.lower()] = value.strip()
            is_last = headers.get("connection", "").lower() == "close"
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if faults.get(path.rsplit("/", 1)[-1]) == "slow":
                await asyncio.sleep(0.15)
            if (reply := respond(method, path, headers, body)) is None:
                await reader.read(1)
                break
            status, text = reply
            writer.write(f"HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\n"
                         f"Content-Length: {len(text)}\r\n\r\n{text}".encode())
            await writer.drain()
            if is_last:
                writer.close()
                await writer.wait_closed()
                break
    except (ConnectionError, asyncio.IncompleteReadError, ValueError):
        pass
    finally:
        writer.transport.abort()


async def shake(seed):
    dice = random.Random(seed)
    while True:
        await asyncio.sleep(0.2)
        for number in range(8):
            if dice.random() < 0.2:
                faults[f"shaky-{number}"] = dice.choice(["ok", "ok", "500", "garbage", "die"])


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=512)
    if len(sys.argv) > 2:
        shaking = asyncio.create_task(shake(int(sys.argv[2])))
        await asyncio.gather(server.serve_forever(), shaking)
    await server.serve_forever()


asyncio.run(main())
