"""A district of matters that share nobody, each late for one cause only, so that true shares are known.

Every case may take half an hour and needs exactly that, so all that it waits is late.
- `hands`: one post, one case an hour, half an hour each: M/D/1 with load 1/2, so that a case waits
  rho s / (2 (1 - rho)) = 15 minutes on average (Pollaczek-Khinchine), 24 x 15 = 360 minutes a day;
- `power`: an exponential wait for authority of 4 hours, 10.5 cases a day: 2,520 minutes a day;
- `joint`: an exponential wait for a co-handler of 4 hours, 3 cases a day: 720 minutes a day.
Together 3,600 minutes a day: 70 % authority, 10 % hands, 20 % co-handlers.
"""

from typing import Any

import pandas as pd

from tests.simulation.textbook import build_district
from twin.district import District
from twin.load import complete_table
from twin.settings import Clock

SHARES = {"authority": 0.7, "hands": 0.1, "co_handlers": 0.2}
A_DAY = 3600.0


def build_one_cause() -> District:
    """Three matters, three bodies of a township each for itself, donors with posts to spare."""
    matters = ("hands", "power", "joint")
    work: dict[str, Any] = {"law": "constant", "minutes": 30.0, "tier": "township", "travel": 0}
    wait = {
        "delay_share": 1.0,
        "delay_law": "exponential",
        "delay_value": 4.0,
        "delay_clock": "u",
        "delay_when": "before",
    }
    asks = {"power": wait | {"delay_kind": "authority"}, "joint": wait | {"delay_kind": "co_handler"}}
    routes = [{"item": m, "step": "handle", "role": m, **work, **asks.get(m, {})} for m in matters]
    routes[-1] |= {"up_to": "above", "next": "close"}
    routes.append({"item": "joint", "step": "above", "role": "dept", **work, "tier": "district"})
    close = {"step": "close", "role": "", "tier": "", "state": "closed", "law": "constant", "minutes": 0.0}
    routes += [{"item": m, **close, "position": 90} for m in matters]
    items = [{"item": m, "limit_value": 0.5, "limit_clock": "u"} for m in matters]
    demand = [(0, "hands", 24.0), (0, "power", 10.5), (0, "joint", 3.0)]
    units = {"dept": 12, "hands": 1, "power": 12, "joint": 12}
    district = build_district(units, routes, demand, items, warm_up_days=2, drain_days=2)
    return _place(district)


def _place(district: District) -> District:
    """The bodies stand in the township, the department in the district; `power` holds no power."""
    town = district.units["code"] != "dept"
    units = district.units.assign(
        tier=district.units["tier"].mask(town, "township"),
        area=district.units["area"].mask(town, "T"),
        kind=district.units["kind"].mask(~town, "department"),
    )
    mandates = district.mandates.assign(holds=(district.mandates["item"] != "power").astype(int))
    settings = district.settings.model_copy(update={"clock": Clock(close_allowance_hours=0)})
    tables = {"mandates": complete_table("mandates", pd.DataFrame(mandates)), "settings": settings}
    return district.with_tables(units=units, **tables)
