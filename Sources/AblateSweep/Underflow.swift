/// What is added to bounds, so that numbers too small to be held make none of them too small.
enum Underflow {
  /// What a result of a step that is below the normal numbers, or flushed to 0, can be off.
  static var ofResult: Double { 0x1p-120 }

  /// More than products in the bound of a lead lose. Leads that are not far above the smallest numbers prove nothing.
  static var ofLead: Float { 0x1p-100 }

  /// More than up to 2^20 terms below the normal numbers can come to; so much more that products with weights are normal numbers again.
  static var ofSum: Float { 0x1p-64 }
}
