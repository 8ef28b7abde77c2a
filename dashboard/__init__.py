"""The interface: the only place that knows HTTP, Dash and sessions."""
