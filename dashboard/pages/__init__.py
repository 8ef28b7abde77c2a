"""Pages: each module has PATH, NAME, ROLES, FRAMED, layout(services, lang) and register(app, guard, services)."""
