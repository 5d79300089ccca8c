import AblateRuntime
import Testing

@testable import AblateONNX

/// Damaged files: an error or a valid model, whatever the damage; never a crash, and never much memory.
@Suite struct HostileFileTests {
  private func outcome(_ bytes: [UInt8]) -> AblateError.Kind? {
    do throws(AblateError) {
      _ = try TestFile.load(bytes)
      return nil
    } catch {
      #expect(!error.message.isEmpty)
      return error.kind
    }
  }

  @Test func truncatedAtEveryByte() {
    let bytes = TestFile.network.bytes
    for count in 0..<bytes.count {
      // The opsets come last: without them a file can be well-formed and still is refused.
      let kind = outcome(Array(bytes[..<count]))
      #expect(kind == .malformed || (kind == nil && count > bytes.count - 20), "cut to \(count)")
    }
  }

  @Test func everyByteChanged() {
    let bytes = TestFile.network.bytes
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x08, 0x40, 0x80, 0xFF] {
        var damaged = bytes
        damaged[index] ^= mask
        let kind = outcome(damaged)
        #expect(kind == nil || kind == .malformed || kind == .unsupported)
      }
    }
  }

  @Test func everyByteMissingOrDoubled() {
    let bytes = TestFile.network.bytes
    for index in bytes.indices {
      var shorter = bytes
      shorter.remove(at: index)
      _ = outcome(shorter)
      var longer = bytes
      longer.insert(bytes[index], at: index)
      _ = outcome(longer)
    }
  }

  @Test func randomDamage() {
    var generator = SplitMix(state: 2024)
    let bytes = TestFile.network.bytes
    for _ in 0..<20_000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        damaged[Int.random(in: damaged.indices, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      _ = outcome(damaged)
    }
  }

  @Test func deepNestingIsNotFollowed() {
    // Subgraphs within subgraphs, in the attribute field for graphs.
    var inner: [UInt8] = []
    for _ in 0..<20_000 {
      var wrapper = Protobuf()
      wrapper.data(6, inner)
      inner = wrapper.bytes
      if inner.count > 1 << 20 { break }
    }
    var attribute = Protobuf()
    attribute.text(1, "body")
    attribute.data(6, inner)
    var file = TestFile.network
    file.nodes.append(TestFile.node("If", ["h"], ["unused"], [attribute]))
    #expect(file.error() == nil)
  }

  @Test func longChainsNeedNoStack() throws {
    var file = TestFile.network
    file.nodes[1] = TestFile.node("Relu", ["h"], ["r0"])
    for index in 0..<30_000 { file.nodes.append(TestFile.node("Relu", ["r\(index)"], ["r\(index + 1)"])) }
    file.nodes.append(TestFile.node("Identity", ["r9000"], ["a"]))
    #expect(try file.load().layers.count == 2)
    file.nodes.removeLast()
    file.nodes.append(TestFile.node("Identity", ["r30000"], ["a"]))
    #expect(file.error()?.kind == .unsupported)
  }

  @Test func axesBeyondEveryTensorAreRefused() {
    for axis: Int64 in [.max, .min, 99] {
      let far = TestFile.behind([TestFile.node("Unsqueeze", ["x", "s"], ["a"])], [TestFile.integers("s", [axis])])
      #expect(far.error()?.kind == .malformed)
      let none = TestFile.behind([TestFile.node("Squeeze", ["x", "s"], ["a"])], [TestFile.integers("s", [axis])])
      #expect(none.error()?.kind == .malformed)
      let flat = TestFile.behind([TestFile.node("Flatten", ["x"], ["a"], [TestFile.attribute("axis", axis)])])
      #expect(flat.error()?.kind == .malformed)
    }
    let many = TestFile.behind(
      [TestFile.node("Identity", ["x"], ["a"])], input: Array(repeating: 1, count: 1000) + [2])
    #expect(many.error()?.kind == .malformed)
  }

  @Test func shapesThatDoubleAreRefused() {
    var file = TestFile.behind([TestFile.node("Shape", ["x"], ["s0"]), TestFile.node("Reshape", ["x", "s50"], ["a"])])
    for index in 0..<50 {
      file.nodes.append(TestFile.node("Concat", ["s\(index)", "s\(index)"], ["s\(index + 1)"]))
    }
    #expect(file.error()?.kind == .unsupported)
  }

  @Test func emptyMessagesByTheThousandAreOverBudget() {
    var graph = Protobuf()
    for _ in 0..<1_000_000 { graph.data(1, []) }
    var model = Protobuf()
    model.message(7, graph)
    #expect(outcome(model.bytes) == .malformed)
  }

  @Test func graphsGivenManyTimesOverAreRefusedInLinearTime() {
    var node = Protobuf()
    node.message(1, TestFile.node("Relu", ["a"], ["b"]))
    var model = Protobuf()
    for _ in 0..<50_000 { model.message(7, node) }
    #expect(outcome(model.bytes) == .malformed)
  }

  @Test func constantsCombinedOverAndOverAreRefused() {
    let width = 4096
    var file = TestFile.network
    file.inputs = [TestFile.value("x", [nil, Int64(width)])]
    file.initializers.append(TestFile.floats("c", [Int64(width)], Array(repeating: 1, count: width)))
    file.initializers[0] = TestFile.floats("fc1.weight", [3, Int64(width)], Array(repeating: 1, count: 3 * width))
    file.nodes[0] = TestFile.node(
      "Gemm", ["v20000", "fc1.weight", "fc1.bias"], ["h"], [TestFile.attribute("transB", Int64(1))])
    file.nodes.append(TestFile.node("Add", ["x", "c"], ["v1"]))
    for index in 1..<20_000 { file.nodes.append(TestFile.node("Mul", ["v\(index)", "c"], ["v\(index + 1)"])) }
    #expect(file.error()?.kind == .malformed)
  }

  @Test func manyOpsetsAreRefused() {
    var file = TestFile.network
    file.opsets = Array(repeating: ("x", 1), count: 1000)
    #expect(file.error()?.kind == .malformed)
  }
}

/// Sebastiano Vigna's SplitMix64, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
