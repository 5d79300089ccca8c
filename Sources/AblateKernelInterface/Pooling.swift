/// What pooling makes of the values of a window.
public enum Pooling: Sendable {
  /// The largest value inside the image; NaN if there is one.
  case maximum
  /// The sum of the values inside the image, divided by their number.
  case average
  /// The same sum, divided by how many taps are in the image or its padding.
  case averageCountingPadding
}
