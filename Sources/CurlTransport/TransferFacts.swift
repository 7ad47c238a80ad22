/// What libcurl knows of a transfer that gave no whole response: all that its outcome depends on.
package struct TransferFacts: Equatable {
  package enum Proxy: Equatable { case none, http, socks }
  /// What we refused to take any more of, and from how many bytes on.
  package enum Refusal: Equatable {
    case headers(limit: Int)
    case body(limit: Int)
    case twoLengths
  }

  /// The CURLcode.
  package var code: UInt32
  package var refusal: Refusal?
  /// errno of the last connect, 0 when there is none.
  package var systemError: Int32 = 0
  /// OpenSSL's X509_V_ERR number, 0 when the certificate was not judged.
  package var verifyResult = 0
  package var isHTTPS = false
  package var proxy = Proxy.none
  /// The proxy's status for CONNECT, 0 when it gave none.
  package var connectStatus = 0
  /// Microseconds from the start; 0 when it did not come to that.
  package var nameLookup: Int64 = 0
  package var appConnect: Int64 = 0
  package var startTransfer: Int64 = 0
  /// 0 when no connection was made or reused.
  package var localPort = 0
  /// New connections that the transfer made.
  package var connects = 0
  /// The whole response head has come.
  package var hasHead = false
  /// `host:port` as a person would write it.
  package var endpoint = ""
  package var host = ""
  /// The address that the address policy denied, when no other one was tried.
  package var denied: String?
  /// From the request's start to its end.
  package var elapsed: Duration = .zero
  /// libcurl's own words.
  package var errorText = ""

  package init(code: UInt32) { self.code = code }
}
