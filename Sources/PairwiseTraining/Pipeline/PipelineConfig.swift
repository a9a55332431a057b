public import PairwiseConfig

/// What `pairwise pipeline` is told: stages, one after the other.
public struct PipelineConfig: ConfigSection, Sendable {
  public var name: String
  public var output: String
  public var seed: Int
  public var threads: Int
  public var steps: [PipelineStep]

  public init(from reader: inout SectionReader) {
    name = reader.required(
      "name", fallback: "pipeline", .nonEmpty,
      "Name of the pipeline: the folder it leaves under `output`.")
    output = reader.value(
      "output", default: "Checkpoints", .nonEmpty, "Folder that holds pipelines.")
    seed = reader.value("seed", default: 0, .atLeast(0), "Start of what stages draw.")
    threads = reader.value(
      "threads", default: 0, .closed(0...1024), "Threads that share the work; 0 is one per core.")
    reader.notes("define")
    let repeated = VariantOption<PipelineStep>(
      RepeatedStages.kind, RepeatedStages.summary
    ) { .repeated(RepeatedStages(from: &$0)) }
    steps = reader.variants(
      "stages", discriminator: "kind", options: PipelineStages.options + [repeated],
      "What is done, in this order.")
    reader.checkFolderName("name", name)
  }
}

/// A step of a pipeline.
public enum PipelineStep: Sendable {
  case stage(any PipelineStage)
  case repeated(RepeatedStages)
}

/// Stages that are gone through several times; each time they read what the time before left.
public struct RepeatedStages: Sendable {
  static let kind = "repeat"
  static let summary =
    "stages that are gone through several times, reading what the time before left"

  public var name: String
  public var times: Int
  /// What products stand for before the first time: `{policy: $start}`.
  public var begin: [(name: String, source: String)]
  public var stages: [any PipelineStage]

  init(from reader: inout SectionReader) {
    name = reader.value(
      "name", default: "round", .nonEmpty, "What folders of the rounds are called.")
    times = reader.required("times", fallback: 1, .closed(1...100_000), "How often.")
    let node = reader.value(
      "begin", default: ConfigNode(.table([])), .any,
      "What names stand for before the first round, as in {policy: $start}.")
    begin = []
    if case .table(let entries) = node.value {
      for entry in entries {
        if case .string(let text) = entry.value.value {
          begin.append((entry.key, text))
        } else {
          reader.report("begin", "\(entry.key): expected a file or $name")
        }
      }
    } else {
      reader.report("begin", "expected a table of names")
    }
    let steps = reader.variants(
      "stages", discriminator: "kind", options: PipelineStages.options, "What is done each time.")
    stages = steps.compactMap { if case .stage(let stage) = $0 { stage } else { nil } }
    reader.checkFolderName("name", name)
  }
}

extension SectionReader {
  /// A key that nothing reads: somewhere for anchors of texts that stages share.
  fileprivate mutating func notes(_ key: String) {
    _ = value(
      key, default: ConfigNode(.null), .any,
      "Anything: a place for YAML anchors (&name) that stages repeat (*name).")
  }
}
