import AblateRuntime

/// The numbers, in a stream, of rows that are fed bit by bit: 0 to 2^62.
package struct RowNumbers {
  /// Of the first row fed.
  package private(set) var first: Int
  package var fed = 0

  package static var most: Int { 1 << 62 }

  /// - Throws: `invalidArgument` for a number that no row has.
  package init(first: Int) throws(AblateError) {
    guard first >= 0, first <= Self.most else {
      throw AblateError(
        .invalidArgument, "the number of the first row is \(UInt(bitPattern: first)): 0 to 2^62 are possible")
    }
    self.first = first
  }

  /// Nil if there are not as many.
  package init?(first: UInt64, fed: UInt64) {
    let most = UInt64(Self.most)
    guard first <= most, fed <= most - first else { return nil }
    self.first = Int(first)
    self.fed = Int(fed)
  }

  /// Of the next row.
  package var next: Int { first + fed }

  /// - Throws: `invalidArgument` if there are no numbers for so many rows more.
  package func require(rows: Int) throws(AblateError) {
    let left = Self.most - next
    guard rows >= 0, rows <= left else {
      throw AblateError(.invalidArgument, "rows is \(UInt(bitPattern: rows)): \(left) can be fed")
    }
  }
}
