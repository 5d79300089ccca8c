"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Writes a file whole or not at all: what was there before stays until all is written.

    Raises
    ------
    OSError
        With the path as its `filename`.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe, which is written to and not replaced.
            path.write_text(text, encoding="utf-8")
        else:
            replace(followed(path), text)
    except OSError as error:
        # Errors of writing and closing name no file, those of opening the one beside it.
        raise OSError(error.errno, error.strerror, str(path)) from error


def expect_writable(path: str | os.PathLike[str]) -> None:
    """Raises an OSError if a file cannot be written there: better known before the work that fills it than after."""
    target = followed(path)
    if target.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    # A device or a pipe is written to, and nothing is put into its folder.
    is_put = target.is_file() or not target.exists()
    folder = target.parent
    if is_put and not os.access(folder, os.W_OK | os.X_OK):
        number = errno.EACCES if folder.is_dir() else errno.ENOENT
        raise OSError(number, os.strerror(number), str(folder))


def followed(path: str | os.PathLike[str]) -> Path:
    """Where links lead; an OSError for those that lead in a circle."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(path))
    return target


def expect_makeable(folder: str | os.PathLike[str]) -> None:
    """Raises an OSError if a folder is not there and cannot be made: the same of what many files are put into."""
    target = followed(folder)
    there = next(path for path in (target, *target.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        number = errno.EACCES if there.is_dir() else errno.ENOTDIR
        raise OSError(number, os.strerror(number), os.fspath(folder))


def replace(target: Path, text: str) -> None:
    """Writes a file beside another, and puts it in its place."""
    with beside(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A new file beside another, which takes its place when all is written, or goes."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~umask()
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
