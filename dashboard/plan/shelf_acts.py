"""What the buttons of the library do with the scenario of the form and with the one that is open."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dash import no_update

from dashboard.faults import tell_fault
from dashboard.i18n import t
from dashboard.plan import forms, library
from dashboard.plan.part import tell_outside
from dashboard.planners import current_planner, name_actor
from dashboard.services import Services
from hub.scenarios import Planner
from simulation.scenario import Scenario
from store.scenarios import LONGEST_TITLE, MOST_SCENARIOS, Conflict, LibraryFull
from twin.faults import DistrictFaults

LONGEST_NAME, LONGEST_NOTE = 80, 1000


class Form(NamedTuple):
    """What stands on the page when a button is pressed; `opened` is what was opened or saved last."""

    title: Any
    note: Any
    draft: forms.Draft
    opened: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id of the open scenario; blank where none is open."""
        return str(self.opened.get("id", ""))

    @property
    def version(self) -> int:
        """The version that was opened or saved last."""
        number = self.opened.get("version")
        return number if isinstance(number, int) else 0


class Done(NamedTuple):
    """What came of it: the key of what is told with its values, what is open now, what the form shows."""

    told: str
    values: Mapping[str, Any]
    opened: Any = no_update
    load: Any = no_update


class Refused(Exception):
    """Nothing was done; `lines` say why, `ways` name the buttons that may help."""

    def __init__(self, lines: list[str], *ways: str) -> None:
        super().__init__("；".join(lines))
        self.lines, self.ways = lines, ways


def read_form(title: Any, note: Any, ids: Any, values: Any, opened: Any) -> Form:
    """The form of a request, whatever it holds."""
    draft = forms.collect_draft(
        ids if isinstance(ids, list) else [], values if isinstance(values, list) else []
    )
    return Form(title, note, draft, opened if isinstance(opened, dict) else {})


def hold(scenario: Scenario) -> dict[str, Any]:
    """A scenario as the form takes it."""
    plain = scenario.to_plain()
    return {"title": scenario.title or scenario.name, "note": scenario.note, "measures": plain["measures"]}


class Acts:
    """One planner's acts on the library; Refused where one cannot be done, and then nothing has changed."""

    def __init__(self, services: Services, lang: str) -> None:
        self.services, self.library, self.lang = services, services.library, lang
        self.planner: Planner = current_planner(services)

    def do(self, action: str, form: Form, what: Any = None) -> Done:
        """An act by its name; `what`: the id of a scenario, or the number of a version."""
        acts: dict[str, Callable[[Form, Any], Done]] = {
            name: getattr(self, f"do_{name}")
            for name in ("open", "new", "save", "over", "create", "copy", "rename", "share", "unshare",
                         "delete", "show", "restore", "template")
        }  # fmt: skip
        if action not in acts:
            raise Refused([t("shelf.gone", self.lang)])
        try:
            return acts[action](form, what)
        except Conflict:
            raise Refused([self._tell_conflict(form)], "over", "create") from None
        except KeyError:
            raise Refused([t("shelf.gone", self.lang)], "create") from None
        except PermissionError:
            raise Refused([t("shelf.not_yours", self.lang)], "create") from None
        except LibraryFull:
            raise Refused([t("study.library_full", self.lang, most=MOST_SCENARIOS)]) from None
        except DistrictFaults as error:
            raise Refused([tell_fault(fault, self.lang) for fault in error.faults]) from None
        except ValueError:
            raise Refused([t("shelf.bad_title", self.lang, most=LONGEST_TITLE)]) from None

    def do_open(self, _: Form, what: Any) -> Done:
        """Show a scenario of the library in the form."""
        row, scenario = self.library.open(self.planner, str(what))
        return Done("opened", {"title": row.title}, library.describe_open(row, scenario), hold(scenario))

    def do_template(self, _: Form, what: Any) -> Done:
        """Show one of the scenarios that come with the product; it is nobody's until it is saved."""
        found = library.open_scenario(what)
        if found is None:
            raise KeyError(what)
        load = {"title": found.title, "note": found.note, "measures": found.draft}
        return Done("template", {"title": found.title}, None, load)

    def do_new(self, _: Form, __: Any) -> Done:
        """An empty form."""
        load = {"title": t("shelf.untitled", self.lang), "note": "", "measures": []}
        return Done("emptied", {}, None, load)

    def do_save(self, form: Form, _: Any) -> Done:
        """The form as the next version of the open scenario; as a new one where none is open."""
        return self._save(form, form.version) if form.id else self.do_create(form, None)

    def do_over(self, form: Form, _: Any) -> Done:
        """The same, on top of whatever was saved meanwhile."""
        return self._save(form, self.library.open(self.planner, form.id)[0].version)

    def do_create(self, form: Form, _: Any) -> Done:
        """The form as a new scenario."""
        scenario = self.read(form)
        row = self.library.create(self.planner, forms.write_toml(scenario))
        return Done("created", {"title": row.title}, library.describe_open(row, scenario))

    def do_copy(self, form: Form, _: Any) -> Done:
        """One's own copy of the open scenario as kept, with its tags; where none is open, of the form."""
        if not form.id:
            return self.do_create(form, None)
        row, _scenario = self.library.open(self.planner, form.id)
        ending = t("shelf.copy_ending", self.lang)
        title = row.title[: LONGEST_TITLE - len(ending)] + ending
        copy = self.library.duplicate(self.planner, form.id, title)
        scenario = self.library.open(self.planner, copy.scenario_id)[1]
        return Done("copied", {"title": title}, library.describe_open(copy, scenario), hold(scenario))

    def do_rename(self, form: Form, _: Any) -> Done:
        """The title of the form for the open scenario; its measures stay as they are kept."""
        title = read_title(form.title)
        self.library.rename(self.planner, form.id, title)
        return Done("renamed", {"title": title})

    def do_share(self, form: Form, _: Any) -> Done:
        """Others may read the open scenario."""
        self.library.share(self.planner, form.id, True)
        return Done("shared", {})

    def do_unshare(self, form: Form, _: Any) -> Done:
        """Others may no longer read it."""
        self.library.share(self.planner, form.id, False)
        return Done("unshared", {})

    def do_delete(self, form: Form, _: Any) -> Done:
        """Out of the library; the form keeps what it shows."""
        row, _scenario = self.library.open(self.planner, form.id)
        self.library.delete(self.planner, form.id)
        return Done("deleted", {"title": row.title}, None)

    def do_show(self, form: Form, what: Any) -> Done:
        """An old version in the form; saving then makes the next version of it."""
        row, scenario = self.library.open(self.planner, form.id, read_number(what))
        newest = self.library.open(self.planner, form.id)[1]
        opened = library.describe_open(row, newest)
        return Done("shown", {"version": read_number(what)}, opened, hold(scenario))

    def do_restore(self, form: Form, what: Any) -> Done:
        """An old version as the next one."""
        _, old = self.library.open(self.planner, form.id, read_number(what))
        row = self.library.save(self.planner, form.id, forms.write_toml(old), form.version)
        values = {"version": row.version, "old": read_number(what)}
        return Done("restored", values, library.describe_open(row, old), hold(old))

    def read(self, form: Form) -> Scenario:
        """The scenario of the form; Refused with every fault, or with the rows outside the planner's part."""
        read_title(form.title)
        scenario = read_scenario(form, self.services, self.lang)
        outside = tell_outside(scenario, self.planner.scope, self.lang)
        if outside:
            raise Refused([outside])
        return scenario

    def _save(self, form: Form, expected: int) -> Done:
        scenario = self.read(form)
        row = self.library.save(self.planner, form.id, forms.write_toml(scenario), expected)
        return Done("saved", {"version": row.version}, library.describe_open(row, scenario))

    def _tell_conflict(self, form: Form) -> str:
        newest = self.library.history(self.planner, form.id)[0]
        values = {
            "version": newest.version,
            "by": name_actor(newest.saved_by, self.lang),
            "mine": form.version,
        }
        return t("shelf.conflict", self.lang, **values)


def read_scenario(form: Form, services: Services, lang: str) -> Scenario:
    """The scenario of a form with its name and note; Refused with every fault."""
    scenario, faults = forms.read_scenario(form.title, form.draft, services.district, lang)
    if scenario is None:
        raise Refused([t("shelf.faults", lang, count=len(faults)), *faults])
    note = form.note if isinstance(form.note, str) else ""
    name = str(form.opened.get("name") or forms.NAME)
    return scenario.model_copy(update={"name": name[:LONGEST_NAME], "note": note[:LONGEST_NOTE]})


def read_title(title: Any) -> str:
    """A title without blanks at its ends; ValueError for none."""
    text = title.strip() if isinstance(title, str) else ""
    if not text:
        raise ValueError("no title")
    return text


def read_number(what: Any) -> int:
    """The number of a version; KeyError for anything else."""
    if not isinstance(what, int) or isinstance(what, bool):
        raise KeyError(what)
    return what
