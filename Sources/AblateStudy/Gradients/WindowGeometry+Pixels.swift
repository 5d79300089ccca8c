import AblateRuntime

extension WindowGeometry {
  /// Calls `body` for the taps in the image of some outputs, in order, with the positions of both.
  @inline(never)
  func forEachTap(of outputs: Range<Int>, _ body: (_ output: Int, _ tap: Int, _ pixel: Int) -> Void) {
    for output in outputs {
      let row = output / outputWidth
      let firstY = row * strideY - padTop
      let firstX = (output - row * outputWidth) * strideX - padLeft
      for tapRow in 0..<kernelHeight {
        let y = firstY + tapRow * dilationY
        if y < 0 || y >= inputHeight { continue }
        for tapColumn in 0..<kernelWidth {
          let x = firstX + tapColumn * dilationX
          if x >= 0 && x < inputWidth { body(output, tapRow * kernelWidth + tapColumn, y * inputWidth + x) }
        }
      }
    }
  }

  /// One window over as many positions.
  static func all(_ positions: Int) -> WindowGeometry {
    WindowGeometry(
      inputHeight: 1, inputWidth: positions, kernelHeight: 1, kernelWidth: positions, outputHeight: 1, outputWidth: 1)
  }
}
