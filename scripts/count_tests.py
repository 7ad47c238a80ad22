#!/usr/bin/env python3
"""Counts what Swift Testing did, from the JSON lines of its --event-stream-output-path.

usage: count_tests.py EVENTS STATUS    (STATUS: how `swift test` exited)

Prints the issues of failed tests and the reasons of skipped ones, then, alone on the last line,
`N passed, N failed, N skipped`. A test that started and never ended failed: it took the process
with it. Exits 1 when a test failed, when none ran, and when STATUS is not 0.
"""
import json
import sys


class Run:
    def __init__(self):
        self.names = {}
        self.started, self.ended, self.failed, self.skipped = set(), set(), {}, {}
        self.finished = False

    def read(self, record):
        payload = record.get("payload", {})
        if record.get("kind") == "test":
            if payload.get("kind") == "function":
                self.names[payload["id"]] = payload["id"].rsplit("/", 1)[0]
            return
        test = payload.get("testID")
        text = "; ".join(
            message["text"] for message in payload.get("messages", []) if message.get("text"))
        match payload.get("kind"):
            case "testStarted" if test in self.names:
                self.started.add(test)
            case "testEnded" if test in self.names:
                self.ended.add(test)
            case "testSkipped" if test in self.names:
                self.skipped[test] = text.split(" skipped: ", 1)[-1].strip('"')
            case "issueRecorded" if payload.get("issue", {}).get("isFailure", True):
                where = payload.get("issue", {}).get("sourceLocation") or {}
                place = f"{where.get('filePath', '?')}:{where.get('line', '?')}"
                self.failed.setdefault(test, []).append(f"{place}: {text}")
            case "runEnded":
                self.finished = True

    def close(self):
        for test in self.started - self.ended:
            self.failed.setdefault(test, []).append("started and never ended: the run broke off")


def main(path, status):
    run = Run()
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                try:
                    run.read(json.loads(line))
                except json.JSONDecodeError:
                    break  # cut off in the middle of a line: the process died there
    except FileNotFoundError:
        pass
    run.close()
    def name(test):
        return run.names.get(test, test or "outside of any test")

    for test, issues in sorted(run.failed.items(), key=lambda item: str(item[0])):
        print(f"FAILED {name(test)}")
        for issue in issues[:20]:
            print("    " + issue.replace("\n", "\n    "))
        if len(issues) > 20:
            print(f"    and {len(issues) - 20} issues more")
    for test, reason in sorted(run.skipped.items()):
        print(f"SKIPPED {name(test)}: {reason}")
    if not run.finished:
        print("The run broke off before its end.")
    passed = len(run.ended - run.failed.keys())
    print(f"{passed} passed, {len(run.failed)} failed, {len(run.skipped)} skipped")
    return 0 if passed and run.finished and not run.failed and status == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
