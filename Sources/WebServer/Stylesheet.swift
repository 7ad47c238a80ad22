/// `/style.css`: one table, readable in light and dark, a card per MCP on a narrow screen.
enum Stylesheet {
  static let text = """
    :root {
      color-scheme: light dark;
      --paper: #fbfcfd; --card: #fff; --ink: #16202b; --faint: #566474; --line: #dfe5ec;
      --link: #0b5cad;
      --good: #0d6b3f; --good-paper: #dcf3e6; --bad: #a4161a; --bad-paper: #fde3e3;
      --warn: #8a4b00; --warn-paper: #fdeed6; --off: #4d5966; --off-paper: #e7ebf0;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #10161d; --card: #171f28; --ink: #e6ecf2; --faint: #9dabba; --line: #2a3541;
        --link: #7cb7f5;
        --good: #7fe0ae; --good-paper: #123525; --bad: #ffaaa5; --bad-paper: #481d1f;
        --warn: #f7c77f; --warn-paper: #41300f; --off: #b3c0cd; --off-paper: #28323d;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 1.5rem clamp(.75rem, 3vw, 2.5rem); max-width: 100rem;
      background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif;
    }
    header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1.5rem; }
    h1 { margin: 0; font-size: 1.5rem; letter-spacing: -.01em; }
    nav { display: flex; gap: 1rem; }
    a { color: var(--link); }
    .summary { margin: .5rem 0 1.25rem; color: var(--faint); }
    .summary b { color: var(--ink); }
    footer { color: var(--faint); font-size: .875rem; }
    table {
      width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card);
      border: 1px solid var(--line); border-radius: .5rem;
    }
    th, td {
      padding: .6rem .75rem; text-align: start; vertical-align: top; font-weight: normal;
      border-bottom: 1px solid var(--line); overflow-wrap: anywhere;
    }
    tbody tr:last-child > * { border-bottom: 0; }
    thead th { color: var(--faint); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
    thead th, .badge, td[data-label="Circuit"], td[data-label="Last probe"] { overflow-wrap: normal; }
    td[data-label="Circuit"], td[data-label="Last probe"] { white-space: nowrap; }
    .number { text-align: end; font-variant-numeric: tabular-nums; }
    .none { text-align: center; color: var(--faint); }
    .name { display: block; font-weight: 600; }
    .about { display: block; }
    .url, small { display: block; color: var(--faint); font-size: .8125rem; }
    code, .url { font-family: ui-monospace, monospace; font-size: .8125rem; }
    .badge {
      display: inline-block; padding: .1rem .6rem; border-radius: 1rem; white-space: nowrap;
      font-size: .8125rem; font-weight: 600; color: var(--off); background: var(--off-paper);
    }
    .healthy .badge { color: var(--good); background: var(--good-paper); }
    .disconnected .badge { color: var(--warn); background: var(--warn-paper); }
    .circuit_open .badge { color: var(--bad); background: var(--bad-paper); }
    @media (max-width: 56rem) {
      table { border: 0; background: none; }
      table, tbody, tr, tbody th, td { display: block; }
      thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      tr {
        margin-bottom: .75rem; padding: .5rem 0; background: var(--card);
        border: 1px solid var(--line); border-radius: .5rem;
      }
      th, td, tbody tr:last-child > * { border: 0; padding: .2rem .85rem; }
      td, .number, .none { text-align: start; }
      td { display: grid; grid-template-columns: 6.5rem 1fr; column-gap: .5rem; }
      td::before {
        content: attr(data-label); grid-row: 1 / span 9; color: var(--faint); font-size: .875rem;
      }
      td > * { grid-column: 2; justify-self: start; }
    }

    """
}
