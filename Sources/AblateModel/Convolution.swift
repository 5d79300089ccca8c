import AblateRuntime

/// What makes a layer a convolution.
public struct Convolution: Sendable, Equatable {
  public let geometry: WindowGeometry
  /// Units and input channels fall into as many parts, each of which reads its own.
  public let groups: Int

  public init(geometry: WindowGeometry, groups: Int) {
    self.geometry = geometry
    self.groups = groups
  }
}
