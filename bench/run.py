"""The command: start everything, measure in interleaved rounds, print, judge, write the results.

Exit status: 0 when everything ran, whatever the figures; 2 when something did not run correctly (a program is
missing, an answer was wrong, a stream incomplete), so that its figures mean nothing.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import probes
from bench.answers import WrongAnswer, checked_size
from bench.load import Sample, run_load
from bench.native import CannotRun
from bench.processes import cores, pss_megabytes
from bench.report import Results, print_results, write_results
from bench.targets import Mock, Target, direct, mock, nginx, zaffre
from bench.workloads import WORKLOADS, Workload

PROBES = ("disconnect", "stall", "soak")
RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"


def main(words: Sequence[str] | None = None) -> int:
    options = _options(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # so that what was started is stopped
    try:
        if sys.platform != "linux":
            raise CannotRun("Linux is needed: costs are read from /proc")
        with tempfile.TemporaryDirectory(prefix="zaffre-bench-") as folder:
            results = _measure(options, Path(folder))
    except (CannotRun, WrongAnswer, TimeoutError, ConnectionError) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 2
    print_results(results)
    if options.out:
        write_results(results, options.out)
    return 2 if results.problems else 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    names = [workload.name for workload in WORKLOADS] + list(PROBES)
    parser = argparse.ArgumentParser(prog="python -m bench", description="zaffre beside nginx, on this machine")
    parser.add_argument("--only", help=f"comma-separated, of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=10, help="how often each load is measured (default 10)")
    parser.add_argument("--seconds", type=float, default=0.8, help="how long each time (default 0.8)")
    parser.add_argument("--warm-up", type=float, default=0.6, help="seconds of each load before (default 0.6)")
    parser.add_argument("--departures", type=int, default=150, help="how often a caller leaves (default 150)")
    parser.add_argument("--requests", type=int, default=100_000, help="of the soak (default 100000)")
    parser.add_argument("--out", type=Path, help="where the results go (default, without --only: results/latest.json)")
    options = parser.parse_args(words)
    options.out = options.out or (None if options.only else RESULTS)  # a part must not replace the whole
    options.only = options.only.split(",") if options.only else names
    if unknown := set(options.only) - set(names):
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(names)}")
    return options


def _measure(options: argparse.Namespace, folder: Path) -> Results:
    use = cores()
    with ExitStack() as stack:
        model = stack.enter_context(mock(use.load))
        ours = stack.enter_context(zaffre(model.port, use.gateway, folder))
        gateways = [stack.enter_context(nginx(model.port, use.gateway, folder)), ours]
        bench = _Bench(options, folder, model, use.load)
        results = Results(versions={target.name: target.version for target in gateways}, pinned=use.load is not None)
        results.started = {target.name: target.started for target in gateways}
        results.memory_idle = {target.name: pss_megabytes(target.pid) for target in gateways if target.pid}
        bench.loads([direct(model.port), *gateways], results)
        bench.probes(gateways, results)
    return results


class _Bench:
    """The measurements in their order, filling one Results."""

    def __init__(self, options: argparse.Namespace, folder: Path, model: Mock, core: int | None) -> None:
        self._options = options
        self._folder = folder
        self._mock = model
        self._core = core
        self._sizes: dict[tuple[str, str], int] = {}

    def loads(self, targets: Sequence[Target], results: Results) -> None:
        """Check and warm up everything, then measure target beside target, every other round in reverse.

        Loads that others disturbed in most rounds get as many rounds again, until there are enough quiet ones.
        """
        chosen = [workload for workload in WORKLOADS if workload.name in self._options.only]
        for workload in WORKLOADS if "soak" in self._options.only else chosen:
            for target in targets:
                self._sizes[workload.name, target.name] = checked_size(workload, target)
        for workload in chosen:
            for target in targets:
                self._run(workload, target, self._options.warm_up)
        for turn in range(self._options.rounds if chosen else 0):
            self._round(turn, chosen, targets, results)
        for turn in range(self._options.rounds):
            if not (again := [workload for workload in chosen if workload.name in results.disturbed]):
                break
            self._round(turn, again, targets, results)

    def _round(self, turn: int, workloads: Sequence[Workload], targets: Sequence[Target], results: Results) -> None:
        _say(f"round {turn + 1} of {self._options.rounds}: {', '.join(workload.name for workload in workloads)}")
        for workload in workloads:
            for target in targets if turn % 2 == 0 else reversed(targets):
                results.add(workload, target.name, self._run(workload, target, self._options.seconds))

    def probes(self, gateways: Sequence[Target], results: Results) -> None:
        """Departures and the stall at every gateway, the soak at ours, which is the last."""
        only, model, core = self._options.only, self._mock, self._core
        for target in gateways:
            if "disconnect" in only:
                _say(f"disconnect: {target.name}")
                results.departures[target.name] = probes.departures(target, model, core, self._options.departures)
            if "stall" in only:
                _say(f"stall: {target.name}")
                results.stalls[target.name] = probes.stall(target, model, core)
        if "soak" in only:
            ours = gateways[-1]
            _say(f"soak: {self._options.requests} requests to {ours.name}")
            sizes = {workload.name: self._sizes[workload.name, ours.name] for workload in WORKLOADS}
            results.soak = probes.soak(ours, model, core, self._folder, self._options.requests, sizes)

    def _run(self, workload: Workload, target: Target, seconds: float) -> Sample:
        seconds = max(seconds, workload.seconds)
        size = self._sizes[workload.name, target.name]
        return run_load(workload, target, self._mock, self._core, self._folder, seconds=seconds, size=size)


def _say(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)
