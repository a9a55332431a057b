import ArgumentParser
import Pairwise

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model from a config file.",
    discussion: """
      Leaves a folder with checkpoints, the final model, metrics.jsonl and a report. A run that was stopped \
      goes on with --resume and ends in the same bytes as if it had not been stopped.
      """)

  @Argument(help: "The config file (YAML).")
  var config: String

  @Option(
    name: .customLong("set"), help: "Replace a config value, as in optimizer.learning_rate=0.01.")
  var overrides: [String] = []

  @Option(help: "Folder that holds the runs; replaces run.output.")
  var output: String?

  @Flag(help: "Go on from the last good checkpoint, or start if there is none.")
  var resume = false

  @Flag(help: "Remove an earlier run of that name first.")
  var overwrite = false

  @Flag(help: "Check config and data and say what would be done.")
  var dryRun = false

  @Flag(help: "Print the summary as JSON.")
  var json = false

  func validate() throws {
    if resume && overwrite { throw ValidationError("--resume and --overwrite exclude each other") }
  }

  func run() throws {
    let document = try ConfigFile.load(config, overrides: overrides)
    let (section, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: config)
    let view = TrainView(json: json)
    let run = try TrainRun(
      section, resolved: resolved, configFolder: folder(of: config), output: output,
      command: command, notify: view.show)
    if dryRun { return view.show(plan: run.plan(timed: true)) }
    StopSignal.listen()
    TensorMemory.keepFreedBlocks()
    try run.run(existing: resume ? .resume : overwrite ? .overwrite : .refuse)
  }
}

extension TrainCommand {
  /// The command line that does the same again.
  private var command: String {
    var words = ["pairwise train", config]
    words += overrides.map { "--set \($0)" }
    if let output { words.append("--output \(output)") }
    return words.joined(separator: " ")
  }
}

/// Shows a training run: the plan, a progress bar, the table at the end.
final class TrainView {
  private let json: Bool
  /// Whether plan and summary are left out: the run is a part of something larger.
  private let isPart: Bool
  private var bar: ProgressBar?
  /// What the bar shows before training starts.
  private var preparing: String?
  private var evaluation = ""

  init(json: Bool, isPart: Bool = false) { (self.json, self.isPart) = (json, isPart) }

  func show(_ event: TrainEvent) {
    switch event {
    case .started(let plan):
      if !json && !isPart { show(plan: plan) }
      bar?.clear()
      bar = ProgressBar("training", total: plan.totalSteps, done: plan.doneSteps)
    case .preparing(let what, let done, let total):
      if preparing != "\(what) \(total)" {
        bar?.clear()
        (bar, preparing) = (ProgressBar(what, total: total), "\(what) \(total)")
        // Where no bar shows, minutes of silence would look like a program that hangs.
        if !Terminal.isInteractive { Terminal.note("computing \(what) of \(total) pairs") }
      }
      bar?.update(done)
    case .step(let step, let result):
      bar?.update(step, "loss \(Terminal.fixed(result.loss, 4))\(evaluation)")
    case .evaluated(_, _, let accuracy, _, _, _):
      evaluation = accuracy.map { "  accuracy \(Terminal.fixed($0, 3))" } ?? ""
    case .checkpoint: break
    case .note(let text):
      bar?.clear()
      Terminal.note(text)
    case .finished(let summary):
      bar?.clear()
      if !isPart { show(summary) }
    }
  }

  func show(plan: TrainPlan) {
    let ledger = plan.ledger.map { "\(Terminal.grouped($0.value)) \($0.name)" }
    var lines = [
      "run         \(plan.folder)",
      "pairs       \(ledger.joined(separator: ", "))",
      "steps       \(Terminal.grouped(plan.totalSteps)) of \(plan.batchSize) pairs"
        + (plan.doneSteps > 0 ? ", \(Terminal.grouped(plan.doneSteps)) done" : ""),
      "parameters  \(Terminal.grouped(plan.parameters))"
        + (plan.trained < plan.parameters ? ", \(Terminal.grouped(plan.trained)) trained" : ""),
      "memory      about \(Terminal.bytes(plan.estimatedBytes)) and the program itself",
    ]
    if let tokens = plan.tokens { lines += text(tokens, plan) }
    Terminal.note(lines.joined(separator: "\n"))
  }

  private func text(_ tokens: TokenPlan, _ plan: TrainPlan) -> [String] {
    var lines = [
      "tokens      \(Terminal.grouped(tokens.prompt)) of prompts, "
        + "\(Terminal.grouped(tokens.chosen)) chosen, \(Terminal.grouped(tokens.rejected)) rejected an epoch; "
        + "longest \(Terminal.grouped(tokens.longest))"
    ]
    guard tokens.secondsPerStep > 0 else { return lines }
    let steps = Double(plan.totalSteps - plan.doneSteps) * tokens.secondsPerStep
    lines.append(
      "time        about \(Terminal.fixed(tokens.secondsPerStep, 2)) s a step, "
        + "\(Terminal.duration(steps + tokens.referenceSeconds)) in all"
        + (tokens.referenceSeconds > 0
          ? " with \(Terminal.duration(tokens.referenceSeconds)) for the reference" : "")
        + ", evaluations not counted")
    return lines
  }

  private func show(_ summary: TrainSummary) {
    if json { return Terminal.result(json: summary.node) }
    var rows = summary.figures.map { figure in
      [
        figure.name, Terminal.fixed(figure.value, 4),
        figure.low.flatMap { low in
          figure.high.map { "\(Terminal.fixed(low, 4)) … \(Terminal.fixed($0, 4))" }
        } ?? "",
      ]
    }
    if let loss = summary.finalLoss {
      rows.insert(["loss of the last step", Terminal.fixed(loss, 4), ""], at: 0)
    }
    rows.append([
      "steps", Terminal.grouped(summary.steps), summary.stoppedEarly ? "stopped early" : "",
    ])
    let rate = summary.pairsPerSecond
    rows.append([
      "pairs per second",
      rate < 10 ? Terminal.fixed(rate, 2) : Terminal.grouped(Int(rate)), "",
    ])
    rows.append(["time", Terminal.duration(summary.seconds), ""])
    rows.append(["peak memory", Terminal.bytes(summary.peakMemoryBytes), ""])
    Terminal.result(Terminal.table(["validation", "value", "95 % interval"], rows))
    Terminal.result("model   \(summary.folder)/final")
    if let report = summary.report { Terminal.result("report  \(report)") }
  }
}

extension TrainSummary {
  fileprivate var node: ConfigNode {
    var entries: [ConfigNode.Entry] = [
      .init(key: "folder", value: folder.configNode),
      .init(key: "steps", value: steps.configNode),
      .init(key: "seconds", value: seconds.configNode),
      .init(key: "pairs_per_second", value: pairsPerSecond.configNode),
      .init(key: "peak_memory_bytes", value: peakMemoryBytes.configNode),
      .init(key: "stopped_early", value: stoppedEarly.configNode),
    ]
    if let finalLoss { entries.append(.init(key: "loss", value: finalLoss.configNode)) }
    for figure in figures {
      let key = figure.name.lowercased().map { $0 == " " ? "_" : $0 }
      entries.append(.init(key: String(key), value: figure.value.configNode))
      if let low = figure.low, let high = figure.high {
        entries.append(.init(key: String(key) + "_ci", value: [low, high].configNode))
      }
    }
    return ConfigNode(.table(entries))
  }
}
