extension ProbeOutcome {
  /// What to try, in a sentence or two, for the person who was woken up.
  package var advice: String {
    switch self {
    case .ok: "Nothing to do."
    case .dnsError: "Check the host name in the URL, and that this machine's resolver knows it."
    case .dnsTimeout: "The resolver does not answer. Check DNS on this machine, not the server."
    case .connectRefused: "Nothing listens there. Start the server, or check host and port."
    case .connectUnreachable: "There is no way to that address. Check routes, VPN and firewalls."
    case .connectTimeout:
      "The address does not answer. Is the machine up, or does a firewall drop packets?"
    case .tlsUntrusted:
      "The certificate's issuer is not trusted. Set tls_config.ca_file, or mend the server's chain."
    case .tlsExpired: "The certificate is out of its dates. Renew it, and check both clocks."
    case .tlsHostMismatch:
      "The certificate is for another name. Use that one, or set tls_config.server_name."
    case .tlsHandshake:
      "TLS could not be agreed on. Does the port speak TLS, and in a version allowed here?"
    case .tlsTimeout: "The port accepts connections but not TLS. Is it a plain http port?"
    case .tlsClientCert:
      "The server wants a client certificate. Set tls_config.cert_file and key_file."
    case .connectionClosed:
      "The server hung up without answering. See its log, or that of the proxy before it."
    case .httpProtocolError: "What answers there does not speak HTTP properly. Check the port."
    case .timeout:
      "The request was sent, and no answer came in time. See the server's log and load."
    case .timeoutBody:
      "The answer began but did not come. See the server's log, or whether a proxy buffers it."
    case .truncated: "The answer was cut off. See the server's log and the limits of proxies."
    case .redirectBlocked:
      "Use the URL it redirects to. A redirect to a login page asks for credentials."
    case .authRequired: "The server wants credentials. Configure http.authorization or oauth2."
    case .authInvalid: "The configured credentials are refused. Renew the token or key."
    case .insufficientScope: "The token is good but lacks a scope. Ask for one that has it."
    case .forbidden:
      "The server refuses this client. Check permissions, and lists of allowed addresses."
    case .hostRejected:
      "The server does not accept this Host. Set http.host_header, or allow the name at the server."
    case .notFound: "No MCP server at this path. Check the path; often it is /mcp."
    case .methodNotAllowed:
      "This path takes no POST. Check it; a path with /sse is the old transport."
    case .http4xx: "The server finds fault with the request. See the detail, and its log."
    case .rateLimited:
      "We ask too often for this server. Lengthen the interval, or raise its limit."
    case .unavailable:
      "The server says it is overloaded, or has too many sessions. Wait, or restart it."
    case .badGateway: "A proxy answers, but not the server behind it. Check the server itself."
    case .http5xx: "The server fails inside. See its log."
    case .notMCP: "Something answers, but not an MCP server. Check the path and what is deployed."
    case .malformedJSON: "The answer is not JSON. See what the server or a proxy writes into it."
    case .jsonrpcInvalid: "The answer does not fit the request. The server, or a proxy, is faulty."
    case .jsonrpcError:
      "The server answers with an error. See the detail, its log and what it depends on."
    case .resultInvalid: "The result lacks what MCP demands. Report it to the server's makers."
    case .protocolVersionUnsupported:
      "The server speaks only revisions of MCP that this program does not know. Upgrade it."
    case .responseMissing:
      "The request was accepted, but not answered. Is this the old SSE transport?"
    case .responseTooLarge:
      "The answer is over the limit. The server may be well; look at its lists."
    case .sseClosed:
      "The stream ended before the answer. See the server's log and proxies' timeouts."
    case .sseNoEndpoint: "The stream names no endpoint. Is this really the old SSE transport?"
    case .sseEndpointInvalid:
      "The stream points to another origin. Correct the server's public URL."
    case .sessionLost:
      "New sessions are not found again. With replicas, make the balancer sticky."
    case .sessionTaken:
      "The server has one session only, and another client has it. Run it stateless."
    case .paginationLoop: "A list does not end. Report the detail to the server's makers."
    case .assertionFailed:
      "The server answers otherwise than configured. Compare the detail with expect_auth."
    case .tokenError:
      "No token was to be had. Check the token endpoint and the client's credentials."
    case .proxyError: "The configured proxy fails. Check http.proxy_url and the proxy."
    case .configError: "Our own configuration is at fault. See the detail."
    case .internalError: "Our own fault, not the server's. See our log, and report it."
    case .cancelled: "The probe was called off, by a shutdown or a reload."
    }
  }
}
