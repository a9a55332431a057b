import ArgumentParser
import Pairwise

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Train a config with several values of one key and compare the policies.",
    discussion: """
      Every policy writes completions, which are judged by the rewards of the config; the result is the Pareto \
      front of the mean rewards with its hypervolume (front.json). Runs that are there already with the same \
      config are not made again.
      """)

  @Argument(help: "The sweep's config file (YAML).")
  var config: String

  @Option(
    name: .customLong("set"), help: "Replace a value of the sweep's config, as in samples=8.")
  var overrides: [String] = []

  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let document = try ConfigFile.load(config, overrides: overrides)
    let (section, resolved) = try ConfigReader.read(SweepConfig.self, from: document, file: config)
    StopSignal.listen()
    TensorMemory.keepFreedBlocks()
    let view = SweepView()
    let outcome = try Sweep(
      section, resolved: resolved, configFolder: folder(of: config), notify: view.show
    ).run()
    if json { return Terminal.result(json: outcome.node) }
    Terminal.result(SweepView.table(outcome))
  }
}

/// Shows a sweep: a line a run, a bar while completions are written, the front at the end.
final class SweepView {
  private let training = TrainView(json: false, isPart: true)
  private var bar: (name: String, bar: ProgressBar)?

  func show(_ event: Sweep.Event) {
    switch event {
    case .run(let name, let isDone):
      Terminal.note(isDone ? "\(name) is there already" : "training \(name)")
    case .training(let event): training.show(event)
    case .sampling(let name, let done, let total):
      if bar?.name != name {
        bar?.bar.clear()
        bar = (name, ProgressBar("writing completions of \(name)", total: total))
      }
      bar?.bar.update(done)
      if done == total { bar?.bar.clear() }
    }
  }

  static func table(_ outcome: Sweep.Outcome) -> String {
    let head = ["policy", "value"] + outcome.rewards + ["KL", "front"]
    let rows = zip(outcome.points, outcome.front.isOnFront).map { point, isOnFront in
      [point.name, point.value.map(text) ?? ""]
        + point.rewards.map { interval($0.mean, $0.interval) }
        + [point.divergence.map { interval($0.value, $0.interval) } ?? "", isOnFront ? "yes" : ""]
    }
    let corner = outcome.referencePoint.map { Terminal.fixed($0, 3) }.joined(separator: ", ")
    return Terminal.table(head, rows, left: [0, 1, head.count - 1])
      + "\nhypervolume \(Terminal.fixed(outcome.front.hypervolume, 4)) above (\(corner))\n"
      + "result  \(outcome.folder)/front.json"
  }

  private static func text(_ node: ConfigNode) -> String {
    var writer = JSONWriter()
    writer.write(node)
    return writer.string
  }

  private static func interval(_ value: Double, _ interval: Interval?) -> String {
    guard let interval else { return Terminal.fixed(value, 3) }
    return
      "\(Terminal.fixed(value, 3)) (\(Terminal.fixed(interval.low, 3)) … \(Terminal.fixed(interval.high, 3)))"
  }
}
