import AblateRuntime

extension Graph {
  /// The nodes that the outputs depend on, each behind all that it depends on.
  ///
  /// Files should have them in such an order already, but not all do.
  ///
  /// - Throws: `malformed` for a cycle.
  func order() throws(AblateError) -> [Int] {
    enum State { case new, open, done }
    var states = Array(repeating: State.new, count: nodes.count)
    var order: [Int] = []
    // A stack of our own: the depth is the file's to choose.
    var stack: [(node: Int, nextInput: Int)] = []
    func enter(_ value: Int) throws(AblateError) {
      guard case .node(let node) = definitions[value] else { return }
      switch states[node] {
      case .done: return
      case .open: throw nodes[node].malformed("its result depends on itself: the graph has a cycle")
      case .new:
        states[node] = .open
        stack.append((node, 0))
      }
    }
    for output in outputs {
      try enter(output)
      while let (node, nextInput) = stack.last {
        if nextInput == nodes[node].inputs.count {
          states[node] = .done
          order.append(node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].nextInput += 1
        if let value = nodes[node].inputs[nextInput] { try enter(value) }
      }
    }
    return order
  }
}
