"""Peers of a web server that behave well, badly or not at all, on loopback; standard library only.

usage: web_load.py PORT KIND [ARGUMENT...]

slow           sends what never ends, a byte a second, or nothing, or takes nothing of its answers
crowd N S      N clients ask for /metrics each second for S seconds, in every way that there is
hold N         opens N connections, prints a line, and says nothing more until it is told to end
raw            sends each string of the JSON list on its input on a connection of its own

Prints one line of JSON: what became of each.
"""
import asyncio
import json
import re
import resource
import signal
import socket
import sys
import time
import zlib

HOST = "127.0.0.1"
PORT = int(sys.argv[1])


def statuses(data):
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d\d\d) ", data)]


async def connect(buffer=None):
    sock = socket.socket()
    if buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (HOST, PORT))
    return sock


async def drained(sock):
    """Everything until the other side ends."""
    data = bytearray()
    try:
        while part := await asyncio.get_running_loop().sock_recv(sock, 1 << 16):
            data += part
    except OSError:
        pass
    return bytes(data)


async def trickling(start, piece):
    """Sends `piece` each second until the other side ends."""
    began = time.monotonic()
    sock = await connect()
    loop = asyncio.get_running_loop()
    reading = asyncio.create_task(drained(sock))
    try:
        await loop.sock_sendall(sock, start)
        while not reading.done():
            await asyncio.wait([reading], timeout=1)
            if not reading.done() and piece:
                await loop.sock_sendall(sock, piece)
    except OSError:
        pass
    data = await reading
    sock.close()
    return {"seconds": time.monotonic() - began, "statuses": statuses(data)}


async def standing_still(seconds):
    """Asks for much and takes nothing; then looks how much of it is there."""
    sock = await connect(buffer=4096)
    ask = f"GET /metrics HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    try:
        await asyncio.get_running_loop().sock_sendall(sock, ask * 60)
    except OSError:
        pass
    await asyncio.sleep(seconds)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    data = await asyncio.wait_for(drained(sock), 30)
    sock.close()
    return {"seconds": seconds, "statuses": statuses(data)}


async def slow():
    head = f"GET /-/healthy HTTP/1.1\r\nHost: {HOST}\r\n"
    post = f"POST /api/v1/query HTTP/1.1\r\nHost: {HOST}\r\n"
    tasks = {
        "head": trickling((head + "X: ").encode(), b"x"),
        "line": trickling(b"GET /", b"x"),
        "body": trickling((post + "Content-Length: 60000\r\n\r\n").encode(), b"x"),
        "chunks": trickling(
            (post + "Transfer-Encoding: chunked\r\n\r\n").encode(), b"1\r\nx\r\n"),
        "silent": trickling(b"", b""),
        "second": trickling((head + "\r\n").encode(), b"\r\n"),
        "reader": standing_still(14),
    }
    return dict(zip(tasks, await asyncio.gather(*tasks.values())))


async def client(number, end, found):
    """One that asks again and again on one connection, and checks what it gets."""
    method = "HEAD" if number % 4 == 0 else "GET"
    packed = "Accept-Encoding: gzip\r\n" if number % 4 in (0, 1) else ""
    accept = "Accept: application/openmetrics-text\r\n" if number % 4 in (1, 2) else ""
    ask = f"{method} /metrics HTTP/1.1\r\nHost: {HOST}\r\n{packed}{accept}\r\n".encode()
    try:
        reader, writer = await asyncio.open_connection(HOST, PORT)
        while (began := time.monotonic()) < end:
            writer.write(ask)
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)).decode().lower()
            length = int(re.search(r"content-length: (\d+)", head)[1])
            body = b"" if method == "HEAD" else await asyncio.wait_for(
                reader.readexactly(length), 60)
            took = time.monotonic() - began
            assert head.startswith("http/1.1 200 "), head
            if packed and body:
                body = zlib.decompress(body, wbits=31)
            assert not body or b"\nmcp_up{" in body and body.endswith(b"\n"), body[-100:]
            found["seconds"].append(took)
            await asyncio.sleep(max(0, 1 - took))
        writer.close()
    except Exception as error:  # whatever it is, the test must hear of it
        found["failures"].append(repr(error)[:300])


async def crowd(count, seconds):
    found = {"seconds": [], "failures": []}
    end = time.monotonic() + seconds
    await asyncio.gather(*(client(number, end, found) for number in range(count)))
    return found


async def hold(count):
    gate = asyncio.Semaphore(100)
    found = {"refused": 0, "closed": 0, "unanswered": 0}

    async def one():
        data = b""
        try:
            async with gate:
                sock = await asyncio.wait_for(connect(), 60)
            data = await drained(sock)
            sock.close()
        except (OSError, asyncio.TimeoutError):
            found["unanswered"] += 1
            return
        found["refused" if statuses(data) == [503] else "closed"] += 1

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    await asyncio.sleep(0)
    while gate.locked():
        await asyncio.sleep(0.05)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    print("held", flush=True)
    await told.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    found["open"] = count - sum(found.values())
    return found


async def raw():
    async def one(text):
        sock = await connect()
        try:
            await asyncio.get_running_loop().sock_sendall(sock, text.encode("latin-1"))
        except OSError:
            pass  # it has closed already, and what it said is there
        data = await drained(sock)
        sock.close()
        return statuses(data)

    return await asyncio.gather(*(one(text) for text in json.load(sys.stdin)))


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kinds = {"slow": slow, "crowd": crowd, "hold": hold, "raw": raw}
    work = kinds[sys.argv[2]](*(int(argument) for argument in sys.argv[3:]))
    print(json.dumps(asyncio.run(work)), flush=True)


main()
