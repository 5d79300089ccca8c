import AblateRuntime

/// Which memory each step of a model writes to.
///
/// Where the values of every step are asked for later, each has memory of its own. Where only the last ones are, a step takes over what
/// nothing reads any more: fewer of an image's values leave the cache.
struct ValueSlots {
  /// Of each step, the number of its slot.
  let slots: [Int]
  /// Of each slot, the floats of a row.
  let widths: [Int]

  init(model: Model, keeping kept: KeptValues, joined: JoinedSteps) {
    let needed = model.shapes.dropFirst().map { RowStride.padded($0.count) }
    guard case .ofLastStep(let frontSteps) = kept else {
      slots = Array(needed.indices)
      widths = needed
      return
    }
    // What the last step of the front gives is kept for all rows.
    let front = frontSteps?.count ?? 0
    let sources = needed.indices.map { joined.sources(of: $0, in: model) }
    var lastReaders = Array(repeating: needed.count, count: needed.count + 1)
    for (step, points) in sources.enumerated() { for point in points { lastReaders[point] = step } }
    var slots: [Int] = []
    var widths: [Int] = []
    var free: [Int] = []
    for step in needed.indices {
      // The one that was read last, of which most is still in the cache.
      let slot = step == front - 1 ? widths.count : free.popLast() ?? widths.count
      if slot == widths.count { widths.append(0) }
      widths[slot] = max(widths[slot], needed[step])
      slots.append(slot)
      for (place, point) in sources[step].enumerated()
      where point > 0 && point != front && lastReaders[point] == step && !sources[step][..<place].contains(point) {
        free.append(slots[point - 1])
      }
    }
    self.slots = slots
    self.widths = widths
  }
}
