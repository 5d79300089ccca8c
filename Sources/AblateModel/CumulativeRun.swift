import AblateRuntime

/// The rows of a block as ever more units of some layers are replaced.
///
/// What each row holds behind these layers is kept, and what else is read behind them. A replaced unit concerns the rows that hold
/// another value, and of these what depends on the unit's layer: that is run from there on. So the scores are those of a masked run, to
/// the bit.
package final class CumulativeRun {
  private let model: Model
  /// Behind the layers whose units are replaced, ascending.
  private let points: [Int]
  private let executor: Executor
  /// Of each point: [capacity, stride] if runs start there or read it, else empty.
  private let held: [Buffer<Float>]
  /// [capacity, stride], if runs start at the input.
  private let input: Buffer<Float>
  /// Of each point, the units that are replaced.
  private var replaced: [[Int]]
  /// Of each point, what is run if nothing changed but there.
  private let restarts: [Restart?]
  /// Of each point and each row, whether it has changed since the last run.
  private var isPointChanged: [Bool]
  private let isRowChanged: Buffer<Bool>
  private var rows = 0
  private var firstRow = 0
  /// The rows of the block that the last run was about.
  package let changed: Buffer<Int32>

  /// - Parameters:
  ///   - points: each once, ascending.
  ///   - capacity: the most rows of a block.
  package init(model: Model, points: [Int], capacity: Int) throws(AblateError) {
    self.model = model
    self.points = points
    executor = try Executor(model: model, capacity: capacity)
    var isHeld = Array(repeating: false, count: model.steps.count + 1)
    var restarts: [Restart?] = Array(repeating: nil, count: isHeld.count)
    for point in points {
      let restart = Restart(model: model, points: [point])
      restarts[point] = restart
      isHeld[point] = true
      for other in restart.carried { isHeld[other] = true }
    }
    self.restarts = restarts
    var held: [Buffer<Float>] = []
    for point in isHeld.indices {
      held.append(try Buffer(rows: isHeld[point] ? capacity : 0, columns: model.stride(ofPoint: point)))
    }
    self.held = held
    input = try Buffer(rows: points.first == 0 ? capacity : 0, columns: model.stride(ofPoint: 0))
    replaced = Array(repeating: [], count: isHeld.count)
    isPointChanged = Array(repeating: false, count: isHeld.count)
    isRowChanged = try Buffer(count: capacity)
    changed = try Buffer(count: capacity)
  }

  /// Takes the rows of a block as an executor that keeps all values has run them.
  ///
  /// - Parameter firstRow: the number of the first row in the whole run, which resampling goes by.
  package func start(_ intact: Executor, rows: Int, firstRow: Int) {
    self.rows = rows
    self.firstRow = firstRow
    for point in held.indices where held[point].count > 0 {
      replaced[point].removeAll(keepingCapacity: true)
      isPointChanged[point] = false
      let values = intact.values(ofPoint: point)
      let target = held[point].pointer
      let stride = model.stride(ofPoint: point)
      for row in 0..<rows {
        (target + row * stride).copy(from: values.pointer + row * values.stride, count: model.width(ofPoint: point))
      }
    }
    isRowChanged.pointer.update(repeating: false, count: rows)
  }

  /// Replaces a unit in all rows, at all its positions.
  ///
  /// - Parameter point: behind its layer; one of those that were given.
  @_optimize(speed)
  package func replace(_ unit: Int, at point: Int, with replacement: UnitReplacement) {
    replaced[point].append(unit)
    let layer = model.layer(ofPoint: point)
    let shape = model.shapes[point]
    let stride = model.stride(ofPoint: point)
    let values = held[point].pointer
    let changes = isRowChanged.pointer
    var isChanged = false
    for row in 0..<rows {
      var place = values + row * stride + unit
      for position in 0..<shape.positions {
        let value = replacement.value(layer: layer, unit: unit, position: position, row: firstRow + row)
        if place.pointee.bitPattern != value.bitPattern {
          place.pointee = value
          changes[row] = true
          isChanged = true
        }
        place += shape.channels
      }
    }
    if isChanged { isPointChanged[point] = true }
  }

  /// Runs the rows that have changed since the last run, and lists them in `changed`.
  ///
  /// - Returns: their scores, [count, stride].
  package func run() -> (pointer: UnsafeMutablePointer<Float>, stride: Int, count: Int) {
    let count = takeChanged()
    let starts = points.filter { isPointChanged[$0] }
    for point in starts { isPointChanged[point] = false }
    if let start = starts.first {
      let alone = starts.count == 1 ? restarts[start] : nil
      run(count, from: start, alone ?? Restart(model: model, points: starts))
    }
    let scores = executor.scores
    return (scores.pointer, scores.stride, count)
  }

  @_optimize(speed)
  private func takeChanged() -> Int {
    let changes = isRowChanged.pointer
    let list = changed.pointer
    var count = 0
    for row in 0..<rows where changes[row] {
      changes[row] = false
      list[count] = Int32(truncatingIfNeeded: row)
      count += 1
    }
    return count
  }

  private func run(_ count: Int, from start: Int, _ restart: Restart) {
    executor.carry(
      restart, rows: count, row: { Int(changed.pointer[$0]) },
      from: { (UnsafePointer(held[$0].pointer), model.stride(ofPoint: $0)) })
    forEachRow(count, at: start) { own, held, stride in own.copy(from: held, count: stride) }
    var first = start
    for point in points where point > start && restart.isComputed[point - 1] {
      run(steps: first..<point, count, restart)
      replaceAgain(at: point, count)
      first = point
    }
    run(steps: first..<model.steps.count, count, restart)
    for point in held.indices where point > start && held[point].count > 0 && restart.isComputed[point - 1] {
      forEachRow(count, at: point) { own, held, stride in held.copy(from: own, count: stride) }
    }
  }

  private func run(steps: Range<Int>, _ count: Int, _ restart: Restart) {
    executor.run(
      steps: steps, from: memory(ofPoint: steps.lowerBound), stride: model.stride(ofPoint: steps.lowerBound),
      rows: count, restart: restart)
  }

  /// Where the rows of a run have their values at a point.
  private func memory(ofPoint point: Int) -> UnsafeMutablePointer<Float> {
    point == 0 ? input.pointer : executor.values(ofStep: point - 1).pointer
  }

  /// Calls `body` with what each row of a run has at a point, and what is held of it.
  @inline(__always)
  private func forEachRow(
    _ count: Int, at point: Int,
    _ body: (_ own: UnsafeMutablePointer<Float>, _ held: UnsafeMutablePointer<Float>, _ stride: Int) -> Void
  ) {
    let stride = model.stride(ofPoint: point)
    let own = memory(ofPoint: point)
    let held = held[point].pointer
    let changed = changed.pointer
    for index in 0..<count { body(own + index * stride, held + Int(changed[index]) * stride, stride) }
  }

  /// Puts what is replaced, which is held, into values that were computed anew.
  @_optimize(speed)
  private func replaceAgain(at point: Int, _ count: Int) {
    let units = replaced[point]
    let shape = model.shapes[point]
    forEachRow(count, at: point) { own, held, _ in
      for unit in units {
        var place = unit
        for _ in 0..<shape.positions {
          own[place] = held[place]
          place += shape.channels
        }
      }
    }
  }
}

extension Model {
  fileprivate func stride(ofPoint point: Int) -> Int { RowStride.padded(width(ofPoint: point)) }

  /// The layer in front of a point; -1 if there is another step, or none.
  fileprivate func layer(ofPoint point: Int) -> Int { stepOfLayer.firstIndex(of: point - 1) ?? -1 }
}
