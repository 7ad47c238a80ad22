import Agent
import Signals

extension ConfigReference {
  /// What surrounds the probing.
  static var agentSections: [ReferenceSection] {
    let postgres = PostgresSettings()
    return [
      ReferenceSection(
        "postgres", at: "postgres",
        says: "[Postgres](postgres.md) tells the rest. An empty section turns it on.",
        keys: [
          .key(
            "url", unset: .words("`PGHOST`, `PGDATABASE`... of the environment"),
            means: "Where the database is; several hosts are tried in order."),
          .key(
            "schema", unset: .of(postgres.schema),
            means: "The schema of the tables: letters, digits, underscores; no digit first, not "
              + "`pg_`."),
          .key(
            "registry", unset: .of(postgres.registry),
            means: "Whether the active rows of `mcp_servers` are MCPs too."),
          .key(
            "log", unset: .of(postgres.log),
            means: "What `mcp_health_log` gets: a row a probe, or one a change and one an hour."),
        ]),
      ReferenceSection(
        "address_policy", at: "address_policy",
        says: """
          Judged at the socket, for every connection but Postgres's: [security](security.md) says \
          how. Denied unless allowed are \
          \(AddressPolicy.always.map { "`\($0)`" }.joined(separator: ", ")).
          """,
        keys: [
          .key("deny", means: "Networks that are not connected to."),
          .key("allow", means: "Networks that are connected to all the same: it wins."),
        ]),
      ReferenceSection(
        "web", at: "web", says: "",
        keys: [
          .key(
            "enable_probe", unset: .of(Settings().servesProbe),
            means: "Whether [`GET /probe`](security.md#get-probe) answers."),
          .key(
            "allowed_hosts",
            means: "Names that the agent answers to besides "
              + "[its own](access.md#host-and-origin); `*` is all."),
        ]),
      ReferenceSection(
        "logging", at: "logging",
        says: "`thread_logging` in Postgres goes over it; [the log](logging.md) has the fields.",
        keys: [
          .key(
            "thread_name", unset: .of(LoggingSettings().threadName),
            means: "Whether a line names its thread."),
          .key(
            "thread_id", unset: .of(LoggingSettings().threadID),
            means: "Whether a line has its thread's number."),
        ]),
    ]
  }
}
