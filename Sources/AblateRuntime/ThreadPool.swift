import CPlatform

/// Threads that share the indices of a loop. The calling thread takes part; the others start with the first loop that has work for them.
///
/// One loop at a time, from any thread. In the child of a fork the parent's threads do not exist: the pool forgets them and starts its own.
public final class ThreadPool {
  /// The most workers a loop has, the calling thread included, at least 1.
  public let threads: Int
  private let place: CrewPlace
  private var crew: Crew?
  private var isInSeries = false

  /// - Parameter place: where threads are taken from and left at the end.
  public init(threads: Int, place: CrewPlace = CrewPlace()) {
    self.threads = max(1, threads)
    self.place = place
  }

  /// The most threads a pool may have.
  public static var limit: Int { 256 }

  /// - Parameter requestedThreads: 1 to `limit`, or 0 for one per processor.
  /// - Throws: `invalidArgument` for other numbers.
  public convenience init(requestedThreads: Int, place: CrewPlace) throws(AblateError) {
    guard requestedThreads >= 0, requestedThreads <= Self.limit else {
      throw AblateError(
        .invalidArgument, "threads is \(UInt(bitPattern: requestedThreads)): 0 to \(Self.limit) are possible")
    }
    self.init(
      threads: requestedThreads == 0 ? min(Self.limit, Self.processorCount) : requestedThreads, place: place)
  }

  /// The number of processors this process may use.
  public static var processorCount: Int { cplatform_processor_count() }

  /// Calls `body` once for each index in 0 ..< count and returns when all calls have.
  ///
  /// - Parameter body: its `worker` is in 0 ..< threads; no two calls with the same one overlap. The calling thread is worker 0. It
  ///   escapes in the child of a fork that it makes: there nothing ends the references of threads that do not exist.
  @export(interface)  // Callers in other modules would have copies of it, a kilobyte each.
  public func run(_ count: Int, _ body: @escaping (_ index: Int, _ worker: Int) -> Void) {
    if count > 1, threads > 1, let crew = currentCrew() { return crew.run(count, body) }
    for index in 0..<max(0, count) { body(index, 0) }
  }

  /// Calls `body`, which runs loops in close succession: threads that there are wait for the next one without sleeping.
  @export(interface)  // See run.
  public func runSeries(_ body: () -> Void) {
    setSeries(true)
    body()
    setSeries(false)
  }

  private func setSeries(_ isInSeries: Bool) {
    self.isInSeries = isInSeries
    if let crew, crew.isOfThisProcess { crew.setSeries(isInSeries) }
  }

  private func currentCrew() -> Crew? {
    if let crew, crew.isOfThisProcess { return crew }
    // After a fork nobody ends the references that the parent's threads hold: their crew stays as it is.
    crew = place.take(workers: threads - 1) ?? Crew(workers: threads - 1)
    crew?.setSeries(isInSeries)
    return crew
  }

  deinit {
    if let crew { place.leave(crew) }
  }
}
