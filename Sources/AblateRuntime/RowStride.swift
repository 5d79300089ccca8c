/// The distance between rows of the library's own buffers.
public enum RowStride {
  /// At least `width`, a multiple of 16 (whole vectors fit) and never a multiple of 256 floats, which would put the rows of a tile into
  /// the same cache sets.
  public static func padded(_ width: Int) -> Int {
    let stride = max(16, (width + 15) & ~15)
    return stride & 255 == 0 ? stride + 16 : stride
  }
}
