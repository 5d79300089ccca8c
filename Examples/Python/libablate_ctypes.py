"""libablate for Python in one small file: ctypes and NumPy, nothing else.

Copy it into a program of yours, or read it as an example of how to embed a C library. It declares the part of ablate.h
that a study needs and wraps it in four classes:

    model = Model.load("mnist.onnx")
    labels = model.predict(x, ablated=[(0, 137)])            # layer 0, unit 137
    sweep = Sweep(model).feed(x, y)                          # every hidden unit, one at a time
    print(sweep.intact["correct"], sweep.results["correct"])
    profile = Profile(model, ["information"]).feed(x, y)     # what every hidden unit does, without ablating any
    print(profile.measure("mutual_information", layer=0))

The library is found through the environment variable ABLATE_LIBRARY, else in the repository's build directory, else
where the system's loader looks.
"""

import ctypes
import os
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from pathlib import Path

import numpy as np

VERSION = 1_000  # 0.1.0, the version of the header these declarations were taken from
CANCELLED = 6
REPLACEMENTS = {"zero": 0, "dead": 1, "mean": 2, "constant": 3, "resample": 4}
OUTPUTS = {"scores": 0, "probabilities": 1, "model": 2}
POINTS = {"activation": 0, "pre_activation": 1}
PROFILES = {"class_means": 1, "entropy": 2, "information": 4, "top_rows": 16, "gram": 32, "taylor": 64}
MEASURES = {
    name: value
    for value, name in enumerate(
        "mean variance minimum maximum fraction_active entropy mutual_information kl_selectivity class_selectivity "
        "taylor taylor_of_mean incoming_l1 incoming_l2 outgoing_l2".split()
    )
}
Progress = ctypes.CFUNCTYPE(c_int, c_uint64, c_uint64, c_void_p)


class Sized(Structure):
    """Every struct of ablate.h starts with its own size: that is how old programs work with newer libraries."""

    def __init__(self, **fields):
        super().__init__(size=ctypes.sizeof(type(self)), **fields)


class ModelInfo(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("input_width", c_size_t),
        ("output_width", c_size_t),
        ("class_count", c_size_t),
        ("prediction_width", c_size_t),
        ("probability_width", c_size_t),
        ("layer_count", c_size_t),
        ("step_count", c_size_t),
        ("parameter_count", c_int64),
        ("head", c_int),
    )


class LayerInfo(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("name", c_char_p),
        ("kind", c_char_p),
        ("units", c_size_t),
        ("inputs", c_size_t),
        ("parameter_count", c_int64),
        ("activation", c_int),
        ("alpha", c_float),
        ("beta", c_float),
        ("is_output", c_int),
    )


class Replacement(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("kind", c_int),
        ("constant", c_float),
        ("seed", c_uint64),
        ("reference", c_void_p),
    )


class SweepOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("layers", POINTER(c_size_t)),
        ("layer_count", c_size_t),
        ("replacement", POINTER(Replacement)),
        ("metrics", c_uint32),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
        ("kind", c_int),
        ("order", c_void_p),
        ("order_count", c_size_t),
        ("masks", POINTER(c_void_p)),
        ("mask_count", c_size_t),
        ("changed_row_limit", c_size_t),
        ("first_row", c_uint64),
    )


class SweepResult(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("layer", c_size_t),
        ("unit", c_size_t),
        ("rows", c_int64),
        ("correct", c_int64),
        ("lost", c_int64),
        ("gained", c_int64),
        ("changed", c_int64),
        ("effect", c_double),
        ("log_loss", c_double),
        ("label_probability", c_double),
        ("input", c_size_t),
        ("second_unit", c_size_t),
        ("interaction", c_double),
        ("second_layer", c_size_t),
        ("kl_divergence", c_double),
        ("margin", c_double),
        ("squared_error", c_double),
        ("absolute_change", c_double),
    )


class ProfileOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("layers", POINTER(c_size_t)),
        ("layer_count", c_size_t),
        ("measures", c_uint32),
        ("quantiser", c_int),
        ("quantiser_bits", c_uint32),
        ("quantiser_threshold", c_float),
        ("quantiser_low", c_float),
        ("quantiser_high", c_float),
        ("quantiser_edges", POINTER(c_float)),
        ("quantiser_edge_count", c_size_t),
        ("histogram_bins", c_size_t),
        ("histogram_low", c_float),
        ("histogram_high", c_float),
        ("top_row_limit", c_size_t),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
        ("first_row", c_uint64),
    )


Handle = c_void_p
Out = POINTER(c_void_p)
Floats = POINTER(c_float)
PROTOTYPES = {
    "ablate_last_error": (c_char_p, []),
    "ablate_version": (c_uint32, []),
    "ablate_model_load": (c_int, [c_char_p, Out]),
    "ablate_model_free": (None, [Handle]),
    "ablate_model_describe": (c_int, [Handle, POINTER(ModelInfo)]),
    "ablate_model_layer": (c_int, [Handle, c_size_t, POINTER(LayerInfo)]),
    "ablate_model_class_label": (c_int, [Handle, c_size_t, POINTER(c_char_p)]),
    "ablate_model_parameters": (c_int, [Handle, c_size_t, Floats, c_size_t, Floats, c_size_t]),
    "ablate_reference_create": (c_int, [Handle, Floats, c_size_t, c_int, c_size_t, Out]),
    "ablate_reference_free": (None, [Handle]),
    "ablate_mask_create": (c_int, [Handle, Out]),
    "ablate_mask_free": (None, [Handle]),
    "ablate_mask_set_unit": (c_int, [Handle, c_size_t, c_size_t, c_int]),
    "ablate_mask_set_replacement": (c_int, [Handle, POINTER(Replacement)]),
    "ablate_session_create": (c_int, [Handle, c_size_t, Out]),
    "ablate_session_free": (None, [Handle]),
    "ablate_run": (c_int, [Handle, Handle, Floats, c_size_t, c_int, Floats]),
    "ablate_predict": (c_int, [Handle, Handle, Floats, c_size_t, POINTER(c_int32)]),
    "ablate_activations": (c_int, [Handle, Handle, Floats, c_size_t, c_size_t, c_int, Floats]),
    "ablate_sweep_create": (c_int, [Handle, POINTER(SweepOptions), Out]),
    "ablate_sweep_free": (None, [Handle]),
    "ablate_sweep_feed": (c_int, [Handle, Floats, c_size_t, POINTER(c_int32)]),
    "ablate_sweep_count": (c_size_t, [Handle]),
    "ablate_sweep_read": (c_int, [Handle, c_size_t, POINTER(SweepResult)]),
    "ablate_sweep_read_intact": (c_int, [Handle, POINTER(SweepResult)]),
    "ablate_sweep_confusion": (c_int, [Handle, c_size_t, POINTER(c_int64), c_size_t]),
    "ablate_sweep_confusion_intact": (c_int, [Handle, POINTER(c_int64), c_size_t]),
    "ablate_profile_create": (c_int, [Handle, POINTER(ProfileOptions), Out]),
    "ablate_profile_free": (None, [Handle]),
    "ablate_profile_feed": (c_int, [Handle, Floats, c_size_t, POINTER(c_int32)]),
    "ablate_profile_measure": (c_int, [Handle, c_int, c_size_t, POINTER(c_double), c_size_t]),
    "ablate_profile_class_means": (c_int, [Handle, c_size_t, POINTER(c_double), c_size_t]),
    "ablate_profile_top_rows": (
        c_int,
        [Handle, c_size_t, c_size_t, POINTER(c_int64), Floats, c_size_t, POINTER(c_size_t)],
    ),
}


class AblateError(Exception):
    """What the library says went wrong."""


def open_library():
    named = os.environ.get("ABLATE_LIBRARY")
    built = Path(__file__).resolve().parents[2] / "build" / "lib" / "libablate.so"
    path = named or (str(built) if built.exists() else "libablate.so.0")
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise AblateError(
            f"{error}. Build the library (cmake -B build && cmake --build build) or set ABLATE_LIBRARY."
        ) from error
    for name, (result, arguments) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    found = library.ablate_version()
    if found // 1_000_000 != VERSION // 1_000_000 or found < VERSION:
        raise AblateError(
            f"{path} has version {found}, this file needs {VERSION} or a later one of the same major version"
        )
    return library


library = open_library()


def check(status):
    if status != 0:
        raise AblateError(library.ablate_last_error().decode())


def pointer(array, kind=c_float):
    return array.ctypes.data_as(POINTER(kind))


def rows_of(x, width):
    """x as the library takes it: float32, row-major, [rows, width]."""
    x = np.ascontiguousarray(x, dtype=np.float32)
    if x.ndim < 2 or np.prod(x.shape[1:]) != width:
        raise ValueError(f"the model takes rows of {width} values; the data has the shape {x.shape}")
    return x.reshape(len(x), width)


def labels_of(labels, rows):
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels are class indices, not {labels.dtype}: see np.searchsorted(classes, labels)")
    labels = np.ascontiguousarray(labels, np.int32)
    if labels.shape != (rows,):
        raise ValueError(f"{rows} rows take that many labels; these have the shape {labels.shape}")
    return labels


class Owned:
    """A handle that is freed when its Python object goes."""

    def __init__(self, create, free, *arguments):
        self.handle = c_void_p()
        check(create(*arguments, byref(self.handle)))
        self.free = free

    def __del__(self):
        if getattr(self, "free", None):
            self.free(self.handle)


class Model(Owned):
    """A trained network from an ONNX file, with a session to run it."""

    def __init__(self, path, threads=0):
        super().__init__(library.ablate_model_load, library.ablate_model_free, os.fsencode(path))
        self.start(threads)

    def start(self, threads):
        """Makes the session, once there is a handle."""
        self.session = Owned(library.ablate_session_create, library.ablate_session_free, self.handle, threads)
        self.info = ModelInfo()
        check(library.ablate_model_describe(self.handle, byref(self.info)))

    @classmethod
    def load(cls, path, threads=0):
        return cls(path, threads)

    @property
    def layers(self):
        """Name, units, inputs, activation, ... of every layer, the output layer last."""
        infos = [LayerInfo() for _ in range(self.info.layer_count)]
        for index, info in enumerate(infos):
            check(library.ablate_model_layer(self.handle, index, byref(info)))
        return infos

    @property
    def class_labels(self):
        """The names of the classes, as the file has them; their numbers if it has none."""
        label, names = c_char_p(), []
        for index in range(self.info.class_count):
            check(library.ablate_model_class_label(self.handle, index, byref(label)))
            names.append(label.value.decode() if label.value is not None else str(index))
        return names

    def weights(self, layer):
        """[units, inputs]"""
        info = self.layers[layer]
        out = np.empty((info.units, info.inputs), np.float32)
        check(library.ablate_model_parameters(self.handle, layer, pointer(out), out.size, None, 0))
        return out

    def predict(self, x, ablated=(), replacement=None):
        """The class of each row, with the units in `ablated`, (layer, unit) pairs, ablated."""
        x = rows_of(x, self.info.input_width)
        out = np.empty((len(x), self.info.prediction_width), np.int32)
        mask = self._mask(ablated, replacement)
        check(library.ablate_predict(self.session.handle, mask.handle, pointer(x), len(x), pointer(out, c_int32)))
        return out[:, 0] if out.shape[1] == 1 else out

    def scores(self, x, ablated=(), replacement=None):
        """[rows, output_width]"""
        x = rows_of(x, self.info.input_width)
        out = np.empty((len(x), self.info.output_width), np.float32)
        mask = self._mask(ablated, replacement)
        check(library.ablate_run(self.session.handle, mask.handle, pointer(x), len(x), OUTPUTS["scores"], pointer(out)))
        return out

    def activations(self, x, layer, point="activation"):
        """[rows, units]: the values of a layer, intact."""
        x = rows_of(x, self.info.input_width)
        out = np.empty((len(x), self.layers[layer].units), np.float32)
        session, which = self.session.handle, POINTS[point]
        check(library.ablate_activations(session, None, pointer(x), len(x), layer, which, pointer(out)))
        return out

    def reference(self, x, keep_rows=False):
        """Rows that mean and resample replacements draw from."""
        x = rows_of(x, self.info.input_width)
        create, free = library.ablate_reference_create, library.ablate_reference_free
        return Owned(create, free, self.handle, pointer(x), len(x), int(keep_rows), 0)

    def _mask(self, ablated, replacement):
        mask = Owned(library.ablate_mask_create, library.ablate_mask_free, self.handle)
        check(library.ablate_mask_set_replacement(mask.handle, byref(replacement or make_replacement())))
        for layer, unit in ablated:
            check(library.ablate_mask_set_unit(mask.handle, layer, unit, 1))
        return mask


def make_replacement(kind="zero", constant=0.0, seed=0, reference=None):
    """What takes an ablated unit's place. The caller keeps `reference` alive until it has been handed over."""
    handle = reference.handle if reference else None
    return Replacement(kind=REPLACEMENTS[kind], constant=constant, seed=seed, reference=handle)


class Sweep(Owned):
    """Ablates one unit at a time, every unit of the chosen layers (all hidden ones by default), and counts."""

    def __init__(self, model, layers=None, replacement=None, threads=0, progress=None):
        """`progress(done, total)` is called from time to time; a true value it returns cancels the sweep."""
        self.model = model
        self.progress = Progress(lambda done, total, _: bool(progress(done, total))) if progress else Progress()
        described = ctypes.pointer(replacement) if replacement else None
        options = SweepOptions(replacement=described, metrics=1, threads=threads, progress=self.progress)
        if layers is not None:
            options.layers = (c_size_t * len(layers))(*layers)
            options.layer_count = len(layers)
        super().__init__(library.ablate_sweep_create, library.ablate_sweep_free, model.handle, byref(options))

    def feed(self, x, labels):
        """Adds rows, x [rows, input_width] and their classes; as often as there are batches."""
        x = rows_of(x, self.model.info.input_width)
        labels = labels_of(labels, len(x))
        check(library.ablate_sweep_feed(self.handle, pointer(x), len(x), pointer(labels, c_int32)))
        return self

    @property
    def intact(self):
        """The figures of the intact model on the same rows."""
        result = SweepResult()
        check(library.ablate_sweep_read_intact(self.handle, byref(result)))
        return as_record([result])[0]

    @property
    def results(self):
        """One record per unit: layer, unit, rows, correct, lost, gained, changed, effect."""
        results = [SweepResult() for _ in range(library.ablate_sweep_count(self.handle))]
        for index, result in enumerate(results):
            check(library.ablate_sweep_read(self.handle, index, byref(result)))
        return as_record(results)

    def confusion(self, index=None):
        """[classes, classes], row = label, column = prediction, of result `index`; without it, of the intact model."""
        out = np.empty((self.model.info.class_count,) * 2, np.int64)
        if index is None:
            check(library.ablate_sweep_confusion_intact(self.handle, pointer(out, c_int64), out.size))
        else:
            check(library.ablate_sweep_confusion(self.handle, index, pointer(out, c_int64), out.size))
        return out


class Profile(Owned):
    """What each unit of the chosen layers (all hidden ones by default) does over rows, in one pass."""

    def __init__(self, model, measures=(), layers=None, top_rows=8, threads=0):
        """`measures`: names in PROFILES."""
        self.model, self.top_row_limit = model, top_rows
        options = ProfileOptions(threads=threads, top_row_limit=top_rows)
        for measure in measures:
            options.measures |= PROFILES[measure]
        if layers is not None:
            options.layers = (c_size_t * len(layers))(*layers)
            options.layer_count = len(layers)
        super().__init__(library.ablate_profile_create, library.ablate_profile_free, model.handle, byref(options))

    def feed(self, x, labels=None):
        """Adds rows, x [rows, input_width] and, for measures that need them, their classes."""
        x = rows_of(x, self.model.info.input_width)
        labels = None if labels is None else labels_of(labels, len(x))
        pointed = None if labels is None else pointer(labels, c_int32)
        check(library.ablate_profile_feed(self.handle, pointer(x), len(x), pointed))
        return self

    def measure(self, name, layer):
        """[units]: one of MEASURES."""
        out = np.empty(self.model.layers[layer].units)
        check(library.ablate_profile_measure(self.handle, MEASURES[name], layer, pointer(out, c_double), out.size))
        return out

    def class_means(self, layer):
        """[units, classes]"""
        out = np.empty((self.model.layers[layer].units, self.model.info.class_count))
        check(library.ablate_profile_class_means(self.handle, layer, pointer(out, c_double), out.size))
        return out

    def top_rows(self, layer, unit):
        """The numbers of the rows with the largest activations, and these, largest first."""
        rows, values = np.empty(self.top_row_limit, np.int64), np.empty(self.top_row_limit, np.float32)
        count, pointed = c_size_t(), (pointer(rows, c_int64), pointer(values))
        check(library.ablate_profile_top_rows(self.handle, layer, unit, *pointed, self.top_row_limit, byref(count)))
        return rows[: count.value], values[: count.value]


def as_record(results):
    """One record per result; indices that do not apply are -1."""
    fields = [(name, kind) for name, kind in SweepResult._fields_ if name != "size"]

    def value(result, name, kind):
        field = getattr(result, name)
        return field if kind is c_double else c_int64(field).value

    rows = [tuple(value(result, name, kind) for name, kind in fields) for result in results]
    return np.array(rows, dtype=[(name, float if kind is c_double else np.int64) for name, kind in fields])
