import AblateRuntime

extension Tally {
  /// Goes through all counts as words, in a fixed order; what `body` leaves in a word is the count.
  func forEachWord(_ body: (inout UInt64) -> Void) {
    func visit(_ count: inout Int64) {
      var word = UInt64(bitPattern: count)
      body(&word)
      count = Int64(bitPattern: word)
    }
    func visit(_ sum: inout FixedPointSum) {
      var words = sum.words
      for index in words.indices { body(&words[index]) }
      sum.words = words
    }
    visit(&rows)
    visit(&correct)
    visit(&examined)
    visit(&rerun)
    visit(&logLoss)
    visit(&labelProbability)
    for cell in 0..<intactConfusion.count { visit(&intactConfusion.pointer[cell]) }
    for index in 0..<itemCount {
      let item = items.pointer + index
      visit(&item.pointee.lost)
      visit(&item.pointee.gained)
      visit(&item.pointee.changed)
    }
    for index in 0..<(sums?.count ?? 0) {
      guard let item = sums.map({ $0.pointer + index }) else { break }
      visit(&item.pointee.logLoss)
      visit(&item.pointee.labelProbability)
    }
    if let confusionChanges {
      for cell in 0..<confusionChanges.count { visit(&confusionChanges.pointer[cell]) }
    }
  }
}
