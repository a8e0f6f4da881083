"""Everything measured in one run: kept, compared round by round, judged by the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.gateways import BASE, FLAT, OURS, flat_name
from bench.load import Sample
from bench.probes import Departures, Soak, Stall, Start
from bench.workloads import Workload

QUIET = 0.95
"""The share of its core that a gateway uses which has it to itself."""
ENOUGH = 3
"""Quiet rounds that are enough to do without the others."""

CPU_LIMITS = {"chat": 2.5, "prompt": 4.0, "stream": 3.5, "openai-stream": 1.5, "paced": 2.0, "embeddings": 1.5}
"""CPU time per answer or event against nginx's, by workload."""


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

    versions: Mapping[str, Mapping[str, str]]
    """By gateway: its own and those of the libraries that carry its requests."""
    pinned: bool
    workloads: dict[str, Workload] = field(default_factory=dict)
    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    """By workload, then target: one sample a round."""
    remarks: dict[str, str] = field(default_factory=dict)
    """By gateway: what a reader of its figures must know."""
    starts: dict[str, Start] = field(default_factory=dict)
    departures: dict[str, Departures] = field(default_factory=dict)
    stalls: dict[str, Stall] = field(default_factory=dict)
    soak: Soak | None = None

    def add(self, workload: Workload, target: str, sample: Sample) -> None:
        self.workloads[workload.name] = workload
        self.samples.setdefault(workload.name, {}).setdefault(target, []).append(sample)

    def rounds(self, workload: str) -> range:
        """The numbers of the rounds that were measured."""
        return range(len(self.samples[workload][BASE]))

    def quiet_rounds(self, workload: str) -> Sequence[int]:
        """The rounds in which nginx and zaffre each had their core to themselves; all, where that can't be told."""
        if not self.workloads[workload].saturates:
            return self.rounds(workload)
        judged = [samples for name, samples in self.samples[workload].items() if name == BASE or name.startswith(OURS)]
        return [turn for turn in self.rounds(workload) if min(samples[turn].busy for samples in judged) >= QUIET]

    def used_rounds(self, workload: str) -> Sequence[int]:
        """The quiet rounds, or all where hardly any was: then the figures say less."""
        quiet, everything = self.quiet_rounds(workload), self.rounds(workload)
        return quiet if len(quiet) >= min(ENOUGH, len(everything)) else everything

    def has(self, workload: str, target: str) -> bool:
        return target in self.samples.get(workload, {})

    def middle(self, workload: str, target: str, figure: str) -> float | None:
        """The median over the used rounds of a sample's figure; None where it has none."""
        if not self.has(workload, target):
            return None
        samples = self.samples[workload][target]
        values = [getattr(samples[turn], figure) for turn in self.used_rounds(workload)]
        return median(values) if all(value is not None for value in values) else None

    def ratios(self, workload: str, target: str, base: str = BASE) -> list[float]:
        """CPU time against another's of the same round, which had the same weather, in the used rounds."""
        if not (self.has(workload, target) and self.has(workload, base)):
            return []
        ours, others = self.samples[workload][target], self.samples[workload][base]
        return [
            ours[turn].cpu_us / others[turn].cpu_us
            for turn in self.used_rounds(workload)
            if ours[turn].cpu_us and others[turn].cpu_us
        ]

    def ratio(self, workload: str, target: str, base: str = BASE) -> float | None:
        """The median of `ratios`; None where there are none."""
        ratios = self.ratios(workload, target, base)
        return median(ratios) if ratios else None

    def added(self, workload: str, target: str, figure: str) -> float | None:
        """The median over the rounds of a latency less nginx's of the same round, in milliseconds."""
        if target == BASE or not (self.has(workload, target) and self.has(workload, BASE)):
            return None
        ours, base = self.samples[workload][target], self.samples[workload][BASE]
        return float(
            median(getattr(ours[turn], figure) - getattr(base[turn], figure) for turn in self.used_rounds(workload))
        )

    @property
    def gateways(self) -> Sequence[str]:
        """The names of all that was measured except the bare mock."""
        return list(self.versions)

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
        found += [f"start, {name}: {seen.complaint}" for name, seen in self.starts.items() if seen.complaint]
        found += [
            f"stall, {name}: the stream was not complete" for name, seen in self.stalls.items() if not seen.complete
        ]
        if self.soak and self.soak.bad:
            found.append(f"soak: {self.soak.complaint}")
        return found

    @property
    def verdicts(self) -> list[Verdict]:
        """Every target that something was measured for. The content filter's cost has none."""
        return [*self._costs(), *self._latencies(), *self._footprint(), *self._manners()]

    def _costs(self) -> list[Verdict]:
        found = [
            Verdict(f"{name}: CPU per {self.workloads[name].priced_by}", ratio, limit, "x nginx")
            for name, limit in CPU_LIMITS.items()
            if (ratio := self.ratio(name, OURS)) is not None
        ]
        fewest, most = flat_name(FLAT[0]), flat_name(FLAT[-1])
        if (ratio := self.ratio("flat", most, fewest)) is not None:
            text = f"flat: CPU per answer with {FLAT[-1]:,} deployments and keys"
            found.append(Verdict(text, ratio, 1.1, "x the cost with one"))
        return found

    def _latencies(self) -> list[Verdict]:
        found = [
            Verdict(f"{name}: p50 beyond nginx's", added, 0.5, "ms")
            for name in ("single", "steady")
            if (added := self.added(name, OURS, "p50")) is not None
        ]
        if self.has("slow", OURS):
            possible = self.middle("slow", "mock", "rate") or 0.0
            lost = 1 - (self.middle("slow", OURS, "rate") or 0.0) / possible if possible else 1.0
            found.append(Verdict("slow: answers fewer than without a gateway", lost * 100, 5.0, "%"))
        return found

    def _footprint(self) -> list[Verdict]:
        if OURS not in self.starts:
            return []
        start = self.starts[OURS]
        return [
            Verdict("memory when started", start.idle, 50.0, "MB"),
            Verdict("from start to ready", start.seconds, 0.7, "s"),
        ]

    def _manners(self) -> list[Verdict]:
        found = []
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
