"""The tables of docs/reference/exact-values.md, from the figures of a deep run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulation.queueing import find_fewest_servers, measure_service_level
from simulation.staffing import allocate_exact, allocate_greedy, measure_cost, tabulate_waiting
from tests.simulation.estimates import Estimate
from tests.simulation.exact_rows import (
    CALLS,
    ROWS,
    TEAM_ARRIVALS,
    TEAM_SERVICES,
    TEAM_WEIGHTS,
    TEAMS_STAFF,
    Figure,
    Row,
)


@dataclass(frozen=True)
class Played:
    """A row's figures as simulated: the district itself, and its mutant."""

    proper: Mapping[str, Estimate]
    mutant: Mapping[str, Estimate]


def fill_page(page: str, sheet: Mapping[str, Played]) -> str:
    """The page with its two tables written anew; its prose stays."""
    played = [render_figure(row, figure, sheet[row.name]) for row in ROWS for figure in row.figures]
    return _fill_table(
        _fill_table(page, "| row | parameters | source |", played), "| calculation |", list_calculated()
    )


def _fill_table(page: str, head: str, lines: Sequence[str]) -> str:
    """Put lines in place of those of the table that begins with a head."""
    before, rest = page.split(f"\n{head}", 1)
    table, *after = rest.split("\n\n", 1)
    kept = table.split("\n")[:2]
    return "\n\n".join([f"{before}\n{head}" + "\n".join([*kept, *lines]), *(after or [""])]).rstrip() + "\n"


def name_figure(row: Row, figure: Figure) -> str:
    """The cells of a figure that no run changes: row, parameters, source, figure, exact."""
    return f"| {row.name} | {row.parameters} | {row.source} | {figure.name} | {figure.exact:.7f} |"


def render_figure(row: Row, figure: Figure, played: Played) -> str:
    """One line of the table; a mutant's figure that misses the exact value is bold."""
    mutant = played.mutant[figure.name]
    shown = str(mutant) if mutant.holds(figure.exact) else f"**{mutant}**"
    return f"{name_figure(row, figure)} {played.proper[figure.name]} | ≤ {row.width:.0%} | {shown} |"


def list_calculated() -> list[str]:
    """The lines of what is calculated and not played."""
    arrivals, service, agents = CALLS
    found = find_fewest_servers(arrivals, service, 0.33, 0.8)
    fewer = measure_service_level(arrivals, service, agents - 1, 0.33)
    costs = tabulate_waiting(TEAM_ARRIVALS, TEAM_SERVICES, 60, TEAM_WEIGHTS)
    greedy, exact = (measure_cost(costs, f(costs, TEAMS_STAFF)) for f in (allocate_greedy, allocate_exact))
    calls = "100 calls / 30 min, 3 min each, 80 % within 0.33 min"
    teams = f"{len(TEAM_ARRIVALS)} teams, {TEAMS_STAFF} staff, weighted waits of M/M/c"
    by_greedy = f"marginal analysis leaves {greedy:.9f} weighted cases waiting"
    one_less = f"{agents - 1} would answer {fewer:.7f} in time"
    return [
        f"| Erlang C, fewest agents | {calls} | {found} agents | {one_less} |",
        f"| Marginal staffing | {teams} | {by_greedy} | the dynamic programme {exact:.9f} |",
    ]
