import AblateRuntime
import Testing

@testable import AblateONNX

/// Files that contradict themselves, and valid ones that are beyond us: each error is of the right kind and names the culprit.
@Suite struct RefusalTests {
  private func expect(
    _ file: TestFile, _ kind: AblateError.Kind, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard let error = file.error() else {
      Issue.record("it loads", sourceLocation: sourceLocation)
      return
    }
    #expect(error.kind == kind, "\(error.message)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(error.message.contains(part), "\(error.message)", sourceLocation: sourceLocation)
    }
  }

  private func changed(_ change: (inout TestFile) -> Void) -> TestFile {
    var file = TestFile.network
    change(&file)
    return file
  }

  @Test func filesWithoutAModel() {
    expect(changed { $0.hasGraph = false }, .malformed, "no graph")
    expect(changed { $0.inputs = [] }, .malformed, "no input")
    expect(changed { $0.outputs = [] }, .malformed, "no output")
    expect(changed { $0.nodes = [] }, .malformed, "'y'")
    #expect(throws: AblateError.self) { try TestFile.load([]) }
    #expect(throws: AblateError.self) { try TestFile.load(Array("not a model".utf8)) }
  }

  @Test func unknownOperators() {
    let unnamed = changed { $0.nodes[1] = TestFile.node("LSTM", ["h"], ["a"]) }
    expect(unnamed, .unsupported, "'LSTM'", "ai.onnx", "node 1 (unnamed)", "opset 17", "Supported are: Add, ")
    let named = changed { $0.nodes[1] = TestFile.node("Relu", ["h"], ["a"], name: "mine", domain: "com.example") }
    expect(named, .malformed, "com.example")
    let declared = changed {
      $0.nodes[1] = TestFile.node("Relu", ["h"], ["a"], name: "mine", domain: "com.example")
      $0.opsets.append(("com.example", 3))
    }
    expect(declared, .unsupported, "'Relu'", "com.example", "'mine'", "opset 3")
  }

  @Test func opsets() {
    expect(changed { $0.opsets = [] }, .malformed, "opset")
    expect(changed { $0.opsets = [("", 6)] }, .unsupported, "opset 6", "7")
    #expect(changed { $0.opsets = [("ai.onnx", 99)] }.error() == nil)
  }

  @Test func valuesThatAreNotThereOrThereTwice() {
    expect(changed { $0.initializers.remove(at: 2) }, .malformed, "'w2'", "nothing defines")
    expect(changed { $0.initializers.append($0.initializers[0]) }, .malformed, "'fc1.weight'", "twice")
    expect(changed { $0.nodes.append($0.nodes[1]) }, .malformed, "'a'", "twice")
    expect(changed { $0.nodes[1] = TestFile.node("Relu", ["h"], ["x"]) }, .malformed, "'x'", "twice")
    expect(changed { $0.outputs = [TestFile.value("z", [])] }, .malformed, "'z'")
    expect(changed { $0.nodes[1] = TestFile.node("Relu", [""], ["a"]) }, .malformed, "input 0 is missing")
  }

  @Test func cycles() {
    expect(changed { $0.nodes[1] = TestFile.node("Relu", ["a"], ["a"], name: "loop") }, .malformed, "cycle", "'loop'")
    expect(changed { $0.nodes[0] = TestFile.node("Add", ["x", "m"], ["h"]) }, .malformed, "cycle")
  }

  @Test func shapesThatDoNotFit() {
    let turned = TestFile.floats("fc1.weight", [2, 3], [1, 2, 3, 4, 5, 6])
    expect(changed { $0.initializers[0] = turned }, .malformed, "'first'")
    expect(changed { $0.initializers[1] = TestFile.floats("fc1.bias", [2], [1, 2]) }, .malformed, "'first'", "bias")
    expect(changed { $0.initializers[2] = TestFile.floats("w2", [2, 2], [1, 2, 3, 4]) }, .malformed, "'second'")
    expect(changed { $0.initializers[3] = TestFile.floats("b2", [3], [1, 2, 3]) }, .malformed, "'bias'")
    expect(changed { $0.inputs = [TestFile.value("x", [nil, 5])] }, .malformed, "'first'")
    #expect(changed { $0.inputs = [TestFile.value("x", [nil, -5])] }.error() == nil)
    expect(changed { $0.inputs = [TestFile.value("x", [nil, 1 << 40, 1 << 40])] }, .malformed, "'x'")
    expect(changed { $0.initializers[2] = TestFile.floats("w2", [3, 0], []) }, .malformed, "'second'")
  }

  @Test func dimsAndDataThatDisagree() {
    func weights(_ tensor: Protobuf) -> TestFile { changed { $0.initializers[2] = tensor } }
    expect(weights(TestFile.floats("w2", [3, -2], [1, 2])), .malformed, "'w2'", "negative")
    expect(weights(TestFile.floats("w2", [1 << 32, 1 << 32], [1])), .malformed, "'w2'")
    expect(weights(TestFile.floats("w2", [1 << 31, 1 << 31], [1])), .malformed, "'w2'")
    expect(weights(TestFile.floats("w2", [3, 2], [1, 2, 3])), .malformed, "'w2'", "needs 6")
    expect(weights(TestFile.tensor("w2", [3, 2]) { $0.data(9, [0, 0, 0]) }), .malformed, "'w2'", "3 bytes")
    expect(weights(TestFile.tensor("w2", [3, 2]) { _ in }), .malformed, "'w2'")
  }

  @Test func elementTypes() {
    func weights(_ tensor: Protobuf) -> TestFile { changed { $0.initializers[2] = tensor } }
    let six = [UInt8](repeating: 0, count: 6)
    expect(weights(TestFile.tensor("w2", [3, 2], type: 0) { $0.data(9, six) }), .malformed, "'w2'", "type 0")
    expect(weights(TestFile.tensor("w2", [3, 2], type: 99) { $0.data(9, six) }), .malformed, "type 99")
    expect(weights(TestFile.tensor("w2", [3, 2], type: 17) { $0.data(9, six) }), .unsupported, "type 17")
    expect(weights(TestFile.tensor("w2", [3, 2], type: 3) { $0.data(9, six) }), .malformed, "'second'", "int8")
    let doubles = TestFile.tensor("w2", [3, 2], type: 11) { $0.data(9, Array(repeating: 0, count: 48)) }
    expect(weights(doubles), .malformed, "double", "float")
    expect(changed { $0.inputs = [TestFile.value("x", [nil, 2], type: 8)] }, .unsupported, "'x'")
    let notFinite = TestFile.floats("w2", [3, 2], [1, 2, .nan, 4, 5, 6])
    expect(weights(notFinite), .malformed, "w2", "finite")
  }

  @Test func attributesOfTheWrongKind() {
    let wrong = TestFile.node("Gemm", ["x", "fc1.weight", "fc1.bias"], ["h"], [TestFile.attribute("transB", Float(1))])
    expect(changed { $0.nodes[0] = wrong }, .malformed, "transB")
  }

  @Test func networksThatAreNoChain() {
    expect(changed { $0.inputs.append(TestFile.value("z", [nil, 2])) }, .unsupported, "2 inputs", "'x', 'z'")
    let product = TestFile.behind([TestFile.node("MatMul", ["x", "x"], ["a"])])
    expect(product, .unsupported, "both")
    expect(changed { $0.outputs.append(TestFile.value("a", [nil, 3])) }, .unsupported, "outputs")
    expect(changed { $0.outputs = [TestFile.value("x", [nil, 2])] }, .unsupported, "'x'", "dense")
    let transposed = TestFile.node("Gemm", ["x", "fc1.weight"], ["h"], [TestFile.attribute("transA", Int64(1))])
    expect(changed { $0.nodes[0] = transposed }, .unsupported, "transA")
    let moved = TestFile.behind([TestFile.node("Transpose", ["x"], ["a"], name: "turn")])
    expect(moved, .unsupported, "'turn'")
  }

  @Test func reshapes() {
    func reshaped(_ shape: [Int64], input: [Int64?] = [nil, 4]) -> TestFile {
      TestFile.behind([TestFile.node("Reshape", ["x", "s"], ["a"])], [TestFile.integers("s", shape)], input: input)
    }
    #expect(reshaped([-1, 2]).error() == nil)
    expect(reshaped([-1, -1]), .malformed, "more than one")
    expect(reshaped([0, 0, 0]), .malformed, "axis 2")
    expect(reshaped([-1, -2]), .malformed, "-2")
    expect(reshaped([3, 2], input: [2, 4]), .malformed, "elements")
    expect(reshaped([1 << 62, 1 << 62], input: [2, 4]), .malformed)
    expect(reshaped([-1, 8]), .unsupported, "rows")
  }

  @Test func lengthsHaveOneAxis() {
    func shaped(_ node: Protobuf) -> TestFile {
      TestFile.behind(
        [TestFile.node("Shape", ["x"], ["s"]), node, TestFile.node("Reshape", ["x", "t"], ["a"])],
        [
          TestFile.integers("i", [0, 1]), TestFile.integers("one", [1]), TestFile.integers("zero", [0]),
          TestFile.integers("two", [2]),
        ], input: [3, 2])
    }
    for axis: Int64 in [0, -1] {
      #expect(shaped(TestFile.node("Gather", ["s", "i"], ["t"], [TestFile.attribute("axis", axis)])).error() == nil)
    }
    for axis: Int64 in [1, -2, 1 << 62] {
      let attribute = TestFile.attribute("axis", axis)
      expect(shaped(TestFile.node("Gather", ["s", "i"], ["t"], [attribute])), .malformed, "one axis")
      expect(shaped(TestFile.node("Concat", ["s"], ["t"], [attribute])), .malformed, "one axis")
    }
    #expect(shaped(TestFile.node("Slice", ["s", "zero", "two", "zero"], ["t"])).error() == nil)
    expect(shaped(TestFile.node("Slice", ["s", "zero", "two", "one"], ["t"])), .malformed, "one axis")
  }

  @Test func trainingMode() {
    let file = TestFile.behind(
      [TestFile.node("Dropout", ["x", "r", "t"], ["a"], name: "drop")],
      [
        TestFile.floats("r", [], [0.5]), TestFile.tensor("t", [], type: 9) { $0.data(9, [1]) },
      ])
    expect(file, .unsupported, "'drop'", "training")
  }

  @Test func errorsStaySmallWhateverTheNames() {
    let long = String(repeating: "n", count: 100_000)
    let file = changed { $0.nodes[1] = TestFile.node(long, ["h"], ["a"], name: long, domain: "") }
    #expect((file.error()?.message.utf8.count ?? .max) < 1023)
  }
}
