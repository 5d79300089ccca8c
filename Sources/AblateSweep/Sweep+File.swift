import AblateModel
import AblateRuntime
import CPlatform

// A saved sweep: words of 64 bits, least significant byte first. The mark, the version, the fingerprint of the plan, the rows that were
// fed (without those of merged sweeps), the number of the first of them, the number of counts, the counts, and a fingerprint of all words
// before.
extension Sweep {
  private static var mark: UInt64 { 0x5045_4557_5341_4c42 }
  private static var version: UInt64 { 1 }
  private static var headerWords: Int { 6 }

  private var countWords: Int {
    var count = 0
    total.forEachWord { _ in count += 1 }
    return count
  }

  /// Writes the counts to a file, in place of the one that is there: whole, or not at all.
  public func save(path: String) throws(AblateError) {
    let count = countWords
    let words = try Buffer<UInt64>(count: Self.headerWords + count + 1)
    let header = [
      Self.mark, Self.version, fingerprint.value, UInt64(bitPattern: Int64(numbers.fed)),
      UInt64(bitPattern: Int64(numbers.first)), UInt64(count),
    ]
    for (index, word) in header.enumerated() { words.pointer[index] = word.littleEndian }
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
    let header = try file.read(min(file.count, Self.headerWords))
    guard file.count > Self.headerWords, header.pointer[0].littleEndian == Self.mark else {
      throw AblateError(.malformed, "'\(path)' is no saved sweep")
    }
    guard header.pointer[1].littleEndian == Self.version else {
      throw AblateError(
        .unsupported,
        "'\(path)' has version \(header.pointer[1].littleEndian): this library reads version \(Self.version)")
    }
    guard header.pointer[5].littleEndian == UInt64(file.count - Self.headerWords - 1) else {
      throw AblateError(.malformed, "'\(path)' is truncated or was altered: it has \(file.count) words")
    }
    guard file.count == own else { throw Self.isOfAnotherPlan(path) }
    let words = try file.read(own)
    guard words.pointer[own - 1].littleEndian == Self.checksum(words, count: own - 1) else {
      throw AblateError(.malformed, "'\(path)' is truncated or was altered: its checksum is wrong")
    }
    guard words.pointer[2].littleEndian == fingerprint.value else { throw Self.isOfAnotherPlan(path) }
    let (fed, first) = (words.pointer[3].littleEndian, words.pointer[4].littleEndian)
    guard let numbers = RowNumbers(first: first, fed: fed) else {
      throw AblateError(.malformed, "'\(path)' is of \(fed) rows from number \(first) on, which cannot be")
    }
    // Not by the number of rows alone, of which a forged file can count more.
    var largest: UInt64 = 0
    for index in Self.headerWords..<own - 1 {
      largest = max(largest, Int64(bitPattern: words.pointer[index].littleEndian).magnitude)
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

/// An open file of words.
private final class SavedWords {
  private let path: String
  private let file: Int32
  let count: Int

  init(_ path: String) throws(AblateError) {
    let file = path.withCText { cplatform_file_open($0) }
    if file < 0 { throw .io("read", path, -file) }
    let size = cplatform_file_size(file)
    if size < 0 || size % 8 != 0 {
      cplatform_file_close(file)
      throw size < 0
        ? .io("read", path, Int32(truncatingIfNeeded: -size))
        : AblateError(.malformed, "'\(path)' is no saved sweep, or a truncated one: it has \(size) bytes")
    }
    self.path = path
    self.file = file
    count = Int(size) / 8
  }

  deinit { cplatform_file_close(file) }

  /// The first words.
  func read(_ count: Int) throws(AblateError) -> Buffer<UInt64> {
    let words = try Buffer<UInt64>(count: count)
    let failure = cplatform_file_read(file, words.pointer, count * 8, 0)
    if failure != 0 { throw .io("read", path, failure) }
    return words
  }
}

extension AblateError {
  fileprivate static func io(_ verb: String, _ path: String, _ code: Int32) -> AblateError {
    var text: [UInt8] = Array(repeating: 0, count: 128)
    text.withUnsafeMutableBytes { cplatform_error_text(code, $0.baseAddress, $0.count) }
    return AblateError(.io, "cannot \(verb) '\(path)': \(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))")
  }
}
