import ArgumentParser
import Pairwise

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract:
      "Write report.html of training runs and comparisons anew, or show tokens as a run's policy sees them."
  )

  @Argument(
    help:
      "Folders of runs and comparisons; reports of several runs show where their configs differ.")
  var runs: [String]

  @Option(
    help: ArgumentHelp(
      "Show so many pairs with their tokens shaded by credit and masks, here and in tokens.html.",
      valueName: "pairs"))
  var tokens: Int?

  @Option(
    help: "The config a run was started with, where paths in its own copy lead nowhere from here.")
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Write each figure here as well, as SVG and, where rsvg-convert is installed, as PNG.",
      valueName: "folder"))
  var figures: String?

  func validate() throws {
    if figures != nil && tokens != nil {
      throw ValidationError("--figures does not go with --tokens")
    }
    if let tokens, !(1...1000).contains(tokens) {
      throw ValidationError("--tokens must be in 1 ... 1000")
    }
    if config != nil && tokens == nil { throw ValidationError("--config goes with --tokens") }
    if config != nil && runs.count > 1 { throw ValidationError("--config goes with one run") }
  }

  func run() throws {
    let beside = tokens == nil ? try runsBeside() : nil
    for run in runs {
      if tokens == nil, ComparisonReport.isComparison(run) {
        let report = try ComparisonReport(folder: run)
        try report.write(to: run)
        Terminal.result(run + "/report.html")
        try export(report.pictures, of: run)
        continue
      }
      let folder = RunFolder(path: run)
      guard folder.isUsed else {
        throw DataError(.missing, file: run, expected)
      }
      if let tokens {
        try show(tokens, of: folder)
      } else {
        try RunReport.write(for: folder, beside: beside)
        Terminal.result(folder.report)
        if figures != nil { try export(RunReport(for: folder).pictures, of: run) }
      }
    }
  }

  /// The training runs among several, for their reports to show side by side.
  private func runsBeside() throws -> RunsBeside? {
    let folders = runs.filter { !ComparisonReport.isComparison($0) }.map { RunFolder(path: $0) }
    return folders.count > 1 && folders.allSatisfy(\.isUsed) ? try RunsBeside(folders) : nil
  }

  private var expected: String { "expected the folder of a run, with metrics.jsonl" }

  private func parent(_ path: String) -> String { folder(of: path) }

  /// Names begin with the run's where there are several.
  private func export(_ pictures: [ReportPicture], of run: String) throws {
    guard let figures else { return }
    let name = run.split(separator: "/").last.map { "\($0)-" } ?? ""
    try FigureExport(folder: figures).write(pictures, prefix: runs.count > 1 ? name : "")
  }

  private func show(_ count: Int, of folder: RunFolder) throws {
    let file = config ?? folder.config
    let document = try ConfigFile.load(file, overrides: [])
    let (section, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: file)
    let run = try TrainRun(
      section, resolved: resolved, configFolder: parent(file),
      output: parent(folder.path))
    let shaded = try run.shadedTokens(count, in: folder)
    let page = TokenPage(title: section.run.name, measures: shaded.measures, pairs: shaded.pairs)
    try page.write(to: folder)
    Terminal.result(TokenTerminal.text(shaded.measures, shaded.pairs))
    Terminal.result(folder.tokens)
  }
}
