import AblateRuntime

/// Something for each value of a row: elements that repeat, as those of channels do at each position.
struct Periodic<Element: BitwiseCopyable> {
  let elements: Buffer<Element>

  init(period: Int) throws(AblateError) { elements = try Buffer(count: max(1, period)) }

  var period: Int { elements.count }

  subscript(value: Int) -> Element { elements.pointer[value % elements.count] }

  func with(period: Int) throws(AblateError) -> Periodic {
    if period == self.period { return self }
    let result = try Periodic(period: period)
    for value in 0..<period { result.elements.pointer[value] = self[value] }
    return result
  }
}
