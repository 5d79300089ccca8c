import CPlatform

/// The most rows of a tile over two full panels. An input is spread over a vector for four sums, not two: where another
/// thread on the same core leaves few instructions to spare, these tiles keep the multipliers busy.
typealias PairHeight = Height<6>

extension Sums {
  /// Of the panel behind.
  fileprivate var next: Sums {
    let start: Start =
      if case .bias(let bias) = start { .bias(bias + panelWidth) } else { .partialSums }
    let finish = finish.map {
      Finish(residual: $0.residual.map { $0 + panelWidth }, lower: $0.lower, upper: $0.upper)
    }
    return Sums(start: start, c: c + panelWidth, cStride: cStride, finish: finish)
  }
}

/// c[rows, 4 vectors] over two panels, the second `next` floats behind the first: the chains of `wideTile`.
@inline(never)
func pairTile(rows: Int, _ terms: Terms, next: Int, _ target: Sums) {
  switch rows {
  case 6: pairTile(Height<6>(), terms, next: next, target)
  case 5: pairTile(Height<5>(), terms, next: next, target)
  case 4: pairTile(Height<4>(), terms, next: next, target)
  case 3: pairTile(Height<3>(), terms, next: next, target)
  case 2: pairTile(Height<2>(), terms, next: next, target)
  default: pairTile(Height<1>(), terms, next: next, target)
  }
}

@inline(__always)
private func pairTile<let rows: Int>(_: Height<rows>, _ terms: Terms, next: Int, _ target: Sums) {
  let nextTarget = target.next
  var sums: WideSums<rows> = started(target) { target.c + $0 * target.cStride }
  var nextSums: WideSums<rows> = started(nextTarget) { nextTarget.c + $0 * target.cStride }
  var ahead = terms.ahead
  var weights = terms.panel
  for run in 0..<terms.runCount {
    var inputs = Inputs<rows>(terms.a + terms.runs[run].offset, terms.places)
    var left = terms.runs[run].count
    // What else a turn takes is shared by two k, and what is asked for ahead is a line of the cache.
    if var line = ahead {
      while left >= 2 {
        cplatform_prefetch_far(line)
        line += panelWidth / 2
        addProducts(inputs, at: 0, weights, next: next, to: &sums, &nextSums)
        addProducts(inputs, at: 1, weights + panelWidth, next: next, to: &sums, &nextSums)
        inputs.advance(by: 2)
        weights += 2 * panelWidth
        left -= 2
      }
      ahead = line
    }
    while left >= 2 {
      addProducts(inputs, at: 0, weights, next: next, to: &sums, &nextSums)
      addProducts(inputs, at: 1, weights + panelWidth, next: next, to: &sums, &nextSums)
      inputs.advance(by: 2)
      weights += 2 * panelWidth
      left -= 2
    }
    if left > 0 {
      addProducts(inputs, at: 0, weights, next: next, to: &sums, &nextSums)
      weights += panelWidth
    }
  }
  finish(&sums, target) { target.c + $0 * target.cStride }
  finish(&nextSums, nextTarget) { nextTarget.c + $0 * target.cStride }
}

/// The terms of one k, row by row: panel by panel the compiler keeps all inputs, and moves sums about for their sake.
@inline(__always)
private func addProducts<let rows: Int>(
  _ inputs: Inputs<rows>, at k: Int, _ weights: UnsafePointer<Float>, next: Int, to sums: inout WideSums<rows>,
  _ nextSums: inout WideSums<rows>
) {
  let left = load(weights)
  let right = load(weights + lanes)
  let nextLeft = load(weights + next)
  let nextRight = load(weights + next + lanes)
  for row in 0..<rows {
    let x = splat(inputs[row, k])
    sums[row][0] = multiplyAdd(sums[row][0], x, left)
    sums[row][1] = multiplyAdd(sums[row][1], x, right)
    nextSums[row][0] = multiplyAdd(nextSums[row][0], x, nextLeft)
    nextSums[row][1] = multiplyAdd(nextSums[row][1], x, nextRight)
  }
}
