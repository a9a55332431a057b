internal import PairwiseConfig

/// The places of a comparison: points of its grid, the conditions among them, and the choices within each.
public struct ComparisonGrid: Sendable, Equatable {
  public typealias Setting = ComparedRun.Setting

  /// A setting of every key, in the order of the config.
  public struct Point: Sendable, Equatable {
    public var settings: [Setting]
    /// Its place in `conditions`, and in `choices`.
    public var condition: Int
    public var choice: Int
  }

  /// One value a grid key took, as short words such as `flip_rate 0.2`.
  public struct Place: Sendable, Equatable {
    public var settings: [Setting]
    /// The settings in words, joined by commas; empty without any.
    public var text: String
  }

  public private(set) var points: [Point] = []
  /// Settings of what is not in one's hand: keys of the problem and the data. One without settings if there
  /// are none of these.
  public private(set) var conditions: [Place] = []
  /// Settings one may choose: keys of objectives and training. One without settings if there are none.
  public private(set) var choices: [Place] = []
  /// Short names of the grid's keys, in its order.
  public let names: [(key: String, name: String)]

  private var indices: [String: Int] = [:]

  /// The points that runs stand at, in the order of the grid.
  init(_ runs: [ComparedRun], _ facts: ComparisonFacts) {
    names = Self.names(facts.grid.map(\.key))
    var seen: [String: [Setting]] = [:]
    for run in runs { seen[Self.identity(run.settings)] = run.settings }
    let ordered = seen.map { entry in
      (key: Self.order(entry.value, facts.grid), id: entry.key, settings: entry.value)
    }.sorted { a, b in
      a.key == b.key ? a.id < b.id : a.key.lexicographicallyPrecedes(b.key)
    }
    let conditionKeys = Set(facts.grid.filter(\.isCondition).map(\.key))
    for entry in ordered {
      let (fixed, free) = (
        entry.settings.filter { conditionKeys.contains($0.key) },
        entry.settings.filter { !conditionKeys.contains($0.key) }
      )
      let point = Point(
        settings: entry.settings, condition: place(fixed, in: \.conditions),
        choice: place(free, in: \.choices))
      indices[entry.id] = points.count
      points.append(point)
    }
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.points == b.points && a.conditions == b.conditions && a.choices == b.choices
  }

  /// The point a run stands at.
  func index(of settings: [Setting]) -> Int? { indices[Self.identity(settings)] }

  /// Points of a condition, one a choice, in the order of the grid.
  func points(of condition: Int) -> [Int] {
    points.indices.filter { points[$0].condition == condition }
  }

  /// A point in words: `flip_rate 0.2, beta 0.1`.
  public func text(_ point: Int) -> String {
    let point = points[point]
    return [conditions[point.condition].text, choices[point.choice].text]
      .filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private mutating func place(
    _ settings: [Setting], in list: WritableKeyPath<ComparisonGrid, [Place]>
  ) -> Int {
    let id = Self.identity(settings)
    if let known = self[keyPath: list].firstIndex(where: { Self.identity($0.settings) == id }) {
      return known
    }
    let words = settings.map { setting in
      let name = names.first { $0.key == setting.key }?.name ?? setting.key
      return "\(name) \(setting.value.plainText)"
    }
    self[keyPath: list].append(Place(settings: settings, text: words.joined(separator: ", ")))
    return self[keyPath: list].count - 1
  }

  /// `flip_rate` of `problem.flip_rate`, unless another key ends the same way.
  static func names(_ keys: [String]) -> [(key: String, name: String)] {
    let short = keys.map { key in key.split(separator: ".").last.map(String.init) ?? key }
    return zip(keys, short).map { key, name in
      (key, short.count { $0 == name } > 1 ? key : name)
    }
  }

  private static func identity(_ settings: [Setting]) -> String {
    settings.map { "\($0.key)=\($0.value.identity)" }.sorted().joined(separator: "\u{1F}")
  }

  /// The place of each value within its key of the grid; unknown ones come last.
  private static func order(_ settings: [Setting], _ grid: [ComparisonFacts.GridKey]) -> [Int] {
    grid.map { key in
      guard let value = settings.first(where: { $0.key == key.key })?.value else { return Int.max }
      return key.values.firstIndex { $0.identity == value.identity } ?? Int.max
    }
  }
}
