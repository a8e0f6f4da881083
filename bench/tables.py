"""The results as tables, the same for a terminal and for a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.gateways import FLAT, OURS, flat_name
from bench.results import Results


@dataclass(frozen=True)
class Table:
    """A title, the names of the columns, and rows of cells; the first cell of each says whose row it is."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(results: Results) -> list[Table]:
    """A table for each load and each probe, in the order in which they ran."""
    found = [_starts(results)] if results.starts else []
    found += [_load(results, name) for name in results.workloads]
    found += [_departures(results)] if results.departures else []
    found += [_stalls(results)] if results.stalls else []
    return found + ([_soak(results)] if results.soak else [])


def summary(results: Results) -> Table:
    """The figures that gateways are compared by, one row each; empty cells were not measured."""
    columns = [
        *("", "CPU us/answer", "x nginx", "x zaffre", "answers/s"),
        *("p50 at 100/s, ms", "added", "p99 at 100/s, ms", "added"),
        *("CPU us/event", "x nginx", "x zaffre", "memory MB", "under load", "start s"),
    ]
    rows = [[name, *_summed(results, name)] for name in results.gateways]
    return Table("The gateways side by side", columns, [row for row in rows if any(row[1:])])


def _summed(results: Results, name: str) -> list[str]:
    load = "chat" if results.has("chat", name) else "flat"
    start = results.starts.get(name)
    memory = [number(start.idle, 0), number(start.loaded, 0), number(start.seconds, 2)] if start else ["", "", ""]
    return [
        *(number(results.middle(load, name, "cpu_us"), 1), *_ratios(results, load, name)),
        number(results.middle(load, name, "rate"), 0),
        *_steady(results, name),
        *(number(results.middle("paced", name, "cpu_us"), 1), *_ratios(results, "paced", name)),
        *memory,
    ]


def _steady(results: Results, name: str) -> list[str]:
    cells = []
    for figure in ("p50", "p99"):
        cells += [number(results.middle("steady", name, figure), 2), signed(results.added("steady", name, figure))]
    return cells


def _ratios(results: Results, load: str, name: str) -> list[str]:
    return [number(results.ratio(load, name), 2), number(results.ratio(load, name, _ours(results, load)), 2)]


def _ours(results: Results, load: str) -> str:
    return OURS if results.has(load, OURS) else flat_name(FLAT[0])


def _load(results: Results, name: str) -> Table:
    workload = results.workloads[name]
    events = workload.priced_by == "event"
    columns = ["", f"CPU us/{workload.priced_by}", "user", "x nginx", "lowest-highest", "x zaffre", "answers/s"]
    columns += ["p50 ms", "p99 ms"]
    columns += ["event p50 ms", "event p99 ms"] if events else []
    columns += ["added p50 ms", "added p99 ms"] if workload.for_latency else []
    rows = []
    for target, samples in results.samples[name].items():
        row = [target, *_cost(results, name, target)]
        row += [number(results.middle(name, target, figure), 2) for figure in ("rate", "p50", "p99")]
        if events:
            row += [number(results.middle(name, target, figure), 2) for figure in ("event_p50", "event_p99")]
        if workload.for_latency:
            row += [signed(results.added(name, target, figure)) for figure in ("p50", "p99")]
        busy = results.middle(name, target, "busy") if target != "mock" else None
        rows.append([*row, number(busy, 2), str(sum(sample.upstream_connections for sample in samples))])
    rounds = f"{len(results.used_rounds(name))} of {len(results.rounds(name))} rounds"
    return Table(f"{workload.title} ({rounds})", [*columns, "busy", "upstream connections"], rows)


def _cost(results: Results, name: str, target: str) -> list[str]:
    if not (cpu := results.middle(name, target, "cpu_us")):
        return [""] * 5
    ratios = results.ratios(name, target)
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}" if ratios else ""
    base, ours = _ratios(results, name, target)
    return [number(cpu, 1), number(results.middle(name, target, "user_us"), 1), base, spread, ours]


def _starts(results: Results) -> Table:
    rows = [
        [name, f"{seen.seconds:.2f}", f"{seen.idle:.1f}", f"{seen.loaded:.1f}"] for name, seen in results.starts.items()
    ]
    columns = ["", "seconds to ready", "memory MB", "memory under load MB"]
    return Table("start: each alone, and its memory (PSS) idle and under the chat load", columns, rows)


def _departures(results: Results) -> Table:
    rows = [
        [name, f"{seen.p50:.2f}", f"{seen.p99:.2f}", f"{seen.longest:.2f}", str(seen.count), str(seen.never)]
        for name, seen in results.departures.items()
    ]
    title = "disconnect: from the caller's leaving until the mock sees its connection closed"
    return Table(title, ["", "p50 ms", "p99 ms", "longest ms", "times", "never closed"], rows)


def _stalls(results: Results) -> Table:
    rows = [
        [name, f"+{seen.grown:.1f}", f"{seen.taken:.1f}", "yes" if seen.complete else "NO"]
        for name, seen in results.stalls.items()
    ]
    columns = ["", "memory MB", "taken from the mock MB", "complete afterwards"]
    return Table("stall: a caller who does not read a stream of 44 MB", columns, rows)


def _soak(results: Results) -> Table:
    assert results.soak
    row = [OURS, f"{results.soak.before:.1f}", f"{results.soak.after:.1f}"]
    return Table(f"soak: own memory over {results.soak.requests:,} requests", ["", "before MB", "after MB"], [row])


def number(value: float | None, digits: int) -> str:
    """A figure for a person; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.{digits}f}"


def signed(value: float | None) -> str:
    """What is added, in hundredths."""
    return "" if value is None else f"{value:+,.2f}"
