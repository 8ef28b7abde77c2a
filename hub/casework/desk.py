"""The desk: open cases of a part of the district, one case as a file, and acts upon it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from hub.casework.acts import SOURCE, Clerk, Wish, find_moment
from hub.casework.advice import Advisor, find_pairs, list_twins
from hub.casework.bodies import Bodies
from hub.casework.history import Historian, find_stage
from hub.casework.policy import CaseworkPolicy, load_casework_policy
from hub.casework.records import Advice, CaseFile, OpenCases, Refused
from hub.casework.rules import Actor, Seat, list_choices, require
from hub.casework.story import Story, first_of, list_rows, tell
from hub.casework.worktime import WorkTime
from hub.clock import HubClock
from hub.contingency.sets import UrgentMatter
from hub.ingest import Ingest
from hub.lists import number_cases, to_degrees
from hub.live import LiveState
from hub.moment import Moment
from hub.scopes import Scope
from hub.snapshot import Light
from store.database import Store
from store.events import Act, EventStore, MovedOn
from store.journal import Journal
from store.links import CaseLinks
from store.types import to_microseconds
from twin.district import District
from twin.eventlog import order_log

SECOND = 1_000_000
ADVICE = "advice"
REPEATED = ("origin", "case_id", "channel", "matter", "grid", "x", "y", "priority")


class CaseDesk:
    """Cases as people work them; `mode` is whose record they are: `mirror` or `hub`."""

    def __init__(
        self,
        store: Store,
        district: District,
        live: LiveState,
        clock: HubClock,
        mode: str,
        policy: CaseworkPolicy | None = None,
        urgent: Callable[[], Mapping[str, UrgentMatter]] = dict,
    ) -> None:
        self.district, self.live, self.clock, self.mode = district, live, clock, mode
        self.urgent = urgent  # matters that a contingency in force puts first
        self.links, self.journal = CaseLinks(store), Journal(store)
        self.policy = policy or load_casework_policy()
        self.events = EventStore(store)
        self.ingest = Ingest(self.events, district)
        self.bodies = Bodies(district)
        self.worktime = WorkTime(district)
        self.historian = Historian(self.worktime, self.policy, live.policy.amber_share)
        self.advisor = Advisor(district, self.bodies, self.policy.recommendation)
        self.items = {row["item"]: row for row in district.matters.to_dict("records")}
        self.grids = {code: n for n, code in enumerate(district.grids["code"])}

    def read_stamp(self) -> tuple[int, datetime, str]:
        """Version, moment and origin of what list_open would tell, at the price of two look-ups."""
        now, origin = self.clock.read()
        return self.events.last_received(), now, origin

    def list_open(self, scope: Scope) -> OpenCases:
        """Open cases of a part of the district, the most urgent first; before them the matters that a
        contingency in force puts first, by its priorities.
        """
        moment, version, origin = self.live.moment()
        rows = self._choose(moment, scope)
        chosen = moment.cases.iloc[rows]
        x, y = to_degrees(chosen["x"].to_numpy(float), chosen["y"].to_numpy(float), self.district)
        places = np.array([*moment.places.townships, ""], dtype=object)
        pairs = find_pairs(
            moment, self.district.settings.play.merge_metres, self.district.settings.play.merge_hours
        )
        units = chosen["unit"].astype(str).tolist()
        return OpenCases(
            version=version,
            as_of=pd.Timestamp(moment.now, unit="us", tz="UTC").to_pydatetime(),
            origin=origin,
            case_id=chosen.index.tolist(),
            number=number_cases(chosen, self.district.settings.time_zone),
            item=chosen["matter"].astype(str).tolist(),
            state=[str(s) for s in chosen["last_state"]],
            stage=chosen["stage"].to_numpy(),
            tier=[self.bodies.tiers.get(unit, "district") for unit in units],
            unit=units,
            village=moment.places.villages[moment.grid[rows]].tolist(),
            township=places[moment.township[rows]].tolist(),
            priority=chosen["priority"].to_numpy(),
            reported_at=_seconds(moment["reported_at"][rows]),
            amber_at=_seconds(moment["amber_at"][rows]),
            due=_seconds(moment["close_due"][rows]),
            longitude=x,
            latitude=y,
            suspect=np.isin(rows, pairs[:, 1]),
            whistled=chosen["whistled"].to_numpy(),
        )

    def _choose(self, moment: Moment, scope: Scope) -> np.ndarray:
        mine = moment.open & ~moment.spot
        if not scope.is_whole:
            inside = np.r_[scope.grids, False][moment.grid]
            held = np.isin(moment.cases["unit"].to_numpy(dtype=object), list(scope.units))
            beside = [bool(scope.units & set(text.split(";"))) for text in moment.cases["helpers"]]
            mine &= inside | held | np.array(beside, dtype=bool)
        rows = np.flatnonzero(mine)
        due = moment["close_due"][rows]
        names, last = moment.cases.index.to_numpy()[rows], np.iinfo("i8").max
        order = (names, np.where(due < 0, last, due), self._rank(moment.cases["matter"].iloc[rows]))
        return rows[np.lexsort(order)]

    def _rank(self, items: "pd.Series[str]") -> np.ndarray:
        """The priority that a contingency gives each case's matter; those that it leaves alone come last."""
        urgent = self.urgent()
        matters = {item: row["matter"] for item, row in self.items.items() if row["matter"] in urgent}
        ranks = {item: urgent[matter].priority for item, matter in matters.items()}
        return np.array([ranks.get(item, 9) for item in items.astype(str)], dtype=np.int8)

    def find(self, case_id: str, role: str, scope: Scope, account: str = "") -> CaseFile | None:
        """Everything about a case for one person; None where there is none in their part."""
        met = self._meet(case_id, Actor(role, scope, account))
        if met is None:
            return None
        seat, rows = met
        return self._describe(seat, rows)

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
        """Do an action on a case that was seen at a version; the version after it. Refused says why not."""
        met = self._meet(case_id, actor)
        if met is None:
            raise Refused("no_such_case")
        seat, rows = met
        if version != seat.story.version:
            raise Refused("moved_on")
        require(seat, action, reason, unit, verdict)
        wish = Wish(action, reason, unit, verdict, twin)
        if action == "advise":
            self._advise(case_id, seat, unit)
            return version
        if action == "merge":
            self._check_twin(case_id, twin)
        written = self._clerk(seat, rows, wish).write()
        detail = {"unit": unit, "reason": reason, "verdict": verdict, "twin": twin, "version": version}
        note = Act(
            actor.account or actor.role,
            f"case {action}",
            case_id,
            {k: v for k, v in detail.items() if v != ""} | {"role": actor.role, "scope": actor.scope.unit},
        )
        try:
            self.ingest.accept(written, note, seen=(case_id, version))
        except MovedOn:
            raise Refused("moved_on") from None
        return version + len(written)

    def _advise(self, case_id: str, seat: Seat, unit: str) -> None:
        """What the hub would do, for the platform that keeps the record: in the journal, not in the log."""
        actor = seat.actor
        body = {"unit": unit, "rules_version": self.policy.rules_version}
        self.journal.append(
            ADVICE, case_id, "advise", body, actor.role, actor.scope.unit, actor.account, seat.now
        )

    def _list_advice(self, case_id: str) -> tuple[Advice, ...]:
        entries = self.journal.read(ADVICE, case_id)
        return tuple(Advice(str(entry.body["unit"]), entry.at, entry.role) for entry in entries)

    def _check_twin(self, case_id: str, twin: str) -> None:
        moment, _, _ = self.live.moment()
        if twin not in [found.case_id for found in list_twins(case_id, moment, self.district)]:
            raise Refused("not_a_twin")

    def _clerk(self, seat: Seat, rows: list[dict[str, Any]], wish: Wish) -> Clerk:
        like = {name: first_of(rows, name) for name in REPEATED}
        return Clerk(
            seat=seat,
            wish=wish,
            worktime=self.worktime,
            item=self.items[seat.item],
            allowance_hours=self.district.settings.clock.close_allowance_hours,
            like=like,
            moment=find_moment(seat.now, seat.story.moved_at),
        )

    def _meet(self, case_id: str, actor: Actor) -> tuple[Seat, list[dict[str, Any]]] | None:
        events = self.events.read_cases([case_id])
        if events.empty:
            return None
        rows = list_rows(order_log(events))
        story, item = tell(rows), str(first_of(rows, "matter") or "")
        grid = self.grids.get(str(first_of(rows, "grid") or ""), -1)
        units = {story.holder, *story.called} - {""}
        if item not in self.items or not actor.scope.holds(grid, units):
            return None
        seat = Seat(story, item, grid, self.clock.now(), actor, self.bodies, self.policy, self.mode)
        return seat, rows

    def _describe(self, seat: Seat, rows: list[dict[str, Any]]) -> CaseFile:
        story, item = seat.story, self.items[seat.item]
        case_id = str(first_of(rows, "case_id"))
        moment, _, _ = self.live.moment()
        twins = (
            list_twins(case_id, moment, self.district) if story.position in ("reported", "accepted") else ()
        )
        clocks = self.historian.list_clocks(story, item, max(seat.now, story.moved_at or seat.now))
        link = self.links.read([case_id]).get(case_id)
        candidates = self.advisor.list_candidates(seat.item, seat.grid, moment)
        place = self.district.places.iloc[seat.grid] if seat.grid >= 0 else None
        longitude, latitude = self._find_degrees(rows, seat.grid)
        return CaseFile(
            case_id=case_id,
            number=self._number(case_id, story),
            version=story.version,
            source=link.source if link else str(first_of(rows, "source") or SOURCE),
            source_url=link.source_url if link else "",
            item=seat.item,
            matter=seat.item.partition("-")[0],
            channel=str(first_of(rows, "channel") or ""),
            grid=str(first_of(rows, "grid") or ""),
            village=str(place["village"]) if place is not None else "",
            township=str(place["township"]) if place is not None else "",
            longitude=longitude,
            latitude=latitude,
            priority=int(first_of(rows, "priority") or item["priority"]),
            state=story.state,
            stage=find_stage(story),
            ended=story.position in ("closed", "evaluated", "ended"),
            suspended=story.is_stopped(seat.now),
            asked=tuple(story.asked),
            unit=story.holder or self.bodies.hub,
            helpers=tuple(story.called),
            missing=story.missing,
            light=_worst([clock.light for clock in clocks if clock.name != "handling" and not clock.stopped]),
            history=self.historian.list_steps(rows, item),
            clocks=clocks,
            choices=list_choices(replace(seat, order=tuple(c.unit for c in candidates)), twins),
            candidates=candidates,
            twins=twins,
            rules_version=self.policy.rules_version,
            advice=self._list_advice(case_id),
        )

    def _number(self, case_id: str, story: Story) -> str:
        stamp = to_microseconds(story.reported_at) if story.reported_at else 0
        table = pd.DataFrame({"reported_at": np.array([stamp], dtype=np.int64)}, index=[case_id])
        return number_cases(table, self.district.settings.time_zone)[0]

    def _find_degrees(self, rows: list[dict[str, Any]], grid: int) -> tuple[float | None, float | None]:
        x, y = first_of(rows, "x"), first_of(rows, "y")
        if (x is None or y is None) and grid >= 0:
            x, y = self.district.places[["x", "y"]].iloc[grid]
        if x is None or y is None:
            return None, None
        longitude, latitude = to_degrees(np.array([float(x)]), np.array([float(y)]), self.district)
        return float(longitude[0]), float(latitude[0])


def _worst(lights: list[Light]) -> Light:
    return "red" if "red" in lights else "amber" if "amber" in lights else "green"


def _seconds(times: np.ndarray) -> np.ndarray:
    return np.where(times < 0, -1, times // SECOND)
