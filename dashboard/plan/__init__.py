"""The planner's page in parts: forms from measures, findings from results, maps of both."""
