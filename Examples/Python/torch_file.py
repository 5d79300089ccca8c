"""Weights that PyTorch saved, read without PyTorch and without running anything that the file asks for.

A file of `torch.save` is a pickle, and a pickle names functions to call. This reader knows the four names that a
dictionary of tensors needs, gives them meanings of its own, and refuses every other name.
"""

import collections
import pickle
import zipfile
from pathlib import Path

import numpy as np

TYPES = {
    "DoubleStorage": np.float64,
    "FloatStorage": np.float32,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}
# What reading a pickle that is none, or another one than of tensors, can come to.
DAMAGED = (AttributeError, EOFError, IndexError, KeyError, TypeError, ValueError)
# What files of before PyTorch 1.6 begin with.
MAGIC = 0x1950A86A20F9469CFC6C


class Tensor:
    """A view of a storage whose numbers come later in the file."""

    def __init__(self, storage, offset, shape, strides, *_):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def read(self, storages):
        values = storages[self.storage][self.offset :]
        strides = [stride * values.itemsize for stride in self.strides]
        last = sum((length - 1) * stride for length, stride in zip(self.shape, self.strides))
        if 0 not in self.shape and (min(self.strides, default=0) < 0 or last >= len(values)):
            raise ValueError("a tensor reaches beyond its storage")
        return np.lib.stride_tricks.as_strided(values, self.shape, strides).copy()


class Reader(pickle.Unpickler):
    """Knows tensors, dictionaries and nothing else."""

    def __init__(self, file):
        super().__init__(file)
        self.types = {}
        self.counts = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return Tensor
        if module == "torch" and name in TYPES:
            return TYPES[name]
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which no dictionary of tensors needs")

    def persistent_load(self, described):
        _, kind, key, _, count, *_ = described
        self.types[key], self.counts[key] = np.dtype(kind), count
        return key


def read_tensors(path):
    """The tensors of a file by name, as arrays."""
    try:
        with Path(path).open("rb") as file:
            found, storages = read_zip(file) if zipfile.is_zipfile(file) else read_old(file)
    except (*DAMAGED, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no file of torch.save with a dictionary of tensors: {error}") from error
    return {name: tensor.read(storages) for name, tensor in found.items() if isinstance(tensor, Tensor)}


def read_zip(file):
    """Files of PyTorch 1.6 and later: an archive with a pickle and a member for each storage."""
    with zipfile.ZipFile(file) as archive:
        (pickled,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = pickled[: -len("data.pkl")]
        with archive.open(pickled) as member:
            reader = Reader(member)
            found = reader.load()
        storages = {key: np.frombuffer(archive.read(f"{folder}data/{key}"), kind) for key, kind in reader.types.items()}
    return found, storages


def read_old(file):
    """Files of before: pickles in a row, then the storages, each behind its length."""
    file.seek(0)
    if Reader(file).load() != MAGIC:
        raise ValueError("this is no file of torch.save")
    Reader(file).load()
    if not Reader(file).load()["little_endian"]:
        raise ValueError("the file was written on a machine with the other order of bytes")
    reader = Reader(file)
    found = reader.load()
    storages = {}
    for key in Reader(file).load():
        kind = reader.types[key]
        count = int.from_bytes(file.read(8), "little")
        storages[key] = np.frombuffer(file.read(count * kind.itemsize), kind, count)
    return found, storages
