import ArgumentParser
import Pairwise
import Synchronization

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract:
      "Compare objectives on a toy problem or a dataset: settings x seeds, with statistics.",
    discussion: """
      All objectives see the same data in the same order, seed by seed. Leaves results.jsonl (a line a run), \
      summary.json, summary.csv and report.html. A comparison that was stopped goes on with --resume; so does one \
      whose config got more seeds, objectives or settings: runs that are known are not made again.
      """)

  @Argument(help: "The comparison's config file (YAML).")
  var config: String

  @Option(name: .customLong("set"), help: "Replace a config value, as in seeds=5.")
  var overrides: [String] = []

  @Option(help: "Folder that holds the results; replaces the config's output.")
  var output: String?

  @Flag(help: "Go on with the runs that are missing.")
  var resume = false

  @Flag(help: "Forget the runs of an earlier comparison of that name.")
  var overwrite = false

  @Flag(help: "Check the config and say what would be run.")
  var dryRun = false

  @Flag(help: "Print the summary as JSON.")
  var json = false

  func validate() throws {
    if resume && overwrite { throw ValidationError("--resume and --overwrite exclude each other") }
  }

  func run() throws {
    let document = try ConfigFile.load(config, overrides: overrides)
    let (section, resolved) = try ConfigReader.read(
      CompareConfig.self, from: document, file: config)
    let plan = try ComparePlan(section, file: config)
    if dryRun { return Terminal.result(CompareView.text(plan)) }
    StopSignal.listen()
    TensorMemory.keepFreedBlocks()
    let view = CompareView()
    let comparison = Comparison(
      plan, resolved: resolved, configFolder: folder(of: config), output: output,
      command: command, notify: view.show)
    let runs = try comparison.run(existing: resume ? .resume : overwrite ? .overwrite : .refuse)
    view.end()
    let summary = try comparison.summarise(runs)
    if json { return Terminal.result(json: summary.node) }
    Terminal.result(CompareView.text(summary, in: comparison.folder))
  }

  private var command: String {
    var words = ["pairwise compare", config]
    words += overrides.map { "--set \($0)" }
    if let output { words.append("--output \(output)") }
    return words.joined(separator: " ")
  }
}

/// Shows a comparison: how many runs there are, and a bar while they go on.
final class CompareView: Sendable {
  private let bar = Mutex<ProgressBar?>(nil)

  func show(_ event: Comparison.Event) {
    switch event {
    case .started(let runs, let known, let parallel):
      let left = known > 0 ? ", \(Terminal.grouped(known)) known already" : ""
      Terminal.note(
        "\(Terminal.grouped(runs)) runs\(left)" + (parallel > 1 ? ", \(parallel) at once" : ""))
      bar.withLock { $0 = ProgressBar("comparing", total: runs, done: known) }
    case .finished(let run, let done):
      bar.withLock { $0?.update(done, "\(run.objective) seed \(run.seed)") }
    }
  }

  /// Removes the bar.
  func end() { bar.withLock { $0?.clear() } }

  /// The table, what it says in words, and where everything is.
  static func text(_ summary: ComparisonSummary, in folder: String) -> String {
    let table = summary.table
    let columns = Set([0] + (table.head.count == 6 && table.head[1] == "objective" ? [1] : []))
    return
      ([Terminal.table(table.head, table.rows, left: columns), table.legend, ""]
      + summary.sentences + [
        "", summary.recommendation, "", "result  \(folder)/summary.json",
        "report  \(folder)/report.html",
      ])
      .joined(separator: "\n")
  }

  static func text(_ plan: ComparePlan) -> String {
    let grid = plan.axes.map { axis in
      "\(axis.key): \(axis.values.map(\.inline).joined(separator: ", "))"
    }
    return """
      runs        \(Terminal.grouped(plan.count))
      objectives  \(plan.labels.map(\.label).joined(separator: ", "))
      grid        \(grid.isEmpty ? "none" : grid.joined(separator: "; "))
      seeds       \(plan.config.seeds)
      measures    \(plan.measures.map(\.name).joined(separator: ", "))
      baseline    \(plan.baseline)
      """
  }
}
