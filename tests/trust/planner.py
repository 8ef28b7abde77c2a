"""A planner at the plan page, as the renderer speaks for them."""

import json
from dataclasses import dataclass
from typing import Any

import requests

from tests.dashboard.test_guard import call_body
from tests.trust.product import Product
from tests.trust.test_walk import UPDATE, read_callbacks


@dataclass(frozen=True)
class WhatIf:
    """What a planner asks: demand times a factor over some days from a first one."""

    seed: int
    start: str = "2025-05-12"
    days: int = 3
    replications: int = 2
    factor: float = 1.2


class Planner:
    """One session of the role planner; it outlives restarts of the pages."""

    def __init__(self, product: Product) -> None:
        self.product, self.client = product, product.enter("planner")
        callbacks = read_callbacks(product)
        self.key = next(key for key in callbacks.app.callback_map if key.startswith("..plan-job.data"))
        self.body = call_body(callbacks, self.key)

    def ask(self, what: WhatIf) -> requests.Response:
        """Press Run."""
        answer = self.client.post(self.product.base + UPDATE, json=self._fill(what), timeout=120)
        assert answer.status_code in (200, 429), answer.text[:500]
        return answer

    def submit(self, what: WhatIf) -> str:
        """Press Run; the id of the job."""
        return str(self.ask(what).json()["response"]["plan-job"]["data"])

    def read(self, job: str, table: str) -> requests.Response:
        """Download a table of a run."""
        return self.client.get(f"{self.product.base}/api/runs/{job}/{table}.csv", timeout=60)

    def _fill(self, what: WhatIf) -> dict[str, Any]:
        plain = {"plan-run": 1, "plan-name": "more", "plan-start": what.start, "plan-days": what.days}
        plain |= {"plan-replications": what.replications, "plan-seed": what.seed}
        fields = {"measure": "scale_demand", "factor": what.factor, "places": [], "matters": []}
        body = json.loads(json.dumps(self.body)) | {"changedPropIds": ["plan-run.n_clicks"]}
        controls = iter(("value", "id"))
        for place in ("inputs", "state"):
            for number, item in enumerate(body[place]):
                if isinstance(item, list):
                    body[place][number] = _draw_controls(fields, next(controls))
                else:
                    item["value"] = plain[item["id"]]
        return body


def _draw_controls(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The controls of one measure, each with its value or its own id."""
    ids = {field: {"type": "plan-field", "n": 0, "field": field} for field in fields}
    return [
        {"id": ids[field], "property": name, "value": value if name == "value" else ids[field]}
        for field, value in fields.items()
    ]
