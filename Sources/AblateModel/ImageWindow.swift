import AblateRuntime

/// A window over an image: lengths, steps and distances are [height, width].
public struct ImageWindow: Equatable, Sendable {
  public var kernel: (height: Int, width: Int)
  public var strides: (height: Int, width: Int) = (1, 1)
  public var dilations: (height: Int, width: Int) = (1, 1)
  public var padding = ImagePadding()
  /// Whether a last window that reaches beyond the padding counts, too, as long as it starts within the image or in front of it.
  public var roundsUp = false

  public init(height: Int, width: Int) { kernel = (height, width) }

  public static func == (a: ImageWindow, b: ImageWindow) -> Bool {
    a.kernel == b.kernel && a.strides == b.strides && a.dilations == b.dilations && a.padding == b.padding
      && a.roundsUp == b.roundsUp
  }

  /// The positions that an image has behind the window; nil if it does not fit in, or a number is out of range.
  public func positions(over shape: ValueShape) -> (height: Int, width: Int)? {
    geometry(over: shape).map { ($0.outputHeight, $0.outputWidth) }
  }

  /// Whether pooling finds nothing in some window over an image: all of its taps are in the padding, which does not count.
  public func isEmptySomewhere(over shape: ValueShape, _ pooling: Pooling) -> Bool {
    pooling != .averageCountingPadding && geometry(over: shape)?.hasEmptyWindow == true
  }

  /// What becomes of an image; nil if the window does not fit in, or a number is out of range.
  func geometry(over shape: ValueShape) -> WindowGeometry? {
    guard
      let height = Self.positions(
        shape.height, kernel.height, strides.height, dilations.height, padding.top, padding.bottom, roundsUp),
      let width = Self.positions(
        shape.width, kernel.width, strides.width, dilations.width, padding.left, padding.right, roundsUp)
    else { return nil }
    return WindowGeometry(
      inputHeight: shape.height, inputWidth: shape.width, kernelHeight: kernel.height, kernelWidth: kernel.width,
      strideY: strides.height, strideX: strides.width, dilationY: dilations.height, dilationX: dilations.width,
      padTop: padding.top, padLeft: padding.left, padBottom: padding.bottom, padRight: padding.right,
      outputHeight: height, outputWidth: width)
  }

  private static func positions(
    _ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int, _ after: Int, _ roundsUp: Bool
  ) -> Int? {
    let range = 1...limit
    guard range.contains(kernel), range.contains(stride), range.contains(dilation), (0...limit).contains(before),
      (0...limit).contains(after), length <= limit
    else { return nil }
    let free = length + before + after - (kernel - 1) * dilation - 1
    guard free > (roundsUp ? -stride : -1) else { return nil }
    guard roundsUp else { return free / stride + 1 }
    let windows = (free + stride - 1) / stride + 1
    return (windows - 1) * stride >= length + before ? windows - 1 : windows
  }

  /// Products of two such numbers are far from overflow.
  private static let limit = 1 << 24
}
