/// What libcurl knows of a transfer that gave no whole response: all that its outcome depends on.
struct TransferFacts: Equatable {
  enum Proxy: Equatable { case none, http, socks }
  /// What we refused to take any more of, and from how many bytes on.
  enum Refusal: Equatable {
    case headers(limit: Int)
    case body(limit: Int)
  }

  /// The CURLcode.
  var code: UInt32
  var refusal: Refusal?
  /// errno of the last connect, 0 when there is none.
  var systemError: Int32 = 0
  /// OpenSSL's X509_V_ERR number, 0 when the certificate was not judged.
  var verifyResult = 0
  var isHTTPS = false
  var proxy = Proxy.none
  /// The proxy's status for CONNECT, 0 when it gave none.
  var connectStatus = 0
  /// Microseconds from the start; 0 when it did not come to that.
  var nameLookup: Int64 = 0
  var appConnect: Int64 = 0
  var startTransfer: Int64 = 0
  /// 0 when no connection was made or reused.
  var localPort = 0
  /// New connections that the transfer made.
  var connects = 0
  /// The whole response head has come.
  var hasHead = false
  /// `host:port` as a person would write it.
  var endpoint = ""
  var host = ""
  /// From the request's start to its end.
  var elapsed: Duration = .zero
  /// libcurl's own words.
  var errorText = ""
}
