"""What `check` says of a district that has no fault: counts, and how busy its people would be."""

from datetime import date

import pandas as pd

from simulation.experiment import measure_outcome, plan_period, play_scenario, replication_seed
from simulation.scenario import BASELINE
from twin.district import District

BUSY = 0.90
CHECK_START, CHECK_DAYS, CHECK_SEED = date(2026, 5, 11), 30, 1


def describe_district(district: District) -> str:
    """Counts of areas, grids, units and posts, and utilisation by tier from one simulated month."""
    load = measure_load(district)
    by_kind = load.groupby(["tier", "kind"])[["busy", "rostered"]].sum()
    lines = [
        *count_parts(district),
        f"utilisation over {CHECK_DAYS} days from {CHECK_START}, one run, seed {CHECK_SEED}:",
    ]
    for (tier, kind), row in by_kind[by_kind["rostered"] > 0].iterrows():
        lines.append(
            f"  {tier:9} {kind:12} {row.busy / row.rostered:5.2f}   ({row.rostered:,.0f} rostered hours)"
        )
    above = load[load["busy"] > BUSY * load["rostered"]]
    lines += [
        f"  above {BUSY:.2f}: {r.code} {r.name_} {r.busy / max(r.rostered, 1e-9):.2f}"
        for r in above.itertuples()
    ]
    return "\n".join(lines)


def count_parts(district: District) -> list[str]:
    """One line a count."""
    tiers = district.areas["tier"].value_counts()
    lines = [f"{district.settings.name} ({district.label}): no fault found"]
    lines += [
        f"  {tiers.get('township', 0):,} townships and streets",
        f"  {tiers.get('village', 0):,} villages and communities",
        f"  {len(district.grids):,} grids",
        f"  {len(district.units):,} units",
        f"  {len(district.posts):,} posts",
        f"  {district.demand['per_day'].sum():,.1f} reports on a working day",
    ]
    return lines


def measure_load(district: District) -> pd.DataFrame:
    """Case hours and rostered hours of each unit over one simulated month."""
    period = plan_period(district, CHECK_START, CHECK_DAYS)
    visits = play_scenario(district, BASELINE, period, replication_seed(CHECK_SEED, 0))
    busy, rostered = measure_outcome(visits, period).load[0]
    units = district.units
    return pd.DataFrame(
        {
            "code": units["code"],
            "name_": units["name"],
            "tier": units["tier"],
            "kind": units["kind"],
            "busy": busy,
            "rostered": rostered,
        }
    )
