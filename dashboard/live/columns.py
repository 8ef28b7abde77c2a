"""Open cases -> what the page's script reads: columns of codes, packed once for every reader of a version."""

import gzip
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from dashboard.live.cluster import find_cluster
from hub.casework.records import CaseFile, OpenCases
from hub.casework.rules import Actor
from hub.scopes import Scope
from twin.district import District

KEPT = 64
#: From so many townships on, the finding speaks of townships, below of villages.
FEW_TOWNSHIPS = 3


class Desk(Protocol):
    """Whatever lists, opens and moves cases."""

    def read_stamp(self) -> tuple[int, datetime, str]:
        """Version, moment and origin of what list_open would tell."""

    def list_open(self, scope: Scope) -> OpenCases:
        """Open cases of a part."""

    def find(self, case_id: str, role: str, scope: Scope, account: str = "") -> CaseFile | None:
        """One case for one person."""

    def act(
        self,
        case_id: str,
        action: str,
        actor: Actor,
        version: int,
        *,
        reason: str = "",
        unit: str = "",
        verdict: str = "",
        twin: str = "",
    ) -> int:
        """Do an action; the version after it."""  # fmt: skip


@dataclass(frozen=True)
class News:
    """One answer: the columns as gzipped JSON (None: the reader has them), and what the clock says.

    version: of events and supervised cases together, as text.
    """

    version: str
    as_of: datetime
    origin: str
    body: bytes | None


class Newsroom:
    """Packs open cases; the packed columns of a version are kept for the next reader of the same part."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.codes = {
            tier: district.areas.loc[district.areas["tier"] == tier, "code"].tolist()
            for tier in ("township", "village")
        }
        points = district.areas.geometry.representative_point()
        self.points = dict(zip(district.areas["code"], zip(points.x, points.y, strict=True), strict=True))
        self.parents = dict(zip(district.areas["code"], district.areas["parent"], strict=True))
        self._kept: dict[str, tuple[str, bytes]] = {}

    def report(
        self, desk: Desk, scope: Scope, known: str = "", supervised: frozenset[str] = frozenset()
    ) -> News:
        """The open cases of a part, unless the reader knows this version; packed anew only when it is new.

        supervised: numbers or ids of cases under an open supervision order.
        """
        number, as_of, origin = desk.read_stamp()
        mark = zlib.crc32("\n".join(sorted(supervised)).encode())
        if known == f"{number}-{mark}":
            return News(known, as_of, origin, None)
        kept = self._kept.get(scope.unit)
        if kept is None or kept[0] != f"{number}-{mark}":
            cases = desk.list_open(scope)
            number, as_of = cases.version, cases.as_of
            body = self._pack(cases, f"{number}-{mark}", supervised)
            kept = f"{number}-{mark}", gzip.compress(body, 1, mtime=0)
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[scope.unit] = kept
        return News(kept[0], as_of, origin, kept[1])

    def _pack(self, cases: OpenCases, version: str, supervised: frozenset[str]) -> bytes:
        marked = [
            int(bool(supervised & {case_id, number}))
            for case_id, number in zip(cases.case_id, cases.number, strict=True)
        ]
        body = describe_columns(cases) | {
            "version": version,
            "supervised": marked,
            "cluster": self._find_cluster(cases),
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    def _find_cluster(self, cases: OpenCases) -> dict[str, Any] | None:
        seen = set(cases.township) - {""}
        tier = "township" if len(seen) > FEW_TOWNSHIPS else "village"
        places = [code for code in self.codes[tier] if tier == "township" or self.parents[code] in seen]
        column = np.array(cases.township if tier == "township" else cases.village, dtype=object)
        late = (cases.due >= 0) & (cases.due < cases.as_of.timestamp())
        number = {code: n for n, code in enumerate(places)}
        index = np.array([number.get(code, -1) for code in column], dtype=np.int64)
        held = np.bincount(index[index >= 0], minlength=len(places))
        over = np.bincount(index[late & (index >= 0)], minlength=len(places))
        if not held.sum():
            return None
        x, y = np.array([self.points[code] for code in places], dtype=float).T
        found = find_cluster(places, over, held, x, y)
        if found is None:
            return None
        return {"places": found.places, "direction": found.direction, "tier": tier}


def describe_columns(cases: OpenCases) -> dict[str, Any]:
    """The columns of OpenCases as JSON values, null for what is unknown."""
    return {
        "case_id": cases.case_id,
        "number": cases.number,
        "item": cases.item,
        "state": cases.state,
        "tier": cases.tier,
        "unit": cases.unit,
        "village": cases.village,
        "township": cases.township,
        **{
            name: np.asarray(getattr(cases, name)).astype(np.int64).tolist()
            for name in ("stage", "priority", "reported_at", "amber_at", "due", "suspect", "whistled")
        },
        **{name: _degrees(getattr(cases, name)) for name in ("longitude", "latitude")},
    }


def _degrees(values: np.ndarray) -> list[float | None]:
    return [None if value != value else round(value, 5) for value in np.asarray(values, float).tolist()]  # noqa: PLR0124
