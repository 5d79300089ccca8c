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
  public static let current: KernelTable = available[0]

  /// Every table this processor can run, best first.
  public static let available: [KernelTable] = {
    var tables: [KernelTable] = []
    #if arch(x86_64)
      if cplatform_isa_level() >= 4 { tables.append(AblateKernelsV4.makeKernelTable()) }
      if cplatform_isa_level() >= 3 { tables.append(AblateKernelsV3.makeKernelTable()) }
    #endif
    tables.append(AblateKernels.makeKernelTable())
    return tables
  }()
}
