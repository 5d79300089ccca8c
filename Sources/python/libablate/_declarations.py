"""Include/ablate.h for ctypes: every constant, struct and function, declared one to one.

`load(path)` returns the library with argument and result types set. Nothing here checks a status.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

from ._numbers import is_truth, real, whole

# The version of the header that these declarations were taken from, as ABLATE_VERSION has it.
VERSION = 1_000

OK = 0
INVALID_ARGUMENT = 1
OUT_OF_MEMORY = 2
IO = 3
MALFORMED = 4
UNSUPPORTED = 5
CANCELLED = 6
BUSY = 7

ACTIVATIONS = {
    "identity": 0,
    "relu": 1,
    "leaky_relu": 2,
    "elu": 3,
    "selu": 4,
    "tanh": 5,
    "sigmoid": 6,
    "softplus": 7,
    "gelu": 8,
    "gelu_tanh": 9,
    "hard_sigmoid": 10,
    "hard_swish": 11,
    "clip": 12,
    "silu": 13,
}
HEADS = {"logits": 0, "softmax": 1, "log_softmax": 2, "binary": 3, "multilabel": 4, "regression": 5}
CAM_ORDERS = {"highest_weight": 0, "lowest_weight": 1, "outside_window": 2, "given": 3}
POOLINGS = {
    "maximum": 0,
    "average": 1,
    "average_counting_padding": 2,
    "global_maximum": 3,
    "global_average": 4,
}
LAYOUTS = {"out_in": 0, "in_out": 1}
REPLACEMENTS = {"zero": 0, "dead": 1, "mean": 2, "constant": 3, "resample": 4}
OUTPUTS = {"scores": 0, "probabilities": 1, "model": 2}
COMPENSATIONS = {"replacement": 0, "correlated": 1, "least_squares": 2}
POINTS = {"activation": 0, "pre_activation": 1}
SWEEP_KINDS = {
    "units": 0,
    "synapses": 1,
    "inputs": 2,
    "pairs": 3,
    "cumulative": 4,
    "masks": 5,
    "outgoing_synapses": 6,
}
WEIGHT_NORMS = {"l1": 1, "l2": 2}
DIRECTIONS = {"low_first": 0, "high_first": 1}
CORRELATIONS = {"spearman": 0, "kendall": 1}
ADJUSTMENTS = {"holm": 0, "benjamini_hochberg": 1, "benjamini_yekutieli": 2}
VERDICTS = {"undecided": 0, "redundant": 1, "useful": 2, "essential": 3, "harmful": 4}
CHOICES = {"highest_effect": 0, "lowest_effect": 1, "strongest_effect": 2}
SHAPLEY_MEASURES = {"accuracy": 0, "label_probability": 1, "log_loss": 2}
METRICS = {
    "confusion": 1,
    "log_loss": 2,
    "label_probability": 4,
    "kl_divergence": 8,
    "margin": 16,
    "class_probabilities": 32,
    "changed_rows": 64,
    "one_vs_rest": 128,
}

PROFILES = {
    "class_means": 1,
    "entropy": 2,
    "information": 4,
    "histogram": 8,
    "top_rows": 16,
    "gram": 32,
    "taylor": 64,
}
POSITIONS = {"mean": 0, "maximum": 1}
QUANTISERS = {"own_threshold": 0, "threshold": 1, "uniform": 2, "edges": 3}
MEASURES = {
    "mean": 0,
    "variance": 1,
    "minimum": 2,
    "maximum": 3,
    "fraction_active": 4,
    "entropy": 5,
    "mutual_information": 6,
    "kl_selectivity": 7,
    "class_selectivity": 8,
    "taylor": 9,
    "taylor_of_mean": 10,
    "incoming_l1": 11,
    "incoming_l2": 12,
    "outgoing_l2": 13,
}

Progress = CFUNCTYPE(c_int, c_uint64, c_uint64, c_void_p)


WHOLE_NUMBERS = (c_int, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64)


def fitting(name: str, value: Any, kind: Any) -> Any:
    """A value of a number's type; an integer that the type does not hold, of which ctypes would keep the lowest bits,
    is a ValueError.
    """
    if kind is c_int and is_truth(value):
        # What the header has as an int is a name or a flag; numbers are of other types.
        return int(value)
    if kind in WHOLE_NUMBERS:
        half = 1 << (8 * ctypes.sizeof(kind) - 1)
        return whole(name, value, -half, half - 1) if kind(-1).value < 0 else whole(name, value, 0, 2 * half - 1)
    return real(name, value) if kind in (c_float, c_double) else value


class Sized(Structure):
    """A struct of the header: its first field is its own size, as the _INIT macros set it."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(size=ctypes.sizeof(type(self)), **fields)

    def __setattr__(self, name: str, value: Any) -> None:
        kind = next((field[1] for field in self._fields_ if field[0] == name), None)
        super().__setattr__(name, fitting(name, value, kind))


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
        ("height", c_size_t),
        ("width", c_size_t),
        ("kernel_height", c_size_t),
        ("kernel_width", c_size_t),
        ("groups", c_size_t),
    )


class StepInfo(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("name", c_char_p),
        ("kind", c_char_p),
        ("width", c_size_t),
        ("parameter_count", c_int64),
        ("can_ablate", c_int),
        ("layer", c_size_t),
    )


class Dense(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("name", c_char_p),
        ("units", c_size_t),
        ("layout", c_int),
        ("weights", POINTER(c_float)),
        ("bias", POINTER(c_float)),
        ("activation", c_int),
        ("alpha", c_float),
        ("beta", c_float),
        ("parameter_count", c_int),
    )


WINDOW = tuple(
    (f"{what}_{axis}", c_size_t) for what in ("kernel", "stride", "dilation") for axis in ("height", "width")
) + tuple((f"pad_{side}", c_size_t) for side in ("top", "left", "bottom", "right"))


class Convolution(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("name", c_char_p),
        ("units", c_size_t),
        ("weights", POINTER(c_float)),
        ("bias", POINTER(c_float)),
        *WINDOW,
        ("groups", c_size_t),
        ("source", c_size_t),
        ("activation", c_int),
        ("alpha", c_float),
        ("beta", c_float),
        ("parameter_count", c_int),
    )


class Pooling(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("name", c_char_p),
        *WINDOW,
        ("source", c_size_t),
        ("kind", c_int),
        ("rounds_up", c_int),
    )


class CamInfo(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("map_count", c_size_t),
        ("channels", c_size_t),
        ("layer", c_size_t),
        ("height", c_size_t),
        ("width", c_size_t),
        ("input_height", c_size_t),
        ("input_width", c_size_t),
    )


class CamStep(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("removed", c_size_t),
        ("shown_class", c_int32),
        ("prediction", c_int32),
        ("score", c_float),
        ("probability", c_float),
    )


class Replacement(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("kind", c_int),
        ("constant", c_float),
        ("seed", c_uint64),
        ("reference", c_void_p),
    )


class Unit(ctypes.Structure):
    _fields_ = (("layer", c_size_t), ("unit", c_size_t))


class CamOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("mask", c_void_p),
        ("replacement", POINTER(Replacement)),
        ("channels", POINTER(c_size_t)),
        ("channel_count", c_size_t),
        ("points", POINTER(c_size_t)),
        ("point_count", c_size_t),
        ("top_count", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
        ("order", c_int),
        ("low", c_float),
        ("high", c_float),
        ("of_class_only", c_int),
        ("upsampled", c_int),
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
        ("order", POINTER(Unit)),
        ("order_count", c_size_t),
        ("masks", POINTER(c_void_p)),
        ("mask_count", c_size_t),
        ("changed_row_limit", c_size_t),
        ("first_row", c_uint64),
    )


class GreedyOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("replacement", POINTER(Replacement)),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
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


class SweepCost(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("pairs", c_int64),
        ("examined", c_int64),
        ("rerun", c_int64),
    )


class FlipTest(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("p_value", c_double),
        ("mid_p_value", c_double),
        ("p_value_of_loss", c_double),
        ("p_value_of_gain", c_double),
        ("smallest_p_value", c_double),
        ("effect", c_double),
        ("variance", c_double),
        ("lower", c_double),
        ("upper", c_double),
    )


class JudgeOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("adjustment", c_int),
        ("testable_only", c_int),
        ("level", c_double),
        ("essential_loss", c_double),
        ("margin", c_double),
    )


class Judgement(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("index", c_size_t),
        ("verdict", c_int),
        ("p_value", c_double),
        ("adjusted_p_value", c_double),
        ("smallest_p_value", c_double),
        ("effect", c_double),
        ("lower", c_double),
        ("upper", c_double),
        ("affected_class", c_size_t),
        ("affected_rows", c_int64),
        ("affected_recall", c_double),
        ("favoured_class", c_size_t),
        ("favoured_rows", c_int64),
    )


class CurveOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("replacement", POINTER(Replacement)),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
        ("points", POINTER(c_size_t)),
        ("point_count", c_size_t),
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
        ("positions", c_int),
    )


class ProfileUnit(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("rows", c_int64),
        ("non_finite", c_int64),
        ("active", c_int64),
        ("is_dead", c_int64),
        ("fraction_active", c_double),
        ("mean", c_double),
        ("variance", c_double),
        ("minimum", c_double),
        ("maximum", c_double),
        ("entropy", c_double),
        ("mutual_information", c_double),
        ("kl_selectivity", c_double),
        ("kl_class", c_size_t),
        ("class_selectivity", c_double),
        ("largest_class", c_size_t),
        ("taylor", c_double),
        ("taylor_of_mean", c_double),
        ("incoming_l1", c_double),
        ("incoming_l2", c_double),
        ("outgoing_l2", c_double),
    )


class LayerMoments(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("layer", c_size_t),
        ("means", POINTER(c_double)),
        ("gram", POINTER(c_double)),
    )


class SurgeryOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("compensation", c_int),
        ("replacement", POINTER(Replacement)),
        ("moments", POINTER(LayerMoments)),
        ("moment_count", c_size_t),
        ("x", POINTER(c_float)),
        ("rows", c_size_t),
        ("ridge", c_double),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
    )


class ModelCost(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("parameters", c_int64),
        ("multiply_adds", c_int64),
        ("bytes", c_int64),
    )


class DiffOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("first_mask", c_void_p),
        ("second_mask", c_void_p),
        ("first_row", c_uint64),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
    )


class DiffResult(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("rows", c_int64),
        ("agreeing", c_int64),
        ("agreement", c_double),
        ("mean_change", c_double),
        ("largest_change", c_double),
        ("largest_row", c_int64),
        ("largest_class", c_size_t),
        ("labelled", c_int64),
        ("both_right", c_int64),
        ("only_first_right", c_int64),
        ("only_second_right", c_int64),
        ("both_wrong", c_int64),
    )


class ShapleyOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("layers", POINTER(c_size_t)),
        ("layer_count", c_size_t),
        ("units", POINTER(Unit)),
        ("unit_count", c_size_t),
        ("replacement", POINTER(Replacement)),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
        ("seed", c_uint64),
        ("first_permutation", c_uint64),
        ("sample_rows", c_size_t),
        ("tolerance", c_double),
        ("patience", c_size_t),
        ("top_count", c_size_t),
        ("delta", c_double),
        ("largest_change", c_double),
        ("measure", c_int),
    )


class ShapleyValue(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("layer", c_size_t),
        ("unit", c_size_t),
        ("value", c_double),
        ("variance", c_double),
        ("lower", c_double),
        ("upper", c_double),
        ("permutations", c_uint64),
    )


class ShapleySummary(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("permutations", c_uint64),
        ("marginals", c_uint64),
        ("truncated", c_uint64),
        ("intact", c_double),
        ("ablated", c_double),
    )


STRUCTS: dict[str, type[Structure]] = {
    "ablate_profile_options": ProfileOptions,
    "ablate_profile_unit": ProfileUnit,
    "ablate_unit": Unit,
    "ablate_sweep_cost": SweepCost,
    "ablate_model_info": ModelInfo,
    "ablate_layer_info": LayerInfo,
    "ablate_step_info": StepInfo,
    "ablate_dense": Dense,
    "ablate_convolution": Convolution,
    "ablate_pooling": Pooling,
    "ablate_cam_info": CamInfo,
    "ablate_cam_options": CamOptions,
    "ablate_cam_step": CamStep,
    "ablate_replacement": Replacement,
    "ablate_sweep_options": SweepOptions,
    "ablate_greedy_options": GreedyOptions,
    "ablate_sweep_result": SweepResult,
    "ablate_shapley_options": ShapleyOptions,
    "ablate_shapley_value": ShapleyValue,
    "ablate_shapley_summary": ShapleySummary,
    "ablate_curve_options": CurveOptions,
    "ablate_flip_test": FlipTest,
    "ablate_judge_options": JudgeOptions,
    "ablate_judgement": Judgement,
    "ablate_layer_moments": LayerMoments,
    "ablate_surgery_options": SurgeryOptions,
    "ablate_model_cost": ModelCost,
    "ablate_diff_options": DiffOptions,
    "ablate_diff_result": DiffResult,
}

# What the compiler makes of the structs, on the 64-bit platforms there are; checked when the package is imported.
STRUCT_SIZES = {
    "ablate_unit": 16,
    "ablate_sweep_cost": 32,
    "ablate_model_info": 80,
    "ablate_layer_info": 104,
    "ablate_step_info": 56,
    "ablate_dense": 64,
    "ablate_convolution": 152,
    "ablate_pooling": 112,
    "ablate_cam_info": 64,
    "ablate_cam_options": 104,
    "ablate_cam_step": 32,
    "ablate_replacement": 32,
    "ablate_sweep_options": 120,
    "ablate_greedy_options": 40,
    "ablate_sweep_result": 152,
    "ablate_flip_test": 80,
    "ablate_judge_options": 40,
    "ablate_judgement": 112,
    "ablate_curve_options": 56,
    "ablate_profile_options": 128,
    "ablate_profile_unit": 168,
    "ablate_layer_moments": 32,
    "ablate_surgery_options": 88,
    "ablate_model_cost": 32,
    "ablate_diff_options": 56,
    "ablate_diff_result": 104,
    "ablate_shapley_options": 144,
    "ablate_shapley_value": 64,
    "ablate_shapley_summary": 48,
}

# An index that does not apply.
NONE = c_size_t(-1).value
HANDLE = c_void_p
OUT_HANDLE = POINTER(c_void_p)
FLOATS = POINTER(c_float)
DOUBLES = POINTER(c_double)
SIZES = POINTER(c_size_t)
INTEGERS = POINTER(c_int64)
LABELS = POINTER(c_int32)
BYTES = POINTER(c_uint8)

ORDERS = [POINTER(Unit), c_size_t, c_size_t]
ROWS = [FLOATS, c_size_t, POINTER(c_int32)]
GREEDY = [HANDLE, c_size_t, POINTER(GreedyOptions), FLOATS, c_size_t]

# name: (result, arguments)
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "ablate_status_name": (c_char_p, [c_int]),
    "ablate_last_error": (c_char_p, []),
    "ablate_version": (c_uint32, []),
    "ablate_isa": (c_char_p, []),
    "ablate_model_load": (c_int, [c_char_p, OUT_HANDLE]),
    "ablate_model_load_memory": (c_int, [c_void_p, c_size_t, c_char_p, OUT_HANDLE]),
    "ablate_model_free": (None, [HANDLE]),
    "ablate_model_describe": (c_int, [HANDLE, POINTER(ModelInfo)]),
    "ablate_model_input_shape": (c_int, [HANDLE, SIZES, c_size_t, SIZES]),
    "ablate_model_layer": (c_int, [HANDLE, c_size_t, POINTER(LayerInfo)]),
    "ablate_model_find_layer": (c_int, [HANDLE, c_char_p, SIZES]),
    "ablate_model_step": (c_int, [HANDLE, c_size_t, POINTER(StepInfo)]),
    "ablate_model_with_class_labels": (c_int, [HANDLE, POINTER(c_char_p), c_size_t, OUT_HANDLE]),
    "ablate_model_class_label": (c_int, [HANDLE, c_size_t, POINTER(c_char_p)]),
    "ablate_model_parameters": (c_int, [HANDLE, c_size_t, FLOATS, c_size_t, FLOATS, c_size_t]),
    "ablate_builder_create": (c_int, [SIZES, c_size_t, OUT_HANDLE]),
    "ablate_builder_free": (None, [HANDLE]),
    "ablate_builder_add_dense": (c_int, [HANDLE, POINTER(Dense)]),
    "ablate_builder_add_affine": (c_int, [HANDLE, c_char_p, FLOATS, FLOATS, FLOATS]),
    "ablate_builder_add_channel_affine": (c_int, [HANDLE, c_char_p, FLOATS, FLOATS, FLOATS]),
    "ablate_builder_add_convolution": (c_int, [HANDLE, POINTER(Convolution)]),
    "ablate_builder_add_pooling": (c_int, [HANDLE, POINTER(Pooling)]),
    "ablate_builder_last_point": (c_size_t, [HANDLE]),
    "ablate_builder_add_sum": (c_int, [HANDLE, c_char_p, c_size_t, c_size_t, c_int]),
    "ablate_builder_add_product": (c_int, [HANDLE, c_char_p, c_size_t, c_size_t]),
    "ablate_builder_set_head": (c_int, [HANDLE, c_int]),
    "ablate_builder_set_class_labels": (c_int, [HANDLE, POINTER(c_char_p), c_size_t]),
    "ablate_builder_build": (c_int, [HANDLE, OUT_HANDLE]),
    "ablate_reference_create": (c_int, [HANDLE, FLOATS, c_size_t, c_int, c_size_t, OUT_HANDLE]),
    "ablate_reference_free": (None, [HANDLE]),
    "ablate_reference_means": (c_int, [HANDLE, c_size_t, FLOATS, c_size_t]),
    "ablate_mask_create": (c_int, [HANDLE, OUT_HANDLE]),
    "ablate_mask_free": (None, [HANDLE]),
    "ablate_mask_clear": (c_int, [HANDLE]),
    "ablate_mask_set_unit": (c_int, [HANDLE, c_size_t, c_size_t, c_int]),
    "ablate_mask_set_units": (c_int, [HANDLE, c_size_t, SIZES, c_size_t, c_int]),
    "ablate_mask_fill_layer": (c_int, [HANDLE, c_size_t, c_int]),
    "ablate_mask_set_layer": (c_int, [HANDLE, c_size_t, POINTER(c_uint8), c_size_t]),
    "ablate_mask_get_layer": (c_int, [HANDLE, c_size_t, POINTER(c_uint8), c_size_t]),
    "ablate_mask_set_synapse": (c_int, [HANDLE, c_size_t, c_size_t, c_size_t, c_int]),
    "ablate_mask_count": (c_int, [HANDLE, SIZES, SIZES]),
    "ablate_mask_set_replacement": (c_int, [HANDLE, POINTER(Replacement)]),
    "ablate_mask_set_unit_replacement": (c_int, [HANDLE, c_size_t, c_size_t, POINTER(Replacement)]),
    "ablate_session_create": (c_int, [HANDLE, c_size_t, OUT_HANDLE]),
    "ablate_session_free": (None, [HANDLE]),
    "ablate_run": (c_int, [HANDLE, HANDLE, FLOATS, c_size_t, c_int, FLOATS]),
    "ablate_predict": (c_int, [HANDLE, HANDLE, FLOATS, c_size_t, POINTER(c_int32)]),
    "ablate_activations": (c_int, [HANDLE, HANDLE, FLOATS, c_size_t, c_size_t, c_int, FLOATS]),
    "ablate_rows_from_images": (
        c_int,
        [HANDLE, BYTES, c_size_t, c_size_t, c_size_t, c_size_t, FLOATS, FLOATS, FLOATS],
    ),
    "ablate_cam_describe": (c_int, [HANDLE, POINTER(CamInfo)]),
    "ablate_cam_weights": (c_int, [HANDLE, c_int32, FLOATS, c_size_t]),
    "ablate_cam": (c_int, [HANDLE, HANDLE, FLOATS, c_size_t, LABELS, c_int, FLOATS]),
    "ablate_cam_channels": (c_int, [HANDLE, POINTER(CamOptions), c_int32, SIZES, c_size_t, SIZES]),
    "ablate_cam_remove": (
        c_int,
        [HANDLE, POINTER(CamOptions), FLOATS, c_int32, POINTER(CamStep), LABELS, FLOATS, FLOATS, c_size_t, SIZES],
    ),
    "ablate_sweep_create": (c_int, [HANDLE, POINTER(SweepOptions), OUT_HANDLE]),
    "ablate_sweep_free": (None, [HANDLE]),
    "ablate_sweep_feed": (c_int, [HANDLE, FLOATS, c_size_t, POINTER(c_int32)]),
    "ablate_sweep_feed_targets": (c_int, [HANDLE, FLOATS, c_size_t, FLOATS]),
    "ablate_sweep_count": (c_size_t, [HANDLE]),
    "ablate_sweep_read": (c_int, [HANDLE, c_size_t, POINTER(SweepResult)]),
    "ablate_sweep_read_intact": (c_int, [HANDLE, POINTER(SweepResult)]),
    "ablate_sweep_strongest": (c_int, [HANDLE, SIZES, c_size_t]),
    "ablate_sweep_read_cost": (c_int, [HANDLE, POINTER(SweepCost)]),
    "ablate_sweep_merge": (c_int, [HANDLE, HANDLE]),
    "ablate_sweep_save": (c_int, [HANDLE, c_char_p]),
    "ablate_sweep_load": (c_int, [HANDLE, c_char_p]),
    "ablate_sweep_confusion": (c_int, [HANDLE, c_size_t, POINTER(c_int64), c_size_t]),
    "ablate_sweep_confusion_intact": (c_int, [HANDLE, POINTER(c_int64), c_size_t]),
    "ablate_sweep_one_vs_rest": (c_int, [HANDLE, c_size_t, POINTER(c_int64), c_size_t]),
    "ablate_sweep_one_vs_rest_intact": (c_int, [HANDLE, POINTER(c_int64), c_size_t]),
    "ablate_balanced_accuracies": (c_int, [INTEGERS, c_size_t, DOUBLES]),
    "ablate_sweep_class_probabilities": (c_int, [HANDLE, c_size_t, POINTER(c_double), c_size_t]),
    "ablate_sweep_class_probabilities_intact": (c_int, [HANDLE, POINTER(c_double), c_size_t]),
    "ablate_sweep_changed_rows": (c_int, [HANDLE, c_size_t, POINTER(c_int64), c_size_t, SIZES]),
    "ablate_greedy_run": (c_int, [*GREEDY, POINTER(c_int32), SIZES, POINTER(c_double), c_size_t, SIZES]),
    "ablate_greedy_run_targets": (c_int, [*GREEDY, FLOATS, SIZES, POINTER(c_double), c_size_t, SIZES]),
    "ablate_shapley_create": (
        c_int,
        [HANDLE, POINTER(ShapleyOptions), FLOATS, c_size_t, POINTER(c_int32), OUT_HANDLE],
    ),
    "ablate_shapley_free": (None, [HANDLE]),
    "ablate_shapley_run": (c_int, [HANDLE, c_uint64]),
    "ablate_shapley_count": (c_size_t, [HANDLE]),
    "ablate_shapley_read": (c_int, [HANDLE, c_size_t, POINTER(ShapleyValue)]),
    "ablate_shapley_summarize": (c_int, [HANDLE, POINTER(ShapleySummary)]),
    "ablate_shapley_top": (c_int, [HANDLE, SIZES, c_size_t, POINTER(c_int)]),
    "ablate_shapley_merge": (c_int, [HANDLE, HANDLE]),
    "ablate_flips_test": (c_int, [c_int64, c_int64, c_int64, c_double, POINTER(FlipTest)]),
    "ablate_adjust_p_values": (c_int, [c_int, DOUBLES, c_size_t, DOUBLES]),
    "ablate_model_units": (c_int, [HANDLE, SIZES, c_size_t, POINTER(Unit), c_size_t, SIZES]),
    "ablate_model_weight_norms": (c_int, [HANDLE, c_size_t, c_int, DOUBLES, c_size_t]),
    "ablate_sweep_effects": (c_int, [HANDLE, DOUBLES, c_size_t]),
    "ablate_order_by_scores": (
        c_int,
        [HANDLE, POINTER(Unit), DOUBLES, c_size_t, c_int, POINTER(Unit), POINTER(c_char_p)],
    ),
    "ablate_order_at_random": (c_int, [HANDLE, POINTER(Unit), c_size_t, c_uint64, POINTER(Unit)]),
    "ablate_rank_correlation": (c_int, [c_int, DOUBLES, DOUBLES, c_size_t, DOUBLES]),
    "ablate_curves_run": (
        c_int,
        [HANDLE, POINTER(CurveOptions), *ORDERS, *ROWS, DOUBLES, c_size_t],
    ),
    "ablate_curves_summarize": (c_int, [DOUBLES, c_size_t, SIZES, c_size_t, DOUBLES, DOUBLES, DOUBLES]),
    "ablate_verdict_name": (c_char_p, [c_int]),
    "ablate_sweep_judge": (c_int, [HANDLE, POINTER(JudgeOptions), POINTER(Judgement), c_size_t]),
    "ablate_sweep_judge_selected": (
        c_int,
        [HANDLE, HANDLE, c_int, POINTER(JudgeOptions), POINTER(Judgement), c_size_t],
    ),
    "ablate_profile_create": (c_int, [HANDLE, POINTER(ProfileOptions), OUT_HANDLE]),
    "ablate_profile_free": (None, [HANDLE]),
    "ablate_profile_feed": (c_int, [HANDLE, FLOATS, c_size_t, POINTER(c_int32)]),
    "ablate_profile_merge": (c_int, [HANDLE, HANDLE]),
    "ablate_profile_read": (c_int, [HANDLE, c_size_t, c_size_t, POINTER(ProfileUnit)]),
    "ablate_profile_measure": (c_int, [HANDLE, c_int, c_size_t, DOUBLES, c_size_t]),
    "ablate_profile_class_rows": (c_int, [HANDLE, INTEGERS, c_size_t]),
    "ablate_profile_class_means": (c_int, [HANDLE, c_size_t, DOUBLES, c_size_t]),
    "ablate_profile_attributions": (c_int, [HANDLE, c_size_t, DOUBLES, c_size_t]),
    "ablate_profile_histogram": (c_int, [HANDLE, c_size_t, c_size_t, INTEGERS, c_size_t, INTEGERS, INTEGERS]),
    "ablate_profile_top_rows": (c_int, [HANDLE, c_size_t, c_size_t, INTEGERS, FLOATS, c_size_t, SIZES]),
    "ablate_profile_gram": (c_int, [HANDLE, c_size_t, DOUBLES, c_size_t]),
    "ablate_quantile_edges": (
        c_int,
        [HANDLE, c_size_t, FLOATS, c_size_t, c_int, c_uint32, c_size_t, FLOATS, c_size_t],
    ),
    "ablate_model_prune": (c_int, [HANDLE, POINTER(Unit), c_size_t, POINTER(SurgeryOptions), OUT_HANDLE]),
    "ablate_model_unit_groups": (c_int, [HANDLE, c_size_t, SIZES, c_size_t]),
    "ablate_model_read_cost": (c_int, [HANDLE, POINTER(ModelCost)]),
    "ablate_model_save": (c_int, [HANDLE, c_char_p]),
    "ablate_model_save_memory": (c_int, [HANDLE, c_void_p, c_size_t, SIZES]),
    "ablate_diff_create": (c_int, [HANDLE, HANDLE, POINTER(DiffOptions), OUT_HANDLE]),
    "ablate_diff_free": (None, [HANDLE]),
    "ablate_diff_feed": (c_int, [HANDLE, FLOATS, c_size_t, POINTER(c_int32)]),
    "ablate_diff_read": (c_int, [HANDLE, POINTER(DiffResult)]),
    "ablate_diff_confusion": (c_int, [HANDLE, POINTER(c_int64), c_size_t]),
    "ablate_diff_merge": (c_int, [HANDLE, HANDLE]),
}


def load(path: str | os.PathLike[str]) -> ctypes.CDLL:
    """The library at `path`, with the types of every function set."""
    library = ctypes.CDLL(str(path))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library
