import GRDB

/// The tables, as migrations that only ever add. Names carry units; absent values are NULL.
enum JournalSchema {
  /// Marks the file as ours ("BWJ1"), so that another program's database is never written to.
  static let applicationID: Int64 = 0x4257_4a31

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 journal, mcp, event") { db in
      try db.execute(sql: journalTable + mcpTable + eventTable)
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
    migrator.registerMigration("2 samples") { db in
      try db.execute(sql: sampleTables)
    }
    migrator.registerMigration("3 alert, message") { db in
      try db.execute(sql: alertTables)
    }
    migrator.registerMigration("4 feed") { db in
      try db.execute(sql: feedTables)
    }
    migrator.registerMigration("5 restarts") { db in
      try db.execute(sql: restartTables)
    }
    migrator.registerMigration("6 circuit trials") { db in
      try db.execute(sql: trialsColumn)
    }
    migrator.registerMigration("7 catalogues") { db in
      try db.execute(sql: catalogueTables)
    }
    migrator.registerMigration("8 kinds of receivers, silences") { db in
      try db.execute(sql: kindColumns + silenceTable)
    }
    migrator.registerMigration("9 messages by end") { db in
      try db.execute(sql: "CREATE INDEX message_by_end ON message (end, number)")
    }
    migrator.registerMigration("10 by hand") { db in
      try db.execute(sql: "ALTER TABLE mcp ADD COLUMN enabled_by_hand INTEGER")
    }
    return migrator
  }

  /// One row: the journal itself.
  private static let journalTable = """
    CREATE TABLE journal (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      agent_id TEXT NOT NULL,
      created_ms INTEGER NOT NULL,
      generation INTEGER NOT NULL DEFAULT 0,
      unclean_stops INTEGER NOT NULL DEFAULT 0,
      is_running INTEGER NOT NULL DEFAULT 0,
      last_batch INTEGER NOT NULL DEFAULT 0,
      last_event INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    """

  /// A row for each MCP ever seen; `batch` is the one that wrote it last.
  private static let mcpTable = """
    CREATE TABLE mcp (
      name TEXT PRIMARY KEY,
      batch INTEGER NOT NULL,
      updated_ms INTEGER NOT NULL,
      url TEXT NOT NULL,
      circuit_state TEXT NOT NULL,
      circuit_open_until_ms INTEGER,
      circuit_successes INTEGER NOT NULL,
      circuit_failures INTEGER NOT NULL,
      consecutive_failures INTEGER NOT NULL,
      circuit_rounds INTEGER NOT NULL,
      failure_cycles INTEGER NOT NULL,
      up_since_ms INTEGER,
      verdict TEXT,
      closed_to_open INTEGER NOT NULL,
      open_to_half_open INTEGER NOT NULL,
      open_to_closed INTEGER NOT NULL,
      half_open_to_closed INTEGER NOT NULL,
      half_open_to_open INTEGER NOT NULL,
      recovery_attempts INTEGER NOT NULL,
      downtime_ms INTEGER NOT NULL,
      down_since_ms INTEGER,
      last_success_ms INTEGER,
      last_recovery_attempt_ms INTEGER,
      auto_disabled_reason TEXT,
      transport TEXT,
      protocol_version TEXT,
      server_name TEXT,
      server_version TEXT,
      catalogue_known INTEGER NOT NULL,
      tools INTEGER,
      prompts INTEGER,
      resources INTEGER,
      auth_required INTEGER
    ) STRICT;

    """

  /// What an older version has written of a circuit that is not closed: each round since the first
  /// was opened by a trial at least.
  private static let trialsColumn = """
    ALTER TABLE mcp ADD COLUMN circuit_trials INTEGER NOT NULL DEFAULT 0;
    UPDATE mcp SET circuit_trials = max(0, circuit_rounds - (circuit_state = 'open'))
    WHERE circuit_state <> 'closed';
    """

  /// `data` is a JSON object of strings, in the order to show them.
  private static let eventTable = """
    CREATE TABLE event (
      sequence INTEGER PRIMARY KEY,
      mcp TEXT NOT NULL,
      timestamp_ms INTEGER NOT NULL,
      type TEXT NOT NULL,
      outcome TEXT,
      detail TEXT NOT NULL,
      data TEXT NOT NULL
    ) STRICT;
    CREATE INDEX event_by_mcp ON event (mcp, sequence);
    CREATE INDEX event_by_time ON event (timestamp_ms);
    """

  /// The agent's own samples: series by group and row, and pieces of blocks in their order.
  private static let sampleTables = """
    CREATE TABLE sample_group (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL
    ) STRICT;
    CREATE TABLE sample_series (
      group_id INTEGER NOT NULL,
      row INTEGER NOT NULL,
      labels BLOB NOT NULL,
      PRIMARY KEY (group_id, row)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sample_piece (
      group_id INTEGER NOT NULL,
      block INTEGER NOT NULL,
      place INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      time_ms INTEGER NOT NULL,
      payload BLOB NOT NULL,
      PRIMARY KEY (group_id, block, place)
    ) STRICT;
    """

  /// Alerts of rules; who was told what of each group; messages, waiting ones without an `end`.
  /// `labels` and `annotations` are bytes as in `sample_series`, `value` is the bits of a double,
  /// `told` and `arrived` are JSON.
  private static let alertTables = """
    CREATE TABLE alert (
      rule TEXT NOT NULL,
      labels BLOB NOT NULL,
      state TEXT NOT NULL,
      value INTEGER NOT NULL,
      active_ms INTEGER NOT NULL,
      fired_ms INTEGER,
      resolved_ms INTEGER,
      keep_firing_since_ms INTEGER,
      annotations BLOB NOT NULL,
      PRIMARY KEY (rule, labels)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE notification_log (
      group_key TEXT NOT NULL,
      receiver TEXT NOT NULL,
      integration INTEGER NOT NULL,
      told TEXT NOT NULL,
      arrived TEXT,
      arrived_through INTEGER NOT NULL,
      PRIMARY KEY (group_key, receiver, integration)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE message (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL,
      group_key TEXT NOT NULL,
      receiver TEXT NOT NULL,
      integration INTEGER NOT NULL,
      reason TEXT NOT NULL,
      told TEXT NOT NULL,
      created_ms INTEGER NOT NULL,
      expires_ms INTEGER NOT NULL,
      body BLOB NOT NULL,
      end TEXT,
      ended_ms INTEGER
    ) STRICT;
    CREATE INDEX message_waiting ON message (number) WHERE end IS NULL;
    CREATE INDEX message_ended ON message (ended_ms) WHERE end IS NOT NULL;
    ALTER TABLE journal ADD COLUMN next_message INTEGER NOT NULL DEFAULT 1;
    """

  /// Rows for Postgres as chunks that FeedCoder made, with their totals in one row; what Postgres
  /// said last of what is to be watched, as JSON, in one row. A position is never used again.
  private static let feedTables = """
    CREATE TABLE feed (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      row_count INTEGER NOT NULL,
      byte_count INTEGER NOT NULL,
      payload BLOB NOT NULL
    ) STRICT;
    CREATE TABLE feed_total (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      row_count INTEGER NOT NULL,
      byte_count INTEGER NOT NULL,
      dropped INTEGER NOT NULL
    ) STRICT;
    INSERT INTO feed_total (id, row_count, byte_count, dropped) VALUES (1, 0, 0, 0);
    CREATE TABLE database_rows (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      content TEXT NOT NULL
    ) STRICT;
    """

  /// Restarts that nobody asked for, the newest of them, and what is left alone. `unclean_stops` of
  /// `journal` counts those of the process; `in_hand` is a JSON object of kinds and names.
  private static let restartTables = """
    CREATE TABLE restart (
      number INTEGER PRIMARY KEY,
      at_ms INTEGER NOT NULL,
      reason TEXT NOT NULL,
      error TEXT NOT NULL,
      duration_ms INTEGER,
      in_hand TEXT NOT NULL
    ) STRICT;
    CREATE TABLE quarantine (
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      since_ms INTEGER NOT NULL,
      detail TEXT NOT NULL,
      PRIMARY KEY (kind, name)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE journal ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE journal ADD COLUMN stalls INTEGER NOT NULL DEFAULT 0;
    """
  /// What each MCP's next listing is compared with, as CatalogueBaseline has it, and how often it
  /// has changed. A row of an MCP that is not in `mcp` means nothing.
  private static let catalogueTables = """
    CREATE TABLE catalogue (
      mcp TEXT PRIMARY KEY,
      batch INTEGER NOT NULL,
      content BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE catalogue_change (
      mcp TEXT NOT NULL,
      kind TEXT NOT NULL,
      count INTEGER NOT NULL,
      last_ms INTEGER NOT NULL,
      PRIMARY KEY (mcp, kind)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE mcp ADD COLUMN resource_templates INTEGER;
    """

  /// Until then there were webhooks only.
  private static let kindColumns = """
    ALTER TABLE message ADD COLUMN kind TEXT NOT NULL DEFAULT 'webhook';
    ALTER TABLE notification_log RENAME TO notification_log_of_webhooks;
    CREATE TABLE notification_log (
      group_key TEXT NOT NULL,
      receiver TEXT NOT NULL,
      kind TEXT NOT NULL,
      integration INTEGER NOT NULL,
      told TEXT NOT NULL,
      arrived TEXT,
      arrived_through INTEGER NOT NULL,
      PRIMARY KEY (group_key, receiver, kind, integration)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO notification_log
      SELECT group_key, receiver, 'webhook', integration, told, arrived, arrived_through
      FROM notification_log_of_webhooks;
    DROP TABLE notification_log_of_webhooks;

    """

  /// `matchers` and `annotations` are JSON.
  private static let silenceTable = """
    CREATE TABLE silence (
      id TEXT PRIMARY KEY,
      matchers TEXT NOT NULL,
      starts_ms INTEGER NOT NULL,
      ends_ms INTEGER NOT NULL,
      updated_ms INTEGER NOT NULL,
      created_by TEXT NOT NULL,
      comment TEXT NOT NULL,
      annotations TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}
