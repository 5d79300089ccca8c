import AblateModel
import AblateRuntime

/// Each value of the input, one at a time. What its subclass writes is for one worker and row, or between feeds.
class InputKind: SweepKind, @unchecked Sendable {
  private let model: Model
  private let replacements: Buffer<Float>

  /// - Parameter replacements: of each value, with room up to a multiple of 16.
  init(model: Model, replacements: Buffer<Float>) {
    self.model = model
    self.replacements = replacements
  }

  convenience init(model: Model, replacement: Replacement) throws(AblateError) {
    let replacements = try Buffer<Float>(count: RowStride.padded(model.inputWidth))
    for input in 0..<model.inputWidth {
      switch replacement {
      case .zero: break
      case .constant(let value): replacements.pointer[input] = value
      case .mean(let reference): replacements.pointer[input] = reference.inputMeans.pointer[input]
      case .dead, .resample:
        throw AblateError(.unsupported, "values of the input can be replaced by zero, a constant or their mean")
      }
    }
    self.init(model: model, replacements: replacements)
  }

  var itemCount: Int { model.inputWidth }

  func item(_ index: Int) -> SweepItem { SweepItem(input: index) }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(.inputs)
    fingerprint.add(replacements.pointer, count: model.inputWidth)
  }

  var points: [Int] { [0] }

  var largestReplacement: Float { Magnitude.largest(replacements.pointer, count: model.inputWidth) }

  func predictionChanged(_ worker: SweepWorker, item: Int, row: Int, to prediction: Int) {}

  var sharesItems: Bool { model.chainStart > 0 }

  func visit(_ worker: SweepWorker) {
    if sharesItems { return visitInParts(worker) }
    let values = UnsafePointer(replacements.pointer)
    worker.forEachOpenRow(of: 0..<worker.block.rows, at: 0, replaced: 1) { row in
      worker.examineAll(first: 0, row: row, at: 0, replacements: values, count: model.inputWidth)
    }
    worker.flush(at: 0)
  }

  /// So few that a call to stop need not wait, and as many as convolutions take at once.
  private static var runsPerPart: Int { 16 }

  /// A few images at a time, where each value of the input is a run.
  private func visitInParts(_ worker: SweepWorker) {
    let size = max(1, Self.runsPerPart / max(1, worker.block.rows))
    for first in stride(from: 0, to: model.inputWidth, by: size) {
      let inputs = first..<min(model.inputWidth, first + size)
      worker.runPart(pairs: inputs.count * worker.block.rows) {
        for row in 0..<worker.block.rows {
          let values = worker.block.values(row, at: 0)
          for input in inputs where values[input] != replacements.pointer[input] {
            worker.examine(item: input, row: row, at: 0, Change(unit: input, value: replacements.pointer[input]))
          }
        }
        worker.flush(at: 0)
      }
    }
  }
}
