"""Pages: modules with PATH, NAME, ROLES, FRAMED, layout(services, lang), register(app, guard, services)."""
