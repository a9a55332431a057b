public import PairwiseConfig

/// A small problem whose truth is known, so that a method can be held to the answer.
///
/// Its type is its config: `init(from:)` declares the parameters. The same parameters give the same
/// numbers on every machine.
public protocol ToyProblem: Sendable {
  /// The name in configs and reports.
  static var name: String { get }
  /// One line for lists.
  static var summary: String { get }
  /// The paper whose idea or data it stands for.
  static var source: String { get }

  /// With every parameter at its default.
  init()
  init(from reader: inout SectionReader)

  /// What a perfect method would find, by name.
  var truth: [TruthEntry] { get }
}

/// One number or list of numbers that a problem knows about itself.
public struct TruthEntry: Sendable, Equatable {
  public var name: String
  public var values: [Double]

  public init(_ name: String, _ values: [Double]) {
    (self.name, self.values) = (name, values)
  }

  public init(_ name: String, _ value: Double) { self.init(name, [value]) }
}

extension ToyProblem {
  /// For problems without parameters.
  public init(from reader: inout SectionReader) { self.init() }

  public var truth: [TruthEntry] { [] }
}

/// A split of a problem's data.
public enum ToySplit: String, Sendable, CaseIterable {
  case train, test
}

/// A problem that gives pairs with dense features.
public protocol PairProblem: ComparableProblem {
  /// The pairs of one split, in the order they are drawn.
  func draw(_ split: ToySplit) -> ToyPairs
  /// Widths of the hidden layers that its reward needs; none: it is linear in the features.
  var hiddenSizes: [Int] { get }
}
