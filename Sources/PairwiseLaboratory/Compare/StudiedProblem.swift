public import PairwiseConfig

/// A toy problem whose methods are measured as a whole: loops of sampling and training, curations, estimators.
/// Its variants take the place of objectives in a comparison.
///
/// A problem with random numbers has the key `seed`; the same parameters give the same numbers.
public protocol StudiedProblem: ToyProblem {
  /// What is measured of every variant; the first is what comparisons are about unless they say otherwise.
  static var measures: [Measure] { get }
  /// The methods, in the order of lists; the first is the baseline unless a config says otherwise.
  static var variants: [Variant] { get }
  /// Carries one variant out.
  ///
  /// - Parameter variant: one of `variants` by name.
  func study(_ variant: String) throws -> StudyOutcome
}

/// A study whose only parameter is where its random numbers begin.
public protocol SeededStudy: StudiedProblem {
  var seed: Int { get set }
}

extension SeededStudy {
  public init(from reader: inout SectionReader) {
    self.init()
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of all draws.")
  }
}

/// One of the methods that a problem compares.
public struct Variant: Sendable, Equatable {
  /// Lower case with underscores.
  public var name: String
  public var summary: String

  public init(_ name: String, _ summary: String) { (self.name, self.summary) = (name, summary) }
}

/// What a variant came to.
public struct StudyOutcome: Sendable, Equatable {
  /// Values of the problem's measures, by name.
  public var values: [String: Double]
  /// Measures along the way, such as round by round.
  public var curves: [ComparedRun.Curve]

  public init(_ values: [String: Double], curves: [ComparedRun.Curve] = []) {
    (self.values, self.curves) = (values, curves)
  }
}
