import AblateKernelInterface

extension WindowGeometry {
  /// Outputs of a row whose taps are all in the image.
  var innerColumns: Range<Int> {
    inner(inputWidth, (kernelWidth - 1) * dilationX, strideX, padLeft, outputWidth)
  }

  /// The same along a column.
  var innerRows: Range<Int> {
    inner(inputHeight, (kernelHeight - 1) * dilationY, strideY, padTop, outputHeight)
  }

  @inline(never)
  private func inner(_ input: Int, _ reach: Int, _ stride: Int, _ pad: Int, _ output: Int) -> Range<Int> {
    let first = min((pad + stride - 1) / stride, output)
    let room = input - 1 - reach + pad
    let end = room < 0 ? 0 : min(room / stride + 1, output)
    return first..<max(first, end)
  }

  /// The taps of a row's windows that are in the image, and how many are in it or in the padding.
  func taps(ofRow row: Int) -> (inside: Range<Int>, counted: Int) {
    taps(row * strideY - padTop, kernelHeight, dilationY, inputHeight, padBottom)
  }

  func taps(ofColumn column: Int) -> (inside: Range<Int>, counted: Int) {
    taps(column * strideX - padLeft, kernelWidth, dilationX, inputWidth, padRight)
  }

  /// Of taps `first`, `first` + dilation, ...: those from 0 on and before `end`, and how many are before the end of the padding.
  @inline(never)
  private func taps(
    _ first: Int, _ count: Int, _ dilation: Int, _ end: Int, _ pad: Int
  ) -> (inside: Range<Int>, counted: Int) {
    let before = first < 0 ? min(count, (dilation - 1 - first) / dilation) : 0
    let inside = max(before, min(count, (end - first + dilation - 1) / dilation))
    return (before..<inside, max(inside, min(count, (end + pad - first + dilation - 1) / dilation)))
  }
}
