"""Write docs/reference/scenarios.md from the schemas of the measures."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from simulation.measures.reference import render_reference  # noqa: E402

if __name__ == "__main__":
    page = ROOT / "docs" / "reference" / "scenarios.md"
    page.write_text(render_reference(), encoding="utf-8")
    print(f"{page.relative_to(ROOT)} written")
