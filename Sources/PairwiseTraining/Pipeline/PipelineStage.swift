public import PairwiseConfig

/// One step of a pipeline: it reads artefacts that exist and leaves new ones. Its type is its config.
///
/// What it makes depends on what it reads, its own keys and its seed alone; so a stage whose inputs are as they were is
/// not run again.
public protocol PipelineStage: Sendable {
  /// The `kind` in configs.
  static var kind: String { get }
  /// One line for lists.
  static var summary: String { get }

  init(from reader: inout SectionReader)

  /// What later stages call its product: `$name`.
  var name: String { get }
  /// Everything it makes, by the names of later stages.
  var products: [String] { get }

  /// Does the work.
  func run(_ shop: Workshop) throws -> StageResult
  /// Further configs whose words count among its inputs, with the folder that their paths lead from.
  func recipe(_ shop: Workshop) throws -> (node: ConfigNode, folder: String)?
}

extension PipelineStage {
  public var products: [String] { [name] }
  public func recipe(_ shop: Workshop) throws -> (node: ConfigNode, folder: String)? { nil }
}

/// What a stage left.
public struct StageResult: Sendable {
  /// Files and folders, by the names of later stages.
  public var products: [(name: String, path: String)]
  /// For the table at the end, in order.
  public var figures: [(name: String, value: Double)]

  public init(
    products: [(name: String, path: String)], figures: [(name: String, value: Double)] = []
  ) {
    (self.products, self.figures) = (products, figures)
  }
}

/// All kinds of stages.
public enum PipelineStages {
  public static let all: [any PipelineStage.Type] = [
    StartStage.self, TrainStage.self, GenerateStage.self, ScoreStage.self, JoinStage.self,
    PairsStage.self, SelectStage.self, SplitStage.self, AdvantagesStage.self, RowsStage.self,
    MixStage.self, MeasureStage.self, StancesStage.self, NeighboursStage.self, StrengthStage.self,
    CurateStage.self, ExtrapolateStage.self,
  ]

  static var options: [VariantOption<PipelineStep>] {
    all.map { kind in
      VariantOption(kind.kind, kind.summary) { .stage(kind.init(from: &$0)) }
    }
  }
}

extension SectionReader {
  /// `name:` of a stage.
  mutating func stageName() -> String {
    let name = required(
      "name", fallback: "stage", .nonEmpty,
      "Name of what the stage makes: later stages read it as $name.")
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    if !isPlain { report("name", "must be letters, digits, '_' and '-' alone") }
    return name
  }

  /// A file or product that a stage reads.
  mutating func artefact(_ key: String, _ doc: String) -> String {
    required(key, fallback: key, .nonEmpty, doc)
  }
}
