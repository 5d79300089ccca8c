import AblateModel
import AblateRuntime
import AblateStudy
import CAblate

@_cdecl("ablate_profile_class_rows") public func profileClassRows(
  _ profile: OpaquePointer?, _ outRows: UnsafeMutablePointer<Int64>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try profiles.use(profile, "profile") { profile throws(AblateError) in
      let out = try required(outRows, "outRows")
      try requireCount(count, is: profile.model.classCount, "count")
      try profile.copyClassRows(to: out)
    }
  }
}

@_cdecl("ablate_profile_class_means") public func profileClassMeans(
  _ profile: OpaquePointer?, _ layer: Int, _ outMeans: UnsafeMutablePointer<Double>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try profiles.use(profile, "profile") { profile throws(AblateError) in
      let out = try required(outMeans, "outMeans")
      try requireCount(count, is: try profile.units(ofLayer: layer) * profile.model.classCount, "count")
      try profile.copyClassMeans(layer: layer, to: out)
    }
  }
}

@_cdecl("ablate_profile_attributions") public func profileAttributions(
  _ profile: OpaquePointer?, _ layer: Int, _ outValues: UnsafeMutablePointer<Double>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try profiles.use(profile, "profile") { profile throws(AblateError) in
      let out = try required(outValues, "outValues")
      try requireCount(count, is: try profile.units(ofLayer: layer) * profile.model.classCount, "count")
      try profile.copyAttributions(layer: layer, to: out)
    }
  }
}

@_cdecl("ablate_profile_histogram") public func profileHistogram(
  _ profile: OpaquePointer?, _ layer: Int, _ unit: Int, _ outCounts: UnsafeMutablePointer<Int64>?, _ count: Int,
  _ outBelow: UnsafeMutablePointer<Int64>?, _ outAbove: UnsafeMutablePointer<Int64>?
) -> ablate_status {
  status { () throws(AblateError) in
    try profiles.use(profile, "profile") { profile throws(AblateError) in
      let out = try required(outCounts, "outCounts")
      if profile.bins > 0 { try requireCount(count, is: profile.bins, "count") }
      let (below, above) = try profile.copyHistogram(layer: layer, unit: unit, to: out)
      outBelow?.pointee = below
      outAbove?.pointee = above
    }
  }
}

@_cdecl("ablate_profile_top_rows") public func profileTopRows(
  _ profile: OpaquePointer?, _ layer: Int, _ unit: Int, _ outRows: UnsafeMutablePointer<Int64>?,
  _ outValues: UnsafeMutablePointer<Float>?, _ capacity: Int, _ outCount: UnsafeMutablePointer<Int>?
) -> ablate_status {
  status { () throws(AblateError) in
    try profiles.use(profile, "profile") { profile throws(AblateError) in
      let out = try required(outRows, "outRows")
      let count = try required(outCount, "outCount")
      let top = try profile.topRows(layer: layer, unit: unit)
      try requireRoom(capacity, for: profile.topRowLimit)
      out.copy(from: top.rows, count: top.count)
      outValues?.copy(from: top.values, count: top.count)
      count.pointee = top.count
    }
  }
}

@_cdecl("ablate_profile_gram") public func profileGram(
  _ profile: OpaquePointer?, _ layer: Int, _ outMatrix: UnsafeMutablePointer<Double>?, _ count: Int
) -> ablate_status {
  status { () throws(AblateError) in
    try profiles.use(profile, "profile") { profile throws(AblateError) in
      let out = try required(outMatrix, "outMatrix")
      let units = try profile.units(ofLayer: layer)
      try requireCount(count, is: units * units, "count")
      try profile.copyGram(layer: layer, to: out)
    }
  }
}
