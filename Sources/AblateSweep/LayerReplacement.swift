import AblateModel
import AblateRuntime

/// What takes the place of the values of a layer: the same values in every row, or those of other rows.
struct LayerReplacement: Sendable {
  let layer: Int
  let units: Int
  /// [units], with room up to a multiple of 16; nil if they depend on the row.
  let fixed: Buffer<Float>?
  private let source: Resampling?

  init(_ replacement: Replacement, model: Model, layer: Int) throws(AblateError) {
    self.layer = layer
    units = model.layers[layer].units
    fixed = try replacement.fixedValues(model: model, layer: layer)
    if case .resample(let source) = replacement { self.source = source } else { source = nil }
  }

  /// The same values in every row.
  ///
  /// - Parameter fixed: [units]
  init(layer: Int, fixed: Buffer<Float>, units: Int) {
    self.layer = layer
    self.units = units
    self.fixed = fixed
    source = nil
  }

  /// The largest magnitude that a value can be given; NaN if one can be NaN.
  var largestMagnitude: Float {
    if let fixed { return Magnitude.largest(fixed.pointer, count: units) }
    return source?.reference.largestMagnitude(layer: layer) ?? 0
  }

  /// The value for a unit in a row, by its number in the stream.
  @inline(__always)
  func value(unit: Int, row number: Int) -> Float {
    fixed.map { $0.pointer[unit] } ?? resampled(unit: unit, row: number)
  }

  /// The values for a row, by its number in the stream: [units], in `room` if they depend on the row.
  @inline(__always)
  func values(row number: Int, room: Buffer<Float>) -> UnsafePointer<Float> {
    fixed.map { UnsafePointer($0.pointer) } ?? resample(row: number, into: room)
  }

  private func resample(row number: Int, into room: Buffer<Float>) -> UnsafePointer<Float> {
    for unit in 0..<units { room.pointer[unit] = resampled(unit: unit, row: number) }
    return UnsafePointer(room.pointer)
  }

  @inline(never)
  private func resampled(unit: Int, row number: Int) -> Float {
    source?.activation(layer: layer, unit: unit, row: number) ?? 0
  }

  func identify(_ fingerprint: inout Fingerprint) {
    fingerprint.add(layer)
    for unit in 0..<units {
      if let source { fingerprint.add(.resampled(source), layer: layer, unit: unit) }
      if let fixed { fingerprint.add(.fixed(fixed.pointer[unit]), layer: layer, unit: unit) }
    }
  }
}
