"""Who may do what with a case, and when: the transition rules, as one table and the questions it asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub.casework.bodies import TIERS, Bodies
from hub.casework.policy import CaseworkPolicy
from hub.casework.records import ACTIONS, Choice, Refused, Twin
from hub.casework.story import CLOSED, Story
from hub.scopes import Scope
from twin.case_table import VERDICTS

#: What may be done where another platform keeps the record.
IN_MIRROR = ("advise", "whistle", "arrive")


@dataclass(frozen=True)
class Actor:
    """Who acts: a role, the part of the district it may touch, the account for the audit trail."""

    role: str
    scope: Scope
    account: str = ""


@dataclass(frozen=True)
class Seat:
    """A case as one person meets it at one moment; mode is whose record it is (mirror or hub);
    order: bodies in the order in which they are recommended.
    """

    story: Story
    item: str
    grid: int
    now: datetime
    actor: Actor
    bodies: Bodies
    policy: CaseworkPolicy
    mode: str
    order: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the body that works the case belongs to the actor."""
        return self.story.holder in self.actor.scope.units

    @property
    def is_place(self) -> bool:
        """Whether the case lies in the actor's own area."""
        scope = self.actor.scope
        return scope.is_whole or (self.grid >= 0 and bool(scope.grids[self.grid]))

    @property
    def is_called(self) -> bool:
        """Whether a body of the actor's was called and is not there yet."""
        return bool(set(self.story.missing) & self.actor.scope.units)


@dataclass(frozen=True)
class Rule:
    """One action: where the case must stand, which roles may do it, what else must hold, what it asks for.

    part: whether the case is the actor's; further: one more question, which answers with the key of the
    reason against it, or blank; reasons: a list of the policy; units: bodies to choose from.
    """

    positions: tuple[str, ...]
    roles: tuple[str, ...]
    part: Callable[[Seat], bool]
    further: Callable[[Seat], str] = lambda seat: ""
    reasons: str = ""
    units: Callable[[Seat], tuple[str, ...]] | None = None


def _desk(seat: Seat) -> bool:
    return seat.is_place


def _holder(seat: Seat) -> bool:
    return seat.holds


def _either(seat: Seat) -> bool:
    return seat.is_place or seat.holds


def _not_stopped(seat: Seat) -> str:
    return "suspended" if seat.story.is_stopped(seat.now) else ""


def _one_above(seat: Seat) -> str:
    """Suspension and extension are approved one tier above the body that holds the case."""
    above = {"village": ("township", "admin"), "grid": ("township", "admin")}
    allowed = above.get(seat.story.tier, ("leader", "admin"))
    return "" if seat.actor.role in allowed else "one_tier_above"


def _may_suspend(seat: Seat) -> str:
    return "once_only" if seat.story.suspended else _not_stopped(seat) or _one_above(seat)


def _may_extend(seat: Seat) -> str:
    return "once_only" if seat.story.extended else _not_stopped(seat) or _one_above(seat)


def _may_ask(name: str) -> Callable[[Seat], str]:
    def ask(seat: Seat) -> str:
        done = seat.story.suspended if name == "suspend" else seat.story.extended
        if done:
            return "once_only"
        return "already" if name in seat.story.asked else _not_stopped(seat)

    return ask


def _is_stopped(seat: Seat) -> str:
    return "" if seat.story.is_stopped(seat.now) else "not_suspended"


def _can_rise(seat: Seat) -> str:
    return _not_stopped(seat) or ("" if offer_above(seat) else "no_tier_above")


def _checked_only(seat: Seat) -> str:
    tiers = ("village", "grid", "township")
    own = seat.actor.role == "township" and seat.story.tier not in tiers
    return "not_your_tier" if own else ""


def _list_bodies(seat: Seat) -> list[str]:
    way = [body.unit for body in seat.bodies.list_bodies(seat.item, seat.grid)]
    return list(dict.fromkeys([*seat.order, *way, *seat.bodies.list_others(seat.grid)]))


def offer_bodies(seat: Seat) -> tuple[str, ...]:
    """Every body that the case could be sent to, those of its item's way first, within the actor's part."""
    every = _list_bodies(seat)
    return tuple(unit for unit in every if seat.actor.scope.is_whole or unit in seat.actor.scope.units)


def offer_above(seat: Seat) -> tuple[str, ...]:
    """Bodies of a higher tier than the holder's."""
    tier = "village" if seat.story.tier == "grid" else seat.story.tier
    rank = TIERS.index(tier) if tier in TIERS else 0
    way = [body for body in seat.bodies.list_bodies(seat.item, seat.grid) if TIERS.index(body.tier) > rank]
    return tuple(dict.fromkeys(body.unit for body in way))


def offer_helpers(seat: Seat) -> tuple[str, ...]:
    """Bodies that could stand by: all but the holder and those called already."""
    every = _list_bodies(seat)
    return tuple(unit for unit in every if unit != seat.story.holder and unit not in seat.story.called)


WORKED = ("dispatched", "handling")
DESKS = ("dispatcher", "township", "admin")
HOLDERS = ("village", "township", "department", "admin")
ON_SITE = ("village", "township", "inspector", "admin")
CHIEFS = ("dispatcher", "leader", "township", "admin")
ABOVE = ("township", "leader", "admin")

RULES: dict[str, Rule] = {
    "accept": Rule(("reported",), DESKS, _desk),
    "refuse": Rule(("reported",), DESKS, _desk, reasons="refuse"),
    "transfer": Rule(("reported", "accepted"), DESKS, _desk, reasons="transfer"),
    "merge": Rule(("reported", "accepted"), DESKS, _desk),
    "verify": Rule(("accepted",), ON_SITE, _desk, lambda seat: "already" if seat.story.verified else ""),
    "void": Rule(("accepted",), (*DESKS, "village"), _desk, reasons="void"),
    "advise": Rule(("reported", "accepted"), DESKS, _desk, units=offer_bodies),
    "dispatch": Rule(("accepted",), DESKS, _desk, units=offer_bodies),
    "start": Rule(("dispatched",), HOLDERS, _holder, _not_stopped),
    "return": Rule(WORKED, HOLDERS, _holder, _not_stopped, reasons="return"),
    "arrive": Rule(WORKED, HOLDERS, lambda seat: seat.is_called),
    "joint": Rule(WORKED, (*HOLDERS, "dispatcher"), _either, _not_stopped, "joint", offer_helpers),
    "whistle": Rule(WORKED, ABOVE, _either, _not_stopped, "whistle", offer_helpers),
    "hand_up": Rule(WORKED, HOLDERS, _holder, _can_rise, "hand_up", offer_above),
    "ask_suspend": Rule(WORKED, HOLDERS, _holder, _may_ask("suspend"), "suspend"),
    "suspend": Rule(WORKED, ABOVE, _either, _may_suspend, "suspend"),
    "resume": Rule(WORKED, (*HOLDERS, "leader"), _either, _is_stopped),
    "ask_extend": Rule(WORKED, HOLDERS, _holder, _may_ask("extend"), "extend"),
    "extend": Rule(WORKED, ABOVE, _either, _may_extend, "extend"),
    "feedback": Rule(("handling",), HOLDERS, _holder, _not_stopped),
    "check": Rule(("handled",), ON_SITE, _desk),
    "rework": Rule(("handled", "checked"), (*ON_SITE, "dispatcher"), _desk, reasons="rework"),
    "close": Rule(("checked",), CHIEFS, _desk, _checked_only),
    "evaluate": Rule(("closed",), DESKS, _desk),
    "reopen": Rule(CLOSED, ("dispatcher", "inspector", "leader", "admin"), _desk, reasons="reopen"),
}


def list_choices(seat: Seat, twins: tuple[Twin, ...]) -> tuple[Choice, ...]:
    """Every action in the order of a case's life, open to the actor or with the reason why not."""
    return tuple(_choose(seat, action, twins) for action in ACTIONS)


def _choose(seat: Seat, action: str, twins: tuple[Twin, ...]) -> Choice:
    rule, why = RULES[action], find_objection(seat, action)
    if not why and action == "merge" and not twins:
        why = "not_a_twin"
    if why:
        return Choice(action, False, why, _explain(seat, rule))
    return Choice(
        action,
        True,
        reasons=list_reasons(seat.policy, rule.reasons),
        units=rule.units(seat) if rule.units else (),
        verdicts=VERDICTS if action == "evaluate" else (),
    )


def list_reasons(policy: CaseworkPolicy, name: str) -> tuple[str, ...]:
    """The codes of a reason; those of a whistle are its kinds."""
    if name == "whistle":
        return tuple(policy.whistle)
    return policy.reasons.get(name, ()) if name else ()


def find_objection(seat: Seat, action: str) -> str:
    """Why an action is not open to the actor now: a key, blank where it is."""
    rule = RULES[action]
    if seat.mode == "mirror" and action not in IN_MIRROR:
        return "mirror"
    if seat.mode == "hub" and action == "advise":
        return "hub"
    if seat.story.position not in rule.positions:
        return _wrong_position(seat, action)
    if seat.actor.role not in rule.roles:
        return "one_tier_above" if action in ("suspend", "extend") else "not_your_role"
    if not rule.part(seat):
        return "not_called" if action == "arrive" else "not_your_part"
    return rule.further(seat)


def _wrong_position(seat: Seat, action: str) -> str:
    if action == "close" and seat.story.state == "returned":
        return "returned_never_closed"
    if action == "close" and seat.story.position in (*WORKED, "handled"):
        return "not_checked"
    return "wrong_state"


def _explain(seat: Seat, rule: Rule) -> dict[str, str]:
    return {"state": seat.story.state, "roles": ",".join(role for role in rule.roles if role != "admin")}


def require(seat: Seat, action: str, reason: str, unit: str, verdict: str) -> None:
    """Raise Refused unless the action is open and what it asks for is there."""
    if action not in RULES:
        raise Refused("no_such_action")
    why, rule = find_objection(seat, action), RULES[action]
    if why:
        raise Refused(why, **_explain(seat, rule))
    if rule.reasons and reason not in list_reasons(seat.policy, rule.reasons):
        raise Refused("needs_reason")
    if rule.units and unit not in rule.units(seat):
        raise Refused("needs_unit")
    if action == "evaluate" and verdict not in VERDICTS:
        raise Refused("needs_verdict")
