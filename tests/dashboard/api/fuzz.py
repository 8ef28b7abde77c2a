"""Cases that schemathesis makes from the document, fitting and unfitting, against a hub that runs."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
Send = Callable[[Any], Any]


def fuzz_api(document: Mapping[str, Any], send: Send, examples: int) -> tuple[Counter[int], list[str]]:
    """Send about `examples` fitting and as many unfitting cases to each operation of the document.

    `send` makes the request of a schemathesis case and returns an answer with `status_code` and `text`.
    Answers counted by status, and what was sent where the answer was a 5xx.
    """
    counted: Counter[int] = Counter()
    broken: list[str] = []
    for found in schemathesis.openapi.from_dict(dict(document)).get_all_operations():
        for mode in MODES:
            _fuzz_operation(found.ok(), mode, send, examples, counted, broken)
    return counted, broken


def _fuzz_operation(
    operation: Any, mode: GenerationMode, send: Send, examples: int, counted: Counter[int], broken: list[str]
) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        answer = send(case)
        counted[answer.status_code] += 1
        # 503 is what /health/ready says while no worker runs
        if answer.status_code >= 500 and not (answer.status_code == 503 and "ready" in operation.path):
            broken.append(f"{operation.label} {answer.status_code}: {case.query} {str(case.body)[:300]}")

    try:
        run()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__:  # nothing unfitting can be made of no parameters
            raise
