extension ConfigReference {
  /// A whole file, such as one begins with.
  package static let example = """
    global:
      probe_interval: 30s
      external_labels: {site: lab}

    storage:
      path: data
      retention: {events: 30d}

    circuit_breaker:
      failure_threshold: 5
      recovery_timeout: 30s
      backoff: {max: 10m}

    mcps:
      - name: weather
        url: https://weather.example/mcp
        description: forecasts
        labels: {team: data}
        checks:
          - {tool: forecast, arguments: {city: Rome}, expect: {max_duration: 2s}}
      - name: search
        url: http://127.0.0.1:8000/mcp
        probe: {interval: 10s, timeout: 5s, depth: catalogue}
        circuit_breaker: {failure_threshold: 3}

    rule_files: [rules/*.yml]

    route:
      receiver: chat
      group_by: [alertname, mcp]
      group_wait: 0s
      routes:
        - {receiver: data-team, matchers: ['team="data"'], mute_time_intervals: [weekend]}

    receivers:
      - name: chat
        mattermost_configs: [{webhook_url: "https://mattermost.example/hooks/abc"}]
      - name: data-team
        webhook_configs: [{url: "http://127.0.0.1:9000/hook"}]

    inhibit_rules:
      - source_matchers: [severity="page"]
        target_matchers: [severity="warning"]
        equal: [mcp]

    time_intervals:
      - name: weekend
        time_intervals: [{weekdays: [saturday, sunday]}]
    """
}
