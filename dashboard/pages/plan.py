"""/plan (placeholder)."""
from dash import html
from dashboard.guard import PLANNERS
PATH, NAME, ROLES, FRAMED = "/plan", "overview.name", PLANNERS, True
def layout(services, lang):
    return html.Main("x", className="page")
def register(app, guard, services):
    pass
