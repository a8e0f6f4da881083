"""The results written down: printed, as JSON, and as the page that is published."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import description
from bench.plot import svg
from bench.results import Results, Verdict
from bench.tables import Table, number, summary, tables

PAGE = "RESULTS.md"
PLOT = "results/cpu.svg"
SAMPLES = "results/latest.json"


def print_results(results: Results) -> None:
    """Print every table, a line per target, and what went wrong."""
    for table in [*tables(results), summary(results)]:
        _print_table(table)
    for remark in _remarks(results):
        print(f"  {remark}")
    print("\nTargets")
    for verdict in results.verdicts:
        word = "met   " if verdict.met else "MISSED"
        print(f"  {word} {verdict.text}: {verdict.measured:.2f} {verdict.unit} (target {verdict.limit:g})")
    for name in results.disturbed:
        print(f"  DISTURBED {name}: others used the gateways' core; measure again on a quiet machine")
    for problem in results.problems:
        print(f"  PROBLEM {problem}")


def _print_table(table: Table) -> None:
    rows = [table.columns, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.columns))]
    print(f"\n{table.title}")
    for row in rows:
        first, *rest = (
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *rest]))


def _remarks(results: Results) -> list[str]:
    return [f"{name}: {remark}." for name, remark in results.remarks.items()]


def publish(results: Results, folder: Path, command: str) -> None:
    """Write the page, its plot and every sample into `folder`; `command` is what was run."""
    write_results(results, folder / SAMPLES)
    (folder / PLOT).write_text(svg(results))
    (folder / PAGE).write_text(page(results, command))


def page(results: Results, command: str) -> str:
    """The published page, as Markdown."""
    first, *others = [summary(results), *tables(results)]
    how = "What is measured and how to read it: [README.md](README.md)."
    parts = [
        "# Results",
        f"Written by `{command}` on {_today()}. {how} Every sample: [{SAMPLES}]({SAMPLES}).",
        _markdown(first),
        f"![CPU time of each gateway against nginx's]({PLOT})",
        *_remarks(results),
        *(_disturbance(name) for name in results.disturbed),
        _markdown(_targets(results.verdicts)),
        *(_markdown(table) for table in others),
        _markdown(Table("The machine", ["", ""], [list(item) for item in description().items()])),
        _markdown(_versions(results)),
    ]
    return "\n\n".join(parts) + "\n"


def _disturbance(load: str) -> str:
    return f"**DISTURBED**: others used the gateways' core in nearly every round of `{load}`; its figures say less."


def _targets(verdicts: Sequence[Verdict]) -> Table:
    rows = [
        [one.text, f"{number(one.measured, 2)} {one.unit}", f"{one.limit:g}", "met" if one.met else "**missed**"]
        for one in verdicts
    ]
    return Table("Targets", ["", "measured", "at most", ""], rows)


def _versions(results: Results) -> Table:
    rows = [
        [name, ", ".join(f"{part} {version}" for part, version in parts.items())]
        for name, parts in results.versions.items()
    ]
    return Table("Versions", ["", ""], rows)


def _markdown(table: Table) -> str:
    rule = ["---", *("---:" for _ in table.columns[1:])]
    lines = ["| " + " | ".join(row) + " |" for row in [table.columns, rule, *table.rows]]
    return f"## {table.title}\n\n" + "\n".join(lines)


def write_results(results: Results, path: Path) -> None:
    """Write the results as JSON: medians, ratios, every sample, verdicts; nothing that names this machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_as_json(results), indent=1) + "\n")


def _as_json(results: Results) -> dict[str, Any]:
    return {
        "measured": _today(),
        "versions": results.versions,
        "machine": {**description(), "pinned": results.pinned},
        "targets": [{**asdict(verdict), "met": verdict.met} for verdict in results.verdicts],
        "workloads": {
            name: {
                target: {
                    "ratio": _rounded(results.ratio(name, target)),
                    "samples": [
                        {key: _rounded(value) for key, value in asdict(one).items() if key != "complaint"}
                        for one in samples
                    ],
                }
                for target, samples in targets.items()
            }
            for name, targets in results.samples.items()
        },
        "remarks": results.remarks,
        "start": {name: asdict(seen) for name, seen in results.starts.items()},
        "disconnect": {name: asdict(seen) for name, seen in results.departures.items()},
        "stall": {name: asdict(seen) for name, seen in results.stalls.items()},
        "soak": asdict(results.soak) if results.soak else None,
        "disturbed": results.disturbed,
        "problems": results.problems,
    }


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
