import Agent
import Glibc
import Signals

extension ConfigFile {
  /// A variable of this process's environment.
  package static func environmentVariable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}

/// Looks up the secrets that rows name instead of holding them; a file is read once a look.
final class DatabaseSecrets {
  private let context = Context(findings: Findings(file: ""), directory: "")
  private let environment: (String) -> String?

  init(environment: @escaping (String) -> String?) { self.environment = environment }

  /// What `text` stands for. A refusal tells names of variables and files, never a value.
  func value(of text: String) throws(Refusal) -> StoredSecret {
    switch SecretSource(text) {
    case .plain: return StoredSecret(Secret(text))
    case .malformed:
      throw Refusal("expected env: and the name of a variable, or file: and a path from the root")
    case .file(let path):
      switch context.secret(at: path) {
      case .success(let content): return StoredSecret(Secret(content), file: path)
      case .failure(let failure): throw Refusal("\(path.namedSafely) \(failure.reason)")
      }
    case .environment(let name):
      guard let value = environment(name), !value.isEmpty else {
        throw Refusal("the environment has no variable \(name)")
      }
      guard value.utf8.count <= SecretFile.limit, !value.hasControlCharacters else {
        throw Refusal("the environment's variable \(name) is no header's value")
      }
      return StoredSecret(Secret(value))
    }
  }
}
