import AblateModel
import AblateRuntime
import AblateSweep

extension ShapleyValues {
  /// Walks `count` more permutations, those with the lowest numbers that are not counted yet; fewer if the top units get known.
  ///
  /// - Parameter progress: called now and then on this thread with the marginals done and in all; returning false ends the run.
  /// - Throws: `cancelled` when `progress` ended it: the permutations counted before stand, and a later run goes on.
  public func run(
    permutations count: Int, progress: Progress? = nil
  ) throws(AblateError) {
    let left = Self.mostPermutations - counted.count
    guard count >= 0, count <= left else {
      throw AblateError(
        .invalidArgument, "permutations is \(UInt(bitPattern: count)): \(left) more are possible")
    }
    let total = UInt64(count) &* UInt64(players.count)
    var done = 0
    while done < count {
      if try isTimeToStop { return }
      let numbers = nextNumbers(min(walks.walks, count - done))
      let isComplete = walk(numbers) { share in
        // The end is told once the permutations are counted.
        guard let progress, share < 1 else { return true }
        let marginals = Double(numbers.count * self.players.count) * share
        return progress(UInt64(done) &* UInt64(self.players.count) &+ UInt64(marginals), total)
      }
      guard isComplete else { throw cancelled(done, of: count) }
      for (walk, number) in numbers.enumerated() {
        if try isTimeToStop { return }
        self.count(walk: walk)
        counted.insert(number..<number + 1)
        done += 1
      }
      if let progress, !progress(UInt64(done) &* UInt64(players.count), total) {
        throw cancelled(done, of: count)
      }
    }
  }

  private func cancelled(_ done: Int, of count: Int) -> AblateError {
    AblateError(.cancelled, "cancelled by the progress callback after \(done) of \(count) permutations, which stand")
  }

  /// The top units are looked for after every so many permutations, wherever a run begins.
  private var isTimeToStop: Bool {
    get throws(AblateError) {
      guard options.topCount > 0, counted.count % Self.permutationsBetweenLooks == 0 else { return false }
      return try top(options.topCount).isSettled
    }
  }

  private func nextNumbers(_ count: Int) -> [Int] {
    var numbers: [Int] = []
    var next = options.firstPermutation
    for _ in 0..<count {
      next = counted.next(from: next)
      numbers.append(next)
      next += 1
    }
    return numbers
  }

  /// Walks some permutations to their ends. Returns false if `progress` did.
  private func walk(_ numbers: [Int], progress: @escaping (_ share: Double) -> Bool) -> Bool {
    for (walk, number) in numbers.enumerated() { draw(walk: walk, number: number) }
    var open = Array(numbers.indices)
    var first = 0
    while !open.isEmpty, first < players.count {
      let count = min(walks.stepLimit, players.count - first)
      let walked = Double(first)
      let isComplete = walks.run(of: open, first: first, count: count) { [players] share in
        progress((walked + share * Double(count)) / Double(players.count))
      }
      if !isComplete { return false }
      open = open.filter { goesOn(walk: $0, first: first, count: count) }
      first += count
    }
    return true
  }

  /// Draws a permutation and its rows: a Fisher-Yates shuffle of the players, and the first rows of one of the rows.
  private func draw(walk: Int, number: Int) {
    var random = SplitMix64(seed: options.seed, stream: UInt64(number))
    let order = walks.orders.pointer + walk * players.count
    for player in 0..<players.count { places.pointer[player] = Int32(truncatingIfNeeded: player) }
    random.shuffle(places.pointer, count: players.count)
    for step in 0..<players.count {
      let player = places.pointer[step]
      playerOrders.pointer[walk * players.count + step] = player
      order[step] = game.numbers[Int(player)]
    }
    streaks.pointer[walk] = 0
    ends.pointer[walk] = players.count
    drawRows(walk: walk, &random)
  }

  /// Draws the rows of a walk, and finds what they come to without steps and with all.
  private func drawRows(walk: Int, _ random: inout SplitMix64) {
    let first = values.pointer + walk * (players.count + 1)
    let last = lasts.pointer + walk
    guard let sampled = walks.rows, let numbers = rowNumbers else {
      first.pointee = rows.intactSum
      last.pointee = rows.ablatedSum
      return
    }
    first.pointee = ExactSum()
    last.pointee = ExactSum()
    for row in 0..<rows.count { numbers.pointer[row] = Int32(truncatingIfNeeded: row) }
    for index in 0..<walks.rowsPerWalk {
      swap(numbers.pointer, index, index + random.next(below: rows.count - index))
      let row = numbers.pointer[index]
      sampled.pointer[walk * walks.rowsPerWalk + index] = row
      first.pointee.add(rows.intact.pointer[Int(row)])
      last.pointee.add(rows.ablated.pointer[Int(row)])
    }
  }

  private func swap(_ list: UnsafeMutablePointer<Int32>, _ first: Int, _ second: Int) {
    let value = list[first]
    list[first] = list[second]
    list[second] = value
  }

  /// Takes over some steps of a walk, and tells whether it goes on behind them.
  private func goesOn(walk: Int, first: Int, count: Int) -> Bool {
    let values = values.pointer + walk * (players.count + 1)
    let start = values[first]
    let tolerance = options.tolerance * Double(walks.rowsPerWalk)
    for step in first..<first + count {
      values[step + 1] = start
      values[step + 1].add(walks.change(walk: walk, step: step - first))
      if options.tolerance > 0 {
        var distance = values[step + 1]
        distance.subtract(lasts.pointer[walk])
        streaks.pointer[walk] = abs(distance.value) <= tolerance ? streaks.pointer[walk] + 1 : 0
        if streaks.pointer[walk] > options.patience {
          ends.pointer[walk] = step + 1
          return false
        }
      }
    }
    return true
  }

  /// Adds the marginals of a walk.
  private func count(walk: Int) {
    let values = values.pointer + walk * (players.count + 1)
    let end = ends.pointer[walk]
    for step in 0..<end {
      var marginal = values[step]
      marginal.subtract(values[step + 1])
      let player = Int(playerOrders.pointer[walk * players.count + step])
      sums.pointer[player].add(marginal)
      let size = marginal.value
      squares.pointer[player].add(exactly: size * size)
    }
    truncated &+= players.count - end
  }

  static var mostPermutations: Int { 1 << 32 }
  private static var permutationsBetweenLooks: Int { 16 }
}
