/// How the columns of an [n, k] weight matrix are packed: full panels of two vectors, then one narrower panel for what is left. A panel
/// holds all of k, the weights of one k next to each other; columns beyond n are zeros.
struct Panels {
  let k: Int
  let n: Int
  /// Full panels.
  let full: Int
  /// Columns of the last panel that are in the matrix, 0 if all panels are full.
  let rest: Int
  /// Columns the last panel has: half a vector, one vector or two.
  let restWidth: Int

  @inline(__always) init(k: Int, n: Int) {
    self.k = k
    self.n = n
    full = n / panelWidth
    rest = n % panelWidth
    if rest == 0 {
      restWidth = 0
    } else if rest > lanes {
      restWidth = panelWidth
    } else {
      restWidth = rest > lanes / 2 ? lanes : lanes / 2
    }
  }

  @inline(__always) var count: Int { full + (rest == 0 ? 0 : 1) }

  /// Columns with those that only fill up the last panel.
  @inline(__always) var paddedWidth: Int { full * panelWidth + restWidth }

  /// Whether sums of all panels, with the columns that only fill the last one up, can be written to rows this far apart.
  @inline(__always) func fit(_ cStride: Int) -> Bool { cStride >= paddedWidth || rest == restWidth }

  @inline(__always) func width(of panel: Int) -> Int { panel < full ? panelWidth : restWidth }

  /// Where a panel starts in the packed weights.
  @inline(__always) func offset(of panel: Int) -> Int { panel * panelWidth * k }

  func pack(
    _ weights: UnsafePointer<Float>, unitStride: Int, inputStride: Int, bias: UnsafePointer<Float>?,
    into packed: UnsafeMutablePointer<Float>, bias packedBias: UnsafeMutablePointer<Float>
  ) {
    for panel in 0..<count {
      let width = width(of: panel)
      let first = panel * panelWidth
      let target = packed + offset(of: panel)
      for column in 0..<width {
        let unit = first + column
        packedBias[unit] = unit < n ? bias?[unit] ?? 0 : 0
        for input in 0..<k {
          target[input * width + column] = unit < n ? weights[unit * unitStride + input * inputStride] : 0
        }
      }
    }
  }
}
