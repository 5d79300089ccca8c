@_exported import AblateKernelInterface
import AblateKernels
import CPlatform

#if arch(x86_64)
  import AblateKernelsV3
  import AblateKernelsV4
#endif

/// The kernels this process can run.
public enum Kernels {
  /// The best the processor has, or what `ABLATE_ISA` names if that is lower. Chosen once.
  public static let current: KernelTable = tables(upTo: cplatform_isa_limit())[0]

  /// Every table this processor can run, best first.
  public static let available: [KernelTable] = tables(upTo: cplatform_isa_level())

  /// Those of the tables this processor can run that need no higher level, best first: at least one.
  static func tables(upTo limit: Int32) -> [KernelTable] {
    let level = min(limit, cplatform_isa_level())
    var tables: [KernelTable] = []
    #if arch(x86_64)
      if level >= 4 { tables.append(AblateKernelsV4.makeKernelTable()) }
      if level >= 3 { tables.append(AblateKernelsV3.makeKernelTable()) }
    #endif
    tables.append(AblateKernels.makeKernelTable())
    return tables
  }
}
