import CPlatform

public final class ThreadPool {
  public let threads: Int
  public init(threads: Int) { self.threads = threads }
  public static var processorCount: Int { cplatform_processor_count() }
  public func run(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    for i in 0..<count { body(i, 0) }
  }
}
