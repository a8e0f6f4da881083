"""The results: kept, judged by the targets, printed as tables, written as JSON."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import Sample
from bench.probes import Departures, Soak, Stall
from bench.workloads import Workload

BASE, OURS = "nginx", "zaffre"
QUIET = 0.95
"""The share of its core that a gateway uses which has it to itself."""
ENOUGH = 3
"""Quiet rounds that are enough to do without the others."""


@dataclass(frozen=True)
class Verdict:
    """One target, what was measured, and whether it is met."""

    text: str
    measured: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        return self.measured <= self.limit


@dataclass
class Results:
    """Everything measured in one run."""

    versions: dict[str, str]
    pinned: bool
    workloads: dict[str, Workload] = field(default_factory=dict)
    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    """By workload, then target: one sample a round."""
    departures: dict[str, Departures] = field(default_factory=dict)
    stalls: dict[str, Stall] = field(default_factory=dict)
    soak: Soak | None = None
    memory_idle: dict[str, float] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    """Seconds from the start of a gateway's process until it said that it was ready."""

    def add(self, workload: Workload, target: str, sample: Sample) -> None:
        self.workloads[workload.name] = workload
        self.samples.setdefault(workload.name, {}).setdefault(target, []).append(sample)

    def quiet_rounds(self, workload: str) -> list[int]:
        """The rounds in which nginx and zaffre each had their core to themselves; all, where that can't be told."""
        ours, base = self.samples[workload][OURS], self.samples[workload][BASE]
        rounds = list(range(len(ours)))
        if not self.workloads[workload].saturates:
            return rounds
        return [turn for turn in rounds if min(ours[turn].busy, base[turn].busy) >= QUIET]

    def used_rounds(self, workload: str) -> list[int]:
        """The quiet rounds, or all where hardly any was: then the figures say less."""
        quiet = self.quiet_rounds(workload)
        everything = list(range(len(self.samples[workload][OURS])))
        return quiet if len(quiet) >= min(ENOUGH, len(everything)) else everything

    def middle(self, workload: str, target: str, figure: str) -> float | None:
        """The median over the used rounds of a sample's figure; None where it has none."""
        samples = self.samples[workload][target]
        values = [getattr(samples[turn], figure) for turn in self.used_rounds(workload)]
        return median(values) if all(value is not None for value in values) else None

    def ratios(self, workload: str, target: str) -> list[float]:
        """CPU time against nginx's of the same round, which had the same weather, in the used rounds."""
        ours, base = self.samples[workload][target], self.samples[workload][BASE]
        return [ours[turn].cpu_us / base[turn].cpu_us for turn in self.used_rounds(workload) if base[turn].cpu_us]

    @property
    def disturbed(self) -> list[str]:
        """The workloads with hardly a quiet round."""
        return [name for name in self.samples if len(self.used_rounds(name)) > len(self.quiet_rounds(name))]

    @property
    def problems(self) -> list[str]:
        """What did not run correctly."""
        found = [
            f"{workload}, {target}: {sample.complaint}"
            for workload, targets in self.samples.items()
            for target, samples in targets.items()
            for sample in samples
            if sample.complaint
        ]
        found += [
            f"stall, {name}: the stream was not complete" for name, seen in self.stalls.items() if not seen.complete
        ]
        if self.soak and self.soak.bad:
            found.append(f"soak: {self.soak.complaint}")
        return found

    @property
    def verdicts(self) -> list[Verdict]:
        limits = {
            "chat": 2.5, "prompt": 4.0, "stream": 3.5, "openai-stream": 1.5, "paced": 2.0, "embeddings": 1.5,
        }  # fmt: skip
        found = [
            Verdict(
                f"{name}: CPU per {self.workloads[name].priced_by}", median(self.ratios(name, OURS)), limit, "x nginx"
            )
            for name, limit in limits.items()
            if name in self.samples
        ]
        if "single" in self.samples:
            added = (self.middle("single", OURS, "p50") or 0.0) - (self.middle("single", BASE, "p50") or 0.0)
            found.append(Verdict("single: p50 beyond nginx's", added, 0.5, "ms"))
        if "slow" in self.samples:
            possible = self.middle("slow", "mock", "rate") or 0.0
            lost = 1 - (self.middle("slow", OURS, "rate") or 0.0) / possible if possible else 1.0
            found.append(Verdict("slow: answers fewer than without a gateway", lost * 100, 5.0, "%"))
        if OURS in self.memory_idle:
            found.append(Verdict("memory when started", self.memory_idle[OURS], 50.0, "MB"))
        if OURS in self.started:
            found.append(Verdict("from start to the first answer", self.started[OURS], 0.7, "s"))
        if OURS in self.departures:
            seen = self.departures[OURS]
            longest = float("inf") if seen.never else seen.longest
            found.append(Verdict("disconnect: upstream closed, at the latest", longest, 50.0, "ms"))
        if OURS in self.stalls:
            found.append(Verdict("stall: memory for a caller who does not read", self.stalls[OURS].grown, 5.0, "MB"))
        if self.soak:
            text = f"soak: memory over {self.soak.requests:,} requests"
            found.append(Verdict(text, self.soak.after - self.soak.before, 2.0, "MB"))
        return found


def print_results(results: Results) -> None:
    """Print a table per workload, the probes, a line per target, and what went wrong."""
    for name, workload in results.workloads.items():
        _print_load(results, name, workload)
    _print_probes(results)
    print("\nTargets")
    for verdict in results.verdicts:
        word = "met   " if verdict.met else "MISSED"
        print(f"  {word} {verdict.text}: {verdict.measured:.2f} {verdict.unit} (target {verdict.limit:g})")
    for name in results.disturbed:
        print(f"  DISTURBED {name}: others used the gateways' core; measure again on a quiet machine")
    for problem in results.problems:
        print(f"  PROBLEM {problem}")


def _print_load(results: Results, name: str, workload: Workload) -> None:
    events = workload.priced_by == "event"
    header = ["", f"CPU us/{workload.priced_by}", "user", "x nginx", "lowest-highest", "answers/s", "p50 ms", "p99 ms"]
    header += ["event p50 ms", "event p99 ms"] if events else []
    rows = [[*header, "busy", "upstream connections"]]
    for target, samples in results.samples[name].items():
        rows.append([target, *_costs(results, name, target)])
        rows[-1] += [_number(results.middle(name, target, figure), 2) for figure in ("rate", "p50", "p99")]
        if events:
            rows[-1] += [_number(results.middle(name, target, figure), 2) for figure in ("event_p50", "event_p99")]
        rows[-1] += [
            _number(
                results.middle(name, target, "busy") if results.ratios(name, target) and target != "mock" else None, 2
            )
        ]
        rows[-1] += [str(sum(sample.upstream_connections for sample in samples))]
    rounds = f"{len(results.used_rounds(name))} of {len(results.samples[name][OURS])} rounds"
    _print_table(f"{workload.title} ({rounds})", rows)


def _costs(results: Results, name: str, target: str) -> list[str]:
    cpu = results.middle(name, target, "cpu_us")
    if not cpu:
        return ["", "", "", ""]
    ratios = results.ratios(name, target)
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
    return [_number(cpu, 1), _number(results.middle(name, target, "user_us"), 1), f"{median(ratios):.2f}", spread]


def _print_probes(results: Results) -> None:
    if results.departures:
        rows = [["", "p50 ms", "p99 ms", "longest ms", "times", "never closed"]]
        rows += [
            [name, f"{seen.p50:.2f}", f"{seen.p99:.2f}", f"{seen.longest:.2f}", str(seen.count), str(seen.never)]
            for name, seen in results.departures.items()
        ]
        _print_table("disconnect: from the caller's leaving until the mock sees its connection closed", rows)
    if results.stalls:
        rows = [["", "memory MB", "taken from the mock MB", "complete afterwards"]]
        rows += [
            [name, f"+{seen.grown:.1f}", f"{seen.taken:.1f}", "yes" if seen.complete else "NO"]
            for name, seen in results.stalls.items()
        ]
        _print_table("stall: a caller who does not read a stream of 44 MB", rows)
    started = ", ".join(f"{name} {seconds:.2f}" for name, seconds in results.started.items())
    print(f"\nseconds from start to ready: {started}", end="")
    memory = ", ".join(f"{name} {megabytes:.1f}" for name, megabytes in results.memory_idle.items())
    print(f"\nmemory (PSS, MB) when started: {memory}", end="")
    if results.soak:
        print(
            f"\nmemory (own, MB): {OURS} before the soak {results.soak.before:.1f}, after it {results.soak.after:.1f}",
            end="",
        )
    print()


def _print_table(title: str, rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{title}")
    for row in rows:
        first, *rest = (
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *rest]))


def _number(value: float | None, digits: int) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.{digits}f}"


def write_results(results: Results, path: Path) -> None:
    """Write the results as JSON: medians, ratios, every sample, verdicts; nothing that names this machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_as_json(results), indent=1) + "\n")


def _as_json(results: Results) -> dict[str, Any]:
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "versions": {**results.versions, "python": platform.python_version()},
        "machine": {
            "cores": os.cpu_count(),
            "architecture": platform.machine(),
            "pinned": results.pinned,
        },
        "targets": [{**asdict(verdict), "met": verdict.met} for verdict in results.verdicts],
        "workloads": {
            name: {
                target: {
                    "ratio": _rounded(median(ratios)) if (ratios := results.ratios(name, target)) else None,
                    "samples": [
                        {key: _rounded(value) for key, value in asdict(one).items() if key != "complaint"}
                        for one in samples
                    ],
                }
                for target, samples in targets.items()
            }
            for name, targets in results.samples.items()
        },
        "disconnect": {name: asdict(seen) for name, seen in results.departures.items()},
        "stall": {name: asdict(seen) for name, seen in results.stalls.items()},
        "soak": asdict(results.soak) if results.soak else None,
        "memory_idle_mb": results.memory_idle,
        "started_s": results.started,
        "disturbed": results.disturbed,
        "problems": results.problems,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
