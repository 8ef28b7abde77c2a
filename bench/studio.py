"""A planner's run over HTTP: from the press of the button to the first and to all replications, and again.

Wall seconds, of the product as it is started: the one part of the bench that is no CPU time. The limits hold
on a quiet machine, and who shares its cores is not to be seen from here. So a loop of plain Python is timed
before and after each run; the seconds count by the pace of the loop beside the fastest one of this bench.
"""

import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import requests

from bench.parts import DEMO, Figures, Part, at_most
from hub.jobs import Jobs, load_proposal
from simulation.scenario import Scenario
from store.database import open_store

ROOT = DEMO.parent.parent
SCENARIOS = ROOT / "data" / "scenarios"
LINK = re.compile(r".*(http://[\w.:]+)(/enter\?token=\S+)")
WHOLE, OTHERS = "three_reforms", ("pool_enforcement", "joint_handling", "fill_vacancies", "delegate_powers")
LOOP = 3_000_000
LOOK, REST, PATIENCE = 0.1, 4.0, 600.0  # REST: what a cancelled run has in hand is played to its end
UPDATE = "/_dash-update-component"


@dataclass
class _Pace:
    """Wall seconds at the pace of the fastest loop: what the same takes while nobody else is about."""

    loops: list[float] = field(default_factory=list)
    wall: list[tuple[float, ...]] = field(default_factory=list)

    def watch(self, run: Callable[[], tuple[float, ...]]) -> Callable[[], tuple[float, ...]]:
        """Do something between two loops; its seconds, once all loops are known. `wall` keeps the clock's."""
        before, seconds, after = self._loop(), run(), self._loop()
        self.wall.append(seconds)
        return lambda: tuple(second * min(self.loops) * 2 / (before + after) for second in seconds)

    def _loop(self) -> float:
        began, counts = time.perf_counter(), dict[int, int]()
        for number in range(LOOP):
            counts[number % 1000] = counts.get(number % 1000, 0) + number
        self.loops.append(time.perf_counter() - began)
        return self.loops[-1]


def measure() -> Figures:
    """Seconds from submission to the first indicators, to all replications, and of the same asked again.

    The first indicators of several scenarios are waited for: their median counts, and their slowest is told.
    """
    pace = _Pace()
    with _start() as planner:
        planner.run("growth")  # its baseline is the baseline of the next
        runs = [pace.watch(partial(planner.run, WHOLE)) for _ in range(2)]
        looks = [pace.watch(partial(planner.look, name)) for name in OTHERS]
    (first, whole), (_, again) = (run() for run in runs)
    firsts = [first, *(look()[0] for look in looks)]
    return {
        "studio_first": float(np.median(firsts)),
        "studio_slowest": max(firsts),
        "studio_whole": whole,
        "studio_again": again,
        "studio_wall": [
            pace.wall[0][1],
            pace.wall[1][1],
            pace.wall[0][0],
            *(seconds for (seconds,) in pace.wall[2:]),
        ],
        "studio_noise": float(np.mean(pace.loops) / min(pace.loops)),
    }


class _Planner:
    """A browser's session of a planner, without the browser.

    It looks at the store whether there is more to fetch: fetching the whole table ten times a second would
    take a third of the machine from what is measured.
    """

    def __init__(self, base: str, client: requests.Session, jobs: Jobs) -> None:
        self.base, self.client, self.jobs, self.proposal = base, client, jobs, load_proposal()
        rules = client.get(base + "/_dash-dependencies", timeout=30).json()
        self.button = next(rule for rule in rules if "plan-run.n_clicks" in _name_inputs(rule))

    def run(self, name: str) -> tuple[float, float]:
        """Submit a scenario that comes with the product; seconds to the first and to all replications."""
        began, job = self._submit(name)
        first = self._wait(job, began, 1)
        return first, self._wait(job, began, self.proposal["replications"])

    def look(self, name: str) -> tuple[float]:
        """Submit a scenario and end its run when its first indicators are there; seconds to them."""
        began, job = self._submit(name)
        seconds = self._wait(job, began, 1)
        self.jobs.cancel(job)
        while self.jobs.status(job).finished_at is None:
            time.sleep(LOOK)
        time.sleep(REST)
        return (seconds,)

    def _submit(self, name: str) -> tuple[float, str]:
        return time.monotonic(), self._press(Scenario.from_file(SCENARIOS / f"{name}.toml"))

    def _wait(self, job: str, began: float, wanted: int) -> float:
        """Seconds until so many replications are in the table; it is fetched only when it may hold them."""
        while time.monotonic() - began < PATIENCE:
            status = self.jobs.status(job)
            ready = status.done if wanted == 1 else status.state == "done"
            if ready and self._count(job) >= wanted:
                return time.monotonic() - began
            time.sleep(LOOK)
        raise TimeoutError(f"no result in {PATIENCE:.0f} s")

    def _press(self, scenario: Scenario) -> str:
        rows = [{"measure": row["measure"], **row} for row in scenario.to_plain()["measures"]]
        fields = [(n, field, value) for n, row in enumerate(rows) for field, value in row.items()]
        plain = {f"plan-{key}": value for key, value in self.proposal.items()}
        known = plain | {"plan-run": 1, "plan-name": scenario.title, "plan-start": str(plain["plan-start"])}
        body = {
            "output": self.button["output"],
            "outputs": [_split(part) for part in self.button["output"].strip(".").split("...")],
            "inputs": [_fill(slot, known, fields) for slot in self.button["inputs"]],
            "state": [_fill(slot, known, fields) for slot in self.button["state"]],
            "changedPropIds": ["plan-run.n_clicks"],
        }
        answer = self.client.post(self.base + UPDATE, json=body, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["response"]["plan-job"]["data"])

    def _count(self, job: str) -> int:
        """Replications in the table that a planner downloads; 0 before the first."""
        answer = self.client.get(f"{self.base}/api/runs/{job}/indicators.csv", timeout=60)
        if answer.status_code != 200:
            return 0
        table = pd.read_csv(io.BytesIO(answer.content))
        return int(max(table.loc[table["scenario"] != "baseline", "replications"], default=0))


def _name_inputs(rule: dict[str, Any]) -> set[str]:
    return {f"{slot['id']}.{slot['property']}" for slot in rule["inputs"]}


def _split(part: str) -> dict[str, str]:
    name, _, prop = part.rpartition(".")
    return {"id": name, "property": prop.partition("@")[0]}


def _fill(slot: dict[str, Any], known: dict[str, Any], fields: list[tuple[int, str, Any]]) -> Any:
    """A control with its value; every field of the form where the slot stands for all of them."""
    if "plan-field" not in slot["id"]:
        return {**slot, "value": known.get(slot["id"])}
    ids = [{"type": "plan-field", "n": n, "field": field} for n, field, _ in fields]
    values = ids if slot["property"] == "id" else [value for *_, value in fields]
    return [
        {"id": name, "property": slot["property"], "value": value}
        for name, value in zip(ids, values, strict=True)
    ]


@contextmanager
def _start() -> Iterator[_Planner]:
    """The product over an empty store, its worker with two processes, and a session by its one-time link."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{Path(folder) / 'bench.sqlite'}"
        command = [sys.executable, "app.py", "serve", "--port", "0", "--store", store, "--no-demo"]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            yield _enter(process, Jobs(open_store(store)))
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def _enter(process: "subprocess.Popen[str]", jobs: Jobs) -> _Planner:
    assert process.stdout is not None
    for line in process.stdout:
        found = LINK.match(line)
        if found:
            client = requests.Session()
            token = found[2].partition("=")[2]
            client.post(f"{found[1]}/enter", data={"token": token}, timeout=60).raise_for_status()
            return _Planner(found[1], client, jobs)
    raise RuntimeError("the product ended at its start")


def tell(f: Figures) -> list[str]:
    """The figures in words."""
    return [
        "a planner's run over HTTP, 20 x 30 days of the demo district, baseline known: wall seconds at",
        f"  the pace of the machine's fastest loop (the mean loop took {f['studio_noise']:.2f} times that)",
        f"  to the first indicators {f['studio_first']:.1f} s, median of five scenarios (at most 4)",
        f"    the slowest of them {f['studio_slowest']:.1f} s",
        f"  to all replications {f['studio_whole']:.1f} s (at most 45)",
        f"  the same asked again {f['studio_again']:.2f} s (at most 1)",
        f"  by the clock: all {f['studio_wall'][0]:.1f} s, again {f['studio_wall'][1]:.2f} s, first "
        + ", ".join(f"{seconds:.1f}" for seconds in f["studio_wall"][2:]),
    ]


PART = Part(
    "studio",
    measure,
    (at_most("studio_first", 4.0), at_most("studio_whole", 45.0), at_most("studio_again", 1.0)),
    tell,
)
