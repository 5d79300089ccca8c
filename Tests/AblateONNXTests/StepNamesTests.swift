import Testing

@testable import AblateONNX

@Suite struct StepNamesTests {
  @Test func namesGivenBeforeGetANumber() {
    var names = StepNames()
    #expect(
      ["b", "a", "a", "", "", "a_2", "a", "b"].map { names.unique($0) } == [
        "b", "a", "a_2", "", "", "a_2_2", "a_3", "b_2",
      ])
  }

  @Test func manyEqualNames() {
    var names = StepNames()
    let given = (0..<5000).map { names.unique($0 % 2 == 0 ? "a" : "a_7") }
    #expect(Set(given).count == given.count)
  }
}
