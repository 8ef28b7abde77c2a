"""The way of a case, compiled: routes to steps, posts to placements, rosters and bodies."""
