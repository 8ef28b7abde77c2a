"""The fictitious district: terrain, cells, areas, roads, bodies, posts and policy, all from one seed."""
