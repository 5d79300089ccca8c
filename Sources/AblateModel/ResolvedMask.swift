import AblateRuntime

/// A mask in the form a run applies it. Later changes of the mask do not show.
public final class ResolvedMask {
  let layers: [LayerAblation?]
  /// Of a run that starts behind the first layer it changes; nil where that is in the chain that the model ends in.
  package let restart: Restart?

  public convenience init(_ mask: Mask) throws(AblateError) {
    let model = mask.model
    var layers: [LayerAblation?] = []
    for layer in model.layers.indices { layers.append(try LayerAblation(mask: mask, layer: layer)) }
    self.init(layers, of: model)
  }

  /// - Parameters:
  ///   - units: of each layer, some that exist, each once.
  ///   - replacement: of the model.
  package convenience init(units: [[Int]], of model: Model, _ replacement: Replacement) {
    self.init(
      units.indices.map {
        units[$0].isEmpty ? nil : LayerAblation(layer: $0, units: units[$0], of: model, replacement)
      }, of: model)
  }

  private init(_ layers: [LayerAblation?], of model: Model) {
    self.layers = layers
    let changed = layers.indices.filter { layers[$0] != nil }
    if let first = changed.first, !model.isInChain(first) {
      restart = Restart(
        model: model, points: [model.point(behindLayer: first)], and: Array(changed.dropFirst()))
    } else {
      restart = nil
    }
  }

  /// The first layer that it changes; nil if it changes none.
  package var firstLayer: Int? { layers.firstIndex { $0 != nil } }

  /// What it replaces in each layer; nil if that depends on the row, or if synapses are ablated.
  package var fixedUnits: [(layer: Int, units: [(unit: Int, value: Float)])]? {
    var result: [(layer: Int, units: [(unit: Int, value: Float)])] = []
    for (layer, ablation) in layers.enumerated() {
      guard let ablation else { continue }
      guard let units = ablation.fixedUnits else { return nil }
      result.append((layer, units))
    }
    return result
  }

  func scratchCount(rows: Int) -> Int { layers.reduce(0) { max($0, $1?.scratchCount(rows: rows) ?? 0) } }
}
