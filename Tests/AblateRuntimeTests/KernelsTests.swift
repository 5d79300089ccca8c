import CPlatform
import Glibc
import Testing

@testable import AblateRuntime

@Suite(.serialized) struct KernelsTests {
  private func names(_ tables: [KernelTable]) -> [String] { tables.map { $0.name.description } }

  private func limit(_ word: String?) -> Int32 {
    if let word { setenv("ABLATE_ISA", word, 1) } else { unsetenv("ABLATE_ISA") }
    defer { unsetenv("ABLATE_ISA") }
    return cplatform_isa_limit()
  }

  @Test func theEnvironmentOnlyLowers() {
    #if arch(x86_64)
      #expect(limit("baseline") == 0)
      #expect(limit("v3") == 3)
      #expect(names(Kernels.tables(upTo: 0)) == ["baseline"])
    #endif
    for word in [nil, "v4", "", "avx", "V3", "v5"] { #expect(limit(word) == 4) }
    #expect(names(Kernels.tables(upTo: 4)) == names(Kernels.available))
    #expect(names(Kernels.tables(upTo: 3)) == names(Kernels.available).filter { $0 != "v4" })
  }
}
