internal import PairwiseEvaluation
internal import PairwiseTraining

/// Numbers and places of a comparison as a sentence has them.
enum ComparisonWords {
  /// `−1.48 (−1.57 … −1.39)`.
  static func value(_ mean: Double, _ interval: Interval?) -> String {
    guard let interval, interval.width > 0 else { return NumberText.significant(mean) }
    return "\(NumberText.significant(mean)) (\(range(interval)))"
  }

  static func range(_ interval: Interval) -> String {
    let digits = digits(of: interval)
    return "\(NumberText.significant(interval.low, digits))\u{A0}…\u{A0}"
      + NumberText.significant(interval.high, digits)
  }

  /// More where three digits would not tell the ends apart.
  private static func digits(of interval: Interval) -> Int {
    let size = max(abs(interval.low), abs(interval.high))
    return interval.width > 0.002 * size || size == 0 ? 3 : 5
  }

  /// `p < 0.001` or `p = 0.012`.
  static func p(_ value: Double) -> String {
    value < 0.001
      ? "p\u{A0}<\u{A0}0.001" : "p\u{A0}=\u{A0}\(NumberText.fixed(value, value < 0.1 ? 3 : 2))"
  }

  /// `reward_gap` as `reward gap`.
  static func name(_ measure: Measure) -> String {
    String(measure.name.map { $0 == "_" ? " " : $0 })
  }

  /// `a`, `a and b`, `a, b and c`; of more than `limit`, the first ones and how many more.
  static func list(_ items: [String], limit: Int = 12) -> String {
    if items.count > limit {
      return items.prefix(limit).joined(separator: ", ") + " and \(items.count - limit) more"
    }
    guard let last = items.last else { return "" }
    return items.count == 1 ? last : items.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension ComparisonSummary {
  /// The label of an objective.
  public func label(_ objective: Int) -> String { facts.objectives[objective].label }

  /// `at flip_rate 0.1, 0.2 and 0.3`, or `at 4 of 10 places: …`; empty where there is only one place.
  func text(_ places: [Place]) -> String {
    let all = self.places
    guard all.count > 1, !places.isEmpty else { return "" }
    if places.count == all.count { return "everywhere" }
    let settings = places.map(settings)
    if let key = settings.first?.first?.key,
      settings.allSatisfy({ $0.count == 1 && $0[0].key == key })
    {
      let name = grid.names.first { $0.key == key }?.name ?? key
      return "at \(name) " + ComparisonWords.list(settings.map { $0[0].value.plainText })
    }
    if places.count == 1 { return "at " + text(places[0]) }
    return
      "at \(places.count) of \(all.count) places (\(places.prefix(3).map(text).joined(separator: "; "))"
      + (places.count > 3 ? "; …)" : ")")
  }

  func settings(_ place: Place) -> [ComparedRun.Setting] {
    switch place {
    case .point(let point): grid.points[point].settings
    case .condition(let condition): grid.conditions[condition].settings
    case .everywhere: []
    }
  }
}
