import AblateRuntime

/// A matrix of bits that knows how many are set.
package final class BitMatrix {
  private let words: Buffer<UInt64>
  private let wordsPerRow: Int
  private(set) var count = 0

  init(rows: Int, columns: Int) throws(AblateError) {
    wordsPerRow = (columns + 63) / 64
    words = try Buffer(rows: rows, columns: wordsPerRow)
  }

  func set(row: Int, column: Int, _ value: Bool) {
    let word = words.pointer + row * wordsPerRow + column / 64
    let bit: UInt64 = 1 << UInt64(column % 64)
    if (word.pointee & bit != 0) == value { return }
    word.pointee ^= bit
    count += value ? 1 : -1
  }

  package func contains(row: Int, column: Int) -> Bool {
    words.pointer[row * wordsPerRow + column / 64] & (1 << UInt64(column % 64)) != 0
  }

  func isEmpty(row: Int) -> Bool {
    for word in 0..<wordsPerRow where words.pointer[row * wordsPerRow + word] != 0 { return false }
    return true
  }
}
