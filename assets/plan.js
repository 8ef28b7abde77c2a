// Words that a date control of the planner's page asks for.
window.dashMantineFunctions = window.dashMantineFunctions || {};
window.dashMantineFunctions.nameWeekday = (day) => "日一二三四五六"[new Date(day + "T00:00").getDay()];
