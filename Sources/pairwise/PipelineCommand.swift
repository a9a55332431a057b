import ArgumentParser
import Pairwise

struct PipelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract:
      "Run stages that hand each other files: train, generate, score, pairs, and rounds of them.",
    discussion: """
      A stage whose inputs and keys are as they were is not run again: a pipeline that was stopped goes on where it was. \
      What every stage did is in pipeline.json.
      """)

  @Argument(help: "The pipeline's config file (YAML).")
  var config: String

  @Option(
    name: .customLong("set"), help: "Replace a value of the pipeline's config, as in seed=1.")
  var overrides: [String] = []

  @Option(help: "Folder that holds the pipeline's, in place of the config's.")
  var output: String?

  @Flag(help: "Run every stage anew, whatever is there.")
  var overwrite = false

  @Flag(help: "Print what stages did as JSON.")
  var json = false

  func run() throws {
    var overrides = overrides
    if let output { overrides.append("output=\(output)") }
    let document = try ConfigFile.load(config, overrides: overrides)
    let (section, resolved) = try ConfigReader.read(
      PipelineConfig.self, from: document, file: config)
    StopSignal.listen()
    TensorMemory.keepFreedBlocks()
    let view = PipelineView()
    let pipeline = try Pipeline(section, resolved: resolved, file: config, notify: view.show)
    let records = try pipeline.run(anew: overwrite)
    view.end()
    if json { return Terminal.result(json: Pipeline.node(records)) }
    Terminal.result(PipelineView.table(records))
    Terminal.result("result  \(section.output)/\(section.name)/pipeline.json")
  }
}

/// Shows a pipeline: a line a stage outside rounds, one bar for those inside, a table at the end.
final class PipelineView {
  private let training = TrainView(json: false, isPart: true)
  private var bar: ProgressBar?
  private var isRound = false

  func show(_ event: Pipeline.Event) {
    switch event {
    case .stage(let name, let kind, let round, let isDone):
      isRound = round != nil
      if let round {
        if bar == nil { bar = ProgressBar("rounds", total: nil) }
        bar?.update(round, "round \(round): \(name)")
        return
      }
      end()
      Terminal.note(isDone ? "\(name) is there already" : "\(kind) \(name)")
    case .training(let event): if !isRound { training.show(event) }
    case .progress(let what, let done):
      if isRound { return }
      if bar == nil { bar = ProgressBar(what, total: nil) }
      bar?.update(done, "")
    }
  }

  func end() {
    bar?.clear()
    bar = nil
  }

  /// A line a stage; of rounds the last one, and what was measured in some of them.
  static func table(_ records: [Pipeline.Record]) -> String {
    var lines: [[String]] = []
    var names: [String] = []
    for record in records where !names.contains("\(record.name)/\(record.round != nil)") {
      names.append("\(record.name)/\(record.round != nil)")
      let all = records.filter {
        $0.name == record.name && ($0.round != nil) == (record.round != nil)
      }
      let last = all[all.count - 1]
      let seconds = all.filter { !$0.isKept }.reduce(0) { $0 + $1.seconds }
      let kept = all.count { $0.isKept }
      lines.append([
        record.name, record.kind, last.round.map { "\($0)" } ?? "",
        kept == all.count ? "kept" : Terminal.duration(seconds), figures(last),
      ])
    }
    var text = Terminal.table(
      ["stage", "kind", "rounds", "time", "figures (of the last round)"], lines, left: [0, 1, 4])
    for name in Set(records.filter { $0.kind == "measure" && $0.round != nil }.map(\.name)).sorted()
    {
      text += "\n\n" + course(records.filter { $0.name == name && $0.round != nil })
    }
    return text
  }

  private static func figures(_ record: Pipeline.Record) -> String {
    record.figures.map { name, value in
      let isCount = value == value.rounded() && abs(value) < 1e9
      return "\(name) \(isCount ? "\(Int(value))" : Terminal.fixed(value, 4))"
    }.joined(separator: ", ")
  }

  /// What was measured round by round: ten rounds at most.
  private static func course(_ records: [Pipeline.Record]) -> String {
    let step = max(1, (records.count + 9) / 10)
    let shown = records.indices.filter {
      ($0 + 1) % step == 0 || $0 == 0 || $0 == records.count - 1
    }
    let head = ["\(records[0].name): round"] + records[0].figures.map(\.name)
    return Terminal.table(
      head,
      shown.map { index in
        ["\(records[index].round ?? 0)"]
          + records[index].figures.map { Terminal.fixed($0.value, 4) }
      })
  }
}
