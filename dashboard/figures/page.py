"""A figure as one HTML file that opens without a network."""

from pathlib import Path

import plotly.graph_objects as go

CONFIG = {"displaylogo": False, "showSendToCloud": False, "responsive": True}
NO_CLOUD = '"showSendToCloud": false'


def write_page(figure: go.Figure, path: Path, lang: str = "zh-CN") -> None:
    """Write a figure with Plotly's script inside; the same figure gives the same bytes."""
    body = figure.to_html(include_plotlyjs=True, full_html=True, config=CONFIG, div_id="figure")
    body = body.replace("<html>", f'<html lang="{lang}">', 1)
    body = body.replace(NO_CLOUD, f'{NO_CLOUD}, "plotlyServerURL": ""')  # Plotly drops it from the config
    path.write_text(body, encoding="utf-8")
