"""Books of the hub: supervision orders, duty, contingencies. Each state is a pure function of the journal."""
