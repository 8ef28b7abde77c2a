"""A person from the first link to the own password, in a real browser; the door without any script."""

import re
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import PATIENCE, Product

pytestmark = pytest.mark.browser
WORDS = "correct horse 9"


def test_an_administrator_adds_a_person_who_sets_a_password_and_logs_in_without_scripts(
    product: Product,
) -> None:
    with product.visit("admin", 1440, 900) as visit:
        visit.open("/admin", "#admin-accounts > *")
        visit.page.fill("#admin-name", "li.na")
        visit.page.click("#admin-add")
        visit.page.wait_for_selector("#admin-address")
        link = visit.page.inner_text("#admin-address")
        visit.page.wait_for_selector("#admin-accounts td:has-text('li.na')")
        visit.page.goto(f"{product.base}/audit")
        visit.page.wait_for_selector("#audit-rows td:has-text('li.na')")
        assert re.search(r"链完整", visit.page.inner_text("#audit-title"))
        visit.assert_clean()
    context = product.browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    assert link.startswith(product.base)
    page.goto(link)
    page.click("button[type=submit]")
    assert urlsplit(page.url).path == "/password"
    for name in ("new", "again"):
        page.fill(f"input[name={name}]", WORDS)
    page.click("button[type=submit]")
    context.clear_cookies()
    page.goto(f"{product.base}/login")
    page.fill("input[name=name]", "li.na")
    page.fill("input[name=password]", "wrong horse 9")
    page.click("button[type=submit]")
    assert page.is_visible(".said.wrong")
    page.fill("input[name=password]", WORDS)
    page.click("button[type=submit]")
    assert urlsplit(page.url).path == "/"
    assert page.goto(f"{product.base}/admin").status == 403
    context.close()


def test_a_page_whose_session_is_over_says_so_and_shows_the_door(product: Product) -> None:
    with product.visit("admin", 1440, 900) as visit:
        visit.open("/admin", "#admin-accounts > *")
        visit.page.context.clear_cookies()
        visit.page.fill("#admin-name", "nobody")
        visit.page.click("#admin-add")
        visit.page.wait_for_selector("#notice a[href='/login']")
        assert visit.page.input_value("#admin-name") == "nobody"
