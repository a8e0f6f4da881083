from collections.abc import Sequence

import pytest

from bench.peers import PEERS
from bench.run import PROBES, main, read_options
from bench.workloads import WORKLOADS


def refusal(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_everything_is_measured_and_no_peer_unless_one_is_named() -> None:
    options = read_options([])
    assert set(options.only) == {*PROBES, *(workload.name for workload in WORKLOADS)}
    assert (options.peers, options.publish) == ([], False)


def test_loads_and_peers_are_named_in_one_word_each() -> None:
    options = read_options(["--only", "chat,steady", "--peers", "litellm,fastapi"])
    assert (options.only, options.peers) == (["chat", "steady"], ["litellm", "fastapi"])


@pytest.mark.parametrize("option", ["--only", "--peers"])
def test_a_name_that_nobody_knows_is_refused_with_the_option_it_stands_in(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal([option, "neverheard"], capsys)
    assert option in said
    assert "neverheard is none of" in said


def test_a_part_is_never_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--publish" in refusal(["--publish", "--only", "chat"], capsys)


def test_every_package_of_a_peer_is_pinned() -> None:
    packages = [package for peer in PEERS.values() for package in peer.packages]
    assert [package for package in packages if "==" not in package] == []
