"""Entries of the book of orders -> orders. Pure: the same entries in any portions give the same state."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from types import MappingProxyType
from typing import Any

from hub.orders.records import Order, OrderStep
from store.journal import Entry

BOOK = "orders"
TEXTS = ("unit", "about", "subject", "title", "asked")


@dataclass(frozen=True)
class OrderBook:
    """Every order by its id, in the order of giving, and how many each year has seen."""

    orders: Mapping[str, Order] = field(default_factory=lambda: MappingProxyType({}))
    serials: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))


def fold_order(book: OrderBook, entry: Entry, zone: tzinfo) -> OrderBook:
    """The book after one more entry; entries about an order that was never given say nothing."""
    if entry.kind == "given":
        return _give(book, entry, zone)
    order = book.orders.get(entry.subject_id)
    if order is None:
        return book
    changed = replace(order, **_change(order, entry), history=(*order.history, _step(entry)))
    return replace(book, orders={**book.orders, order.order_id: changed})


def _give(book: OrderBook, entry: Entry, zone: tzinfo) -> OrderBook:
    if entry.subject_id in book.orders:
        return book
    year = entry.at.astimezone(zone).year
    serial, body = book.serials.get(year, 0) + 1, entry.body
    texts: dict[str, Any] = {name: str(body[name]) for name in TEXTS}
    order = Order(
        order_id=entry.subject_id,
        year=year,
        serial=serial,
        given_at=entry.at,
        giver=(entry.role, entry.unit, entry.actor),
        due=date.fromisoformat(body["due"]),
        history=(_step(entry),),
        **texts,
    )
    return OrderBook({**book.orders, order.order_id: order}, {**book.serials, year: serial})


def _change(order: Order, entry: Entry) -> dict[str, Any]:
    match entry.kind:
        case "received":
            return {"received": True}
        case "answered":
            return {"state": "answered", "answered_at": entry.at, "received": True}
        case "accepted" | "withdrawn":
            return {"state": entry.kind}
        case "sent_back":
            return {"state": "given", "answered_at": None, "sent_back": order.sent_back + 1}
        case "redated":
            return {"due": date.fromisoformat(entry.body["new"])}
        case "raised":
            return {"level": int(entry.body["level"])}
    return {}


def _step(entry: Entry) -> OrderStep:
    return OrderStep(
        entry.entry_no,
        entry.kind,
        entry.at,
        entry.role,
        entry.unit,
        entry.actor,
        MappingProxyType(entry.body),
    )
