import Testing

/// What `metrics.jsonl` says of a reward model beside its loss.
@Suite(.enabled(if: Program.isBuilt))
struct FigureCommandTests {
  private let folder = TemporaryDirectory()

  /// Grades and weights beside features; strength is the first feature's lead in three steps.
  private func rows(_ count: Int, seed: UInt64) -> String {
    var random = SplitMix(seed: seed)
    return (0..<count).map { row in
      let numbers = (0..<6).map { _ in Float.random(in: -1...1, using: &random) }
      let lead = abs(numbers[0] - numbers[3])
      let (first, second) =
        numbers[0] > numbers[3] ? (numbers[..<3], numbers[3...]) : (numbers[3...], numbers[..<3])
      return "{\"chosen\": \(Array(first)), \"rejected\": \(Array(second)), "
        + "\"strength\": \(lead < 0.5 ? 1 : lead < 1 ? 2 : 3), \"weight\": \(row % 2 + 1)}\n"
    }.joined()
  }

  /// Pearson's of the ranks, by counting how many are smaller.
  private func rankCorrelation(_ a: [Double], _ b: [Double]) -> Double {
    func ranks(_ x: [Double]) -> [Double] {
      let middle = Double(x.count - 1) / 2
      return x.map { value in
        let (below, equal) = (x.count { $0 < value }, x.count { $0 == value })
        return Double(below) + Double(equal - 1) / 2 - middle
      }
    }
    let (p, q) = (ranks(a), ranks(b))
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    return dot(p, q) / (dot(p, p) * dot(q, q)).squareRoot()
  }

  private func train(_ name: String, _ more: [String]) throws {
    let outcome = try Program.run(
      ["train", "a.yaml", "--output", ".", "--set", "run.name=\(name)"] + more, in: folder)
    try #require(outcome.code == 0, "\(outcome)")
  }

  @Test("spreads, counts and rank correlations are those of the scores, however batches are split")
  func figures() throws {
    try folder.write("train.jsonl", rows(60, seed: 1))
    try folder.write("held.jsonl", rows(40, seed: 2))
    try folder.write(
      "a.yaml",
      """
      run: {name: m}
      model: {kind: features, hidden_sizes: []}
      data: {train: train.jsonl, validation: held.jsonl}
      objective: {name: margin_bt}
      optimizer: {learning_rate: 0.05}
      trainer: {num_train_epochs: 3, batch_size: 20, report: false}
      """)
    try train("m", [])
    try train(
      "n",
      ["--set", "trainer.microbatch_size=7", "--set", "run.threads=1"]
        + ["--set", "trainer.eval_batch_size=9"])
    #expect(try folder.comparableMetrics("m") == folder.comparableMetrics("n"))
    let lines = try folder.objects("m/metrics.jsonl")
    let steps = lines.filter { $0.number("loss") != nil }
    #expect(steps.count == 9)
    #expect(steps.allSatisfy { $0.number("n_pairs") == 20 })
    #expect(steps.allSatisfy { $0["strength/spearman"] == nil && $0["margin_std"] != nil })

    try train("w", ["--set", "objective.name=bradley_terry"])
    let weighted = try folder.objects("w/metrics.jsonl").filter { $0.number("loss") != nil }
    #expect(weighted.prefix(3).reduce(0) { $0 + ($1.number("weight_sum") ?? 0) } == 90)

    let scored = try Program.run(
      ["score", "--model", "m/final", "--input", "held.jsonl", "--output", "s.jsonl"], in: folder)
    try #require(scored.code == 0, "\(scored)")
    let margins = try folder.objects("s.jsonl").compactMap { $0.number("margin") }
    let strengths = try folder.objects("held.jsonl").compactMap { $0.number("strength") }
    let mean = margins.reduce(0, +) / 40
    let squares = margins.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let last = try #require(lines.last { $0.number("eval_loss") != nil })
    #expect(last.number("eval_n_pairs") == 40)
    let spread = try #require(last.number("eval_margin_std"))
    #expect(abs(spread - (squares / 40).squareRoot()) < 1e-6 * spread)
    let expected = rankCorrelation(margins, strengths)
    #expect(expected > 0.7)
    #expect(abs((last.number("eval_strength/spearman") ?? .nan) - expected) < 1e-12)
  }
}
