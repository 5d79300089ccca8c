import AblateModel
import AblateRuntime
import AblateStudy
import CAblate

@_cdecl("ablate_profile_create") public func profileCreate(
  _ model: OpaquePointer?, _ options: UnsafePointer<ablate_profile_options>?,
  _ outProfile: UnsafeMutablePointer<OpaquePointer?>?
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    let out = try required(outProfile, "outProfile")
    let chosen = try readOptions(options)
    let profile = try Profile(model: model, options: try Profile.Options(chosen, model: model))
    out.pointee = try profiles.insert(
      WorkHandle(profile, noun: "profile", progress: progress(chosen.progress, user: chosen.user)))
  }
}

@_cdecl("ablate_profile_free") public func profileFree(_ profile: OpaquePointer?) { profiles.remove(profile) }

@_cdecl("ablate_profile_feed") public func profileFeed(
  _ profile: OpaquePointer?, _ x: UnsafePointer<Float>?, _ rows: Int, _ labels: UnsafePointer<Int32>?
) -> ablate_status {
  status { () throws(AblateError) in
    let handle = try profiles.object(profile, "profile")
    try handle.use { profile throws(AblateError) in
      let x = try rowsPointer(x, "x", rows: rows, width: profile.model.inputWidth)
      try profile.requireNotCancelled()
      if let x { try profile.feed(x, labels: labels, rows: rows, progress: handle.progress) }
    }
  }
}

@_cdecl("ablate_profile_merge") public func profileMerge(
  _ profile: OpaquePointer?, _ other: OpaquePointer?
) -> ablate_status {
  merge(profile, "profile", other, in: profiles) { (target, other) throws(AblateError) in try target.merge(other) }
}

@_cdecl("ablate_profile_read") public func profileRead(
  _ profile: OpaquePointer?, _ layer: Int, _ unit: Int, _ outUnit: UnsafeMutablePointer<ablate_profile_unit>?
) -> ablate_status {
  status { () throws(AblateError) in
    try profiles.use(profile, "profile") { profile throws(AblateError) in
      try fill(outUnit, "outUnit") { () throws(AblateError) in
        try ablate_profile_unit(profile, layer: layer, unit: unit)
      }
    }
  }
}

@_cdecl("ablate_profile_measure") public func profileMeasure(
  _ profile: OpaquePointer?, _ measure: ablate_measure, _ layer: Int, _ outValues: UnsafeMutablePointer<Double>?,
  _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try profiles.use(profile, "profile") { profile throws(AblateError) in
      let measure: UnitMeasure = try enumerator(measure.rawValue, "measure")
      let out = try required(outValues, "outValues")
      try requireCount(count, is: try profile.units(ofLayer: layer), "count")
      try profile.copy(measure, layer: layer, to: out)
    }
  }
}

@_cdecl("ablate_quantile_edges") public func quantileEdges(
  _ model: OpaquePointer?, _ layer: Int, _ x: UnsafePointer<Float>?, _ rows: Int, _ positions: ablate_positions,
  _ bits: UInt32, _ threads: Int, _ outEdges: UnsafeMutablePointer<Float>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    let model = try models.object(model, "model").model
    try model.require(layer: layer)
    let x = try someRows(x, "x", rows: rows, width: model.inputWidth)
    let out = try required(outEdges, "outEdges")
    let positions: PositionSummary = try enumerator(positions.rawValue, "positions")
    let bits = try quantiserBits(bits, "bits")
    try requireCount(count, is: model.layers[layer].units * (1 << bits - 1), "count")
    try QuantileEdges.find(
      model: model, layer: layer, x: x, rows: rows, positions: positions, bits: bits, threads: threads, into: out)
  }
}

extension ablate_profile_unit {
  init(_ profile: Profile, layer: Int, unit: Int) throws(AblateError) {
    func value(_ measure: UnitMeasure) throws(AblateError) -> Double {
      try profile.value(measure, layer: layer, unit: unit) ?? .nan
    }
    let known = try profile.unit(unit, layer: layer)
    self.init(
      size: 0, rows: known.rows, non_finite: known.nonFinite, active: known.active, is_dead: known.isDead ? 1 : 0,
      fraction_active: try value(.fractionActive), mean: try value(.mean), variance: try value(.variance),
      minimum: try value(.minimum), maximum: try value(.maximum), entropy: try value(.entropy),
      mutual_information: try value(.mutualInformation), kl_selectivity: try value(.klSelectivity),
      kl_class: known.selectiveClass ?? none, class_selectivity: try value(.classSelectivity),
      largest_class: known.largestClass ?? none, taylor: try value(.taylor),
      taylor_of_mean: try value(.taylorOfMean), incoming_l1: try value(.incomingL1),
      incoming_l2: try value(.incomingL2), outgoing_l2: try value(.outgoingL2))
  }
}
