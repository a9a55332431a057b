import Glibc
import Testing

/// Options of likelihoods that a run shows in its data or in what it learns.
@Suite(.enabled(if: Program.isBuilt))
struct LikelihoodOptionTests {
  private let folder = TemporaryDirectory()

  private func write(_ rows: [String]) throws {
    var random = SplitMix(seed: 3)
    let lines = rows.map { more in
      let numbers = (0..<4).map { _ in Float.random(in: -1...1, using: &random) }
      return
        "{\"chosen\": \(Array(numbers[..<2])), \"rejected\": \(Array(numbers[2...])), \(more)}\n"
    }
    try folder.write("rows.jsonl", lines.joined())
    try folder.write(
      "a.yaml",
      """
      run: {name: m}
      model: {kind: features, hidden_sizes: []}
      data: {train: rows.jsonl}
      objective: {name: scaled_bt}
      optimizer: {name: sgd, momentum: 0, learning_rate: 0.05, max_grad_norm: 0}
      schedule: {name: constant}
      trainer: {max_steps: 3, batch_size: 8, report: false}
      """)
  }

  private func train(_ name: String, _ settings: String...) throws -> Outcome {
    try Program.run(
      ["train", "a.yaml", "--output", ".", "--set", "run.name=\(name)"]
        + settings.flatMap { ["--set", "objective.\($0)"] }, in: folder)
  }

  @Test("pairs of grade 0 are left out and counted, or refused")
  func zeroGrades() throws {
    try write((0..<16).map { "\"strength\": \($0 % 4)" })
    let refused = try train("no")
    #expect(refused.code != 0, "\(refused)")
    #expect(
      refused.errors.contains(
        "rows.jsonl: row 0: strength: objective scaled_bt needs a number > 0.0, found 0.0"),
      "\(refused)")
    let trained = try train("m", "drop_zero_strength=true", "strength_levels=3")
    try #require(trained.code == 0, "\(trained)")
    #expect(
      (trained.output + trained.errors).contains("4 train: dropped: strength 0"), "\(trained)")
    let ledger = try JSONObject(try folder.text("m/data-ledger.json"))
    #expect(ledger.number("train: dropped: strength 0") == 4)
    #expect(ledger.number("train pairs") == 12)
    // The same pairs without those.
    try write((0..<16).map { "\"strength\": \($0 % 4)" })
    let lines = try folder.text("rows.jsonl").split(separator: "\n").enumerated()
    try folder.write(
      "rows.jsonl", lines.filter { $0.offset % 4 != 0 }.map { $0.element + "\n" }.joined())
    try #require(try train("n").code == 0)
    let figures = try ["m", "n"].map { run in
      try folder.objects("\(run)/metrics.jsonl").map { $0.number("grade/2/loss") }
    }
    #expect(figures[0] == figures[1])
  }

  @Test("grades that were declared are held to", arguments: ["1.5", "4"])
  func declaredGrades(grade: String) throws {
    try write(["1", grade, "2"].map { "\"strength\": \($0)" })
    let found = Float(grade) ?? .nan
    for (objective, low) in [("scaled_bt", 1), ("margin_bt", 0)] {
      let refused = try train("no", "name=\(objective)", "strength_levels=3")
      #expect(refused.code != 0)
      #expect(
        refused.errors.contains(
          "row 1: strength: objective \(objective) needs a whole number in \(low) ... 3, found \(found)"
        ), "\(refused)")
    }
  }

  @Test("a tie parameter learns at its rate, or not at all")
  func tieParameters() throws {
    try write((0..<16).map { "\"label\": \($0 % 3 - 1)" })
    /// What is trained of each step: τ = softplus(a), ν = e^b.
    func course(_ name: String, _ objective: String, _ settings: String...) throws -> [Double] {
      let outcome = try Program.run(
        ["train", "a.yaml", "--output", ".", "--set", "run.name=\(name)"]
          + ["--set", "objective={name: \(objective)\(settings.map { ", " + $0 }.joined())}"],
        in: folder)
      try #require(outcome.code == 0, "\(outcome)")
      return try folder.objects("\(name)/metrics.jsonl").compactMap { line in
        line.number("tau").map { log(expm1($0)) } ?? line.number("nu").map { log($0) }
      }
    }
    for objective in ["rao_kupper", "davidson"] {
      let plain = try course("\(objective)-a", objective)
      let fast = try course("\(objective)-b", objective, "tie_param_lr: 4")
      let fixed = try course("\(objective)-c", objective, "learn_tie_param: false")
      #expect(plain.count == 3 && plain[0] != plain[1])
      // One step of plain gradient descent from the same point: four times as far.
      let ratio = (fast[1] - fast[0]) / (plain[1] - plain[0])
      #expect(abs(ratio - 4) < 1e-4, "\(ratio)")
      #expect(fixed == Array(repeating: plain[0], count: 3))
    }
  }

  @Test("what cannot be is refused before any work")
  func refusals() throws {
    try write((0..<6).map { "\"label\": \($0 % 3 - 1)" })
    let none = try train(
      "no", "name=rao_kupper", "tie_param_init=0", "learn_tie_param=false")
    #expect(
      none.code != 0
        && none.errors.contains("row 1 is a tie; set data.ties to drop to use the data"), "\(none)")
    let learned = try train("no", "name=davidson", "tie_param_init=0")
    #expect(
      learned.errors.contains("expected a number > 0 where it is learned, found 0"), "\(learned)")
    let both = try train("no", "name=davidson", "learn_tie_param=false", "tie_param_lr=2")
    #expect(both.errors.contains("has no use where learn_tie_param is false"), "\(both)")
    // Without the ties it is Bradley-Terry.
    let dropped = try Program.run(
      ["train", "a.yaml", "--output", ".", "--set", "data.ties=drop"]
        + ["--set", "objective={name: rao_kupper, tie_param_init: 0, learn_tie_param: false}"],
      in: folder)
    #expect(dropped.code == 0, "\(dropped)")
  }

  /// Ratings 20·y + 10 of completions without a feature: only a constant can tell them.
  @Test("ratings are learned on the scale asked for, with a constant where one is asked for")
  func scales() throws {
    try folder.write(
      "rows.jsonl",
      (0..<16).map { row in
        let (high, low) = (Double(row % 3) + 1, Double(row % 2))
        return "{\"chosen\": [0, 0], \"rejected\": [0, 0], \"chosen_ratings\": [\(high)], "
          + "\"rejected_ratings\": [\(low)]}\n"
      }.joined())
    func predictions(_ name: String, _ head: String, _ objective: String) throws -> Double {
      try folder.write(
        "b.yaml",
        """
        run: {name: \(name)}
        model: {kind: features, hidden_sizes: [], head: {kind: attributes, names: [good]\(head)}}
        data: {train: rows.jsonl}
        objective: {name: \(objective)}
        optimizer: {name: sgd, momentum: 0, learning_rate: 0.25, max_grad_norm: 0}
        schedule: {name: constant}
        trainer: {max_steps: 60, batch_size: 16, report: false}
        """)
      let trained = try Program.run(["train", "b.yaml", "--output", "."], in: folder)
      try #require(trained.code == 0, "\(trained)")
      let scored = try Program.run(
        [
          "score", "--model", "\(name)/final", "--input", "rows.jsonl", "--output", "\(name).jsonl",
        ],
        in: folder)
      try #require(scored.code == 0, "\(scored)")
      return try folder.objects("\(name).jsonl")[0].number("score_chosen") ?? .nan
    }
    // The mean of 16 · (1 + 2 + 3)/3 and 16 · (0 + 1)/2 ratings, as the rows happen to lie.
    let ratings = (0..<16).flatMap { [Double($0 % 3) + 1, Double($0 % 2)] }
    let mean = ratings.reduce(0, +) / 32
    let plain = try predictions("none", "", "multi_objective_regression")
    #expect(plain == 0)
    let fitted = try predictions("fit", ", fit_intercept: true", "multi_objective_regression")
    #expect(abs(fitted - mean) < 1e-4)
    let scaled = try predictions(
      "scaled", ", fit_intercept: true", "regression, target_scale: {a: 20, b: 10}")
    #expect(abs(scaled - (20 * mean + 10)) < 2e-3)
  }

  /// Scissors, paper, stone: what no reward of single completions can hold.
  @Test(
    "a model that reads both sides knows preferences that go round, and has no scores for less than a pair"
  )
  func joint() throws {
    let signs = ["[1, 0, 0]", "[0, 1, 0]", "[0, 0, 1]"]
    let pairs = (0..<24).map { row in
      let (a, b) = (signs[row % 3], signs[(row + 1) % 3])
      let (first, second, grade) = row % 2 == 0 ? (a, b, 2) : (b, a, -2)
      return
        "{\"chosen\": \(first), \"rejected\": \(second), \"annotator_scores\": [\(grade), \(grade)]}\n"
    }
    try folder.write("rows.jsonl", pairs.joined())
    func train(_ name: String, _ head: String, _ symmetry: String) throws -> [Double] {
      try folder.write(
        "c.yaml",
        """
        run: {name: \(name)}
        model: {kind: features, hidden_sizes: [], head: \(head)}
        data: {train: rows.jsonl}
        objective: {name: graded_difference_regression, symmetry: \(symmetry)}
        optimizer: {learning_rate: 0.05}
        schedule: {name: constant}
        trainer: {max_steps: 200, batch_size: 24, report: false}
        """)
      let trained = try Program.run(["train", "c.yaml", "--output", "."], in: folder)
      try #require(trained.code == 0, "\(trained)")
      let scored = try Program.run(
        ["score", "--model", "\(name)/final", "--input", "rows.jsonl", "--output", "s.jsonl"],
        in: folder)
      try #require(scored.code == 0, "\(scored)")
      return try folder.objects("s.jsonl").compactMap { $0.number("margin") }
    }
    let grades = (0..<24).map { $0 % 2 == 0 ? 2.0 : -2 }
    for symmetry in ["antisymmetrised", "augment"] {
      let margins = try train(symmetry, "{kind: joint, dimension: 4, hidden_size: 8}", symmetry)
      #expect(zip(margins, grades).allSatisfy { abs($0 - $1) < 0.3 }, "\(margins)")
    }
    let plain = try train("plain", "{kind: scalar}", "pointwise")
    #expect(zip(plain, grades).allSatisfy { abs($0 - $1) > 1 }, "\(plain)")
    try folder.write("one.jsonl", "{\"prompt\": \"p\", \"completion\": \"c\", \"label\": true}\n")
    let alone = try Program.run(
      ["score", "--model", "augment/final", "--input", "one.jsonl", "--output", "t.jsonl"],
      in: folder)
    #expect(
      alone.code != 0
        && alone.errors.contains(
          "the model judges a completion beside the other one of its pair, the data has no pairs"),
      "\(alone)")
  }
}
