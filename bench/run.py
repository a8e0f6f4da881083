"""The command: start everything, measure in interleaved rounds, print, judge, write the results.

Exit status: 0 when everything ran, whatever the figures; 2 when something did not run correctly (a program is
missing, an answer was wrong, a stream incomplete), so that its figures mean nothing.
"""

import argparse
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import probes
from bench.answers import WrongAnswer, checked_size
from bench.gateways import BASE, OURS, filtered, flat, nginx, zaffre
from bench.load import Sample, run_load
from bench.native import BUILD, HERE, CannotRun
from bench.peers import ENVIRONMENTS, PEERS, installed
from bench.processes import Cores, cores
from bench.report import print_results, publish, write_results
from bench.results import Results
from bench.targets import Gateway, Mock, Target, direct, mock
from bench.workloads import WORKLOADS, Workload

PROBES = ("start", "disconnect", "stall", "soak")


def main(words: Sequence[str] | None = None) -> int:
    options = read_options(words)
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
    write_results(results, options.out)
    if results.problems:
        return 2
    if options.publish:
        publish(results, HERE, shlex.join(["python", "-m", "bench", *(sys.argv[1:] if words is None else words)]))
    return 0


def read_options(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; `only` names everything where it was left away."""
    names = [*PROBES, *(workload.name for workload in WORKLOADS)]
    parser = argparse.ArgumentParser(prog="python -m bench", description="zaffre beside nginx, on this machine")
    parser.add_argument("--only", type=_names(names), help=f"comma-separated, of {', '.join(names)}")
    parser.add_argument("--peers", type=_names(PEERS), default=[], help=f"comma-separated, of {', '.join(PEERS)}")
    parser.add_argument("--rounds", type=int, default=10, help="how often each load is measured (default 10)")
    parser.add_argument("--seconds", type=float, default=0.8, help="how long each time (default 0.8)")
    parser.add_argument("--warm-up", type=float, default=0.6, help="seconds of each load before (default 0.6)")
    parser.add_argument("--departures", type=int, default=150, help="how often a caller leaves (default 150)")
    parser.add_argument("--requests", type=int, default=100_000, help="of the soak (default 100000)")
    parser.add_argument("--out", type=Path, default=BUILD / "latest.json", help="where every sample goes")
    parser.add_argument("--publish", action="store_true", help="write RESULTS.md, its plot and its samples")
    options = parser.parse_args(words)
    if options.publish and options.only:
        parser.error("--publish: a part must not replace the whole; leave --only away")
    options.only = options.only or names
    return options


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    """How a list of names is read from one word."""

    def names(word: str) -> list[str]:
        if unknown := set(word.split(",")) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of {', '.join(known)}")
        return word.split(",")

    return names


def _gateways(options: argparse.Namespace) -> list[Gateway]:
    """Those that something chosen is measured with; what has to be installed is, before anything is measured."""
    everybody = [
        nginx(),
        *(installed(name, PEERS[name], ENVIRONMENTS) for name in options.peers),
        zaffre(),
        filtered(),
        *flat(),
    ]
    chosen = set(options.only)
    probed = chosen & set(PROBES)
    return [
        gateway
        for gateway in everybody
        if any(gateway.api.runs(name) for name in chosen - probed) or (probed and gateway.name in (BASE, OURS))
    ]


def _measure(options: argparse.Namespace, folder: Path) -> Results:
    use, gateways = cores(), _gateways(options)
    results = Results(versions={gateway.name: gateway.versions for gateway in gateways}, pinned=use.load is not None)
    loads = [name for name in options.only if name not in PROBES]
    results.remarks = {gateway.name: said for gateway in gateways if (said := _remarks(gateway, loads))}
    with mock(use.load) as model, ExitStack() as stack:
        bench = _Bench(options, folder, model, use)
        if "start" in options.only:
            bench.starts(gateways, results)
        targets = [stack.enter_context(gateway.running(model, use.gateway, folder)) for gateway in gateways]
        bench.loads([direct(model), *targets], results)
        bench.probes([target for target in targets if target.name in (BASE, OURS)], results)
    return results


def _remarks(gateway: Gateway, loads: Sequence[str]) -> str:
    """What a reader of its figures must know; of a peer, which of the chosen loads it can't run, too."""
    missing = [name for name in loads if name != "flat" and not gateway.api.runs(name)]
    left = f"not measured with {', '.join(missing)}" if gateway.name in PEERS and missing else ""
    return "; ".join(part for part in (gateway.remark, left) if part)


class _Bench:
    """The measurements in their order, filling one Results."""

    def __init__(self, options: argparse.Namespace, folder: Path, model: Mock, use: Cores) -> None:
        self._options = options
        self._folder = folder
        self._mock = model
        self._cores = use
        self._sizes: dict[tuple[str, str], int] = {}

    def starts(self, gateways: Sequence[Gateway], results: Results) -> None:
        """Start every gateway while no other runs."""
        chat, large = (workload for workload in WORKLOADS if workload.name in ("chat", "flat"))
        for gateway in gateways:
            _say(f"start: {gateway.name}")
            load = chat if gateway.api.runs("chat") else large
            results.starts[gateway.name] = probes.start(gateway, load, self._mock, self._cores, self._folder)

    def loads(self, targets: Sequence[Target], results: Results) -> None:
        """Check and warm up everything, then measure target beside target, every other round in reverse.

        Loads that others disturbed in most rounds get as many rounds again, until there are enough quiet ones.
        """
        chosen = [workload for workload in WORKLOADS if workload.name in self._options.only]
        for workload in WORKLOADS if "soak" in self._options.only else chosen:
            for target in _able(targets, workload):
                self._sizes[workload.name, target.name] = checked_size(workload, target)
        for workload in chosen:
            for target in _able(targets, workload):
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
            able = _able(targets, workload)
            for target in able if turn % 2 == 0 else reversed(able):
                results.add(workload, target.name, self._run(workload, target, self._options.seconds))

    def probes(self, gateways: Sequence[Target], results: Results) -> None:
        """Departures and the stall at every gateway, the soak at ours, which is the last."""
        only, model, core = self._options.only, self._mock, self._cores.load
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
            sizes = {name: self._sizes[name, ours.name] for name in ("chat", "stream")}
            results.soak = probes.soak(ours, model, core, self._folder, self._options.requests, sizes)

    def _run(self, workload: Workload, target: Target, seconds: float) -> Sample:
        seconds = max(seconds, workload.seconds)
        size = self._sizes[workload.name, target.name]
        return run_load(workload, target, self._mock, self._cores.load, self._folder, seconds=seconds, size=size)


def _able(targets: Sequence[Target], workload: Workload) -> Sequence[Target]:
    return [target for target in targets if target.api.runs(workload.name)]


def _say(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)
