"""A study's page: text, tables and figures, and what was published beside what was found."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..plots._canvas import pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..model import Model


@dataclass(frozen=True)
class Beside:
    """A published figure and ours, as they are written, and why they differ."""

    what: str
    published: str
    ours: str
    why: str = ""


class Page:
    """Collects what a study has to say, and writes study.md with the tables (CSV) and figures (PNG, GIF) beside it.

    Parameters
    ----------
    out : path
        The folder; made if it is not there.
    title : str
    """

    def __init__(self, out: Path, title: str) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.out = out
        self.written: list[str] = []
        self.compared: list[Beside] = []
        self._parts = [f"# {title}"]

    def say(self, *paragraphs: str) -> None:
        """Adds paragraphs of Markdown."""
        self._parts += paragraphs

    def heading(self, title: str) -> None:
        """Adds a heading."""
        self._parts.append(f"## {title}")

    def list(self, items: Iterable[str]) -> None:
        """Adds a list."""
        self._parts.append("\n".join(f"- {item}" for item in items))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Adds a table to the page alone."""
        self._parts.append(markdown(header, rows))

    def save_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Writes a table to NAME.csv; figures in full."""
        path = self.out / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
        self.written.append(path.name)

    def save_model(self, name: str, model: Model) -> None:
        """Writes a model to NAME.onnx, for the other commands."""
        path = self.out / f"{name}.onnx"
        model.save(path)
        self.written.append(path.name)

    def figure(self, name: str, figure: Figure, caption: str) -> None:
        """Writes a figure to NAME.png, and shows it on the page."""
        figure.savefig(self.out / f"{name}.png", dpi=120)
        # What pyplot made it also keeps.
        pyplot().close(figure)
        self.picture(f"{name}.png", caption)

    def picture(self, name: str, caption: str) -> None:
        """Shows a picture that has been written beside the page."""
        self.written.append(name)
        self._parts.append(f"![{caption}]({name})\n\n*{caption}*")

    def compare(self, *figures: Beside) -> None:
        """Adds a table of published figures beside ours; all of them are in published.csv, too."""
        self.compared += figures
        self.table(
            ["", "published", "here", "why they differ"], [[f.what, f.published, f.ours, f.why] for f in figures]
        )

    @property
    def path(self) -> Path:
        """Where the page itself is."""
        return self.out / "study.md"

    def finish(self) -> Page:
        """Writes study.md."""
        header = ["what", "published", "here", "why"]
        self.save_table("published", header, [[f.what, f.published, f.ours, f.why] for f in self.compared])
        self._parts.append(f"Beside this page: {', '.join(sorted(self.written))}.")
        self.path.write_text("\n\n".join(self._parts) + "\n", encoding="utf-8")
        return self


def markdown(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table in Markdown; columns in which all is a number are set to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    columns = list(zip(*texts)) if texts else [()] * len(header)
    marks = ["---:" if column and all(is_figure(cell) for cell in column) else "---" for column in columns]
    lines = [[*header], marks, *([cell.replace("|", "\\|") for cell in row] for row in texts)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def is_figure(text: str) -> bool:
    """Whether a cell holds a number, perhaps with a unit sign."""
    try:
        float(text.rstrip("%").replace(",", "") or "0")
    except ValueError:
        return text == "none"
    return True
