import AblateModel
import AblateRuntime

/// Rows of pre-activations of a dense step, each brought up to date with a change of one or two of its inputs: z + d W_i instead of a new
/// chain over all inputs. Near enough to tell the prediction of most.
final class UpdatedRows {
  /// The point of the changed values; the dense step is the one behind it.
  let point: Int
  private let layer: Layer
  let stride: Int
  /// [inputs, stride]: the weights that leave each input.
  let outgoing: Buffer<Float>
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
  init?(model: Model, point: Int, capacity: Int, outgoing: Buffer<Float>?) throws(AblateError) {
    guard point < model.steps.count, case .dense(let index) = model.steps[point], let outgoing else { return nil }
    self.point = point
    let capacity = min(capacity, Self.mostRows)
    self.capacity = capacity
    self.outgoing = outgoing
    layer = model.layers[index]
    stride = RowStride.padded(layer.units)
    values = try Buffer(rows: capacity, columns: stride)
    entries = try Buffer(count: capacity)
    predictions = try Buffer(count: capacity)
    leads = try Buffer(count: capacity)
  }

  /// A multiple of all tile heights: few enough to be in the nearest cache still when the scores are computed.
  private static let mostRows = 24

  /// [inputs, padded units] of the dense step behind a point; nil if it is not dense.
  static func outgoingWeights(_ model: Model, point: Int) throws(AblateError) -> Buffer<Float>? {
    guard point < model.steps.count, case .dense(let index) = model.steps[point] else { return nil }
    let layer = model.layers[index]
    let stride = RowStride.padded(layer.units)
    let result = try Buffer<Float>(rows: layer.inputs, columns: stride)
    // Some inputs at a time, whose rows stay near.
    for first in Swift.stride(from: 0, to: layer.inputs, by: 16) {
      for unit in 0..<layer.units {
        for input in first..<min(first + 16, layer.inputs) {
          result.pointer[input * stride + unit] = layer.weights.pointer[unit * layer.inputs + input]
        }
      }
    }
    return result
  }

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
    let addLast = isReLU ? kernels.addScaledReLU : kernels.addScaled
    (change.hasSecondHere ? kernels.addScaled : addLast)(
      preActivations, change.value - inputs[change.unit], outgoing.pointer + change.unit * stride, target, stride)
    if change.hasSecondHere {
      addLast(
        target, change.secondValue - inputs[change.secondUnit], outgoing.pointer + change.secondUnit * stride, target,
        stride)
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
