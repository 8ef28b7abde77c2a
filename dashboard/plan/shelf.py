"""The library as the page shows it: the list of scenarios, and what may be done with the open one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.actors import Words
from dashboard.i18n import pick, t
from dashboard.plan import library
from dashboard.plan.findings import BY_ID, HEADLINE, Row, show_difference, tell_interval
from dashboard.plan.shelf_acts import Done, Refused
from dashboard.studying import BADGES
from hub.known import Known
from simulation.scenario import Scenario
from store.scenarios import LONGEST_TAG, MOST_TAGS, ScenarioRow

SHORT = 7  # letters of a hash that are shown
TICK = 20_000


def draw_shelf(lang: str, opened: Mapping[str, Any] | None) -> html.Section:
    """The card: search, list, buttons that bring a scenario in; its stores."""
    head = [
        html.H2(t("shelf.title", lang)),
        html.Span(id="plan-shelf-count", className="caption"),
        draw_button("new", lang),
        html.Button(t("shelf.import", lang), id="plan-import-open", className="button small", type="button"),
    ]
    search = dmc.TextInput(
        id="plan-search", placeholder=t("shelf.search", lang), size="xs", debounce=250, value="",
        **{"aria-label": t("shelf.search", lang)},
    )  # fmt: skip
    return html.Section(
        [
            dcc.Store(id="plan-open", data=opened),
            dcc.Store(id="plan-load"),
            dcc.Store(id="plan-turn", data=0),
            dcc.Store(id="plan-stash", storage_type="session"),
            dcc.Interval(id="plan-shelf-tick", interval=TICK),
            dcc.Download(id="plan-toml"),
            html.Div(head, className="card-head"),
            search,
            html.Ul(id="plan-shelf", className="shelf", **{"aria-label": t("shelf.title", lang)}),
            html.Div(id="plan-told", className="plan-told", role="status"),
        ],
        className="card library",
    )


def draw_button(action: str, lang: str, style: str = "button small", **words: Any) -> html.Button:
    """A button of the library."""
    return html.Button(
        t(f"shelf.do_{action}", lang, **words), id={"type": "plan-shelf-act", "action": action},
        className=style, type="button",
    )  # fmt: skip


def choose_rows(rows: Sequence[ScenarioRow], asked: Any) -> list[ScenarioRow]:
    """The rows whose title or tags hold every word that is asked for."""
    words = asked.casefold().split() if isinstance(asked, str) else []
    return [row for row in rows if all(w in " ".join((row.title, *row.tags)).casefold() for w in words)]


class Shown(NamedTuple):
    """For whom the list is drawn, which scenario is open, and what is known of each by its hash."""

    owner: str
    opened: str
    known: Mapping[str, Known]


def draw_list(
    rows: Sequence[ScenarioRow], count: int, shown_for: Shown, words: Words
) -> tuple[list[html.Li], str]:
    """The items of the list, and how many of how many there are."""
    lang = words.lang
    shown = t("shelf.count", lang, count=count)
    if len(rows) < count:
        shown = t("shelf.count_of", lang, shown=len(rows), count=count)
    if not rows:
        return [html.Li(t("shelf.none" if count else "shelf.empty", lang), className="empty")], shown
    name = pick(lang, BY_ID[HEADLINE].name, BY_ID[HEADLINE].name_en)
    head = html.Li(t("shelf.gaps", lang, name=name), className="caption gaps")
    return [head, *(_draw_item(row, shown_for, words) for row in rows)], shown


def _draw_item(row: ScenarioRow, shown_for: Shown, words: Words) -> html.Li:
    mine, is_open = row.owner == shown_for.owner, row.scenario_id == shown_for.opened
    known = shown_for.known.get(row.hash)
    facts = [
        t("shelf.version", words.lang, version=row.version),
        row.hash[:SHORT],
        words.moment(row.updated_at),
    ]
    head = [html.B(row.title), *_tell_whose(row, mine, words.lang), *_draw_known(known, words.lang)]
    tags = [html.Span(tag, className="tag") for tag in row.tags]
    body = [html.Span(head, className="line"), html.Span([" · ".join(facts), *tags], className="facts")]
    button = html.Button(
        body, id={"type": "plan-open-row", "id": row.scenario_id}, type="button",
        **{"aria-current": "true"} if is_open else {},
    )  # fmt: skip
    return html.Li(button, className="selected" if is_open else "")


def _draw_known(known: Known | None, lang: str) -> list[html.Span]:
    """The difference to the baseline with its interval, or that there is none; its origin on hover."""
    if known is not None and known.state != "done":
        mark, colour = BADGES[known.state]
        return [html.Span(f"{mark} {t(f'plan.run_{known.state}', lang)}", className=f"badge {colour}")]
    if known is None or known.gap is None:
        return [html.Span(t("shelf.not_run", lang), className="quiet gap")]
    row = Row(BY_ID[HEADLINE], math.nan, math.nan, *known.gap)
    words = {"gap": show_difference(row, lang), "interval": tell_interval(row, lang)}
    asked = {key: known.spec[key] for key in ("start", "days", "seed", "replications")}
    tip = f"{t('shelf.gap_tip', lang, **words)}; {t('plan.provenance', lang, **asked)}"
    sign = {"better": "pos", "worse": "neg"}.get(row.verdict, "quiet")
    return [
        html.Span([html.Span(words["gap"], className=sign), html.Small(words["interval"])],
                  className="gap", title=tip)
    ]  # fmt: skip


def _tell_whose(row: ScenarioRow, mine: bool, lang: str) -> list[Any]:
    if mine:
        word = "shelf.mine_shared" if row.shared else ""
        return [html.Span(f"■ {t(word, lang)}", className="badge b")] if word else []
    account = "" if row.owner.startswith("session:") else f" · {row.owner}"
    return [html.Span(t("shelf.shared_by_other", lang) + account, className="badge outline")]


def tell_dirty(scenario: Scenario | None, opened: Any, lang: str) -> Any:
    """Whether the form differs from the open scenario as it was opened or saved last."""
    if not isinstance(opened, dict) or not opened.get("id"):
        return ""
    if scenario is not None and library.name_content(scenario) == opened.get("content"):
        return t("shelf.clean", lang, version=opened.get("version"))
    return html.Span(f"▲ {t('shelf.dirty', lang)}", className="badge a")


def draw_kept(row: ScenarioRow | None, mine: bool, words: Words) -> list[Any]:
    """What the open scenario is, its tags, and what may be done with it; for none, how to keep the form."""
    lang = words.lang
    if row is None:
        return [
            html.P([html.Span(f"○ {t('shelf.unsaved', lang)}", className="badge")], className="line"),
            html.Div([draw_button("save", lang, "button small filled")], className="buttons"),
        ]
    facts = t("shelf.kept", lang, version=row.version, hash=row.hash[:SHORT], at=words.moment(row.updated_at))
    state = [*_tell_whose(row, mine, lang), html.Span(facts, className="caption")]
    return [html.P(state, className="line"), _draw_tags(row, mine, lang), *_draw_ways(row, mine, lang)]


def _draw_tags(row: ScenarioRow, mine: bool, lang: str) -> dmc.TagsInput:
    return dmc.TagsInput(
        id={"type": "plan-tags", "id": row.scenario_id}, value=list(row.tags), disabled=not mine, size="xs",
        maxTags=MOST_TAGS, placeholder=t("shelf.tags", lang) if mine and not row.tags else "",
        **{"aria-label": t("shelf.tags", lang)}, clearable=False, splitChars=[",", "，", ";", "；"],
        description=t("shelf.tags_hint", lang, most=LONGEST_TAG) if mine and not row.tags else None,
    )  # fmt: skip


def _draw_ways(row: ScenarioRow, mine: bool, lang: str) -> list[Any]:
    history = html.Button(
        t("shelf.history", lang), id={"type": "plan-history-open", "id": row.scenario_id},
        className="button small", type="button",
    )  # fmt: skip
    if not mine:
        return [html.Div([draw_button("copy", lang, "button small filled"), history], className="buttons")]
    share = draw_button("unshare" if row.shared else "share", lang)
    ways = [draw_button("save", lang, "button small filled"), draw_button("copy", lang),
            draw_button("rename", lang), share, history]  # fmt: skip
    sure = [t("shelf.sure", lang, title=row.title), draw_button("delete", lang, "button small danger")]
    delete = html.Details([html.Summary(t("shelf.delete", lang)), html.P(sure)], className="delete")
    return [html.Div(ways, className="buttons"), delete]


def draw_done(done: Done, lang: str) -> list[Any]:
    """What was done, in a line."""
    return [html.Span(f"✓ {t(f'shelf.told_{done.told}', lang, **done.values)}", className="badge g")]


def draw_refusal(refused: Refused, lang: str) -> list[Any]:
    """Why nothing was done, every reason in a line, and what helps; the form is as it was."""
    lines = [html.P(line) for line in refused.lines]
    badge = html.Span(f"◆ {t('shelf.refused', lang)}", className="badge r")
    ways = [draw_button(way, lang) for way in refused.ways]
    return [badge, html.Div(lines, className="red"), html.Div(ways, className="buttons")]
