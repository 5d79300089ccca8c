"""CSV files of numbers, with a line of names or without, and a column of labels that may be words."""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# What other programs put between values.
SEPARATORS = {";": "semicolons", "\t": "tabs"}


def is_number(text: str) -> bool:
    """Whether a cell holds a number; NaN and infinities are numbers."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def is_label(text: str) -> bool:
    """Whether a cell holds a label: anything that can be seen."""
    return bool(text.strip())


class CSVTable:
    """A CSV file: values separated by commas, in quotes where they hold commas; UTF-8.

    The first line holds the names of the columns if nothing in it is a number, or if those that are count the columns,
    0, 1, 2, ..., as data frames without names write them, and the other cells come in their columns but once. A lone 0
    is a row.

    Parameters
    ----------
    path : path

    Attributes
    ----------
    names : list of str, or None
        Of the columns, if there is such a line.
    width : int
        How many columns there are.
    is_numbered : bool
        Whether the numbers in the first line count the columns, so that it may be names or a row.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is empty, or no text.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._first = first = self._first_line()
        self.width = len(first)
        numbers = [cell for cell in first if is_number(cell)]
        self.is_numbered = bool(numbers) and numbers == [str(number) for number in range(len(numbers))]
        may_be_names = not numbers or (self.is_numbered and self.width > 1 and not self._recurs(first))
        self.names = first if may_be_names else None
        self.is_numbered &= may_be_names or self.width == 1

    def column(self, key: str) -> int:
        """The number of a column, from its name or its number; negative numbers count from the last."""
        if self.names is not None and key in self.names:
            return self.names.index(key)
        try:
            number = int(key)
        except ValueError:
            known = "it has no line of names" if self.names is None else f"there are {self.width}: {few(self.names)}"
            raise ValueError(f"{self.path} has no column {key!r}; {known}{self._separated}") from None
        if not -self.width <= number < self.width:
            raise ValueError(f"{self.path} has no column {number}: there are {self.width}{self._separated}")
        return number % self.width

    @property
    def index_told(self) -> str:
        """What to add to an error about the number of columns where the first is the index of a data frame."""
        if self.names is None or self.names[0]:
            return ""
        return "; its first column has no name, as the index of a data frame: write it by to_csv(path, index=False)"

    def taken_for_names(self) -> str:
        """What to tell where the first line counts the columns and is not read as a row."""
        cells = ["0"] if self.names is None else self.names
        return f"{self.path}: the first line, {few(cells, 5)}, is taken for the names of the columns, not for a row"

    def numbers(self, leave_out: int | None = None) -> npt.NDArray[np.float64]:
        """All columns but one, float64 [rows, columns]. A cell that is no number is told of by line and column."""
        wanted = [number for number in range(self.width) if number != leave_out]
        if not wanted:
            raise ValueError(f"{self.path} has no column but that of labels{self._separated}")
        # A column that is left out is read, too: so lines of another length are noticed.
        converters = None if leave_out is None else {leave_out: lambda cell: 0.0}
        try:
            return self._load(float, converters=converters).reshape(-1, self.width)[:, wanted]
        except ValueError as error:
            raise self._explained(wanted, error) from None

    def labels(self, column: int) -> npt.NDArray[Any]:
        """One column, [rows]: whole numbers if all are, else numbers if all are, else the texts.

        An empty cell is told of by line and column.
        """
        try:
            texts = self._load(str, usecols=None if self.width == 1 else [column]).reshape(-1)
        except ValueError as error:
            raise self._explained([], error) from None
        if not np.char.strip(texts).all():
            raise self._explained([column], ValueError("a label is empty"), is_label)
        for kind in (int, float):
            try:
                return texts.astype(kind)
            except (ValueError, OverflowError):
                continue
        return texts

    def blank_line(self) -> int | None:
        """The number of the first line without anything in front of the last row; such lines are no rows."""
        blank = None
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for line in reader:
                if line and blank is not None:
                    return blank
                if not line and blank is None and reader.line_num > self._first_lines:
                    blank = reader.line_num
        return None

    @property
    def _separated(self) -> str:
        """What to add to an error where the values are separated by something else than commas."""
        signs = [word for sign, word in SEPARATORS.items() if any(sign in cell for cell in self._first)]
        return f"; values are separated by commas, and here are {signs[0]}" if signs else ""

    def _load(self, kind: Any, **options: Any) -> npt.NDArray[Any]:
        options.update(comments=None, delimiter=",", ndmin=2, quotechar='"', encoding=None)
        skipped = 0 if self.names is None else self._first_lines
        with self.path.open(encoding="utf-8-sig", newline="") as file, warnings.catch_warnings():
            # NumPy warns of a file without lines; here it is an array without rows.
            warnings.simplefilter("ignore", UserWarning)
            loaded: npt.NDArray[Any] = np.loadtxt(file, kind, skiprows=skipped, **options)
        return loaded

    def _first_line(self) -> list[str]:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file)
                first = next((line for line in reader if line), None)
                self._first_lines = reader.line_num
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{self.path} is none of NPY, NPZ, IDX and CSV: {error}") from None
        if first is None:
            raise ValueError(f"{self.path} is empty")
        return [cell.strip() for cell in first]

    def _recurs(self, first: list[str]) -> bool:
        """Whether a text of the first line comes again in its column, as labels do and names do not."""
        texts = [(column, cell) for column, cell in enumerate(first) if not is_number(cell)]
        if not texts:
            return False
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file)
                return any(
                    line[column].strip() == cell
                    for line in reader
                    if reader.line_num > self._first_lines
                    for column, cell in texts
                    if column < len(line)
                )
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{self.path}: {error}") from None

    def _explained(
        self, columns: list[int], error: ValueError, is_right: Callable[[str], bool] = is_number
    ) -> ValueError:
        """An error that names the line and the column of the first cell that is not right."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            try:
                for line in reader:
                    if not line or (reader.line_num == self._first_lines and self.names is not None):
                        continue
                    where = f"{self.path}, line {reader.line_num}"
                    if len(line) != self.width:
                        return ValueError(f"{where} has {len(line)} cells, and not {self.width}{self._separated}")
                    for column in columns:
                        if not is_right(line[column]):
                            name = column if self.names is None else f"{column} ({self.names[column]})"
                            what = f"{line[column]!r} is no number" if line[column].strip() else "the cell is empty"
                            return ValueError(f"{where}, column {name}: {what}{self._separated}")
            except (UnicodeDecodeError, csv.Error) as other:
                return ValueError(f"{self.path}: {other}")
        return ValueError(f"{self.path}: {error}")


def few(names: list[str], most: int = 20) -> str:
    """Names for an error: of many the first and the last."""
    return ", ".join(names if len(names) <= most else [*names[: most - 1], "...", names[-1]])
