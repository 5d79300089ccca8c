import AblateModel
import AblateRuntime

/// The weights of a layer by input: what leads gradients from its pre-activations back to what it reads.
final class TransposedLayer: Sendable {
  let layer: Layer
  private let kernels: KernelTable
  /// [taps * inputs, units] of each group; none if each unit has one channel to itself.
  private let matrices: [PackedMatrix]
  /// [taps, units], where there are no matrices.
  private let depthwise: Buffer<Float>

  init(_ layer: Layer, kernels: KernelTable) throws(AblateError) {
    self.layer = layer
    self.kernels = kernels
    let terms = layer.weightsPerUnit
    let isDepthwise = layer.unitsReadChannelsOfTheirOwn && layer.groups > 1
    depthwise = try Buffer(rows: isDepthwise ? terms : 0, columns: layer.units)
    var matrices: [PackedMatrix] = []
    if isDepthwise {
      for unit in 0..<layer.units {
        for tap in 0..<terms { depthwise.pointer[tap * layer.units + unit] = layer.weights.pointer[unit * terms + tap] }
      }
    } else {
      let own = layer.units / layer.groups
      for group in 0..<layer.groups {
        matrices.append(
          try PackedMatrix(
            kernels: kernels, weights: layer.weights.pointer + group * own * terms, unitStride: 1, inputStride: terms,
            bias: nil, units: terms, inputs: own))
      }
    }
    self.matrices = matrices
  }

  /// Floats of room that a convolution takes.
  var roomCount: Int { layer.convolution == nil ? 0 : Self.outputsAtOnce * RowStride.padded(layer.weightsPerUnit) }

  /// Writes the gradients of what the layer reads. Strides in floats.
  ///
  /// - Parameters:
  ///   - gradients: of its pre-activations.
  ///   - zeros: [units]
  func apply(
    _ gradients: UnsafePointer<Float>, stride: Int, into target: UnsafeMutablePointer<Float>, stride targetStride: Int,
    rows: Int, room: UnsafeMutablePointer<Float>, zeros: UnsafePointer<Float>
  ) {
    guard let geometry = layer.convolution?.geometry else {
      matrices.first?.multiply(
        gradients, stride: stride, into: target, stride: targetStride, rows: rows, activation: .identity)
      return
    }
    for row in 0..<rows {
      let own = gradients + row * stride
      let image = target + row * targetStride
      image.update(repeating: 0, count: geometry.inputHeight * geometry.inputWidth * layer.groups * layer.inputs)
      if matrices.isEmpty { spread(own, geometry, over: image, zeros) } else { multiply(own, geometry, image, room) }
    }
  }

  /// Each output's gradients times the weights, some outputs at a time, are added up where its taps are.
  private func multiply(
    _ gradients: UnsafePointer<Float>, _ geometry: WindowGeometry, _ image: UnsafeMutablePointer<Float>,
    _ room: UnsafeMutablePointer<Float>
  ) {
    let (units, inputs) = (layer.units, layer.inputs)
    let channels = layer.groups * inputs
    let stride = RowStride.padded(layer.weightsPerUnit)
    var first = 0
    while first < geometry.outputPositions {
      let end = min(first + Self.outputsAtOnce, geometry.outputPositions)
      for (group, matrix) in matrices.enumerated() {
        matrix.multiply(
          gradients + first * units + group * matrix.inputs, stride: units, into: room, stride: stride,
          rows: end - first, activation: .identity)
        geometry.forEachTap(of: first..<end) { output, tap, pixel in
          let place = image + pixel * channels + group * inputs
          kernels.addScaled(place, 1, room + (output - first) * stride + tap * inputs, place, inputs)
        }
      }
      first = end
    }
  }

  private func spread(
    _ gradients: UnsafePointer<Float>, _ geometry: WindowGeometry, over image: UnsafeMutablePointer<Float>,
    _ zeros: UnsafePointer<Float>
  ) {
    let units = layer.units
    geometry.forEachTap(of: 0..<geometry.outputPositions) { output, tap, pixel in
      let place = image + pixel * units
      kernels.affine(
        gradients + output * units, 0, zeros, depthwise.pointer + tap * units, place, place, 0, 1, units)
    }
  }

  /// A multiple of all tile heights.
  private static var outputsAtOnce: Int { 96 }
}
