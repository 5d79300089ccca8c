import AblateModel
import AblateRuntime

/// How far the value of one unit can grow, and decline, before the prediction of its row might change; 0 or NaN if nothing is proven.
struct Room {
  var growth: Float
  var decline: Float

  /// Whether moves as large as another room leave the prediction as it is.
  func holds(_ moves: Room) -> Bool { moves.growth < growth && moves.decline < decline }
}

extension SweepWorker {
  /// Gets ready for the rooms of units of a row at a point.
  ///
  /// - Parameter slack: what else can move a lead.
  @_optimize(speed) @inline(never)
  func prepareRooms(row: Int, at point: Int, slack: Float) {
    let inverses = scratch.inverseLimits.pointer
    let rivals = bounds(at: point)?.rivals == nil ? 1 : model.classCount
    for rival in 0..<rivals {
      let limit =
        (rivals == 1 ? block.limit(row, at: point) : block.limit(row, at: point, rival: rival)) - slack
      inverses[rival] = limit > Self.leastLimit ? 1 / limit : .nan
    }
    if rivals > 1 { inverses[block.prediction(row)] = 0 }
  }

  /// Whether moves of a unit have less effect than `limit`, whichever rival gains by them.
  func isBelow(_ limit: Float, _ moves: Room, row: Int, at point: Int, unit: Int) -> Bool {
    guard let worst = bounds(at: point)?.worst else { return false }
    let index = block.prediction(row) * worst.stride + unit
    return moves.growth * worst.raise[index] < limit && moves.decline * worst.lower[index] < limit
  }

  /// Of a row and point that `prepareRooms` was called with last.
  @_optimize(speed) @inline(never)
  func room(row: Int, at point: Int, unit: Int) -> Room {
    guard let bounds = bounds(at: point) else { return Room(growth: .nan, decline: .nan) }
    let inverses = scratch.inverseLimits.pointer
    let prediction = block.prediction(row)
    guard let rivals = bounds.rivals else {
      let index = prediction * bounds.worst.stride + unit
      return Room(
        growth: Self.room(bounds.worst.raise[index] * inverses[0]),
        decline: Self.room(bounds.worst.lower[index] * inverses[0]))
    }
    let start = rivals.start(of: unit, prediction: prediction)
    return Room(
      growth: Self.room(largestProduct(rivals.raise + start, inverses)),
      decline: Self.room(largestProduct(rivals.lower + start, inverses)))
  }

  /// The largest of the products of two numbers for each class, none of them negative; NaN if one of them is.
  @inline(__always)
  private func largestProduct(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
    // Without branches, which nothing could predict. A sum is NaN where a product is.
    var largest: Float = 0
    var sum: Float = 0
    for rival in 0..<model.classCount {
      let product = a[rival] * b[rival]
      largest = product > largest ? product : largest
      sum += product
    }
    return sum.isNaN ? sum : largest
  }

  /// - Parameter part: of a limit that a change of 1 uses up.
  private static func room(_ part: Float) -> Float { 1 / part * (1 - 0x1p-20) }

  /// Not so small that its inverse overflows.
  private static var leastLimit: Float { 0x1p-100 }
}
