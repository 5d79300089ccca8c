import AblateModel
import AblateRuntime

/// Rows of pre-activations of a dense step, each brought up to date with a change of one or two of its inputs: z + d W_i instead of a new
/// chain over all inputs. Near enough to tell the prediction of most.
final class UpdatedRows {
  /// The point of the changed values; the dense step is the one behind it.
  let point: Int
  private let layer: Layer
  let stride: Int
  private let inputWeights: PackedMatrix.InputWeights
  /// [capacity, stride]
  private let values: Buffer<Float>
  private let entries: Buffer<Entry>
  /// [capacity]: what the rows were predicted as, and how far that is above all others now.
  private let predictions: Buffer<Int32>
  let leads: Buffer<Float>
  private let capacity: Int
  private(set) var count = 0

  struct Entry: BitwiseCopyable {
    let origin: Origin
    let change: Change
    /// What rounding can do to a lead.
    let slack: Float
  }

  /// nil if the step behind the point is not dense.
  init?(model: Model, point: Int, capacity: Int) throws(AblateError) {
    guard point < model.steps.count, case .dense(let index) = model.steps[point],
      case .dense(let matrix) = model.layers[index].packed
    else { return nil }
    self.point = point
    let capacity = min(capacity, Self.mostRows)
    self.capacity = capacity
    inputWeights = PackedMatrix.InputWeights(of: matrix)
    layer = model.layers[index]
    stride = RowStride.padded(layer.units)
    values = try Buffer(rows: capacity, columns: stride)
    entries = try Buffer(count: capacity)
    predictions = try Buffer(count: capacity)
    leads = try Buffer(count: capacity)
  }

  /// A multiple of all tile heights: few enough to be in the nearest cache still when the scores are computed.
  private static let mostRows = 24

  var isFull: Bool { count == capacity }

  func entry(_ index: Int) -> Entry { entries.pointer[index] }

  func keep(_ entry: Entry, at index: Int) { entries.pointer[index] = entry }

  /// - Parameters:
  ///   - prediction: of the row before the change.
  ///   - preActivations: of the row before the change.
  ///   - inputs: of the row before the change.
  @_optimize(speed)
  func append(
    _ entry: Entry, prediction: Int, preActivations: UnsafePointer<Float>, inputs: UnsafePointer<Float>,
    kernels: KernelTable
  ) {
    let target = values.pointer + count * stride
    let change = entry.change
    // The last update brings the most frequent activation along.
    let isReLU = layer.activation.kind == .relu
    inputWeights.update(
      preActivations, input: change.unit, change: change.value - inputs[change.unit], into: target,
      isReLU: isReLU && !change.hasSecondHere, kernels)
    if change.hasSecondHere {
      inputWeights.update(
        target, input: change.secondUnit, change: change.secondValue - inputs[change.secondUnit], into: target,
        isReLU: isReLU, kernels)
    }
    if !isReLU { kernels.activate(layer.activation, target, target, stride) }
    if change.secondPoint == point + 1 { change.applyLater(to: target) }
    entries.pointer[count] = entry
    predictions.pointer[count] = Int32(truncatingIfNeeded: prediction)
    count += 1
  }

  /// The scores of all rows.
  func run(on executor: Executor, secondPoint: Int?) -> (pointer: UnsafeMutablePointer<Float>, stride: Int) {
    let own = (pointer: values.pointer, stride: stride)
    if point + 1 == executor.model.steps.count { return own }
    return executor.run(from: point + 1, own, rows: count, secondPoint: secondPoint) { entry($0).change }
  }

  /// Finds `leads`.
  func findLeads(_ scores: (pointer: UnsafeMutablePointer<Float>, stride: Int), classes: Int, kernels: KernelTable) {
    kernels.leads(scores.pointer, scores.stride, predictions.pointer, count, classes, leads.pointer)
  }

  func removeAll() { count = 0 }
}
