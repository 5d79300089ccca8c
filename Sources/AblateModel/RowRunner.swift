import AblateRuntime

/// Spreads the rows of a run over threads, in blocks. One run at a time.
public final class RowRunner {
  public let model: Model
  private let pool: ThreadPool
  private let plan: BlockPlan
  /// One per thread.
  public let executors: [Executor]
  /// One more that worker 0 runs, of another model or with other changes.
  package var secondExecutor: Executor?

  /// - Parameters:
  ///   - threads: the caller's included; 0 for one per processor.
  ///   - keepsValues: whether the values of all steps are there after a run; otherwise only those of the last one that ran.
  public init(model: Model, threads: Int, keepsValues: Bool = true) throws(AblateError) {
    self.model = model
    pool = try ThreadPool(requestedThreads: threads, place: model.crews)
    let kept: KeptValues = keepsValues ? .ofAllSteps : .ofLastStep(FrontSteps(model: model))
    plan = BlockPlan(model: model, front: kept.front)
    var executors: [Executor] = []
    for _ in 0..<pool.threads {
      executors.append(try Executor(model: model, capacity: plan.blockRows, keeping: kept))
    }
    self.executors = executors
  }

  /// Rows that keep every thread busy for a while.
  public var preferredRows: Int { plan.blockRows * pool.threads * 4 }

  /// Calls `body` for each block of rows with the number of its worker: `executors` has one that no other block uses meanwhile.
  /// Worker 0 is the calling thread. Where there are fewer images than threads, or one row only, all share the work of each.
  @export(interface)  // See ThreadPool.run.
  public func forEachBlock(rows: Int, _ body: @escaping (_ worker: Int, _ rows: Range<Int>) -> Void) {
    if rows == 0 { return }
    if rows < pool.threads, model.chainStart > 0 || rows == 1 {
      return asTeam { for row in 0..<rows { body(0, row..<row + 1) } }
    }
    let size = plan.rowsPerBlock(rows: rows, threads: pool.threads)
    pool.run((rows + size - 1) / size) { index, worker in
      body(worker, index * size..<min(rows, (index + 1) * size))
    }
  }

  /// Calls `body`, in which the first executors share the work of each row with all threads.
  private func asTeam(_ body: () -> Void) {
    setTeam(pool)
    pool.runSeries(body)
    setTeam(nil)
  }

  private func setTeam(_ team: ThreadPool?) {
    executors[0].team = team
    secondExecutor?.team = team
  }

  /// Calls `body` for each block of rows with an executor that no other block uses meanwhile, prepared for a mask.
  func forEachBlock(
    rows: Int, mask: ResolvedMask?, _ body: @escaping (_ executor: Executor, _ rows: Range<Int>) -> Void
  ) throws(AblateError) {
    if let mask { for executor in executors { try executor.prepare(for: mask) } }
    forEachBlock(rows: rows) { [executors] worker, block in body(executors[worker], block) }
  }

  /// Calls `body` once for some of the executors, each with its share of the rows, which the executors together have room for. Where
  /// there are fewer images than threads and one has room for all, it gets them, and all threads share the work of each.
  ///
  /// - Returns: how many got rows: the first ones.
  @export(interface)  // See ThreadPool.run.
  package func forEachShare(rows: Int, _ body: @escaping (_ executor: Int, _ rows: Range<Int>) -> Void) -> Int {
    if rows < pool.threads, rows <= plan.blockRows {
      asTeam { body(0, 0..<rows) }
      return 1
    }
    let shares = min(rows, pool.threads)
    pool.run(shares) { index, _ in body(index, rows * index / shares..<rows * (index + 1) / shares) }
    return shares
  }

  /// Calls `body` for each index in 0 ..< count, on the threads of the rows.
  package func forEach(_ count: Int, _ body: @escaping (_ index: Int, _ worker: Int) -> Void) { pool.run(count, body) }
}
