"""Whatever is sent: an answer, never a 5xx, never a traceback."""

import contextlib
import json
import random
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from hub.roles import ROLES
from tests.dashboard.test_guard import ODD_VALUES, call_body, malform
from tests.trust.forms import both_forms, tell
from tests.trust.product import Product
from tests.trust.test_walk import UPDATE, read_callbacks

ODD_TEXTS: list[bytes] = [
    b"", b"{", b"\xff\xfe", b"[" * 50_000, b"null", b"[]", b"{}", b'"x"', b"1e999", b"NaN",
    b'{"output": NaN}', b'{"a":' * 500 + b"1" + b"}" * 500,
    b" " * 100_000, b'{"output": "\\ud800"}', b'{"output": "\\u0000"}',
]  # fmt: skip


@pytest.fixture(scope="module")
def attacked(small_folder: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A running product, started once."""
    folder = tmp_path_factory.mktemp("attacked")
    product = Product(small_folder, f"sqlite:///{folder / 'twin.db'}", folder)
    product.start()
    yield product
    product.kill()


@both_forms("cases", quick=(150,), full=(2_400,))
def test_the_api_answers_every_request_of_schemathesis_below_500(attacked: Product, cases: int) -> None:
    document = attacked.enter("admin").get(attacked.base + "/api/openapi.json", timeout=60).json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=attacked.base)
    operations = [found.ok() for found in schema.get_all_operations()]
    header, client, statuses = attacked.make_key(), requests.Session(), dict[int, int]()
    broken: dict[str, str] = {}
    each = -(-cases // (2 * len(operations)))
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for status, command in send_cases(operation, mode, each, header, client):
                statuses[status] = statuses.get(status, 0) + 1
                if status >= 500 and str(status) not in operation.definition.raw["responses"]:
                    broken.setdefault(operation.label, command)
    sent = sum(statuses.values())
    assert sent >= cases * 0.8
    assert broken == {}
    assert "Traceback" not in attacked.read_log()
    told = dict(sorted(statuses.items()))
    tell(f"schemathesis: {sent} requests on {len(operations)} operations, answers {told}")


def send_cases(
    operation: Any, mode: GenerationMode, each: int, header: dict[str, str], client: requests.Session
) -> list[tuple[int, str]]:
    """What requests that fit the document, or break it on purpose, were answered; and how to send each."""
    statuses: list[tuple[int, str]] = []
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception:  # nothing of this operation can be broken
        return statuses

    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @given(case=strategy)
    def send(case: Any) -> None:
        answer = case.call(session=client, headers=header, timeout=60)
        statuses.append((answer.status_code, case.as_curl_command()[:1000]))

    with contextlib.suppress(hypothesis.errors.Unsatisfiable):
        send()
    return statuses


@both_forms("bodies", quick=(650,), full=(5_200,))
def test_no_mutated_callback_body_of_any_role_is_answered_with_a_5xx(attacked: Product, bodies: int) -> None:
    callbacks, statuses = read_callbacks(attacked), dict[int, int]()
    people = ("anonymous", *ROLES)
    for number, role in enumerate(people):
        client = requests.Session() if role == "anonymous" else attacked.enter(role)
        for raw in mutate(callbacks, bodies // len(people), number):
            answer = client.post(
                attacked.base + UPDATE,
                data=raw,
                headers={"Content-Type": "application/json"},
                timeout=60,
            )
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            assert answer.status_code < 500, (role, answer.status_code, raw[:500])
    log = attacked.read_log()
    assert "Traceback" not in log, log[-5000:]
    told = dict(sorted(statuses.items()))
    tell(
        f"callbacks: {sum(statuses.values())} mutated bodies of {len(people)} kinds of people, answers {told}"
    )


def mutate(callbacks: Any, count: int, seed: int) -> Iterator[bytes]:
    """Bodies that no renderer sends, and well-formed ones with odd values; the same ones for a seed."""
    chance, keys = random.Random(seed), sorted(callbacks.app.callback_map)
    for number in range(count):
        if number % 40 == 0:
            yield chance.choice(ODD_TEXTS)
            continue
        body = call_body(callbacks, chance.choice(keys))
        wrong = chance.choice([malform_one, odd_values, scramble])
        yield json.dumps(wrong(body, chance)).encode()


def malform_one(body: dict[str, Any], chance: random.Random) -> Any:
    """One of the known malformed shapes."""
    return chance.choice(malform(body))


def odd_values(body: dict[str, Any], chance: random.Random) -> Any:
    """The right shape, with values that no form gives."""
    for item in (*body["inputs"], *body["state"]):
        if isinstance(item, dict):
            item["value"] = chance.choice(ODD_VALUES)
    return body


def scramble(value: Any, chance: random.Random) -> Any:
    """Something somewhere taken out, doubled or replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(sorted(value))
        if chance.random() < 0.2:
            return {name: kept for name, kept in value.items() if name != key}
        return value | {key: scramble(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        place = chance.randrange(len(value))
        return [*value[:place], scramble(value[place], chance), *value[place + chance.randrange(2) :]]
    return chance.choice(ODD_VALUES)
