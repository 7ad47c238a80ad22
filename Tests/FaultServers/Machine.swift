import Foundation
package import TestSupport

/// A machine of its own for one probe: a network with nothing on it but what is listed here, and
/// files of /etc replaced. Made of namespaces, which root has and most kernels give to anybody.
///
/// - 127.0.0.1, where scenarios are served;
/// - 10.9.9.2 and fd09::2, which swallow what is sent to them;
/// - a resolver that goes by a name's first label: see `resolver`.
package enum Machine {
  package static let isAllowed: Bool = {
    let arguments = ["unshare"] + namespaces + ["ip", "link", "add", "wall", "type", "veth"]
    return (try? Command.run(arguments)) != nil
  }()

  private static let namespaces = [
    "-r", "-m", "-n", "-p", "--mount-proc", "--fork", "--kill-child",
  ]

  /// What `breakwater probe --json` says there. `PORT` in the URL becomes the port of `scenario`,
  /// which is served on that machine.
  package static func probe(
    _ url: String, timeout: String, serving scenario: String = "ok"
  ) async throws -> JSON {
    let scratch = try Scratch()
    try scratch.write("resolver.py", resolver)
    try scratch.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:30\n")
    try scratch.write("hosts", "127.0.0.1 localhost\n")
    try scratch.write("script", script)
    let faultd = URL(filePath: breakwaterExecutable).deletingLastPathComponent()
      .appending(path: "faultd").path
    let result = try await runCommand(
      "unshare",
      namespaces + [
        "bash", "script", breakwaterExecutable, faultd, scenario, timeout, url,
      ], in: scratch)
    guard let answer = try? JSONDecoder().decode(JSON.self, from: Data(result.output.utf8)) else {
      throw Unanswered(errors: result.errors)
    }
    return answer
  }

  struct Unanswered: Error {
    let errors: String
  }

  private static let script = """
    set -eu
    breakwater=$1 faultd=$2 scenario=$3 timeout=$4 url=$5
    ip link set lo up
    ip link add wall type veth peer name beyond
    ip link set beyond up
    ip link set wall up
    ip addr add 10.9.9.1/24 dev wall
    ip neigh replace 10.9.9.2 lladdr 02:00:00:00:00:01 dev wall nud permanent
    if ip -6 addr add fd09::1/64 dev wall nodad 2>/dev/null; then
      ip neigh replace fd09::2 lladdr 02:00:00:00:00:01 dev wall nud permanent
    fi
    mount --bind resolv.conf /etc/resolv.conf
    mount --bind hosts /etc/hosts
    python3 resolver.py >resolver.ready &
    "$faultd" "$scenario" >served &
    until [ -s resolver.ready ] && [ -s served ]; do sleep 0.05; done
    port=$(sed -n 's/.*:\\([0-9]*\\)\\/.*/\\1/p' served)
    exec "$breakwater" probe --json --timeout "$timeout" "${url/PORT/$port}"
    """

  /// DNS on 127.0.0.1, UDP and TCP; IPv4 addresses unless a name has others.
  private static let resolver = #"""
    import socket, struct, threading

    def name(text):
        return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".") if p) + b"\0"

    def record(kind, data):
        return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data

    def address(text):
        return record(1, socket.inet_aton(text))

    def reply(query, over_tcp):
        place, labels = 12, []
        while query[place]:
            labels.append(query[place + 1:place + 1 + query[place]].decode())
            place += 1 + query[place]
        kind = struct.unpack(">H", query[place + 1:place + 3])[0]
        question = query[12:place + 5]
        what, code, truncated, answers = labels[0], 0, False, []
        if what == "silent":
            return None
        if what == "nxdomain":
            code = 3
        elif what == "servfail":
            code = 2
        elif what == "loop":
            answers = [record(5, name("loop.example"))]
        elif what == "garbage":
            return query[:12] + b"\xff" * 40
        elif what == "many" and kind == 1:
            truncated = not over_tcp
            answers = [address("127.0.0.1")] * 500 if over_tcp else []
        elif what == "huge" and kind == 1:
            truncated = not over_tcp
            answers = [address("127.0.0.1")] * 4000 if over_tcp else []
        elif what == "dual":
            if kind == 28:
                answers = [record(28, socket.inet_pton(socket.AF_INET6, "fd09::2"))]
            elif kind == 1:
                answers = [address("127.0.0.1")]
        elif what == "good" and kind == 1:
            answers = [address("127.0.0.1")]
        flags = 0x8180 | (0x0200 if truncated else 0) | code
        head = query[:2] + struct.pack(">HHHHH", flags, 1, len(answers), 0, 0)
        return head + question + b"".join(answers)

    def serve_tcp(connection):
        with connection:
            while head := connection.recv(2):
                query = connection.recv(struct.unpack(">H", head)[0])
                answer = reply(query, True)
                if answer is None:
                    return
                connection.sendall(struct.pack(">H", min(len(answer), 65535)) + answer)

    def listen(server):
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve_tcp, args=(connection,), daemon=True).start()

    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 53))
    streams = socket.create_server(("127.0.0.1", 53))
    threading.Thread(target=listen, args=(streams,), daemon=True).start()
    print("ready", flush=True)
    while True:
        query, client = datagrams.recvfrom(4096)
        answer = reply(query, False)
        if answer is not None:
            datagrams.sendto(answer, client)
    """#
}
