import AblateModel
import AblateRuntime
import CPlatform

// A saved sweep: words of 64 bits, least significant byte first. The words of `HeaderWord`, the counts, and a fingerprint of all words before.

/// Raw values are places in the file.
private enum HeaderWord: Int, CaseIterable {
  case mark, version
  /// Of the plan.
  case fingerprint
  /// The rows that were fed, without those of merged sweeps, and the number of the first of them.
  case fed, first
  /// How many counts there are.
  case count
}

extension Sweep {
  private static var mark: UInt64 { 0x5045_4557_5341_4c42 }
  private static var version: UInt64 { 1 }
  private static var headerWords: Int { HeaderWord.allCases.count }

  private var countWords: Int {
    var count = 0
    total.forEachWord { _ in count += 1 }
    return count
  }

  /// Writes the counts to a file, in place of the one that is there: whole, or not at all.
  public func save(path: String) throws(AblateError) {
    let count = countWords
    let words = try Buffer<UInt64>(count: Self.headerWords + count + 1)
    for place in HeaderWord.allCases {
      let word =
        switch place {
        case .mark: Self.mark
        case .version: Self.version
        case .fingerprint: fingerprint.value
        case .fed: UInt64(numbers.fed)
        case .first: UInt64(numbers.first)
        case .count: UInt64(count)
        }
      words.pointer[place.rawValue] = word.littleEndian
    }
    var next = Self.headerWords
    total.forEachWord { word in
      words.pointer[next] = word.littleEndian
      next += 1
    }
    words.pointer[next] = Self.checksum(words, count: next).littleEndian
    let bytes = words.count * MemoryLayout<UInt64>.stride
    let failure = path.withCText { cplatform_file_replace($0, words.pointer, bytes) }
    if failure != 0 { throw .io("write", path, failure) }
  }

  /// Replaces the counts by those that a sweep with the same plan saved. What throws changes nothing.
  public func load(path: String) throws(AblateError) {
    let file = try SavedWords(path)
    let own = Self.headerWords + countWords + 1
    var header = try file.read(min(file.count, Self.headerWords))
    func word(_ place: HeaderWord) -> UInt64 { header.pointer[place.rawValue].littleEndian }
    guard file.count > Self.headerWords, word(.mark) == Self.mark else {
      throw AblateError(.malformed, "'\(path)' is no saved sweep")
    }
    guard word(.version) == Self.version else {
      throw AblateError(
        .unsupported, "'\(path)' has version \(word(.version)): this library reads version \(Self.version)")
    }
    guard word(.count) == UInt64(file.count - Self.headerWords - 1) else {
      throw AblateError(.malformed, "'\(path)' is truncated or was altered: it has \(file.count) words")
    }
    guard file.count == own else { throw Self.isOfAnotherPlan(path) }
    let words = try file.read(own)
    header = words
    guard words.pointer[own - 1].littleEndian == Self.checksum(words, count: own - 1) else {
      throw AblateError(.malformed, "'\(path)' is truncated or was altered: its checksum is wrong")
    }
    guard word(.fingerprint) == fingerprint.value else { throw Self.isOfAnotherPlan(path) }
    guard let numbers = RowNumbers(first: word(.first), fed: word(.fed)) else {
      throw AblateError(
        .malformed, "'\(path)' is of \(word(.fed)) rows from number \(word(.first)) on, which cannot be")
    }
    // Not by the number of rows alone, of which a forged file can count more.
    var largest: UInt64 = 0
    for index in total.itemWords {
      largest = max(largest, Int64(bitPattern: words.pointer[Self.headerWords + index].littleEndian).magnitude)
    }
    try total.items.reserve(rows: Int64(clamping: largest))
    self.numbers = numbers
    var next = Self.headerWords
    total.forEachWord { word in
      word = words.pointer[next].littleEndian
      next += 1
    }
  }

  private static func checksum(_ words: Buffer<UInt64>, count: Int) -> UInt64 {
    var sum = Fingerprint()
    for index in 0..<count { sum.add(words.pointer[index].littleEndian) }
    return sum.value
  }

  private static func isOfAnotherPlan(_ path: String) -> AblateError {
    AblateError(
      .invalidArgument,
      "'\(path)' is of another plan: model, kind, items, replacements, metrics and the limit of changed rows must be the same"
    )
  }
}
