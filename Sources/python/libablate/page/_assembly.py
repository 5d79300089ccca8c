"""A page from its parts: one file that needs nothing else."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

PARTS = Path(__file__).parent
# One scope, in this order.
PROGRAM = ("data", "pictures", "chart", "panels", "unit", "table", "maps", "start")


def plotly() -> str:
    """The text of plotly.js, or an error that says what to install."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise ImportError("charts of a report are drawn by plotly: pip install 'libablate[report]'") from error
    return str(get_plotlyjs())


def as_script(data: Any) -> str:
    """Data as JSON that can stand inside a script element, whatever its texts are."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    # Half a pair of surrogates, which file names may hold, is no text that a file could have.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def page(data: dict[str, Any], title: str) -> str:
    """The whole page."""
    charts = plotly().replace("</script", r"<\/script")
    parts = {
        "title": html.escape(title),
        "style": (PARTS / "report.css").read_text("utf-8"),
        "data": as_script({**data, "title": title}),
        "plotly": charts,
        "program": "\n".join((PARTS / "program" / f"{name}.js").read_text("utf-8") for name in PROGRAM),
    }
    # One pass over the template: what is put in is not looked at again.
    pieces = (PARTS / "report.html").read_text("utf-8").split("@@")
    return "".join(parts[piece] if place % 2 else piece for place, piece in enumerate(pieces))
