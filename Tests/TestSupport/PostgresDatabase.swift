import Glibc
import Synchronization

/// A server that tests of one process share, for those that need a database and do nothing to the
/// server.
package enum PostgresDatabase {
  private static let server = Task {
    let cluster = try await PostgresCluster()
    left.withLock { $0 = cluster }
    atexit {
      left.withLock { cluster in
        cluster?.shutDown()
        cluster?.scratch.remove()
        cluster = nil
      }
    }
    return cluster
  }
  private static let left = Mutex<PostgresCluster?>(nil)
  private static let count = Mutex(0)

  /// The URL of an empty database that nothing else uses.
  package static func fresh() async throws -> String {
    let cluster = try await server.value
    let number = count.withLock { count in
      count += 1
      return count
    }
    try await cluster.psql("CREATE DATABASE fresh_\(number)")
    return cluster.url(database: "fresh_\(number)")
  }
}
