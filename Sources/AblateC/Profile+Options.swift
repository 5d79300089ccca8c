import AblateModel
import AblateRuntime
import AblateStudy
import CAblate

/// 1 to 8.
func quantiserBits(_ bits: UInt32, _ argument: StaticString) throws(AblateError) -> Int {
  guard bits >= 1, bits <= 8 else {
    throw AblateError(.invalidArgument, "\(argument.text) is \(bits): 1 to 8 are possible")
  }
  return Int(bits)
}

extension Profile.Options {
  /// What a caller's options say.
  init(_ options: ablate_profile_options, model: Model) throws(AblateError) {
    self.init()
    layers = try layerList(options.layers, options.layer_count, "options.layer_count", model: model)
    measures = ProfileMeasures(rawValue: options.measures)
    quantiser = try Self.quantiser(options)
    if options.histogram_bins != 0 { bins = options.histogram_bins }
    histogramRange = Self.range(options.histogram_low, options.histogram_high)
    if options.top_row_limit != 0 { topRowLimit = options.top_row_limit }
    firstRow = Int(truncatingIfNeeded: options.first_row)
    threads = options.threads
    positions = try enumerator(options.positions.rawValue, "options.positions")
  }

  /// nil for the activation function's own.
  private static func range(_ low: Float, _ high: Float) -> ActivationRange? {
    low == 0 && high == 0 ? nil : ActivationRange(low: low, high: high)
  }

  private static func quantiser(_ options: ablate_profile_options) throws(AblateError) -> Quantiser {
    let bits = options.quantiser_bits == 0 ? 1 : try quantiserBits(options.quantiser_bits, "options.quantiser_bits")
    switch options.quantiser {
    case .ABLATE_QUANTISER_OWN_THRESHOLD: return .ownThreshold
    case .ABLATE_QUANTISER_THRESHOLD: return .threshold(options.quantiser_threshold)
    case .ABLATE_QUANTISER_UNIFORM:
      return .uniform(bits: bits, range: range(options.quantiser_low, options.quantiser_high))
    case .ABLATE_QUANTISER_EDGES:
      let edges = try required(options.quantiser_edges, "options.quantiser_edges")
      guard options.quantiser_edge_count >= 0, options.quantiser_edge_count <= 1 << 54 else {
        throw AblateError(
          .invalidArgument,
          "options.quantiser_edge_count is \(UInt(bitPattern: options.quantiser_edge_count)): more than memory can hold"
        )
      }
      return .edges(bits: bits, UnsafeBufferPointer(start: edges, count: options.quantiser_edge_count))
    default:
      throw noEnumerator(options.quantiser.rawValue, "options.quantiser")
    }
  }
}
