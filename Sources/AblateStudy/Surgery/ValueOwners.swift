import AblateRuntime

/// The number of the unit that each value of a row belongs to. Numbers repeat: those of channels do at each position.
struct ValueOwners {
  let numbers: Buffer<Int32>

  init(period: Int) throws(AblateError) { numbers = try Buffer(count: max(1, period)) }

  var period: Int { numbers.count }

  @inline(never)
  subscript(value: Int) -> Int32 { numbers.pointer[value % numbers.count] }

  func with(period: Int) throws(AblateError) -> ValueOwners {
    if period == self.period { return self }
    let result = try ValueOwners(period: period)
    for value in 0..<period { result.numbers.pointer[value] = self[value] }
    return result
  }
}
