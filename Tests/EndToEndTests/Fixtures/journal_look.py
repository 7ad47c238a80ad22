"""What a journal knows of alerts and messages, as JSON.
usage: journal_look.py JOURNAL [alerts]

It is read from a copy, so that the agent's own files stay as a kill has left them. With `alerts`
nothing is said of messages. An alert is named by its label `mcp`, one of its times by milliseconds.
"""
import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile


def episodes(told, list_name):
    return [{"mcp": dict(alert["labels"]).get("mcp", ""), "startsAt": alert["starts_ms"]}
            for alert in json.loads(told)[list_name]]


def look(path, with_messages):
    with tempfile.TemporaryDirectory() as directory:
        copy = os.path.join(directory, "journal.sqlite")
        for suffix in ("", "-wal"):
            if os.path.exists(path + suffix):
                shutil.copy(path + suffix, copy + suffix)
        database = sqlite3.connect(copy)
        alerts = [{"mcp": re.search(rb"[ab]-\d\d", labels)[0].decode(), "startsAt": fired}
                  for labels, fired in database.execute(
                      "SELECT labels, fired_ms FROM alert WHERE fired_ms IS NOT NULL")]
        messages = [
            {"number": number, "key": key, "group": group, "receiver": receiver, "end": end or "",
             "firing": episodes(told, "firing"), "resolved": episodes(told, "resolved")}
            for number, key, group, receiver, end, told in database.execute(
                "SELECT number, key, group_key, receiver, end, told FROM message ORDER BY number")
        ] if with_messages else []
        database.close()
        return {"alerts": alerts, "messages": messages}


print(json.dumps(look(sys.argv[1], sys.argv[2:] != ["alerts"])))
