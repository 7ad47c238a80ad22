/// Tables as OMNI2 has them, without what later versions added to them; with rows.
package enum OMNI2 {
  package static let tables = """
    CREATE SCHEMA omni2;
    CREATE TABLE omni2.mcp_servers (
      id serial PRIMARY KEY, name varchar(100) NOT NULL UNIQUE, url varchar(500) NOT NULL,
      description text, status varchar(20) DEFAULT 'active', protocol varchar(20) DEFAULT 'http',
      timeout_seconds int NOT NULL, max_retries int DEFAULT 2, auth_type varchar(20),
      auth_config jsonb, last_health_check timestamptz, health_status varchar(20) DEFAULT 'unknown',
      error_count int DEFAULT 0, failure_cycle_count int DEFAULT 0,
      max_failure_cycles int DEFAULT 3, auto_disabled_at timestamptz, auto_disabled_reason text,
      can_auto_enable boolean DEFAULT true, meta_data jsonb, pt_score int,
      created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL);
    CREATE TABLE omni2.mcp_health_log (
      id serial PRIMARY KEY,
      mcp_server_id int NOT NULL REFERENCES omni2.mcp_servers (id) ON DELETE CASCADE,
      "timestamp" timestamptz NOT NULL DEFAULT now(), status varchar(20) NOT NULL,
      response_time_ms int, error_message text, meta_data jsonb, event_type varchar(50));
    CREATE INDEX ON omni2.mcp_health_log ("timestamp");
    CREATE TABLE omni2.omni2_config (
      id serial PRIMARY KEY, config_key varchar(100) UNIQUE NOT NULL, config_value jsonb NOT NULL,
      description text, is_active boolean DEFAULT true, created_at timestamptz DEFAULT now(),
      updated_at timestamptz DEFAULT now());

    """

  package static let rows = """
    INSERT INTO omni2.mcp_servers (name, url, timeout_seconds, updated_at)
    VALUES ('alpha', 'http://a/mcp', 30, now()), ('beta', 'http://b/mcp', 15, now());
    INSERT INTO omni2.mcp_health_log (mcp_server_id, status)
    SELECT 1, 'healthy' FROM generate_series(1, 50);
    INSERT INTO omni2.omni2_config (config_key, config_value)
    VALUES ('hot_reload', '{"interval_seconds": 30}');

    """
}
