"""What is made of samples: ratios, verdicts, tables, the published page and its plot."""

import json
import platform
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.gateways import flat_name
from bench.load import Sample
from bench.probes import Start
from bench.report import publish
from bench.results import Results
from bench.tables import summary
from bench.workloads import WORKLOADS

CHAT, STEADY, FLAT = (workload for workload in WORKLOADS if workload.name in ("chat", "steady", "flat"))


def sample(cpu_us: float, *, busy: float = 1.0, p50: float = 1.0, complaint: str = "") -> Sample:
    return Sample(100, 0, complaint, 1000.0, cpu_us, cpu_us / 2, busy, 0.5, p50, p50 * 2, None, None, 1)


@pytest.fixture
def results() -> Results:
    found = Results({name: {name: "1.0"} for name in ("nginx", "litellm", "zaffre")}, pinned=True)
    for turn in range(3):
        found.add(CHAT, "nginx", sample(10 + turn))
        found.add(CHAT, "litellm", sample(4000 + 400 * turn))
        found.add(CHAT, "zaffre", sample(20 + 2 * turn))
        found.add(STEADY, "nginx", sample(100, p50=0.4))
        found.add(STEADY, "zaffre", sample(200, p50=0.6))
    found.starts["zaffre"] = Start(0.5, 40.0, 45.0, "")
    found.remarks["litellm"] = "not measured with slow"
    return found


def test_a_ratio_is_of_the_same_round(results: Results) -> None:
    assert results.ratio("chat", "zaffre") == 2.0
    assert results.ratio("chat", "litellm", "zaffre") == 200.0
    assert results.ratio("chat", "nobody") is None


def test_what_a_gateway_adds_is_its_latency_less_that_of_nginx(results: Results) -> None:
    assert results.added("steady", "zaffre", "p50") == pytest.approx(0.2)
    assert results.added("steady", "nginx", "p50") is None


def test_a_round_that_others_disturbed_does_not_count(results: Results) -> None:
    for turn in range(3):
        results.samples["chat"]["zaffre"].append(sample(90, busy=0.5))
        results.samples["chat"]["nginx"].append(sample(10))
        results.samples["chat"]["litellm"].append(sample(4000, busy=0.9 if turn else 0.1))
    assert results.used_rounds("chat") == [0, 1, 2]
    assert results.disturbed == []


def test_without_enough_quiet_rounds_all_count_and_it_is_said(results: Results) -> None:
    results.samples["chat"]["zaffre"][0] = sample(90, busy=0.5)
    assert list(results.used_rounds("chat")) == [0, 1, 2]
    assert results.disturbed == ["chat"]


def test_the_flat_cost_is_judged_against_the_smallest_configuration(results: Results) -> None:
    for name, cost in (("nginx", 10), (flat_name(1), 20), (flat_name(100), 20), (flat_name(10_000), 30)):
        results.add(FLAT, name, sample(cost))
    verdict = next(verdict for verdict in results.verdicts if verdict.text.startswith("flat"))
    assert (verdict.measured, verdict.met) == (1.5, False)


def test_a_bad_answer_is_a_problem(results: Results) -> None:
    results.samples["chat"]["litellm"][1] = sample(4000, complaint="1 failed")
    assert results.problems == ["chat, litellm: 1 failed"]


def test_the_summary_has_a_row_for_each_gateway(results: Results) -> None:
    table = summary(results)
    assert [row[0] for row in table.rows] == ["nginx", "litellm", "zaffre"]
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert table.rows[2][:5] == ["zaffre", "22.0", "2.00", "1.00", "1,000"]
    assert table.rows[2][5:9] == ["0.60", "+0.20", "1.20", "+0.40"]


def test_the_page_says_what_was_met_and_what_was_not_run(results: Results, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    publish(results, tmp_path, "python -m bench --publish --peers litellm")
    page = (tmp_path / "RESULTS.md").read_text()
    assert "| chat: CPU per answer | 2.00 x nginx | 2.5 | met |" in page
    assert "litellm: not measured with slow." in page
    assert "`python -m bench --publish --peers litellm`" in page
    samples = json.loads((tmp_path / "results" / "latest.json").read_text())
    assert samples["workloads"]["chat"]["litellm"]["ratio"] == 400.0
    for text in (page, json.dumps(samples)):
        assert platform.node() not in text


def test_the_plot_has_a_bar_for_each_ratio(results: Results, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    publish(results, tmp_path, "bench")
    picture = ElementTree.parse(tmp_path / "results" / "cpu.svg").getroot()
    texts = [element.text for element in picture.iter() if element.tag.endswith("text")]
    assert {"litellm", "zaffre", "400", "2.0"} <= set(texts)
