/// One row: several panels at once, so that enough chains are under way to hide the latency of an addition.
@inline(never)
func gemv(
  _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ panels: Panels, _ a: UnsafePointer<Float>,
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ range: Range<Int>, _ isReLU: Bool
) {
  let full = min(range.upperBound, panels.full)
  var panel = range.lowerBound
  while panel + 4 <= full {
    gemv(Height<4>(), packed, bias, panels, a, c, panel, isReLU)
    panel += 4
  }
  while panel + 2 <= full {
    gemv(Height<2>(), packed, bias, panels, a, c, panel, isReLU)
    panel += 2
  }
  while panel < full {
    gemv(Height<1>(), packed, bias, panels, a, c, panel, isReLU)
    panel += 1
  }
  if panel < range.upperBound {
    let column = panel * panelWidth
    var run = Run(offset: 0, count: panels.k)
    withPointers(to: &run, stride: 0) { run, places in
      lastTile(
        rows: 1, Terms(a: a, places: places, runs: run, runCount: 1, panel: packed + panels.offset(of: panel)), panels,
        Sums(start: .bias(bias + column), c: c + column, cStride: cStride, finish: isReLU ? .relu : nil))
    }
  }
}

@inline(__always)
private func gemv<let count: Int>(
  _: Height<count>, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ panels: Panels,
  _ a: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ first: Int, _ isReLU: Bool
) {
  var sums = InlineArray<count, InlineArray<2, Vector>>(repeating: InlineArray<2, Vector>(repeating: .zero))
  let column = first * panelWidth
  let weights = packed + panels.offset(of: first)
  let distance = panelWidth * panels.k
  for panel in 0..<count {
    sums[panel][0] = load(bias + column + panel * panelWidth)
    sums[panel][1] = load(bias + column + panel * panelWidth + lanes)
  }
  for step in 0..<panels.k {
    let x = splat(a[step])
    for panel in 0..<count {
      let at = weights + panel * distance + step * panelWidth
      sums[panel][0] = multiplyAdd(sums[panel][0], x, load(at))
      sums[panel][1] = multiplyAdd(sums[panel][1], x, load(at + lanes))
    }
  }
  for panel in 0..<count {
    let target = c + column + panel * panelWidth
    store(isReLU ? relu(sums[panel][0]) : sums[panel][0], target)
    store(isReLU ? relu(sums[panel][1]) : sums[panel][1], target + lanes)
  }
}
