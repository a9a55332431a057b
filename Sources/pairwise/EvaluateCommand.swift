import ArgumentParser
import Pairwise

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract:
      "Accuracy, calibration and margins of a model on labelled pairs, ranked candidates or completions."
  )

  @Option(help: "The model: final/ or a checkpoint of a run.")
  var model: String

  @Option(
    help:
      "Labelled pairs, ranked candidates or single completions: JSONL, CSV of features, or HDF5.")
  var data: String

  @Option(help: "Evaluate this split of the file only.")
  var split: String?

  @Option(help: "Write the figures here as JSON, or with --show-tokens the page as HTML.")
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Column with the true probability that chosen wins, for a policy's idealised accuracy.",
      discussion: "Default: label_prob, where the data has it.", valueName: "column"))
  var alpha: String?

  @Option(
    help: ArgumentHelp(
      "Column of a JSONL or CSV file to split the figures by.",
      discussion: "Default: group or data_subset.",
      valueName: "column"))
  var groupBy: String?

  @Option(
    help: ArgumentHelp(
      "Add up groups to the sections of a benchmark: rewardbench, or a YAML file with sections.",
      valueName: "scheme"))
  var sections: String?

  @Option(
    help: ArgumentHelp(
      "Another model, which is not told who judges: the share of groups for which the model is worse than it.",
      discussion: "Groups of 20 pairs or more; --group-by annotator makes everybody a group.",
      valueName: "model"))
  var generic: String?

  @Flag(
    help: "Also score each pair without the name of its annotator or group, and with another."
  )
  var contexts = false

  @OptionGroup var context: ContextOption

  @OptionGroup var policy: PolicyOptions

  @Option(
    help: "Pairs scored at once; default 1024, of language models 16. Figures do not depend on it.")
  var batchSize: Int?

  @Flag(
    help: """
      How alike the completions of each pair look to a language model that training starts from \
      (--reference, or the model itself), and how that goes with what happened to the chosen ones: CHES, \
      last hidden states, edit distance.
      """)
  var ches = false

  @Option(
    help: """
      With a reference: how many first tokens of completions to name that gained and lost most \
      probability; 0 for none.
      """)
  var topTokens = 5

  @Option(
    help: ArgumentHelp(
      "Show the first pairs with their tokens shaded instead: what each adds to a policy's implicit reward.",
      valueName: "pairs"))
  var showTokens: Int?

  @OptionGroup var onPolicy: OnPolicyOptions

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    if let batchSize, !(1...1_048_576).contains(batchSize) {
      throw ValidationError("--batch-size must be in 1 ... 1048576")
    }
    guard (0...1000).contains(topTokens) else {
      throw ValidationError("--top-tokens must be in 0 ... 1000")
    }
    if let showTokens, !(1...1000).contains(showTokens) {
      throw ValidationError("--show-tokens must be in 1 ... 1000")
    }
  }

  func run() throws {
    let scheme = try sections.map { try SectionFile.scheme($0) }
    let scorer = try context.applied(to: policy.scorer(model))
    if let showTokens { return try show(showTokens, scorer) }
    try onPolicy.check(scorer)
    var bar: ProgressBar?
    let result = try EvaluateFile.run(
      scorer, data: data, split: split, alpha: alpha,
      groupColumn: groupBy, sections: scheme, batchSize: batchSize ?? scorer.usualBatchSize(1024),
      figures: DisplacementFigures(similarity: ches, topTokens: topTokens), needsPairs: pairOption,
      note: Terminal.note
    ) { done, total in
      if bar == nil { bar = ProgressBar("scoring", total: total) }
      bar?.update(done)
    }
    bar?.clear()
    switch result {
    case .completions(let report): try show(report.node, rows(report))
    case .slates(let report): try show(report.node, rows(report))
    case .pairs(var report):
      try onPolicy.add(to: &report, scorer, data: data)
      if let generic {
        let other = try PairScorer(model: generic)
        try EvaluateFile.compare(
          &report, with: other, data: data, split: split, groupColumn: groupBy,
          batchSize: batchSize ?? other.usualBatchSize(1024))
      }
      if contexts {
        try EvaluateFile.addContexts(
          to: &report, scorer, data: data, split: split,
          batchSize: batchSize ?? scorer.usualBatchSize(1024))
      }
      try show(report.node, rows(report), details: report.policy.map(details) ?? "")
    }
  }

  /// What was asked for that only pairs have.
  private var pairOption: String? {
    let asked = [
      ("--ches", ches), ("--alpha", alpha != nil), ("--samples", onPolicy.samples != nil),
      ("--stances", onPolicy.stances != nil), ("--sections", sections != nil),
      ("--generic", generic != nil), ("--contexts", contexts),
    ]
    return asked.first { $0.1 }?.0
  }

  /// Writes the figures to `--output`, and prints them.
  private func show(_ node: ConfigNode, _ rows: [[String]], details: String = "") throws {
    if let output {
      var writer = JSONWriter(.pretty)
      writer.write(node)
      writer.endLine()
      try FileAccess.replace(output, with: writer.bytes)
    }
    if json { return Terminal.result(json: node) }
    Terminal.result(Terminal.table(["", "value", "95 % interval"], rows))
    if !details.isEmpty { Terminal.result("\n" + details) }
    if let output { Terminal.result("figures \(output)") }
  }

  private func rows(_ found: CompletionReport) -> [[String]] {
    let report = found.report
    return [
      ["completions", Terminal.grouped(found.count), ""],
      ["desirable", Terminal.grouped(found.desirable.count), ""],
      row("area under the curve", found.area?.value, found.areaInterval),
      row("accuracy at 0", report.statistics.accuracy, report.accuracyInterval),
      row("log loss", report.statistics.logLoss, report.logLossInterval),
      row("Brier", report.statistics.brier, report.brierInterval),
      row("ECE", report.calibration.expectedError),
      row(
        "ECE at temperature \(Terminal.fixed(report.temperature.value, 3))",
        report.calibrated.expectedError),
      row("reward of desirable", found.desirable.mean),
      row("reward of undesirable", found.undesirable.mean),
    ]
  }

  private func rows(_ report: SlateReport) -> [[String]] {
    [
      ["slates", Terminal.grouped(report.count), ""],
      ["candidates", Terminal.grouped(report.completions), ""],
      ["ordered pairs", Terminal.grouped(report.pairs), ""],
      row("accuracy of ordered pairs", report.pairAccuracy, report.pairInterval),
      row("best of the slate", report.topAccuracy, report.topInterval),
      row("Kendall's tau", report.tau, report.tauInterval),
      row("log-likelihood of the order", report.logLikelihood, report.logLikelihoodInterval),
    ]
  }

  /// Tables of what only policies have: nothing, or each with a blank line before it.
  private func details(_ policy: PolicyReport) -> String {
    var tables: [String] = []
    if let similarity = policy.similarity {
      tables.append(
        Terminal.table(
          ["likeness of the pair", "mean", "rank correlation with the chosen log-ratio"],
          similarity.figures.map { figure in
            [
              figure.name, Terminal.fixed(figure.mean, 4),
              figure.rankCorrelation.map { Terminal.fixed($0, 4) } ?? "–",
            ]
          }))
    }
    if let tokens = policy.firstTokens {
      let rows = (tokens.gained + tokens.lost).map { token in
        [
          token.text.map { String(reflecting: $0) } ?? "token \(token.id)",
          Terminal.fixed(token.before, 4), Terminal.fixed(token.after, 4),
        ]
      }
      tables.append(Terminal.table(["first token", "before", "after"], rows))
    }
    if let stances = policy.stances { tables.append(OnPolicyOptions.table(stances)) }
    return tables.joined(separator: "\n\n")
  }

  /// Prints pairs token by token, and writes them as a page to `--output`.
  private func show(_ count: Int, _ scorer: PairScorer) throws {
    let shaded = try scorer.shadedTokens(count, model: model, data: data, split: split)
    Terminal.result(TokenTerminal.text(shaded.measures, shaded.pairs))
    guard let output else { return }
    let page = TokenPage(title: model, measures: shaded.measures, pairs: shaded.pairs)
    try FileAccess.replace(output, with: Array(page.html.utf8))
    Terminal.result("page \(output)")
  }

  private func row(_ name: String, _ value: Double?, _ interval: Interval? = nil) -> [String] {
    [
      name, value.map { Terminal.fixed($0, 4) } ?? "–",
      interval.map { "\(Terminal.fixed($0.low, 4)) … \(Terminal.fixed($0.high, 4))" } ?? "",
    ]
  }

  /// What can be said of a policy's ranking beside its accuracy.
  private func ranking(_ ranking: RankingReport) -> [[String]] {
    let figures: [(String, Double?, Interval?)] = [
      ("ranking accuracy per token", ranking.accuracyPerToken, nil),
      ("ranking accuracy of the reference", ranking.referenceAccuracy, ranking.referenceInterval),
      ("idealised ranking accuracy", ranking.idealised, ranking.idealisedInterval),
      ("alignment gap", ranking.gap, nil),
      ("median loss that ranks right", ranking.medianThreshold, nil),
    ]
    return figures.compactMap { name, value, interval in
      value.map { row(name, $0, interval) }
    }
  }

  private func rows(_ report: EvaluationReport) -> [[String]] {
    var rows = [
      ["pairs", Terminal.grouped(report.statistics.count), ""],
      row("accuracy", report.statistics.accuracy, report.accuracyInterval),
      row("log loss", report.statistics.logLoss, report.logLossInterval),
      row("Brier", report.statistics.brier, report.brierInterval),
      row("ECE", report.calibration.expectedError),
      row(
        "ECE at temperature \(Terminal.fixed(report.temperature.value, 3))",
        report.calibrated.expectedError),
      row("margin", report.statistics.margin.mean, report.marginInterval),
    ]
    if let policy = report.policy {
      rows.append(row("ranking accuracy", policy.rankingAccuracy, policy.rankingInterval))
      rows += ranking(policy.ranking)
      rows.append(row("log-prob chosen", policy.chosenLogps))
      rows.append(row("log-prob rejected", policy.rejectedLogps))
      if let divergence = policy.onPolicyDivergence {
        rows.append(row("KL on its own completions", divergence.value, divergence.interval))
      }
      if let moved = policy.displacement {
        rows.append(row("log-ratio chosen", moved.chosen, moved.chosenInterval))
        rows.append(row("log-ratio rejected", moved.rejected, moved.rejectedInterval))
        rows.append(row("log-ratio margin", moved.margin, moved.marginInterval))
        rows.append(row("chosen less likely than before", moved.displaced, moved.displacedInterval))
        rows.append(row("… although its margin grew", moved.displacedDespiteMargin))
      }
    }
    for group in report.groups?.groups ?? [] {
      rows.append(row("accuracy, \(group.name)", group.accuracy, group.interval))
    }
    if let generic = report.generic {
      rows.append(row("groups worse than with the generic model", generic.worse, generic.interval))
      rows.append(row("mean gain on the generic model", generic.gain))
    }
    if let contexts = report.contexts {
      rows.append(
        row("accuracy without a name", contexts.without.accuracy, contexts.without.interval))
      rows.append(
        row("accuracy with another name", contexts.wrong.accuracy, contexts.wrong.interval))
    }
    for section in report.sections?.sections ?? [] where section.score != nil {
      rows.append(row("section \(section.name)", section.score))
    }
    if let sections = report.sections {
      rows.append(row("score of \(sections.scheme.name)", sections.score))
    }
    return rows
  }
}
