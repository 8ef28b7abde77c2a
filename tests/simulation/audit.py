"""What must hold in every run: each rule looks at a run and lists its breaches in words."""

import itertools
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulation.playing.events import HELPERS_FROM, NO_DUE
from simulation.playing.lots import BROKEN_OFF, MERGED, NEXT
from simulation.playing.moves import EXTENDED, SUSPENDED
from simulation.playing.visits import Visits


@dataclass(frozen=True)
class Visit:
    """One row of the visits' table, with its step's row of the flow."""

    case: int
    task: int
    row: int
    post: int
    lead: int
    entered: int
    offered: int
    start: int
    travel: int
    work: int
    end: int
    done: int
    outcome: int


def list_all(visits: Visits) -> list[Visit]:
    """Every visit, by case and task."""
    columns = (visits.table[name].tolist() for name in Visit.__annotations__)
    return sorted((Visit(*row) for row in zip(*columns, strict=True)), key=lambda v: (v.case, v.task))


def audit(visits: Visits) -> list[str]:
    """Every breach of every rule."""
    rules = (
        check_places, check_shifts, check_chains, check_ends, check_dues, check_mandates, check_queues,
        check_idle, check_together,
    )  # fmt: skip
    return [f"{rule.__name__}: {breach}" for rule in rules for breach in rule(visits)]


def check_places(visits: Visits) -> Iterator[str]:
    """No post is in two places at once."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for v in list_all(visits):
        if v.post >= 0 and v.start >= 0:
            spans.setdefault(v.post, []).append((v.start, v.end if v.end >= 0 else visits.horizon))
    for post, found in spans.items():
        for (_, end), (start, _) in itertools.pairwise(sorted(found)):
            if start < end:
                yield f"post {post} begins at {start} while it works until {end}"


def check_shifts(visits: Visits) -> Iterator[str]:
    """No post begins off shift, and what ends beyond its shift is overtime of the length allowed."""
    overtime = round(visits.flow.district.settings.play.overtime_minutes * 60)
    windows = {p: w for plan in visits.flow.pools for p, w in zip(plan.posts, plan.windows, strict=True)}
    table = list_all(visits)
    crews = {(v.case, v.task) for v in table if not v.lead}
    for v in table:
        if v.post < 0 or v.start < 0:
            continue
        starts, ends = windows[v.post]
        window = bisect_right(starts, v.start) - 1
        if window < 0 or v.start >= ends[window]:
            yield f"case {v.case}: post {v.post} begins at {v.start} off shift"
        last = bisect_right(starts, max(v.end - 1, v.start)) - 1
        rested = v.outcome in BROKEN_OFF or v.end > visits.horizon  # broken off in a pause, or not yet over
        if (v.case, v.task) not in crews and not rested and v.end > ends[last] + overtime:
            yield f"case {v.case}: post {v.post} works until {v.end}, its shift ends at {ends[last]}"


def check_chains(visits: Visits) -> Iterator[str]:
    """A case is at one step at a time: each visit begins when the one before is done, none after the last."""
    for case, group in itertools.groupby(list_all(visits), key=lambda v: v.case):
        own = [v for v in group if v.task < HELPERS_FROM and v.lead]
        for before, after in itertools.pairwise(own):
            if after.task != before.task + 1:
                yield f"case {case}: task {after.task} follows {before.task}"
            if before.done < 0 or after.entered != before.done:
                yield f"case {case}: enters at {after.entered}, was done at {before.done}"
        for v in own:
            if v.start >= 0 and not (v.entered <= v.offered <= v.start <= max(v.end, v.start)):
                yield f"case {case}: entered {v.entered}, offered {v.offered}, start {v.start}, end {v.end}"


def check_ends(visits: Visits) -> Iterator[str]:
    """Reported = ended + open: the last visit of a case either is open or has no step to go to."""
    rows = visits.flow.records
    seen = set()
    for case, group in itertools.groupby(list_all(visits), key=lambda v: v.case):
        seen.add(case)
        last = [v for v in group if v.task < HELPERS_FROM][-1]
        row = rows[last.row] if last.row < len(rows) else {"state": "self_handled"}
        open_still = last.done < 0
        ends = row["state"] in ("closed", "evaluated", "self_handled") or last.outcome >= MERGED - 1
        if not open_still and not ends and row["next"]:
            yield f"case {case} vanished after step {row['step']}"
    reported = int((visits.cases.time < visits.horizon).sum())
    if len(seen) != reported:
        yield f"{reported} reported, {len(seen)} have visits"


def list_moved(visits: Visits) -> set[int]:
    """Cases whose due time was moved by a stopped clock or an extension."""
    return set(visits.moves[0][np.isin(visits.moves[3], (SUSPENDED, EXTENDED))].tolist())


def check_dues(visits: Visits) -> Iterator[str]:
    """A limit runs on its own clock from dispatch or first handling; only stops and extensions move it."""
    flow = visits.flow
    moved = {
        int(c) for c, k in zip(visits.moves[0], visits.moves[3], strict=True) if k in (SUSPENDED, EXTENDED)
    }
    for case, group in itertools.groupby(list_all(visits), key=lambda v: v.case):
        since = None
        for v in group:
            state = flow.records[v.row]["state"] if v.row < len(flow.records) else ""
            if state == "dispatched" and v.done >= 0 and v.outcome == NEXT:
                since = v.done
            elif state == "handled":
                since = v.entered
            if since is not None:
                break
        due = int(visits.handling_due[case])
        if case in moved:
            continue
        item = int(visits.cases.item[case])
        expected = NO_DUE if since is None else flow.calendar.find_due(since, *flow.stages[0].limits[item])
        if due != expected:
            yield f"case {case}: due {due}, its limit from {since} ends at {expected}"


def check_mandates(visits: Visits) -> Iterator[str]:
    """Whoever handles a case is of the body that its step names, which the mandates know for that item."""
    flow, district = visits.flow, visits.flow.district
    known = {(m.item, m.tier, m.role): m.holds for m in district.mandates.itertuples()}
    for v in list_all(visits):
        row = flow.records[v.row] if v.row < len(flow.records) else None
        if row is None or v.post < 0 or row["state"] not in ("handled", "joint"):
            continue
        body = row["item"], row["tier"], row["role"]
        lead = v.lead or not row["together"]
        if row["state"] == "handled" and body not in known:
            yield f"case {v.case}: {body} has no mandate"
        if lead and row["role"] not in flow.placements[v.post].role.split("+"):
            yield f"case {v.case}: post {v.post} is not of the role {row['role']}"
        waits = row["state"] == "handled" and known.get(body) == 0 and row["delay_kind"] == "authority"
        if waits and v.task == 0 and row["delay_share"] == 1 and v.offered <= v.entered:
            yield f"case {v.case}: {body} did not wait for authority"


def _urgency(visits: Visits, v: Visit) -> tuple[int, int, int]:
    item = int(visits.cases.item[v.case])
    due = int(visits.handling_due[v.case])
    early = visits.flow.records[v.row]["state"] in ("accepted", "verified")
    return visits.flow.priority[item], due if not early else int(visits.cases.time[v.case]), v.case


def _list_simple(visits: Visits) -> list[Visit]:
    """Visits of one post that any post of its body may take, of cases whose due time never moved."""
    moved = {
        int(c) for c, k in zip(visits.moves[0], visits.moves[3], strict=True) if k in (SUSPENDED, EXTENDED)
    }
    rows = visits.flow.records
    again: set[tuple[int, int]] = set()
    found = []
    for v in list_all(visits):
        row = rows[v.row] if v.row < len(rows) else None
        if row is None or not row["role"] or row["crew"] > 1 or row["together"] or row["skill"]:
            continue
        handled = row["state"] == "handled"
        if (v.case, v.row) not in again and v.case not in moved and row["state"] != "joint":
            found.append(v)
        if handled or v.outcome in BROKEN_OFF:
            again.add((v.case, v.row))
    return found


def check_queues(visits: Visits) -> Iterator[str]:
    """Of two cases that wait for the same body the more urgent begins first; ties go by case.

    Two reports of one second count as waiting together, though the first may be served at once.
    """
    if any(row["crew"] > 1 or row["together"] for row in visits.flow.records):
        return  # a joint case kept long holds back the others
    simple = _list_simple(visits)
    first = {row["item"]: row["step"] for row in reversed(visits.flow.records) if not row["lead"]}
    groups: dict[tuple[int, int], list[Visit]] = {}
    for v in simple:
        groups.setdefault((v.row, int(visits.cases.grid[v.case])), []).append(v)
    for a, b in itertools.chain.from_iterable(itertools.permutations(g, 2) for g in groups.values()):
        if b.start < 0:
            continue
        row = visits.flow.records[a.row]
        together = a.offered == b.offered == b.start and first[row["item"]] == row["step"] and a.task == 0
        waited = a.offered < b.start or (together and b.task == 0)
        left = a.start if a.start >= 0 else a.done if a.done >= 0 else visits.horizon
        if waited and left > b.start and _urgency(visits, a) < _urgency(visits, b):
            yield f"step {row['step']}: case {b.case} begins at {b.start} before the more urgent {a.case}"


def check_idle(visits: Visits) -> Iterator[str]:
    """While a case waits, no post of its body that is on the roster stands idle (joint steps apart)."""
    flow = visits.flow
    if any(row["crew"] > 1 or row["together"] for row in flow.records):
        return
    busy: dict[int, list[tuple[int, int]]] = {}
    for v in list_all(visits):
        if v.post >= 0 and v.start >= 0:
            busy.setdefault(v.post, []).append((v.start, max(v.end, v.start)))
    for v in _list_simple(visits):
        row = flow.records[v.row]
        body = flow.bodies.index((row["tier"], row["role"]))
        until = v.start if v.start >= 0 else visits.horizon
        if until <= v.offered or (v.done >= 0 and v.start < 0):
            continue
        for number in flow.served[body][int(visits.cases.grid[v.case])]:
            plan = flow.pools[number]
            yield from (f"case {v.case}: {x}" for x in _find_idle(plan, busy, v.offered, until))


def _find_idle(plan, busy, begin: int, until: int) -> Iterator[str]:  # type: ignore[no-untyped-def]
    edges = np.array(plan.roster.edges)
    for k in range(max(int(np.searchsorted(edges, begin, "right")) - 1, 0), len(edges) - 1):
        left, right = max(int(edges[k]), begin), min(int(edges[k + 1]), until)
        if left >= until:
            return
        for i in plan.roster.on[k]:
            spans = busy.get(plan.posts[i], [])
            covered = sum(max(0, min(e, right) - max(s, left)) for s, e in spans)
            if covered < right - left:
                yield f"post {plan.posts[i]} is idle between {left} and {right} while it waits"


def check_together(visits: Visits) -> Iterator[str]:
    """All posts of a crew begin and end at one moment."""
    for key, group in itertools.groupby(list_all(visits), key=lambda v: (v.case, v.task)):
        spans = {(v.start, v.end) for v in group}
        if len(spans) > 1:
            yield f"case and task {key}: {sorted(spans)}"
