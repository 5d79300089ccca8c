/// The sums of a tile over a full panel.
typealias WideSums<let rows: Int> = InlineArray<rows, InlineArray<2, Vector>>

// Beginning and end of sums whose rows are anywhere. `wideTile` writes the same out: by functions with closures, AVX2 tiles of four
// and five rows keep sums on the stack.

@inline(__always)
func started<let height: Int>(
  _ target: Sums, _ place: (_ row: Int) -> UnsafeMutablePointer<Float>
) -> WideSums<height> {
  var sums = WideSums<height>(repeating: InlineArray<2, Vector>(repeating: .zero))
  switch target.start {
  case .bias(let bias):
    let left = load(bias)
    let right = load(bias + lanes)
    forEachRow(Height<height>()) { row in
      sums[row][0] = left
      sums[row][1] = right
    }
  case .partialSums:
    forEachRow(Height<height>()) { row in
      let own = place(row)
      sums[row][0] = load(own)
      sums[row][1] = load(own + lanes)
    }
  }
  return sums
}

@inline(__always)
func finish<let height: Int>(
  _ sums: inout WideSums<height>, _ target: Sums, _ place: (_ row: Int) -> UnsafeMutablePointer<Float>
) {
  if let finish = target.finish {
    if let residual = finish.residual {
      forEachRow(Height<height>()) { row in
        let own = residual + (place(row) - target.c)
        sums[row][0] += load(own)
        sums[row][1] += load(own + lanes)
      }
    }
    clip(&sums, finish)
  }
  forEachRow(Height<height>()) { row in
    let own = place(row)
    store(sums[row][0], own)
    store(sums[row][1], own + lanes)
  }
}

@inline(__always)
func clip<let rows: Int>(_ sums: inout WideSums<rows>, _ finish: Finish) {
  let lower = splat(finish.lower)
  let upper = splat(finish.upper)
  forEachRow(Height<rows>()) { row in
    sums[row][0] = clip(sums[row][0], lower, upper)
    sums[row][1] = clip(sums[row][1], lower, upper)
  }
}
