import AblateModel
import AblateRuntime

extension Profile {
  /// The sum of a unit's activations, over all classes.
  private func words(ofSum unit: Int, _ tally: LayerTally) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: LayerTally.sumWords)
    words.withUnsafeMutableBufferPointer { words in
      guard let start = words.baseAddress else { return }
      let sum = WideInteger(words: start, count: words.count)
      for index in 0..<tally.classCount { sum.add(tally.sum(unit, class: index).words) }
    }
    return words
  }

  func mean(_ place: Int, _ unit: Int) -> Double {
    var words = words(ofSum: unit, tallies[place])
    return words.withUnsafeMutableBufferPointer { words in
      guard let start = words.baseAddress else { return .nan }
      return WideInteger(words: start, count: words.count).value(unit: -149) / Double(rows)
    }
  }

  /// (n Σ a² - (Σ a)²) / n², of which the dividend is exact.
  func variance(_ place: Int, _ unit: Int) -> Double {
    let rows = rows
    let tally = tallies[place]
    var sum = words(ofSum: unit, tally)
    var spread = [UInt64](repeating: 0, count: LayerTally.squareWords + 2)
    let dividend = sum.withUnsafeMutableBufferPointer { sum in
      spread.withUnsafeMutableBufferPointer { spread in
        guard let sumStart = sum.baseAddress, let start = spread.baseAddress else { return Double.nan }
        let integer = WideInteger(words: start, count: spread.count)
        integer.setSpread(
          of: tally.square(unit), sum: WideInteger(words: sumStart, count: sum.count),
          times: UInt64(truncatingIfNeeded: rows))
        return integer.value(unit: -298)
      }
    }
    return dividend / (Double(rows) * Double(rows))
  }

  /// The mean over the rows of a class; NaN if there are none.
  func mean(_ place: Int, _ unit: Int, class index: Int) -> Double {
    tallies[place].nonFinite.pointer[unit] == 0
      ? tallies[place].sum(unit, class: index).value(unit: -149) / Double(classRows.pointer[index]) : .nan
  }

  /// The class selectivity index (µmax - µ) / (µmax + µ) with µmax the largest mean of a class and µ the mean of those of the others
  /// (Morcos et al. 2018, On the importance of single directions for generalization), and the class that has it, the lowest on ties.
  /// The index is 0 where both are, and NaN for negative activations and if no other class has rows.
  func selectivity(_ place: Int, _ unit: Int) -> (index: Double, largest: Int?) {
    var largest: (class: Int, mean: Double)?
    var sum = 0.0
    var classes = 0.0
    for index in 0..<classRows.count where classRows.pointer[index] > 0 {
      let mean = mean(place, unit, class: index)
      classes += 1
      guard let best = largest, mean <= best.mean else {
        sum += largest?.mean ?? 0
        largest = (index, mean)
        continue
      }
      sum += mean
    }
    guard let largest else { return (.nan, nil) }
    if tallies[place].extremes.pointer[2 * unit] < 0 { return (.nan, largest.class) }
    let others = sum / (classes - 1)
    return (largest.mean + others == 0 ? 0 : (largest.mean - others) / (largest.mean + others), largest.class)
  }

  /// How many rows each class has: [classes].
  public func copyClassRows(to out: UnsafeMutablePointer<Int64>) throws(AblateError) {
    try require([.classMeans, .information], "class means and information")
    out.copy(from: classRows.pointer, count: classRows.count)
  }

  /// The mean activations over the rows of each class: [units, classes]; NaN for classes without rows.
  public func copyClassMeans(layer: Int, to out: UnsafeMutablePointer<Double>) throws(AblateError) {
    let place = try place(ofLayer: layer)
    try require(.classMeans, "class means")
    for unit in 0..<tallies[place].units {
      for index in 0..<classRows.count { out[unit * classRows.count + index] = mean(place, unit, class: index) }
    }
  }
}
