import ArgumentParser
import Pairwise

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract:
      "Score preference pairs, ranked candidates or single completions, with a reward model or a policy.",
    discussion: """
      Writes one JSON line a pair, in input order: index, score_chosen, score_rejected, margin, probability, \
      and the input's further columns. A pair's line depends on that pair alone. A policy scores by its implicit \
      reward, beta times the log-ratio to --reference (an adapter's base by itself), or without one by its log-prob. Of \
      ranked candidates a line has index, scores in the order of the ranking, log_likelihood, kendall_tau and top_1; of \
      single completions a line has index, score and label, and of policies logps and ref_logps.
      """)

  @Option(help: "The model: final/ or a checkpoint of a run.")
  var model: String

  @Option(
    help:
      "Pairs, ranked candidates, or single completions with labels: JSONL, CSV of features, or HDF5."
  )
  var input: String

  @Option(help: "The JSONL file to write.")
  var output: String

  @OptionGroup var policy: PolicyOptions

  @OptionGroup var context: ContextOption

  @Option(
    help: "Pairs scored at once; default 256, of language models 16. Scores do not depend on it.")
  var batchSize: Int?

  @Flag(
    help: """
      Add how alike the completions look to the language model that training starts from (--reference, or the \
      model itself): ches, ches_normalized, last_hidden, edit_distance, edit_similarity. `data filter` drops \
      pairs by them.
      """)
  var ches = false

  @Flag(help: "Print the summary as JSON.")
  var json = false

  func validate() throws {
    if let batchSize, !(1...1_048_576).contains(batchSize) {
      throw ValidationError("--batch-size must be in 1 ... 1048576")
    }
  }

  func run() throws {
    let scorer = try context.applied(to: try policy.scorer(model))
    let bar = ProgressBar("scoring", total: nil)
    let file = ScoreFile(
      scorer, batchSize: batchSize ?? scorer.usualBatchSize(256), similarity: ches
    ) {
      bar.update($0)
    }
    let summary = try file.run(input: input, output: output)
    bar.clear()
    summary.remark.map(Terminal.note)
    if let completions = summary.completions { return show(completions, summary.seconds) }
    if let slates = summary.slates { return show(slates, summary.seconds) }
    let interval = summary.interval
    if json {
      return Terminal.result(
        json: ConfigNode(
          .table([
            .init(key: "pairs", value: summary.pairs.configNode),
            .init(key: "accuracy", value: summary.accuracy.configNode),
            .init(
              key: "accuracy_ci",
              value: [interval?.low ?? 0, interval?.high ?? 1].configNode),
            .init(key: "ties", value: summary.ties.configNode),
            .init(key: "seconds", value: summary.seconds.configNode),
          ])))
    }
    let rate = Double(summary.pairs) / max(1e-9, summary.seconds)
    Terminal.result(
      "accuracy \(Terminal.fixed(summary.accuracy, 4)) (\(summary.wins) of \(summary.pairs), 95 % "
        + "\(Terminal.fixed(interval?.low ?? 0, 4)) … \(Terminal.fixed(interval?.high ?? 1, 4)))"
        + (summary.ties > 0 ? ", \(summary.ties) ties" : ""))
    Terminal.result(
      "\(Terminal.grouped(summary.pairs)) pairs in \(Terminal.duration(summary.seconds)), "
        + "\(Terminal.grouped(Int(rate))) a second → \(output)")
  }

  private func show(_ found: SlateReport, _ seconds: Double) {
    if json {
      guard case .table(var entries) = found.node.value else { return }
      entries.append(.init(key: "seconds", value: seconds.configNode))
      return Terminal.result(json: ConfigNode(.table(entries)))
    }
    func ends(_ interval: Interval?) -> String {
      interval.map { ", 95 % \(Terminal.fixed($0.low, 4)) … \(Terminal.fixed($0.high, 4))" } ?? ""
    }
    if let accuracy = found.pairAccuracy {
      Terminal.result(
        "accuracy \(Terminal.fixed(accuracy, 4)) (\(Terminal.grouped(found.pairs)) ordered pairs"
          + "\(ends(found.pairInterval)))")
    }
    Terminal.result(
      "best of the slate \(Terminal.fixed(found.topAccuracy, 4)) (\(Terminal.grouped(found.count)) slates"
        + "\(ends(found.topInterval)))")
    Terminal.result(
      "\(Terminal.grouped(found.completions)) candidates in \(Terminal.duration(seconds)) → \(output)"
    )
  }

  private func show(_ found: ScoreSummary.Completions, _ seconds: Double) {
    let ends = found.interval.map { [$0.low, $0.high] }
    if json {
      var entries: [ConfigNode.Entry] = [.init(key: "completions", value: found.count.configNode)]
      if let area = found.area, let ends {
        entries.append(.init(key: "desirable", value: area.above.configNode))
        entries.append(.init(key: "undesirable", value: area.below.configNode))
        entries.append(.init(key: "auc", value: area.value.configNode))
        entries.append(.init(key: "auc_ci", value: ends.configNode))
      }
      entries.append(.init(key: "seconds", value: seconds.configNode))
      return Terminal.result(json: ConfigNode(.table(entries)))
    }
    if let area = found.area, let ends {
      Terminal.result(
        "area under the curve \(Terminal.fixed(area.value, 4)) (\(area.above) desirable, "
          + "\(area.below) undesirable, 95 % \(Terminal.fixed(ends[0], 4)) … "
          + "\(Terminal.fixed(ends[1], 4)))")
    }
    Terminal.result(
      "\(Terminal.grouped(found.count)) completions in \(Terminal.duration(seconds)) → \(output)")
  }
}
