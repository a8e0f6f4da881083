"""The deployments, listed as models."""

import pytest
from openai import NotFoundError, OpenAI


def test_deployments_are_listed_as_models(client: OpenAI) -> None:
    models = client.models.list()
    assert {"able", "able-embed"} <= {model.id for model in models}
    assert {model.object for model in models} == {"model"}


def test_one_is_found_by_its_name_in_any_letter_case(client: OpenAI) -> None:
    assert client.models.retrieve("ABLE").id == "able"


def test_one_that_there_is_not_is_not_found(client: OpenAI) -> None:
    with pytest.raises(NotFoundError) as missing:
        client.models.retrieve("nobody")
    assert missing.value.code == "DeploymentNotFound"
