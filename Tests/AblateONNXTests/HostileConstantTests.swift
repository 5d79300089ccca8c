import AblateRuntime
import Testing

@testable import AblateONNX

/// Constants without elements, axes that are not there, and names and labels that a small file would multiply.
@Suite struct HostileConstantTests {
  private func expectMalformed(
    _ file: TestFile, _ part: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = file.error()
    #expect(error?.kind == .malformed, "\(error?.message ?? "it loads")", sourceLocation: sourceLocation)
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
  }

  @Test(arguments: ["Add", "Sub", "Mul", "Div"])
  func constantsWithoutElementsAreNotCombined(type: String) {
    let one = TestFile.floats("one", [], [1])
    let none = TestFile.floats("none", [0], [])
    for inputs in [["one", "none"], ["none", "one"]] {
      let file = TestFile.behind(
        [TestFile.node(type, inputs, ["c"], name: "fold"), TestFile.node("Add", ["x", "c"], ["a"])], [one, none])
      expectMalformed(file, "'fold'")
    }
  }

  @Test func rowsAreNotCombinedWithNothing() {
    for dims: [Int64] in [[0], [0, 3], [1, 0]] {
      for input: [Int64?] in [[nil, 2], [nil, nil]] {
        let none = TestFile.floats("none", dims, [])
        let file = TestFile.behind([TestFile.node("Add", ["x", "none"], ["a"], name: "empty")], [none], input: input)
        expectMalformed(file, "'empty'")
      }
    }
    let parameters = ["s", "b", "m", "v"]
    let norm = TestFile.node("BatchNormalization", ["x"] + parameters, ["a"], name: "empty")
    expectMalformed(
      TestFile.behind([norm], parameters.map { TestFile.floats($0, [0], []) }, input: [nil, nil]), "'empty'")
  }

  @Test(arguments: [Int64.max, .min, 99, 2, -3])
  func axesThatAreNotThereAreMalformed(axis: Int64) {
    let axes = TestFile.integers("s", [axis])
    let one = TestFile.attribute("axis", axis)
    expectMalformed(TestFile.behind([TestFile.node("Squeeze", ["x", "s"], ["a"], name: "bad")], [axes]), "'bad'")
    for type in ["Softmax", "LogSoftmax"] {
      var file = TestFile.behind([TestFile.node("Identity", ["x"], ["a"])])
      file.nodes.append(TestFile.node(type, ["y"], ["p"], name: "bad", [one]))
      file.outputs = [TestFile.value("p", [nil, 2])]
      expectMalformed(file, "'bad'")
    }
    var labelled = TestFile.behind([TestFile.node("Identity", ["x"], ["a"])])
    labelled.nodes.append(TestFile.node("ArgMax", ["y"], ["p"], name: "bad", [one]))
    labelled.outputs.append(TestFile.value("p", [nil], type: 7))
    expectMalformed(labelled, "'bad'")
    if axis == 2 { return }  // Unsqueeze and Flatten have one more.
    expectMalformed(TestFile.behind([TestFile.node("Flatten", ["x"], ["a"], name: "bad", [one])]), "axis \(axis)")
    if axis == -3 { return }
    expectMalformed(TestFile.behind([TestFile.node("Unsqueeze", ["x", "s"], ["a"], name: "bad")], [axes]), "'bad'")
  }

  @Test func anAxisIsAddedOnce() {
    let file = TestFile.behind(
      [TestFile.node("Unsqueeze", ["x", "s"], ["a"], name: "bad")], [TestFile.integers("s", [1, 1])])
    expectMalformed(file, "'bad'")
  }

  @Test func aLongNameIsNotCopiedForEachLayer() {
    let name = String(repeating: "n", count: 1 << 16)
    var file = TestFile.behind([TestFile.node("Identity", ["x"], ["h0"])])
    file.initializers[0] = TestFile.floats(name, [2, 2], [1, 2, 3, 4])
    file.nodes[1] = TestFile.node("Identity", ["h2000"], ["y"])
    file.nodes.append(TestFile.node("Identity", [name], ["w"]))
    for index in 0..<2000 { file.nodes.append(TestFile.node("MatMul", ["h\(index)", "w"], ["h\(index + 1)"])) }
    expectMalformed(file, "memory")
  }

  @Test func labelsAreNotMultiplied() {
    var labels = TestFile.network
    labels.nodes.append(TestFile.node("ArgMax", ["y"], ["l0"], [TestFile.attribute("axis", Int64(1))]))
    func texts(_ name: String, _ values: [String]) -> Protobuf {
      var attribute = Protobuf()
      attribute.text(1, name)
      for value in values { attribute.text(9, value) }
      attribute.integer(20, 8)
      return attribute
    }
    labels.nodes.append(
      TestFile.node(
        "ZipMap", ["y"], ["e0"], domain: "ai.onnx.ml",
        [texts("classlabels_strings", Array(repeating: "a", count: 2000))]))
    for index in 0..<2000 {
      labels.nodes.append(
        TestFile.node(
          "LabelEncoder", ["e\(index)"], ["e\(index + 1)"], domain: "ai.onnx.ml",
          [texts("keys_strings", ["a"]), texts("values_strings", ["a"])]))
    }
    labels.outputs.append(TestFile.value("e2000", [nil]))
    expectMalformed(labels, "memory")
  }
}
