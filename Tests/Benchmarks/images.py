"""Times convolutional networks against ONNX Runtime on the CPU, with all its graph optimisations and as many threads.

Rounds are interleaved. One thread is timed by the processor's time, which other programs leave alone;
several by the clock. No time is shown before the scores of both agree. Where one thread is measured, a second table
says what part of the processor's multiply-adds each kind of convolution reaches.
"""

import os
import statistics
import sys
import time
from ctypes import byref, c_void_p

import contenders
import image_layers
import numpy as np
import onnxruntime
from contenders import c, floats
from image_networks import NETWORKS, sizes
from rounds import interleaved

ROUNDS = 9
BATCHES = (1, 8)


class Ablate:
    """This library, with a model from memory."""

    def __init__(self, model, x, threads):
        content = model.SerializeToString()
        self.library, self.x, self.session, loaded = contenders.Ablate.library, x, c_void_p(), c_void_p()
        self.check(self.library.ablate_model_load_memory(content, len(content), None, byref(loaded)))
        self.check(self.library.ablate_session_create(loaded, threads, byref(self.session)))
        self.library.ablate_model_free(loaded)
        self.out = np.empty((len(x), sizes(model.graph.output[0])[1]), np.float32)
        self.arguments = (self.session, None, floats(x), len(x), c.OUTPUTS["model"], floats(self.out))

    def check(self, status):
        if status != 0:
            raise RuntimeError(self.library.ablate_last_error().decode())

    def run(self):
        self.check(self.library.ablate_run(*self.arguments))

    def close(self):
        self.library.ablate_session_free(self.session)


class ONNXRuntime:
    """Input and output bound to arrays made beforehand."""

    name = "ONNX Runtime"

    def __init__(self, model, x, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=providers)
        (input_,), (output,) = self.session.get_inputs(), self.session.get_outputs()
        self.out = self.session.run(None, {input_.name: x})[0]
        self.binding, self.x = self.session.io_binding(), x
        self.binding.bind_input(input_.name, "cpu", 0, np.float32, x.shape, x.ctypes.data)
        self.binding.bind_output(output.name, "cpu", 0, np.float32, self.out.shape, self.out.ctypes.data)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def close(self):
        del self.session, self.binding


def title(name, rows):
    return f"{name}, batch {rows}"


def images(model, rows):
    return np.random.default_rng(7).standard_normal((rows, *sizes(model.graph.input[0])[1:])).astype(np.float32)


def measure(runners, threads, rounds, seconds):
    """Seconds per run: [rounds] for each contender."""
    if threads == 1:
        return interleaved(runners, rounds, seconds, clock=time.process_time, pause=0)
    return interleaved(runners, rounds, seconds)


def compare(name, model, rows, threads, options):
    x = images(model, rows)
    runners = [make(model, x, threads) for make in (Ablate, ONNXRuntime)]
    ours, theirs = runners
    ours.run()
    theirs.run()
    error = np.abs(ours.out - theirs.out).max() / np.abs(theirs.out).max()
    if not error < 1e-4:
        sys.exit(f"{name}: results differ by {error}")
    mine, others = measure(runners, threads, options.rounds or ROUNDS, options.milliseconds / 1000)
    for runner in runners:
        runner.close()
    return {
        "name": title(name, rows),
        "threads": threads,
        "ours_ms": statistics.median(mine) * 1000,
        "peer": theirs.name,
        "peer_ms": statistics.median(others) * 1000,
        "ratio": statistics.median(b / a for a, b in zip(mine, others, strict=True)),
    }


def measure_all(options):
    """Rows of the table; prints each as it comes."""
    chosen = {name: make for name, make in NETWORKS.items() if any(options.only in title(name, b) for b in BATCHES)}
    if not chosen:
        return []
    contenders.Ablate.load(os.environ["ABLATE_LIBRARY"])
    heading = f"{'convolutional network':52} {'threads':>7} {'ours ms':>10} {'peer ms':>12} {'ratio':>10}  peer"
    rows = []
    for name, make in chosen.items():
        model = make()
        if model is None:
            print(f"{name:52} is not there")
            continue
        print(f"\n{heading}")
        for batch in (batch for batch in BATCHES if options.only in title(name, batch)):
            for threads in options.threads:
                row = compare(name, model, batch, threads, options)
                rows.append(row)
                times = f"{row['ours_ms']:10.4f} {row['peer_ms']:12.4f} {row['ratio']:10.2f}"
                print(f"{row['name']:52} {row['threads']:7} {times}  {row['peer']}", flush=True)
        if 1 in options.threads:
            image_layers.table(name, model, (Ablate, ONNXRuntime))
    return rows
