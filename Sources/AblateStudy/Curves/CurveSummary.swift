import AblateRuntime

/// Curves of several orders at once.
public struct CurveSummary {
  /// [orders, points]
  private let curves: UnsafePointer<Double>
  private let orders: Int
  private let points: Int

  /// - Parameter curves: [orders, points]
  public init(_ curves: UnsafePointer<Double>, orders: Int, points: Int) {
    self.curves = curves
    self.orders = orders
    self.points = points
  }

  /// Over orders, at a point.
  public func mean(_ point: Int) -> Double {
    var sum = 0.0
    for order in 0..<orders { sum += curves[order * points + point] }
    return sum / Double(orders)
  }

  /// The sample standard deviation over orders, at a point: the squares are divided by orders - 1. NaN for one order.
  public func deviation(_ point: Int) -> Double {
    let mean = mean(point)
    var sum = 0.0
    for order in 0..<orders {
      let distance = curves[order * points + point] - mean
      sum += distance * distance
    }
    return (sum / Double(orders - 1)).squareRoot()
  }

  /// The area under an order's curve by trapezoids, over the numbers of units removed, divided by their range: the mean height. NaN for
  /// one point.
  ///
  /// - Parameter removed: the number of units removed at each point, ascending.
  public func area(order: Int, removed: (_ point: Int) -> Int) -> Double {
    let curve = curves + order * points
    var sum = 0.0
    for point in 1..<max(1, points) {
      sum += (curve[point] + curve[point - 1]) / 2 * (Double(removed(point)) - Double(removed(point - 1)))
    }
    return sum / (Double(removed(points - 1)) - Double(removed(0)))
  }
}
