"""One run of the load driver against one target, with the target's CPU time around it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.native import program
from bench.processes import CpuTime, cpu_time, pinned
from bench.targets import Mock, Target
from bench.workloads import EVENTS, Workload

LONGEST = 900
"""Seconds after which the driver is ended; it ends itself long before."""


@dataclass(frozen=True)
class Sample:
    """What one run showed. Times are milliseconds where the name does not say otherwise."""

    good: int
    bad: int
    """Answers with another status than 200, cut short, incomplete, or not come in time."""
    complaint: str
    """What was wrong with the bad ones, for a person."""
    rate: float
    """Good answers a second."""
    cpu_us: float
    """User and system microseconds of the gateway per good answer (per event where the workload says so)."""
    user_us: float
    busy: float
    """The share of its core that the gateway used; far below 1 it was not the bottleneck."""
    driver_busy: float
    p50: float
    p99: float
    event_p50: float | None
    event_p99: float | None
    upstream_connections: int
    """How many connections the gateway opened to the mock meanwhile."""


def run_load(
    workload: Workload,
    target: Target,
    mock: Mock,
    core: int | None,
    folder: Path,
    *,
    seconds: float | None = None,
    requests: int | None = None,
    size: int | None = None,
) -> Sample:
    """Drive a target for some seconds or some requests; `size` is the exact size of a good answer's body.

    Raises:
        RuntimeError: the driver itself failed.
    """
    opened = mock.stats().connections
    before = _cpu(target)
    report = _drive(workload, target, core, folder, seconds, requests, size)
    after = _cpu(target)
    opened = mock.stats().connections - opened
    used, user = after.total - before.total, after.user - before.user
    units = max(1, report["events"] if workload.priced_by == "event" else report["good"])
    bad = report["failed"] + report["incomplete"] + report["unfinished"]
    whole, event = report["whole"] or {}, report["event"] or {}
    return Sample(
        good=report["good"],
        bad=bad,
        complaint=_complaint(report) if bad or not report["good"] else "",
        rate=report["good"] / report["seconds"],
        cpu_us=used / units * 1e6,
        user_us=user / units * 1e6,
        busy=used / report["seconds"],
        driver_busy=report["cpu_seconds"] / report["seconds"],
        p50=whole.get("p50", 0.0),
        p99=whole.get("p99", 0.0),
        event_p50=event.get("p50"),
        event_p99=event.get("p99"),
        upstream_connections=opened,
    )


def _drive(
    workload: Workload,
    target: Target,
    core: int | None,
    folder: Path,
    seconds: float | None,
    requests: int | None,
    size: int | None,
) -> dict[str, Any]:
    body = folder / "body.json"
    body.write_bytes(workload.body(target))
    options: dict[str, object] = {
        "port": target.port,
        "path": workload.path(target),
        "body": body,
        "connections": workload.connections,
        "ramp": workload.ramp_ms,
        "seconds": seconds,
        "rate": workload.rate,
        "requests": requests,
        "bytes": None if workload.stream else size,
        "events": EVENTS if workload.stream else None,
        "deltas": EVENTS if workload.stream and not target.api.merges_events else None,
    }
    argv = [str(program("load"))]
    for name, value in options.items():
        if value is not None:
            argv += [f"--{name}", str(value)]
    for name, value in target.api.headers.items():
        argv += ["--header", f"{name}: {value}"]
    with pinned(core):
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=LONGEST)
    if done.returncode:
        raise RuntimeError(f"the load driver ended with {done.returncode}: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _cpu(target: Target) -> CpuTime:
    return CpuTime(0.0, 0.0) if target.pid is None else cpu_time(target.pid)


def _complaint(report: dict[str, Any]) -> str:
    counts = [f"{report[kind]} {kind}" for kind in ("failed", "incomplete", "unfinished") if report[kind]]
    status = f", last status {report['last_status']}" if report["failed"] else ""
    return f"{report['good']} good, {', '.join(counts) or 'none else'}{status}"
