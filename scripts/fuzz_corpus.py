#!/usr/bin/env python3
"""Writes the seeds of a fuzz target, a file each.

usage: fuzz_corpus.py FuzzParser|FuzzEvaluator|FuzzRules|FuzzTemplates|FuzzEventStream|FuzzAnswers|
       FuzzRedirects DIRECTORY

They are the lines of Fuzz/corpus/expressions.txt, and the expressions of ../shared/cases when that is
there. For the evaluator, choices (samples and times) and the byte 0xff stand before each. For rules they
are the files of Fuzz/corpus/rules.yml, the fixtures of the tests and the rule files of the cases.
For templates they are those of the tests' case files, for what servers send those of Fuzz/corpus.
"""
import json
import pathlib
import random
import sys

root = pathlib.Path(__file__).resolve().parent.parent
cases = root.parent / "shared" / "cases"


def expressions():
    yield from (root / "Fuzz/corpus/expressions.txt").read_text("utf-8").splitlines()
    try:
        parsing = json.loads((cases / "promql-parse.json").read_text("utf-8"))["expressions"]
        yield from (case["input"] for case in parsing if len(case.get("input", "")) in range(1, 512))
        queries = json.loads((cases / "promql-compliance-queries.json").read_text("utf-8"))
        yield from (case["query"] for case in queries["queries"])
    except FileNotFoundError:
        print("==> no ../shared/cases: only our own seeds", file=sys.stderr)


def rule_files():
    yield from (root / "Fuzz/corpus/rules.yml").read_text("utf-8").split("===\n")
    folders = [root / "Tests/ConfigFileTests/Fixtures/rules", *(cases / "promtool").glob("*")]
    for file in (file for folder in folders for file in sorted(folder.glob("*.y*ml"))):
        if len(text := file.read_text("utf-8")) < 4096:
            yield text


def templates():
    for file in sorted((root / "Tests/TemplatesTests/Cases").glob("*.txt")):
        lines = file.read_text("utf-8").split("\n")
        for text, result in zip(lines, lines[1:]):
            if text and result[:2] in ("= ", "? ", "! "):
                yield text.encode("latin-1", "backslashreplace").decode("unicode_escape")


def escaped(name):
    """Texts with `===` between, and escapes for what is no line of a text."""

    def texts():
        for text in (root / "Fuzz/corpus" / name).read_text("utf-8").split("\n===\n"):
            for escape, character in ESCAPES.items():
                text = text.replace(escape, character)
            yield text

    return texts


ESCAPES = {"\\r": "\r", "\\n": "\n", "\\0": "\0", "\\e": "\x1e", "\\b": "\ufeff"}
SEEDS = {
    "FuzzRules": rule_files,
    "FuzzTemplates": templates,
    "FuzzEventStream": escaped("event-streams.txt"),
    "FuzzAnswers": escaped("answers.txt"),
    "FuzzRedirects": escaped("redirects.txt"),
}


def main(target, directory):
    dice = random.Random(1)
    seeds = SEEDS.get(target, expressions)
    for number, text in enumerate(seeds()):
        seed = text.encode("utf-8", "surrogateescape")
        if target == "FuzzEvaluator":
            seed = bytes(dice.randrange(255) for _ in range(120)) + b"\xff" + seed
        (pathlib.Path(directory) / f"seed-{number:04}").write_bytes(seed)
    if target == "FuzzEvaluator":
        for number in range(500):
            seed = bytes(dice.randrange(255) for _ in range(dice.randrange(60, 400)))
            (pathlib.Path(directory) / f"choices-{number:04}").write_bytes(seed)


if __name__ == "__main__":
    main(*sys.argv[1:])
