import AblateRuntime

extension WindowGeometry {
  /// Whether a tap of some window is outside of the image.
  package var touchesPadding: Bool {
    padTop > 0 || padLeft > 0
      || (outputHeight - 1) * strideY - padTop + (kernelHeight - 1) * dilationY >= inputHeight
      || (outputWidth - 1) * strideX - padLeft + (kernelWidth - 1) * dilationX >= inputWidth
  }

  /// Whether all taps of some window are outside of the image.
  var hasEmptyWindow: Bool {
    Self.hasEmptyWindow(outputHeight, inputHeight, kernelHeight, strideY, dilationY, padTop)
      || Self.hasEmptyWindow(outputWidth, inputWidth, kernelWidth, strideX, dilationX, padLeft)
  }

  private static func hasEmptyWindow(
    _ windows: Int, _ length: Int, _ taps: Int, _ stride: Int, _ dilation: Int, _ before: Int
  ) -> Bool {
    for window in 0..<windows {
      let first = window * stride - before
      let skipped = first < 0 ? (dilation - 1 - first) / dilation : 0
      if skipped >= taps || first + skipped * dilation >= length { return true }
    }
    return false
  }
}

extension ImageWindow {
  /// The window of a step that goes over its image like this.
  package init(_ geometry: WindowGeometry) {
    self.init(height: geometry.kernelHeight, width: geometry.kernelWidth)
    strides = (geometry.strideY, geometry.strideX)
    dilations = (geometry.dilationY, geometry.dilationX)
    padding = ImagePadding(
      top: geometry.padTop, left: geometry.padLeft, bottom: geometry.padBottom, right: geometry.padRight)
    let image = ValueShape(height: geometry.inputHeight, width: geometry.inputWidth, channels: 1)
    let positions = positions(over: image)
    roundsUp = positions?.height != geometry.outputHeight || positions?.width != geometry.outputWidth
  }
}
