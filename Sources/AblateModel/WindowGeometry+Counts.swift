import AblateRuntime

extension WindowGeometry {
  public var taps: Int { kernelHeight * kernelWidth }
  public var outputPositions: Int { outputHeight * outputWidth }
}
