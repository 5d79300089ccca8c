import AblateRuntime

extension Tally {
  /// Goes through all counts as words, in a fixed order; what `body` leaves in a word is the count.
  func forEachWord(_ body: (inout UInt64) -> Void) {
    func visit(_ count: inout Int64) {
      var word = UInt64(bitPattern: count)
      body(&word)
      count = Int64(bitPattern: word)
    }
    func visit(_ sum: inout ExactSum) {
      var words = sum.words
      for index in words.indices { body(&words[index]) }
      sum.words = words
    }
    visit(&rows)
    visit(&correct)
    visit(&examined)
    visit(&rerun)
    for cell in 0..<intactConfusion.count { visit(&intactConfusion.pointer[cell]) }
    for place in 0..<intactSums.count { visit(&intactSums.pointer[place]) }
    for index in 0..<itemCount {
      let known = items[index]
      var item = known
      visit(&item.lost)
      visit(&item.gained)
      visit(&item.changed)
      // Reading the counts must not mark all items as counted.
      if item != known { items[index] = item }
    }
    for index in 0..<sums.count { visit(&sums.pointer[index]) }
    for cells in [confusionChanges, oneVsRestChanges] {
      guard let counts = cells?.counts else { continue }
      for cell in 0..<counts.count { visit(&counts.pointer[cell]) }
    }
    changedRows?.visitCounts { visit(&$0) }
  }

  /// Which of these words are the counts of items.
  var itemWords: Range<Int> {
    let first = 4 + intactConfusion.count + intactSums.count * ExactSum().words.count
    return first..<first + 3 * itemCount
  }
}
