"""POST /v1/embeddings, asked by OpenAI's own client."""

import base64
from collections.abc import Iterator

import httpx
import numpy as np
import openai
import pytest

from aisle.storefront.shop import Shop


@pytest.fixture
def openai_client(client: httpx.Client) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="unused", max_retries=0) as found:
        yield found


@pytest.fixture
def model(openai_client: openai.OpenAI) -> str:
    (only,) = openai_client.models.list().data
    return only.id


def expected(path, texts):
    with Shop.open(path) as shop:
        assert shop.encoder is not None
        return shop.encoder.encode(texts)


def test_an_unmodified_openai_client_gets_the_encoders_vectors_in_order(openai_client, model, shop_directory):
    texts = ["whole milk", "oat bread", "butter", "whole milk"]
    answer = openai_client.embeddings.create(model=model, input=texts)
    vectors = np.array([one.embedding for one in answer.data], np.float32)
    np.testing.assert_allclose(vectors, expected(shop_directory, texts), atol=1e-5)
    assert [one.index for one in answer.data] == [0, 1, 2, 3]
    assert answer.model == model
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 4 * 3


def test_one_text_and_plain_floats(openai_client, model, shop_directory):
    answer = openai_client.embeddings.create(model=model, input="butter", encoding_format="float")
    assert answer.data[0].embedding == pytest.approx(expected(shop_directory, ["butter"])[0].tolist(), abs=1e-5)


def test_base64_is_little_endian_float32(client, model, shop_directory):
    answer = client.post("/v1/embeddings", json={"model": model, "input": "butter", "encoding_format": "base64"}).json()
    vector = np.frombuffer(base64.b64decode(answer["data"][0]["embedding"]), "<f4")
    np.testing.assert_allclose(vector, expected(shop_directory, ["butter"])[0], atol=1e-5)


def test_truncation_is_reported(client, model):
    answer = client.post("/v1/embeddings", json={"model": model, "input": ["milk " * 100, "milk"]}).json()
    assert answer["truncated"] == {"texts": 1, "tokens": 100 - 30}
    assert answer["usage"]["prompt_tokens"] == 32 + 3


def test_the_client_raises_its_own_errors(openai_client, model):
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt'"):
        openai_client.embeddings.create(model="gpt", input="milk")
    with pytest.raises(openai.UnprocessableEntityError, match="it is empty"):
        openai_client.embeddings.create(model=model, input=["milk", ""])
    with pytest.raises(openai.UnprocessableEntityError, match="token ids are not accepted"):
        openai_client.embeddings.create(model=model, input=[[1, 2, 3]])
    with pytest.raises(openai.UnprocessableEntityError, match="dimensions"):
        openai_client.embeddings.create(model=model, input="milk", dimensions=7)


@pytest.mark.parametrize(
    "change",
    [
        {"input": []},
        {"input": None},
        {"input": {"text": "a"}},
        {"input": ["a"] * 2049},
        {"input": [None]},
        {"model": None},
        {"model": ["tiny"]},
        {"encoding_format": "int8"},
        {"encoding_format": ["float"]},
        {"dimensions": "many"},
        {"temperature": 1},
    ],
)
def test_wrong_bodies_are_problems(client, model, change):
    answer = client.post("/v1/embeddings", json={"model": model, "input": "a", **change})
    assert answer.status_code == 422, answer.text
    content = answer.json()
    assert content["errors"][0]["where"].startswith("body.")
    assert content["error"]["message"] == content["detail"]


def test_a_body_that_is_no_object_is_a_problem(client):
    assert client.post("/v1/embeddings", json=["milk"]).status_code == 422
    assert client.post("/v1/embeddings", content=b"model=x").status_code == 415
