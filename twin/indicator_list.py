"""The figures of the product, each with its names, its formula in words, its unit and which way is better."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Indicator:
    """One figure: id, names, formula, unit, and whether more is better (1), worse (-1) or neither (0)."""

    id: str
    name: str
    name_en: str
    formula: str
    formula_en: str
    unit: str
    better: int


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "reported", "上报数", "Reported", "窗口内上报的案件数", "cases reported in the window", "cases", 0
    ),
    Indicator(
        "due",
        "应结数",
        "Due",
        "结案时限落在窗口内的案件数，不含自处置",
        "cases whose close_due falls in the window, self-handled apart",
        "cases",
        0,
    ),
    Indicator(
        "on_time_closure",
        "按期结案率",
        "On-time closure",
        "时限内结案 / 应结",
        "closed within close_due / due",
        "%",
        1,
    ),
    Indicator(
        "handled_in_time",
        "按期处置率",
        "Handled in time",
        "时限内首次处置 / 应处置（处置时限落在窗口内）",
        "first handled within handling_due / cases whose handling_due falls in the window",
        "%",
        1,
    ),
    Indicator(
        "closure_rate",
        "结案率",
        "Closure rate",
        "窗口末已结案 / 应结",
        "closed by the window's end / due",
        "%",
        1,
    ),
    Indicator(
        "return_rate",
        "回退率",
        "Return rate",
        "被退回的案件 / 窗口内派遣的案件",
        "cases returned / cases dispatched in the window",
        "%",
        -1,
    ),
    Indicator(
        "rework_rate",
        "返工率",
        "Rework rate",
        "返工的案件 / 窗口内处置完成的案件",
        "cases reworked / cases handled in the window",
        "%",
        -1,
    ),
    Indicator(
        "self_handled_rate",
        "自处置率",
        "Self-handled rate",
        "自处置 / 上报",
        "self-handled / reported",
        "%",
        1,
    ),
    Indicator(
        "village_closed_rate",
        "村级办结率",
        "Closed at village",
        "在网格和村级办结 / 窗口内办结",
        "closed at grid or village / closed in the window",
        "%",
        1,
    ),
    Indicator(
        "sojourn_hours",
        "平均办结时长",
        "Mean hours to close",
        "窗口内结案案件从上报到结案的平均小时数",
        "mean hours from report to close of cases closed in the window",
        "h",
        -1,
    ),
    Indicator(
        "wait_minutes_p90",
        "等待时长 P90",
        "Wait, 90th percentile",
        "窗口内处置完成案件排队等人分钟数的 90 分位",
        "90th percentile of minutes queued for a post, cases handled in the window",
        "min",
        -1,
    ),
    Indicator(
        "backlog",
        "窗口末在办",
        "Backlog",
        "窗口末已上报未结案的案件数",
        "cases reported and not ended at the window's end",
        "cases",
        -1,
    ),
    Indicator(
        "overdue_in_hand",
        "超期在办",
        "Overdue in hand",
        "窗口末未结案且已过结案时限",
        "open at the window's end and past close_due",
        "cases",
        -1,
    ),
    Indicator(
        "township_closed_rate",
        "乡镇办结率",
        "Closed at township",
        "在乡镇办结 / 窗口内办结",
        "closed at township / closed in the window",
        "%",
        0,
    ),
    Indicator(
        "district_closed_rate",
        "区级办结率",
        "Closed at district",
        "在区级办结 / 窗口内办结",
        "closed at district / closed in the window",
        "%",
        0,
    ),
    Indicator(
        "refused_rate",
        "不予受理率",
        "Refused",
        "不予受理 / 上报",
        "refused / reported",
        "%",
        0,
    ),
    Indicator(
        "merged_rate",
        "重复并案率",
        "Merged as repeats",
        "并入先前案件 / 上报",
        "merged into an earlier case / reported",
        "%",
        0,
    ),
    Indicator(
        "suspended_rate",
        "挂账率",
        "Suspended",
        "挂账的案件 / 应结（仍计入应结）",
        "suspended / due (they stay in the denominator)",
        "%",
        -1,
    ),
    Indicator(
        "extended_rate",
        "延期率",
        "Extended",
        "延期的案件 / 应结（仍计入应结）",
        "extended / due (they stay in the denominator)",
        "%",
        -1,
    ),
    Indicator(
        "on_time_without_stops",
        "按期结案率（剔除挂账延期）",
        "On-time closure without stopped clocks",
        "未挂账未延期案件的按期结案 / 其应结",
        "closed within close_due / due, of cases neither suspended nor extended",
        "%",
        1,
    ),
    Indicator(
        "reopened_rate",
        "重新办理率",
        "Opened again",
        "结案后重新办理 / 窗口内结案",
        "opened again / closed in the window",
        "%",
        -1,
    ),
    Indicator(
        "solved_rate",
        "解决率",
        "Solved",
        "回访认为已解决 / 窗口内结案并回访",
        "solved by the citizen's word / closed in the window and asked",
        "%",
        1,
    ),
    Indicator(
        "satisfied_rate",
        "满意率",
        "Satisfied",
        "回访满意 / 窗口内结案并回访",
        "satisfied / closed in the window and asked",
        "%",
        1,
    ),
    Indicator(
        "whistle_response_rate",
        "吹哨到场率",
        "Whistles answered in time",
        "吹哨后在时限内全部到场 / 吹哨（按窗口内处置完成的案件）",
        "all called present within the limit / called, cases handled in the window",
        "%",
        1,
    ),
)
UTILISATION = Indicator(
    "utilisation",
    "负荷率",
    "Utilisation",
    "办案工时 / 排班可办案工时",
    "case hours / hours rostered for cases",
    "%",
    -1,
)
DUTY_DONE = Indicator(
    "duty_done",
    "专项事务完成率",
    "Duties done",
    "未被案件占用的会议、报表、条线工作工时 / 排定工时",
    "hours of meetings, forms and line work that cases did not take / hours planned for them",
    "%",
    1,
)


def render_indicators(of_scopes: Iterable[Indicator], of_units: Iterable[Indicator]) -> str:
    """The page docs/reference/indicators.md: every figure with its names, unit and formula."""
    head = "| id | 名称 | name | unit | 公式 | formula |\n| --- | --- | --- | --- | --- | --- |\n"
    tables = [head + "".join(_render(i) for i in found) for found in (of_scopes, of_units)]
    return (
        "# Indicators\n\n<!-- made by `python scripts/write_reference.py` -->\n\n"
        "Every figure has an id, a formula and a unit; `python app.py indicators` prints the same. Figures\n"
        "of a run count cases by their due time inside the window, self-handled apart, unless the formula\n"
        f"says otherwise.\n\n{tables[0]}\nOf units:\n\n{tables[1]}"
    )


def _render(i: Indicator) -> str:
    return f"| `{i.id}` | {i.name} | {i.name_en} | {i.unit} | {i.formula} | {i.formula_en} |\n"
