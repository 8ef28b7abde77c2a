"""A desk that holds what a test puts into it, and case files to open on it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from hub.casework.records import Candidate, CaseClock, CaseFile, Choice, OpenCases, Refused, Step, Twin
from hub.casework.rules import Actor
from hub.scopes import Scope

NOW = datetime(2026, 5, 13, 2, 24, tzinfo=UTC)  # 10:24 in the district
HUB, OFFICE, VILLAGE = "990101900000", "990101001900", "990101001401"


def list_cases(count: int, **columns: Any) -> OpenCases:
    """So many open cases in the first village: one late, one due soon, the rest with time left or undated."""
    moment = int(NOW.timestamp())
    due = np.array([moment - 600, moment + 600, moment + 86_400, *[-1] * count][:count])
    values: dict[str, Any] = {
        "version": 7, "as_of": NOW, "origin": "live",
        "case_id": [f"C-{n}" for n in range(count)], "number": [f"0513-{n:06d}" for n in range(count)],
        "item": ["01-1"] * count, "state": ["dispatched"] * count, "stage": np.full(count, 2),
        "tier": ["village"] * count, "unit": [VILLAGE] * count, "village": ["990101001001"] * count,
        "township": ["990101001000"] * count, "priority": np.full(count, 3),
        "reported_at": np.full(count, moment - 7200), "due": due,
        "amber_at": np.where(due < 0, -1, due - 1200),
        "longitude": np.array([111.0, *[np.nan] * count][:count]), "latitude": np.array([29.5] * count),
        "suspect": np.zeros(count, dtype=bool), "whistled": np.zeros(count, dtype=int),
    }  # fmt: skip
    return OpenCases(**(values | columns))


def step(state: str, stage: int, minutes: float, **values: Any) -> Step:
    """A move so many minutes ago."""
    kept: dict[str, Any] = {
        "unit": HUB, "role": "dispatcher", "tier": "district", "reason": "", "verdict": "", "by_hand": True,
        "used_minutes": None, "limit_minutes": None, "light": None,
    }  # fmt: skip
    return Step(NOW - timedelta(minutes=minutes), state, stage, **(kept | values))


def open_file(**values: Any) -> CaseFile:
    """A case that came back to the dispatcher once."""
    kept: dict[str, Any] = {
        "case_id": "C-0", "number": "0513-000000", "version": 6, "source": "hotline", "source_url": "",
        "item": "04-1", "matter": "04", "channel": "hotline", "grid": "990101001001001",
        "village": "990101001001", "township": "990101001000", "longitude": 111.0, "latitude": 29.5,
        "priority": 2, "state": "returned", "stage": 1, "ended": False, "suspended": False, "asked": (),
        "unit": HUB, "helpers": (), "missing": (), "light": "amber", "rules_version": "1",
        "history": (
            step("reported", 0, 118),
            step("accepted", 1, 103, used_minutes=15.0, limit_minutes=30.0, light="green"),
            step("dispatched", 2, 100, used_minutes=3.0, limit_minutes=120.0, light="green"),
            step("returned", -1, 3, unit=VILLAGE, reason="wrong_body"),
        ),
        "clocks": (
            CaseClock("close", NOW + timedelta(minutes=17), "u", 103.0, 120.0, 17.0, "amber", False),
            CaseClock("step", NOW + timedelta(minutes=2), "u", 3.0, 5.0, 2.0, "green", False),
        ),
        "choices": (
            Choice("dispatch", True, units=(OFFICE, VILLAGE)),
            Choice("refuse", False, "wrong_state", {"state": "returned", "roles": "dispatcher"}),
            Choice("close", False, "returned_never_closed", {"state": "returned"}),
            Choice("start", False, "not_your_role", {"state": "returned", "roles": "village,township"}),
        ),
        "candidates": (
            Candidate(OFFICE, "township", "service", True, 8.0, 3, 12, 0.94, 0.88, 0.98, 61),
            Candidate(VILLAGE, "village", "committee", False, None, 2, 5, None, None, None, 4),
        ),
        "twins": (Twin("C-9", "0513-000009", 32.4, 41.0),),
    }  # fmt: skip
    return CaseFile(**(kept | values))


@dataclass
class FakeDesk:
    """A desk in memory; `refusal` is raised by every act, `acted` holds what was asked for."""

    cases: OpenCases = field(default_factory=lambda: list_cases(3))
    file: CaseFile = field(default_factory=open_file)
    refusal: Refused | None = None
    acted: list[tuple[str, str, Actor, int, dict[str, str]]] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)

    def read_stamp(self) -> tuple[int, datetime, str]:
        """The cases' own."""
        return self.cases.version, self.cases.as_of, self.cases.origin

    def list_open(self, scope: Scope) -> OpenCases:
        """The same cases to everybody; who asked is noted."""
        self.listed.append(scope.unit)
        return self.cases

    def find(self, case_id: str, role: str, scope: Scope, account: str = "") -> CaseFile | None:
        """The one file there is, for those in whose part its grid lies."""
        grid = list(scope.district.grids["code"]).index(self.file.grid)
        is_theirs = case_id == self.file.case_id and scope.holds(grid, {self.file.unit})
        return self.file if is_theirs else None

    def act(self, case_id: str, action: str, actor: Actor, version: int, **wish: str) -> int:
        """Note the act, or raise."""
        self.acted.append((case_id, action, actor, version, wish))
        if self.refusal:
            raise self.refusal
        self.file = replace(self.file, version=version + 2)
        return version + 2
