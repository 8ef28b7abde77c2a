"""Parts of the wall beside the overview's counts: rates, whistles, forecast, the loop, forces, one place."""

from typing import Any

from dashboard.wall_names import Names
from hub.loop import weigh_rates
from hub.policy import WallPolicy
from hub.snapshot import CaseRow, LiveSnapshot
from hub.views import Crew, PlaceForce, Share

CREWS, WHISTLES = 24, 12


def describe_share(share: Share) -> dict[str, Any]:
    """A share and what it stands on."""
    return {
        "name": share.name,
        "value": share.value,
        "low": share.low,
        "high": share.high,
        "hits": share.hits,
        "n": share.total,
    }


def describe_rates(now: LiveSnapshot, policy: WallPolicy) -> dict[str, Any]:
    """The citizens' three rates, each with target and change, and the three in one."""
    rows = [
        describe_share(rate.share) | {"target": rate.target, "weight": rate.weight, "delta": rate.delta}
        for rate in now.rates
    ]
    whole = weigh_rates(now.rates)
    return {
        "rows": rows,
        "n": now.rates[0].share.total if now.rates else 0,
        "whole": whole,
        "days": policy.loop.window_days,
        "least": policy.loop.least,
        "from": policy.rates.axis_from,
    }


def describe_whistles(now: LiveSnapshot, names: Names) -> dict[str, Any]:
    """Calls: how many go on, the share answered in time, the newest rows."""
    rows = [
        {
            "where": names.short(row.township),
            "village": names.township(row.village),
            "matter": names.matter(row.matter),
            "time": names.clock(row.called_at),
            "called": row.called,
            "present": row.present,
            "taken": row.taken_minutes,
            "left": row.left_minutes,
            "going": row.going,
        }
        for row in now.whistles[:WHISTLES]
    ]
    return {"going": now.whistling, "answered": describe_share(now.answered), "rows": rows}


def describe_loop(now: LiveSnapshot) -> dict[str, Any]:
    """Times in stages against their timers, shares of what came back, where open cases wait."""
    loop = now.loop
    return {
        "days": loop.days,
        "times": [
            {
                "n": row.count,
                "median": row.median,
                "p90": row.p90,
                "timer": row.timer,
                "in_time": row.in_time,
            }
            for row in loop.times
        ],
        "shares": [describe_share(share) for share in loop.shares],
        "tiers": [[row.tier, row.in_hand, row.green, row.amber, row.red] for row in loop.tiers],
    }


def describe_forces(now: LiveSnapshot, names: Names, policy: WallPolicy) -> dict[str, Any]:
    """Posts by role and township, bodies with more case hours than the policy's share of those rostered."""
    crowded = [crew for crew in now.crews if crew.load >= policy.forces.crowded]
    return {
        "limit": policy.forces.crowded,
        "judged": len(now.crews),
        "crowded": len(crowded),
        "on_duty": sum(force.on_duty for force in now.forces),
        "filled": sum(force.established for force in now.forces),
        "vacant": sum(force.vacant for force in now.forces),
        "roles": [
            {
                "name": names.role(force.role),
                "on_duty": force.on_duty,
                "filled": force.established,
                "vacant": force.vacant,
                "load": force.load,
                "free": force.free_share,
            }
            for force in now.forces
        ],
        "places": [_describe_place(row, names) for row in now.places],
        "crews": [_describe_crew(crew, names) for crew in crowded[:CREWS]],
        "waiting": [
            _describe_crew(crew, names)
            for crew in sorted(now.crews, key=lambda crew: -crew.backlog_days)[:CREWS]
            if crew.backlog_days > 0
        ],
    }


def _describe_place(row: PlaceForce, names: Names) -> dict[str, Any]:
    return {
        "code": row.place,
        "name": names.short(row.place) if row.place else "",
        "on_duty": row.on_duty,
        "filled": row.established,
        "vacant": row.vacant,
        "load": row.load,
        "in_hand": row.in_hand,
        "overdue": row.overdue,
    }


def _describe_crew(crew: Crew, names: Names) -> dict[str, Any]:
    return {
        "unit": names.unit(crew.unit),
        "role": names.role(crew.role),
        "posts": crew.posts,
        "case_hours": crew.case_hours,
        "rostered_hours": crew.rostered_hours,
        "load": crew.load,
        "in_hand": crew.in_hand,
        "days": crew.backlog_days,
    }


def describe_place(place: str, name: str, rows: list[CaseRow], names: Names) -> dict[str, Any]:
    """A township or village: its open cases, and their counts by village or grid."""
    return {
        "code": place,
        "name": name,
        "cases": [
            {
                "case": row.number,
                "village": row.village,
                "where": names.township(row.village),
                "grid": row.grid,
                "matter": names.matter(row.matter),
                "unit": names.unit(row.unit),
                "light": row.light,
                "minutes": row.overdue_minutes,
                "dated": row.overdue_minutes == row.overdue_minutes,
                "lon": row.x,
                "lat": row.y,
            }
            for row in rows
        ],
    }
