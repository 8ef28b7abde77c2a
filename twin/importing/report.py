"""What an import says for itself: every defect with its count and what became of the rows."""

from dataclasses import dataclass, field
from html import escape

PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title><style>
body{{font:15px/1.5 "Noto Sans CJK SC","Source Han Sans SC",sans-serif;
max-width:60rem;margin:2rem auto;color:#142033;padding:0 1rem}}
h1{{font-size:1.4rem}}h2{{font-size:1.1rem;margin-top:1.6rem}}table{{border-collapse:collapse;width:100%}}
td,th{{border-bottom:1px solid #DDE3EB;padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}}
td.n{{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}}tr.sum td{{font-weight:700}}
</style></head><body><h1>{title}</h1>{body}</body></html>
"""


@dataclass(frozen=True)
class Line:
    """One finding: what (Chinese and English), how many, what became of it."""

    what: str
    count: int | str
    became: str = ""


@dataclass
class Report:
    """Findings in sections; `rows`, `used` and `reasons` account for every row of the requests."""

    title: str
    sections: dict[str, list[Line]] = field(default_factory=dict)
    rows: int = 0
    used: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, section: str, what: str, count: int | str, became: str = "") -> None:
        """One more finding."""
        self.sections.setdefault(section, []).append(Line(what, count, became))

    @property
    def balanced(self) -> bool:
        """Whether every row is used or counted under one reason."""
        return self.used + sum(self.reasons.values()) == self.rows

    def _account(self) -> list[Line]:
        lines = [
            Line("读入 rows read", self.rows),
            Line("采用 used", self.used, "计入诉求量 counted as demand"),
        ]
        lines += [Line(f"未采用 not used: {reason}", count) for reason, count in self.reasons.items()]
        total = self.used + sum(self.reasons.values())
        return [
            *lines,
            Line("合计 together", total, "= 读入 rows read" if self.balanced else "≠ 读入 rows read"),
        ]

    def to_text(self) -> str:
        """The report for a terminal."""
        lines = [self.title]
        for name, section in self._all():
            lines += ["", name]
            for line in section:
                became = f"  {line.became}" if line.became else ""
                lines.append(f"  {_show(line.count):>12}  {line.what}{became}")
        return "\n".join(lines)

    def to_html(self) -> str:
        """The report as one page that needs nothing else."""
        parts = []
        for name, section in self._all():
            rows = "".join(
                f'<tr><td class="n">{escape(_show(line.count))}</td><td>{escape(line.what)}</td>'
                f"<td>{escape(line.became)}</td></tr>"
                for line in section
            )
            parts.append(f"<h2>{escape(name)}</h2><table>{rows}</table>")
        return PAGE.format(title=escape(self.title), body="".join(parts))

    def _all(self) -> list[tuple[str, list[Line]]]:
        return [("诉求行数 Rows of the requests", self._account()), *self.sections.items()]


def _show(count: int | str) -> str:
    return f"{count:,}" if isinstance(count, int) else count
