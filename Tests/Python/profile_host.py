"""Profiles for the tests, beside host.py."""

import ctypes
from ctypes import byref, c_double, c_float, c_int64, c_size_t, c_void_p

import numpy as np

import libablate._declarations as c
from host import Handle, check, floats, library, pointer


class Profile(Handle):
    free_name = "ablate_profile_free"

    def __init__(self, model, *measures, layers=None, threads=1, progress=None, quantiser="own_threshold", **options):
        """`options`: members of ablate_profile_options without `quantiser_` in front, such as bits, low, edges."""
        names = {name for name, _ in c.ProfileOptions._fields_}
        described = c.ProfileOptions(threads=threads, quantiser=c.QUANTISERS[quantiser])
        for measure in measures:
            described.measures |= c.PROFILES[measure]
        edges = options.pop("edges", None)
        if edges is not None:
            edges = floats(edges)
            described.quantiser_edges, described.quantiser_edge_count = pointer(edges), edges.size
        for name, value in options.items():
            setattr(described, name if name in names else f"quantiser_{name}", value)
        if layers is not None:
            described.layers, described.layer_count = (c_size_t * len(layers))(*layers), len(layers)
        callback = c.Progress(progress) if progress else c.Progress()
        described.progress = callback
        out = c_void_p()
        check(library.ablate_profile_create(model.address, byref(described), byref(out)))
        super().__init__(out, keep=(callback,))
        self.model = model
        self.bins = described.histogram_bins or 64
        self.top_row_limit = described.top_row_limit or 8

    def feed(self, x, labels=None):
        x = floats(x)
        labels = None if labels is None else np.ascontiguousarray(labels, np.int32)
        check(library.ablate_profile_feed(self.address, pointer(x), len(x), pointer(labels, ctypes.c_int32)))
        return self

    def merge(self, other):
        check(library.ablate_profile_merge(self.address, other.address))
        return self

    def unit(self, layer, unit):
        result = c.ProfileUnit()
        check(library.ablate_profile_read(self.address, layer, unit, byref(result)))
        return result

    def unit_bits(self, layer, unit):
        """The same as bytes. Those between the members of the struct may be anything."""
        result = self.unit(layer, unit)
        return np.array([getattr(result, name) for name, _ in c.ProfileUnit._fields_], np.float64).tobytes()

    def measure(self, name, layer=0):
        out = np.full(self.model.layer(layer).units, 777.0)
        pointed = pointer(out, c_double)
        check(library.ablate_profile_measure(self.address, c.MEASURES[name], layer, pointed, out.size))
        return out

    def _of_classes(self, function, layer):
        out = np.full((self.model.layer(layer).units, self.model.info.class_count), 777.0)
        check(function(self.address, layer, pointer(out, c_double), out.size))
        return out

    def class_means(self, layer=0):
        return self._of_classes(library.ablate_profile_class_means, layer)

    def attributions(self, layer=0):
        return self._of_classes(library.ablate_profile_attributions, layer)

    def class_rows(self):
        out = np.full(self.model.info.class_count, -1, np.int64)
        check(library.ablate_profile_class_rows(self.address, pointer(out, c_int64), out.size))
        return out

    def histogram(self, layer, unit):
        """Counts with those below in front and those above behind."""
        out = np.full(self.bins, -1, np.int64)
        below, above = c_int64(-1), c_int64(-1)
        pointed = pointer(out, c_int64)
        check(
            library.ablate_profile_histogram(self.address, layer, unit, pointed, out.size, byref(below), byref(above))
        )
        return np.concatenate([[below.value], out, [above.value]])

    def top_rows(self, layer, unit):
        rows, values = np.full(self.top_row_limit, -1, np.int64), np.full(self.top_row_limit, np.nan, np.float32)
        count = c_size_t()
        pointed = pointer(rows, c_int64), pointer(values, c_float)
        check(library.ablate_profile_top_rows(self.address, layer, unit, *pointed, rows.size, byref(count)))
        return rows[: count.value], values[: count.value]

    def gram(self, layer=0):
        units = self.model.layer(layer).units
        out = np.full((units, units), 777.0)
        check(library.ablate_profile_gram(self.address, layer, pointer(out, c_double), out.size))
        return out

    def table(self):
        """All of it as bytes, but for the Gram matrix: two profiles that agree have equal tables."""
        found = []
        for layer in range(self.model.info.layer_count - 1):
            for unit in range(self.model.layer(layer).units):
                found.append(self.unit_bits(layer, unit))
                for array in (self.histogram(layer, unit), *self.top_rows(layer, unit)):
                    found.append(array.tobytes())
            found.append(self.class_means(layer).tobytes())
        return [*found, self.class_rows().tobytes()]


def quantile_edges(model, layer, x, bits, threads=1, positions="mean"):
    x = floats(x)
    out = np.full((model.layer(layer).units, 2**bits - 1), 777, np.float32)
    options = (c.POSITIONS[positions], bits, threads)
    check(library.ablate_quantile_edges(model.address, layer, pointer(x), len(x), *options, pointer(out), out.size))
    return out
