"""What a typed program does with the package: checked by mypy, not run."""

from __future__ import annotations

import numpy as np

import libablate


def accuracies(path: str) -> dict[tuple[int, int], float]:
    model = libablate.load(path)
    x = np.zeros((2, model.input_width))
    units = {0: [1, 2], 1: slice(3)}
    with model.ablate(units, replacement=0.5) as ablated, model.ablate([(0, 1)]) as other:
        agreement: float = libablate.diff(ablated, other, x).result.agreement
    order = libablate.order_at_random(model, {0: "all"}, seed=round(agreement))
    areas = libablate.curves(model, x, ["a", "b"], [order]).areas
    result = libablate.sweep(model, x, ["a", "b"], layers=[0], metrics="margin", progress=lambda done, total: done > 5)
    verdicts: list[str] = [judgement.verdict for judgement in libablate.judge(result)]
    smaller = libablate.prune(model, order[: len(verdicts)], X=x * areas.mean())
    smaller.save("smaller.onnx")
    result.plot(layer=0).set_title("effects")
    result.plot_before_after((0, 1)).savefig("confusion.png")
    written: str = libablate.report(model, x, ["a", "b"], "report.html").name
    verdicts.append(written)
    order = result.order(model.layers[0]) + libablate.greedy(model, x, ["a", "b"], layer=1).order
    profile = libablate.profile(model, x)
    mean: float = profile[0, 1].mean + profile["mean"].max() + libablate.shapley(model, x, ["a", "b"])[0, 1].value
    profile.plot(sort=mean > 0)
    everywhere: libablate.Sweep = libablate.distributed.sweep(None, model, x, order=order)  # type: ignore[arg-type]
    print(libablate.nothing)  # type: ignore[attr-defined]
    verdicts.append(everywhere.kind)
    return {(r.layer, r.unit): r.accuracy for r in result if r.layer is not None and r.unit is not None}
