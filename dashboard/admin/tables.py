"""Tables of accounts, displays, sessions, keys of sources and settings; no secret is in any of them."""

from datetime import datetime
from typing import Any

from dash import html

from dashboard.formats import NONE, card, count, table
from dashboard.i18n import t
from dashboard.services import Services
from dashboard.wall import Names
from hub.policy import load_policy
from store.accounts import Account
from store.sessions import Group


class Ledger:
    """Draws what an administrator reads, in one language."""

    def __init__(self, services: Services, lang: str) -> None:
        self.services, self.lang = services, lang
        self.names = Names(services.district, lang)

    def say(self, key: str, **values: object) -> str:
        """A text of this page."""
        return t(f"admin.{key}", self.lang, **values)

    def draw_title(self) -> str:
        """The page's sentence: accounts in use, screens, sessions in force."""
        people = [one for one in self.services.accounts.list_all() if not one.disabled]
        screens = [one for one in self.services.displays.list_all() if one.revoked_at is None]
        held = sum(group.count for group in self.services.sessions.list_groups())
        return self.say("title", people=len(people), screens=len(screens), sessions=held)

    def draw_accounts(self) -> Any:
        """One row an account, with what may be done to it."""
        people = self.services.accounts.list_all()
        if not people:
            return html.P(self.say("no_accounts"), className="empty")
        head = [(self.say(f"head_{name}"), "") for name in ("name", "role", "part", "state", "since", "acts")]
        return table(head, [self._row_account(one) for one in people], self.say("accounts"))

    def _row_account(self, one: Account) -> list[Any]:
        acts = [self._button("reset", one.name), self._button("open" if one.disabled else "shut", one.name)]
        return [
            html.B(one.name),
            t(f"frame.role_{one.role}", self.lang),
            self.name_part(one.scope),
            self._state(one),
            self.name_day(one.created_at),
            html.Div(acts, className="acts"),
        ]

    def _state(self, one: Account) -> html.Span:
        if one.disabled:
            return html.Span(f"✕ {self.say('is_shut')}", className="badge r")
        if one.has_password:
            return html.Span(f"● {self.say('is_open')}", className="badge g")
        word = "by_issuer" if one.subject else "no_password"
        return html.Span(f"○ {self.say(word)}", className="badge")

    def draw_displays(self) -> Any:
        """One row a screen."""
        screens = self.services.displays.list_all()
        if not screens:
            return html.P(self.say("no_displays"), className="empty")
        head = [(self.say(f"head_{name}"), "") for name in ("name", "since", "seen", "acts")]
        rows = [
            [
                html.B(one.name),
                self.name_day(one.created_at),
                self.name_moment(one.seen_at),
                html.Span(f"✕ {self.say('is_revoked')}", className="badge r")
                if one.revoked_at
                else self._button("revoke", one.name),
            ]
            for one in screens
        ]
        return table(head, rows, self.say("displays"))

    def draw_sessions(self) -> Any:
        """Sessions in force: one row an account, one a role that links opened."""
        groups = self.services.sessions.list_groups()
        head = [(self.say("head_name"), ""), (self.say("head_role"), ""), (self.say("head_count"), "n")]
        head += [(self.say("head_seen"), ""), (self.say("head_acts"), "")]
        return table(head, [self._row_session(group) for group in groups], self.say("sessions"))

    def _row_session(self, group: Group) -> list[Any]:
        what, name = ("end", group.account) if group.account else ("end_links", group.role)
        role = t(f"frame.role_{group.role}", self.lang)
        part = f" · {self.name_part(group.scope)}" if group.scope else ""
        who = html.B(group.account) if group.account else html.Span(self.say("by_link"), className="quiet")
        moment = self.name_moment(group.seen_at)
        return [who, role + part, count(group.count), moment, self._button(what, name)]

    def draw_keys(self) -> Any:
        """Keys of the systems that send and follow cases; made and revoked on the command line."""
        keys = getattr(self.services, "keys", None)
        known = keys.list_keys() if keys is not None else []
        if not known:
            return html.P(self.say("no_keys"), className="empty")
        head = [(self.say("head_source"), ""), (self.say("head_scopes"), ""), (self.say("head_rate"), "n")]
        head.append((self.say("head_state"), ""))
        rows = [
            [
                html.B(key.source),
                "、".join(key.scopes),
                count(key.per_minute),
                html.Span(f"✕ {self.say('is_revoked')}", className="badge r")
                if key.revoked_at
                else html.Span(f"● {self.say('is_open')}", className="badge g"),
            ]
            for key in known
        ]
        return table(head, rows, self.say("keys"))

    def draw_settings(self) -> html.Dl:
        """What is in force; files are named, their content never."""
        settings, limits = self.services.settings, self.services.sessions.limits
        yes = {True: self.say("yes"), False: self.say("no")}
        secret = self.say("key_given") if settings.key_file else self.say("key_development")
        rows = [
            ("set_record", self.say(f"record_{self.services.record}")),
            ("set_production", yes[settings.production]),
            ("set_cookies", yes[settings.secure_cookies]),
            ("set_key", secret),
            ("set_issuer", settings.oidc_issuer or NONE),
            ("set_idle", self.say("minutes", count=int(limits.idle.total_seconds() // 60))),
            ("set_longest", self.say("hours", count=int(limits.absolute.total_seconds() // 3600))),
            ("set_smallest", self.say("cases", count=load_policy().smallest_cell)),
        ]
        vault = self.services.vault
        for kind in vault.policy if vault else ():
            days = vault.policy[kind].retention_days if vault else 0
            rows.append((f"set_kept_{kind}", self.say("days", count=days)))
        return html.Dl([part for key, value in rows for part in (html.Dt(self.say(key)), html.Dd(value))])

    def name_part(self, scope: str) -> str:
        """The unit of a grant; the whole district where blank."""
        return self.names.units.get(scope, scope) if scope else self.say("whole")

    def name_day(self, moment: datetime | None) -> str:
        """2026-05-11, on the district's calendar."""
        return self.names.clock(moment, "%Y-%m-%d") if moment else NONE

    def name_moment(self, moment: datetime | None) -> str:
        """05-11 09:30, on the district's clock."""
        return self.names.clock(moment, "%m-%d %H:%M") if moment else NONE

    def _button(self, what: str, name: str) -> html.Button:
        return html.Button(
            self.say(f"act_{what}"),
            id={"type": "admin-act", "what": what, "name": name},
            className="button small",
            **{"aria-label": f"{self.say(f'act_{what}')} {name}"},
        )


def draw_told(text: str, address: str, wrong: bool, ledger: Ledger) -> Any:
    """What came of an act; an address is shown once, to be handed over."""
    if not text:
        return None
    parts: list[Any] = [html.P(("◆ " if wrong else "✓ ") + text)]
    if address:
        parts += [
            html.Code(address, id="admin-address"),
            html.P(ledger.say("address_once"), className="caption"),
        ]
    return html.Div(parts, className="told wrong" if wrong else "told", role="status")


def draw_card(title: str, body: Any, caption: str = "") -> html.Section:
    """A card whose table may scroll sideways on a small screen."""
    return card(title, body, caption, class_name="people-card")
