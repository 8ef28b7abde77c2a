"""Each proof in two forms: a quick one in `make test`, the full one under the marker `trust`."""

from collections.abc import Sequence
from typing import Any

import pytest

FULL_TIMEOUT = 3600


def both_forms(names: str, quick: Sequence[Any], full: Sequence[Any]) -> pytest.MarkDecorator:
    """Parametrise a test by the sizes of its quick form and of its full one."""
    marks = [pytest.mark.trust, pytest.mark.timeout(FULL_TIMEOUT)]
    return pytest.mark.parametrize(
        names, [pytest.param(*quick, id="quick"), pytest.param(*full, id="full", marks=marks)]
    )


def tell(text: str) -> None:
    """A figure for the end of the run."""
    print(f"FIGURE {text}")
