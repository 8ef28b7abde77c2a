"""What an administrator does to accounts, displays and sessions; each says in words what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.i18n import t
from dashboard.services import Services
from hub.grants import BadGrant, check_grant
from store.accounts import LONGEST, SHORTEST, BadAccount

LINK_MINUTES = 24 * 60.0


@dataclass(frozen=True)
class Told:
    """One sentence, and an address that is shown this once."""

    text: str
    address: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class Clerk:
    """Does the acts of one administrator; `base` is the address that this browser uses."""

    services: Services
    actor: str
    base: str
    lang: str

    def do(self, trigger: Any, form: Mapping[str, Any]) -> Told | None:
        """The act of a button: `trigger` is its id, `form` what stands in the fields; None for no act."""
        try:
            if trigger == "admin-add":
                return self.add_account(form)
            if trigger == "admin-display-add":
                return self.add_display(_read(form, "display"))
            if isinstance(trigger, dict) and trigger.get("what") in ACTS:
                return ACTS[trigger["what"]](self, str(trigger.get("name", "")))
        except BadGrant as error:
            return self._refuse(error.why, **error.values)
        except BadAccount as error:
            return self._refuse(error.why)
        except KeyError:
            return self._refuse("gone")
        return None

    def add_account(self, form: Mapping[str, Any]) -> Told:
        """A new account; its person sets the password with the link that is shown."""
        name, role, scope = _read(form, "name"), _read(form, "role"), _read(form, "scope")
        check_grant(self.services.district, role, scope)
        self.services.accounts.add(name, None, role, scope, _read(form, "subject"), by=self.actor)
        return self._tell("added", name, self._make_link(name, role, scope))

    def reset(self, name: str) -> Told:
        """A link for a new password; the old one is worth nothing from now on."""
        account = self.services.accounts.find(name)
        if account is None:
            raise KeyError(name)
        self.services.accounts.clear_password(name, by=self.actor)
        return self._tell("reset", name, self._make_link(name, account.role, account.scope))

    def shut(self, name: str) -> Told:
        """Shut an account; not one's own."""
        if name == self.actor:
            return self._refuse("own")
        self.services.accounts.disable(name, by=self.actor)
        return self._tell("shut", name)

    def open(self, name: str) -> Told:
        """Open a shut account again."""
        self.services.accounts.enable(name, by=self.actor)
        return self._tell("opened", name)

    def end(self, name: str) -> Told:
        """End every session of an account."""
        count = self.services.sessions.end_all(account=name, by=self.actor)
        return Told(t("admin.did_ended", self.lang, name=name, count=count))

    def end_links(self, role: str) -> Told:
        """End every session of a role that links, not accounts, opened."""
        count = self.services.sessions.end_links(role, by=self.actor)
        return Told(t("admin.did_ended", self.lang, name=t(f"frame.role_{role}", self.lang), count=count))

    def add_display(self, name: str) -> Told:
        """A new screen, with the address that opens it."""
        token = self.services.displays.add(name, by=self.actor)
        return self._tell("display", name, f"{self.base}/display/{token}")

    def revoke(self, name: str) -> Told:
        """Take a screen's address back."""
        self.services.displays.revoke(name, by=self.actor)
        return self._tell("revoked", name)

    def _make_link(self, name: str, role: str, scope: str) -> str:
        token = self.services.sessions.issue_link(role, LINK_MINUTES, scope, name, by=self.actor)
        return f"{self.base}/enter?token={token}"

    def _tell(self, what: str, name: str, address: str = "") -> Told:
        return Told(t(f"admin.did_{what}", self.lang, name=name), address)

    def _refuse(self, why: str, **values: str) -> Told:
        text = t(f"admin.why_{why}", self.lang, least=SHORTEST, most=LONGEST, **values)
        return Told(text, wrong=True)


ACTS = {
    "reset": Clerk.reset,
    "shut": Clerk.shut,
    "open": Clerk.open,
    "end": Clerk.end,
    "end_links": Clerk.end_links,
    "revoke": Clerk.revoke,
}


def _read(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
