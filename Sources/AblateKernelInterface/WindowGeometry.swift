/// How the windows of a convolution or a pooling lie on one image, [height, width, channels]. One-dimensional data has height 1.
///
/// Tap (row, column) of output (y, x) is input (y * strideY - padTop + row * dilationY, x * strideX - padLeft + column * dilationX); one
/// outside the image is in the padding. All sizes, strides and dilations are 1 or more, pads 0 or more.
public struct WindowGeometry: BitwiseCopyable, Equatable, Sendable {
  public var inputHeight: Int
  public var inputWidth: Int
  public var kernelHeight: Int
  public var kernelWidth: Int
  public var strideY: Int
  public var strideX: Int
  public var dilationY: Int
  public var dilationX: Int
  public var padTop: Int
  public var padLeft: Int
  /// Only averages that count the padding look at the pads behind the image: what lies beyond them does not count.
  public var padBottom: Int
  public var padRight: Int
  public var outputHeight: Int
  public var outputWidth: Int

  /// - Parameters:
  ///   - padBottom: by default, what the last windows need.
  ///   - padRight: by default, what the last windows need.
  public init(
    inputHeight: Int, inputWidth: Int, kernelHeight: Int, kernelWidth: Int, strideY: Int = 1, strideX: Int = 1,
    dilationY: Int = 1, dilationX: Int = 1, padTop: Int = 0, padLeft: Int = 0, padBottom: Int? = nil,
    padRight: Int? = nil, outputHeight: Int, outputWidth: Int
  ) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideY = strideY
    self.strideX = strideX
    self.dilationY = dilationY
    self.dilationX = dilationX
    self.padTop = padTop
    self.padLeft = padLeft
    let endY = (outputHeight - 1) * strideY + (kernelHeight - 1) * dilationY + 1 - padTop
    let endX = (outputWidth - 1) * strideX + (kernelWidth - 1) * dilationX + 1 - padLeft
    self.padBottom = padBottom ?? max(0, endY - inputHeight)
    self.padRight = padRight ?? max(0, endX - inputWidth)
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
  }

  public var taps: Int { kernelHeight * kernelWidth }
  public var outputPositions: Int { outputHeight * outputWidth }
}
