"""Runs a program of Python, and says meanwhile how many MCP sessions it holds.
usage: counted.py PORT SCRIPT [ARGUMENT...]
       counted.py PORT -m MODULE [ARGUMENT...]

GET / on PORT: {"sessions": N}. Counted are the sessions that the official SDK keeps, of streamable
HTTP and of HTTP+SSE; other packages are built on it.
"""
import gc
import http.server
import json
import runpy
import sys
import threading


def sessions():
    gc.collect()
    count = 0
    for thing in gc.get_objects():
        kind = type(thing).__name__
        if kind.endswith("SessionManager"):
            kept = dict(getattr(thing, "_server_instances", {}))
            count += sum(not getattr(one, "_terminated", False) for one in kept.values())
        elif kind == "SseServerTransport":
            count += len(thing._read_stream_writers)
    return count


class Counter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"sessions": sessions()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def main():
    port, program, *arguments = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Counter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if program == "-m":
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [program, *arguments]
        runpy.run_path(program, run_name="__main__")


main()
