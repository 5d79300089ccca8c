// swift-tools-version:6.2
import PackageDescription

// The shipped library is Embedded Swift: it carries no runtime and needs only libc and libm. Tests, sanitizers and Swift users build
// the same sources the ordinary way.
//   ABLATE_EMBEDDED=1 swift build -c release --product ablate
let embedded = Context.environment["ABLATE_EMBEDDED"] != nil
let mode: [SwiftSetting] =
  [.treatAllWarnings(as: .error)]
  + (embedded
    ? [
      .enableExperimentalFeature("Embedded"),
      .unsafeFlags(["-wmo", "-enforce-exclusivity=unchecked", "-Xfrontend", "-function-sections"]),
      // Without hashes of the code, which builds in which nothing changed would compare.
      .unsafeFlags(["-Xfrontend", "-disable-incremental-llvm-codegen"]),
    ] : [])

// For code that runs once per call, per file or per block of rows. What runs for each row says so itself: @_optimize(speed).
let small: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]

// Kernels check nothing: everything above them has. The ISA modules are the same sources (symbolic links) compiled for wider vectors.
let kernel: [SwiftSetting] = mode + [.unsafeFlags(["-Ounchecked"], .when(configuration: .release))]
let v3: [SwiftSetting] = [.define("ABLATE_V3"), .unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
let v4: [SwiftSetting] = [.define("ABLATE_V4"), .unsafeFlags(["-Xcc", "-march=x86-64-v4"])]
#if arch(x86_64)
  let isaModules: [Target] = [
    .target(name: "AblateKernelsV3", dependencies: ["AblateKernelInterface", "CPlatform"], swiftSettings: kernel + v3),
    .target(name: "AblateKernelsV4", dependencies: ["AblateKernelInterface", "CPlatform"], swiftSettings: kernel + v4),
  ]
  let isaNames: [Target.Dependency] = ["AblateKernelsV3", "AblateKernelsV4"]
#else
  let isaModules: [Target] = []
  let isaNames: [Target.Dependency] = []
#endif

// Sanitizer runtimes come from the host program, so undefined symbols must be allowed for them:
//   ABLATE_SANITIZE=1 swift build --sanitize=address --product ablate
let sanitize = Context.environment["ABLATE_SANITIZE"] != nil
let link =
  ["-use-ld=lld", "-Xlinker", "--as-needed", "-Xlinker", "-l:libprotobuf-c.a", "-Xlinker", "-lm"]
  + ["-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/AblateShared/exports.map"]
  + ["-Xlinker", "--no-undefined-version", "-Xlinker", "-znodelete"]
  + (embedded ? ["-Xlinker", "--gc-sections", "-Xlinker", "--icf=all"] : ["-static-stdlib"])
  + (sanitize ? [] : ["-Xlinker", "-zdefs"])

// A target names every module whose types it uses, AblateKernelInterface too although AblateRuntime exports it: an incremental build does
// not recompile those that see a changed class only through another module.
let runtime: [Target.Dependency] = ["AblateKernelInterface", "AblateRuntime"]

let package = Package(
  name: "ablate",
  products: [
    .library(name: "ablate", type: .dynamic, targets: ["AblateShared"]),
    .library(name: "Ablate", targets: ["AblateModel", "AblateONNX", "AblateSweep", "AblateStudy"]),
  ],
  targets: [
    // The C header as Swift sees it.
    .target(name: "CAblate", path: ".", sources: ["Sources/CAblate"], publicHeadersPath: "Include"),
    .target(name: "CPlatform", cSettings: embedded ? [.define("ABLATE_EMBEDDED")] : []),
    .systemLibrary(
      name: "CProtobufC", pkgConfig: embedded ? nil : "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),

    .target(name: "AblateKernelInterface", swiftSettings: kernel),
    .target(name: "AblateKernels", dependencies: ["AblateKernelInterface", "CPlatform"], swiftSettings: kernel),
    .target(
      name: "AblateRuntime", dependencies: ["AblateKernelInterface", "AblateKernels", "CPlatform"] + isaNames,
      swiftSettings: mode),
    .target(name: "AblateModel", dependencies: runtime, swiftSettings: mode + small),
    .target(
      name: "CONNX", dependencies: ["CProtobufC"],
      // The generated code asserts with the name of its file, which would be a path of the building machine. Most of it is not used, and
      // none of it is where time goes.
      cSettings: [.define("NDEBUG"), .unsafeFlags(["-Os", "-ffunction-sections"], .when(configuration: .release))]),
    .target(
      name: "AblateONNX", dependencies: runtime + ["AblateModel", "CONNX", "CPlatform"],
      swiftSettings: mode + small),
    .target(
      name: "AblateSweep", dependencies: runtime + ["AblateModel", "CPlatform"], swiftSettings: mode + small),
    .target(
      name: "AblateStudy", dependencies: runtime + ["AblateModel", "AblateSweep", "CPlatform"],
      swiftSettings: mode + small),
    .target(
      name: "AblateC",
      dependencies: runtime + ["AblateModel", "AblateONNX", "AblateSweep", "AblateStudy", "CAblate", "CPlatform"],
      swiftSettings: mode + small),
    // Only the shared library links through this target, so tests keep the dynamic Swift runtime.
    .target(
      name: "AblateShared", dependencies: ["AblateC"], exclude: ["exports.map"], swiftSettings: mode,
      linkerSettings: [.unsafeFlags(link)]),

    // What several test modules draw on: random values and networks from plain arrays.
    .target(name: "AblateTestSupport", dependencies: runtime + ["AblateModel"], path: "Tests/AblateTestSupport"),
    .testTarget(
      name: "AblateKernelsTests", dependencies: runtime + ["AblateTestSupport"], path: "Tests/AblateKernelsTests"),
    .testTarget(
      name: "AblateRuntimeTests", dependencies: runtime + ["CPlatform"], path: "Tests/AblateRuntimeTests"),
    .testTarget(
      name: "AblateModelTests", dependencies: runtime + ["AblateModel", "AblateTestSupport"],
      path: "Tests/AblateModelTests"),
    .testTarget(
      name: "AblateONNXTests", dependencies: runtime + ["AblateModel", "AblateONNX"], path: "Tests/AblateONNXTests"),
    .testTarget(
      name: "AblateSweepTests", dependencies: runtime + ["AblateModel", "AblateSweep", "AblateTestSupport"],
      path: "Tests/AblateSweepTests"),
    .testTarget(
      name: "AblateStudyTests",
      dependencies: runtime + ["AblateModel", "AblateStudy", "AblateSweep", "AblateTestSupport"],
      path: "Tests/AblateStudyTests"),
    .testTarget(name: "AblateCTests", dependencies: ["AblateC"], path: "Tests/AblateCTests"),
  ] + isaModules)
