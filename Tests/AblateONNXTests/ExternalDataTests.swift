import AblateModel
import AblateRuntime
import Foundation
import Testing

@testable import AblateONNX

/// Tensors in other files: read from the model's directory, and from nowhere else.
@Suite final class ExternalDataTests {
  let directory: String
  let values: [Float] = [1, 2, 3, 4]

  init() throws {
    directory = NSTemporaryDirectory() + "ablate-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory + "/inner", withIntermediateDirectories: true)
    let data = Data([9, 9, 9, 9] + values.flatMap { Protobuf.little($0.bitPattern) })
    for name in ["/weights.data", "/inner/weights.data"] { try data.write(to: URL(fileURLWithPath: directory + name)) }
    try FileManager.default.createSymbolicLink(
      atPath: directory + "/link.data", withDestinationPath: directory + "/weights.data")
    try FileManager.default.createSymbolicLink(atPath: directory + "/outer", withDestinationPath: "/tmp")
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private func file(_ entries: [(String, String)]) -> TestFile {
    var file = TestFile.behind([TestFile.node("Identity", ["x"], ["a"])])
    file.initializers = [TestFile.external("w", [2, 2], entries)]
    return file
  }

  @Test(arguments: ["weights.data", "./weights.data", "inner/weights.data"])
  func aTensorIsReadFromTheDirectory(location: String) throws {
    let model = try file([("location", location), ("offset", "4"), ("length", "16")]).load(directory: directory)
    #expect(model.layers[0].weights == [1, 3, 2, 4])
    let open = try file([("location", location), ("offset", "4")]).load(directory: directory)
    #expect(open.layers[0].weights == [1, 3, 2, 4])
  }

  @Test func aModelFileFindsItsTensorsBesideIt() throws {
    let path = directory + "/model.onnx"
    try Data(file([("location", "weights.data"), ("offset", "4")]).bytes).write(to: URL(fileURLWithPath: path))
    #expect(try ONNXModel.load(path: path).layers[0].weights == [1, 3, 2, 4])
  }

  @Test(arguments: [
    "/etc/passwd", "../weights.data", "inner/../weights.data", "inner/../../x", "inner//weights.data", "link.data",
    "outer/weights.data", "inner\\weights.data", "", "weights.data/", "weights\u{0}.data",
  ])
  func nothingElseIsRead(location: String) {
    let error = file([("location", location), ("offset", "4")]).error(directory: directory)
    #expect(error?.kind == .malformed, "\(location): \(error?.message ?? "it loads")")
  }

  @Test(arguments: ["missing.data", "inner"])
  func whatCannotBeReadIsAnInputError(location: String) {
    let error = file([("location", location)]).error(directory: directory)
    #expect(error?.kind == .io)
    #expect(error?.message.contains(location) == true)
  }

  @Test(arguments: [
    [("offset", "5")], [("offset", "99")], [("offset", "9223372036854775807")], [("offset", "-1")], [("offset", "x")],
    [("offset", "4"), ("length", "12")], [("offset", "4"), ("length", "99999999999999999999")],
  ])
  func partsThatAreNotThereAreRefused(entries: [(String, String)]) {
    let error = file([("location", "weights.data")] + entries).error(directory: directory)
    #expect(error?.kind == .malformed)
    #expect(error?.message.contains("'w'") == true)
  }

  @Test func withoutADirectoryItIsUnsupported() {
    #expect(file([("location", "weights.data")]).error()?.kind == .unsupported)
    #expect(file([]).error(directory: directory)?.kind == .malformed)
  }

  @Test(arguments: ["/missing.onnx", "", "/inner"])
  func modelFilesThatCannotBeRead(name: String) {
    let path = directory + name
    do throws(AblateError) {
      _ = try ONNXModel.load(path: path)
      Issue.record("it loads")
    } catch {
      #expect(error.kind == .io)
      #expect(error.message.contains(path))
    }
  }

  @Test func bytesNamedAgainCountOnce() {
    func counted(_ files: inout ExternalFiles, _ name: StaticString) -> Int {
      let location = Bytes(len: name.utf8CodeUnitCount, data: UnsafeMutablePointer(mutating: name.utf8Start))
      return files.countedOnce(10, of: location, size: 16)
    }
    var files = ExternalFiles()
    #expect(counted(&files, "weights.bin") == 10)
    #expect(counted(&files, "weights.bin") == 6)
    #expect(counted(&files, "weights.bin") == 0)
    #expect(counted(&files, "other.bin") == 10)
  }
}
