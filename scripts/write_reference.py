"""Write docs/reference/scenarios.md from the measures' schemas, indicators.md from the list of figures,
roles.md from the roles and pages.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dashboard.admin.reference import render_roles  # noqa: E402
from dashboard.factory import PAGES  # noqa: E402
from simulation.measures.reference import render_reference  # noqa: E402
from simulation.studies.outcome import SCOPE_INDICATORS, UNIT_INDICATORS  # noqa: E402
from twin.indicator_list import render_indicators  # noqa: E402

if __name__ == "__main__":
    pages = {
        "scenarios.md": render_reference(),
        "roles.md": render_roles(PAGES),
        "indicators.md": render_indicators(SCOPE_INDICATORS, UNIT_INDICATORS),
    }
    for name, text in pages.items():
        (ROOT / "docs" / "reference" / name).write_text(text, encoding="utf-8")
        print(f"docs/reference/{name} written")
