"""The frame of every desk page: top bar, page by address, notice; the wall stands alone."""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html

from dashboard.address import keep_query
from dashboard.guard import Guard, current_session
from dashboard.i18n import current_language, pick, t
from dashboard.services import Services
from hub.roles import EVERYBODY, PERSONAL

THEME = {
    "fontFamily": '"Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", sans-serif',
    "primaryColor": "desk",
    "colors": {
        "desk": [
            "#E6F0FA", "#CDE0F3", "#9CC2E6", "#6AA3D9", "#3C86C9",
            "#1F70BB", "#0B5CAD", "#0B5CAD", "#094B8E", "#073A6E",
        ]
    },
    "defaultRadius": 6,
    "scale": 1.14,
}  # fmt: skip


def register(app: Dash, guard: Guard, services: Services, pages: Sequence[ModuleType]) -> None:
    """Give the application its layout, and a callback that shows the page of an address."""
    by_path = {page.PATH: page for page in pages}

    def layout() -> Any:
        return dmc.MantineProvider(
            [
                dcc.Location(id="url", refresh=False),
                html.Div(id="page"),
                html.Div(id="notice", className="notice", role="alert", **_tell_over()),
            ],
            theme=THEME,
            forceColorScheme="light",
        )

    app.layout = layout

    @guard.callback(EVERYBODY, Output("page", "children"), Input("url", "pathname"), State("url", "search"))
    def show_page(path: Any, search: Any) -> Any:
        keep_query(search)
        address = path if isinstance(path, str) else ""
        page, below = find_page(by_path, address)
        lang, role = current_language(), current_session().role
        if page is None or role not in page.ROLES:
            return html.Div(html.P(t("frame.no_page", lang), className="empty"), className="light page")
        body = page.layout(services, lang, below) if below else page.layout(services, lang)
        if not page.FRAMED:
            return body
        return html.Div(
            [_top_bar(services, pages, page.PATH, lang, role), body],
            className=f"desk {getattr(page, 'THEME', 'light')}",
        )


def find_page(by_path: Mapping[str, ModuleType], address: str) -> tuple[ModuleType | None, str]:
    """The page of an address, and what stands below it: /compare/<run> for a page that has BELOW = True."""
    address = address.rstrip("/") or "/"
    if address in by_path:
        return by_path[address], ""
    path, _, below = address.rpartition("/")
    page = by_path.get(path)
    return (page, below) if page is not None and getattr(page, "BELOW", False) else (None, "")


def _tell_over() -> dict[str, str]:
    """What the page says by itself when its session is over (assets/session.js)."""
    lang = current_language()
    return {"data-over": t("frame.over", lang), "data-login": t("frame.log_in", lang)}


def _top_bar(services: Services, pages: Sequence[ModuleType], path: str, lang: str, role: str) -> html.Header:
    settings = services.district.settings
    links = [
        dcc.Link(
            t(page.NAME, lang), href=page.PATH, className="here" if path == page.PATH else "", refresh=True
        )
        for page in pages
        if role in page.ROLES and getattr(page, "LISTED", True)
    ]
    other = "en" if lang == "zh" else "zh"
    aside = [demo_badge(services, lang)] if services.district.label == "fictitious" else []
    aside = _flag_contingencies(services, lang) + aside
    aside += [
        _draw_person(role, lang),
        html.A("English" if other == "en" else "中文", href=f"/lang/{other}?back={path}", className="plain"),
        html.Form(html.Button(t("frame.leave", lang), className="plain"), action="/leave", method="post"),
    ]
    name = pick(lang, settings.name, settings.name_en)
    brand = html.Div([html.B("王"), t("frame.brand", lang, district=name)], className="brand")
    return html.Header([brand, html.Nav(links), html.Div(aside, className="aside")], className="topbar")


def _draw_person(role: str, lang: str) -> Any:
    """The role; for an account its name too, which leads to its password."""
    account, word = current_session().account, t(f"frame.role_{role}", lang)
    if not account or role not in PERSONAL:
        return html.Span(word, className="caption")
    title = t("frame.change_password", lang)
    return html.A(f"{account} · {word}", href="/password", className="caption", title=title)


def _flag_contingencies(services: Services, lang: str) -> list[Any]:
    """What is in force beyond every day, on every page."""
    names = [pick(lang, one.set.title, one.set.title_en) for one in services.contingency.state()]
    return [html.A(f"◆ {name}", href="/duty", className="badge r") for name in names]


def demo_badge(services: Services, lang: str) -> html.Span:
    """What marks every page of a fictitious district."""
    return html.Span(t("frame.demo", lang), className="badge outline")
