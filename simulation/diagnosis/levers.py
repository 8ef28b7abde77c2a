"""The measure that acts on each cause, as a scenario that a planner could put forward."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from simulation.diagnosis.causes import list_matters, list_places
from simulation.diagnosis.policy import CAUSES, read_diagnosis_policy
from simulation.diagnosis.subject import Subject
from simulation.measures import Measure
from simulation.measures.cooperation import JointHandling
from simulation.measures.demand import ScaleDemand
from simulation.measures.dispatching import AssistedDispatch
from simulation.measures.powers import DelegatePowers
from simulation.measures.staffing import FillVacancies, SpreadPosts
from simulation.measures.steps import own_handling
from simulation.measures.worktime import CutDuties, SetShift
from simulation.scenario import Scenario, find_faults
from twin.district import District

Queues = dict[tuple[str, str], float]


@dataclass(frozen=True)
class Lever:
    """The measures on one cause; blank where the district knows none that can be put in force."""

    cause: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Site:
    """What levers are chosen by: the district, the subject, and where its cases queue while handled."""

    district: District
    subject: Subject
    queued: Queues

    @property
    def worst(self) -> tuple[str, str]:
        """Unit and role for whose posts the subject's cases queue longest; blank where they never do."""
        return max(sorted(self.queued), key=lambda key: self.queued[key], default=("", ""))


def propose_levers(site: Site) -> dict[str, Lever]:
    """A lever for each of CAUSES; of several measures for one cause those that can be put in force stay."""
    return {cause: Lever(cause, _keep_possible(site.district, PROPOSALS[cause](site))) for cause in CAUSES}


def join_levers(levers: Iterable[Lever], name: str) -> Scenario:
    """One scenario of several levers."""
    names = read_diagnosis_policy().causes.names
    chosen = list(levers)
    title = "对症：" + "、".join(names[lever.cause] for lever in chosen)
    measures = tuple(m for lever in chosen for m in lever.measures)
    return Scenario(name=name, title=title, measures=measures)


def move_posts(site: Site) -> list[Measure]:
    """Posts from the district's departments to the body whose queue is longest, else its vacancies filled."""
    (unit, role), count = site.worst, read_diagnosis_policy().levers.posts
    if not unit:
        return []
    units = site.district.units
    able = units["kind"].isin(("department", "field_team")) & units["tier"].eq("district")
    donors = tuple(sorted(set(units.loc[able, "code"]) - {unit}))
    for number in range(count, 0, -1):
        spread = SpreadPosts(role=role, count=number, from_units=donors, to_units=(unit,), by="equal")
        if donors and not find_faults([spread], site.district):
            return [spread]
    return [FillVacancies(place=unit, roles=(role,))]


def delegate_powers(site: Site) -> list[Measure]:
    """Powers over the items that wait for them, at both lower tiers; a part of what was handed up stays."""
    keep = read_diagnosis_policy().levers.keep_up
    return [
        DelegatePowers(items=_list_own(site), tier=tier, keep_up=keep) for tier in ("township", "village")
    ]


def assist_dispatch(site: Site) -> list[Measure]:
    """An assisted desk."""
    return [AssistedDispatch(keep_returns=read_diagnosis_policy().levers.keep_returns)]


def handle_jointly(site: Site) -> list[Measure]:
    """The items that wait for co-handlers, led by the township where somebody above can stand beside it."""
    items = _list_own(site) or tuple(site.district.matters["item"])
    routes = own_handling(site.district.routes, items)
    waits = routes["delay_kind"].eq("co_handler") & routes["delay_share"].gt(0) & routes["item"].isin(items)
    found = dict.fromkeys(routes.loc[waits, "item"])
    able = [item for item in found if not find_faults([_handle(item)], site.district)]
    return [_handle(*able)] if able else []


def _handle(*items: str) -> JointHandling:
    return JointHandling(items=items, lead="township", from_below=True)


def shift_later(site: Site) -> list[Measure]:
    """A later shift of the body whose queue is longest."""
    unit, role = site.worst
    minutes = read_diagnosis_policy().levers.minutes_later
    return [SetShift(place=unit, roles=(role,), minutes_later=minutes)] if unit else []


def cut_duties(site: Site) -> list[Measure]:
    """Duties of the roles that the subject's cases queue for."""
    roles = {part for _, role in site.queued for part in role.split("+")}
    known = tuple(sorted(roles & set(site.district.duties["role"])))
    return [CutDuties(roles=known, keep=read_diagnosis_policy().levers.keep_duties)]


def plan_demand(site: Site) -> list[Measure]:
    """Fewer reports reach the desks, for more are settled where they arise."""
    factor = read_diagnosis_policy().levers.demand_factor
    matters = list_matters(site.district, site.subject)
    return [ScaleDemand(factor=factor, places=list_places(site.subject), matters=matters)]


PROPOSALS: dict[str, Callable[[Site], list[Measure]]] = {
    "hands": move_posts,
    "authority": delegate_powers,
    "returns": assist_dispatch,
    "co_handlers": handle_jointly,
    "off_hours": shift_later,
    "duties": cut_duties,
    "demand": plan_demand,
}


def _keep_possible(district: District, measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """The measures that can be put in force one after the other."""
    kept: list[Measure] = []
    for measure in measures:
        if not find_faults([*kept, measure], district):
            kept.append(measure)
    return tuple(kept)


def _list_own(site: Site) -> tuple[str, ...]:
    """The items of a subject that is a matter or an item; blank for others: all items."""
    if site.subject.kind != "matter":
        return ()
    table = site.district.matters
    return tuple(table.loc[(table[["matter", "item"]] == site.subject.code).any(axis=1), "item"])
