import Foundation
import PairwiseConfig
import PairwiseData
import Testing

/// Single stages on a few rows whose outcome is known.
@Suite("Stages of pipelines", .enabled(if: Program.isBuilt))
struct PipelineStageTests {
  private let folder = TemporaryDirectory()

  private func run(_ stages: [String]) throws -> Outcome {
    try folder.write(
      "p.yaml", "name: p\noutput: out\nstages:\n" + stages.map { "  - \($0)\n" }.joined())
    return try Program.run(["pipeline", "p.yaml", "--json"], in: folder)
  }

  private func rows(_ name: String) throws -> [ConfigNode] {
    try folder.text("out/p/\(name).jsonl").split(separator: "\n").map {
      try JSON.parse(Array($0.utf8))
    }
  }

  private func numbers(_ name: String, _ key: String) throws -> [Double] {
    try rows(name).map { row in
      guard let node = row[key] else { return .nan }
      return try Double.read(node)
    }
  }

  private func texts(_ name: String, _ key: String) throws -> [String] {
    try rows(name).map { row in
      guard let node = row[key] else { return "" }
      return try String.read(node)
    }
  }

  private func figure(_ outcome: Outcome, _ name: String) throws -> Double? {
    guard case .list(let stages)? = try JSON.parse(Array(outcome.output.utf8))["stages"]?.value,
      let node = stages.last?["figures"]?[name]
    else { return nil }
    return try Double.read(node)
  }

  /// policy-objectives §8: r = [1, 0, 0.5] has leave-one-out advantages [0.75, −0.75, 0].
  @Test func advantages() throws {
    try folder.write(
      "s.jsonl",
      #"{"prompt": "x", "completions": ["a", "b", "c"], "rewards": [1, 0, 0.5], "old_logps": [-1, -2, 1e-9]}"#
        + "\n")
    let outcome = try run([
      "{kind: advantages, name: gains, data: s.jsonl, baseline: prompt, normalize: false}"
    ])
    try #require(outcome.code == 0, "\(outcome)")
    #expect(try numbers("gains", "advantages") == [0.75, -0.75, 0])
    #expect(try numbers("gains", "old_logps") == [-1, -2, 0])
    #expect(try texts("gains", "completion") == ["a", "b", "c"])
    // Over the batch: mean 0.5, population deviation √(1/6).
    try #require(
      try run(["{kind: advantages, name: gains, data: s.jsonl}"]).code == 0)
    let normal = try numbers("gains", "advantages")
    #expect(
      zip(normal, [1.5, -1.5, 0].map { $0.squareRoot(of: 1.5) }).allSatisfy { abs($0 - $1) < 1e-12 }
    )
  }

  /// A prompt's value begins at the mean of the batch, 1, and moves half-way to the prompt's own mean: x to 1.5, y to 0.5.
  @Test func values() throws {
    try folder.write(
      "s.jsonl",
      [("x", 2.0), ("y", 0.0)].map {
        #"{"prompt": "\#($0.0)", "completion": "a", "rewards": \#($0.1), "old_logps": -1}"#
      }.joined(separator: "\n"))
    func stage(_ name: String, _ more: String = "") -> String {
      "{kind: advantages, name: \(name), data: s.jsonl, normalize: false, baseline: value\(more)}"
    }
    let outcome = try run([stage("gains"), stage("again", ", values: $gains.values")])
    try #require(outcome.code == 0, "\(outcome)")
    #expect(try numbers("gains", "advantages") == [1, -1])
    #expect(try numbers("again", "advantages") == [0.5, -0.5])
  }

  /// Multipliers start at σ(0) = ½, so the advantage is (2 − 1)·A₀ + ½·A₁ + ½·A₂; a reward above its threshold loses
  /// weight, one below it gains.
  @Test func constraints() throws {
    try folder.write(
      "s.jsonl",
      #"{"prompt": "x", "completions": ["a", "b"], "near": [2, 0], "one": [4, 0], "two": [0, 1], "old_logps": [-1, -1]}"#
        + "\n")
    func stage(_ name: String, _ more: String) -> String {
      "{kind: advantages, name: \(name), data: s.jsonl, by: near, normalize: false, constraints: [one, two], thresholds: [1, 1], multiplier_rate: 1.0\(more)}"
    }
    let outcome = try run([
      stage("gains", ""), stage("again", ", multipliers: $gains.multipliers"),
    ])
    try #require(outcome.code == 0, "\(outcome)")
    // near: ±1, one: ±2, two: ∓½.
    #expect(try numbers("gains", "advantages") == [1.75, -1.75])
    let weights = try ["weight of one", "weight of two"].map {
      try #require(try figure(outcome, $0))
    }
    // Means 2 and ½ against 1: raw −½·½·(1)… = −0.25 and +0.125.
    #expect(abs(weights[0] - 1 / (1 + exp(0.25))) < 1e-12)
    #expect(abs(weights[1] - 1 / (1 + exp(-0.125))) < 1e-12)
  }

  /// policy-objectives §7.8: gaps 2.1, 0.3, −0.4 and 1.0 with threshold 1 leave one easy pair, three hard, one negative.
  @Test func split() throws {
    let gaps = [2.1, 0.3, -0.4, 1.0]
    try folder.write(
      "s.jsonl",
      gaps.enumerated().map {
        #"{"prompt": "p\#($0)", "chosen": "a", "rejected": "b", "rewards": [\#($1), 0]}"#
      }.joined(separator: "\n"))
    let outcome = try run(["{kind: split, name: part, data: s.jsonl, above: 1}"])
    try #require(outcome.code == 0, "\(outcome)")
    #expect(try texts("part.above", "prompt") == ["p0"])
    #expect(try texts("part.below", "prompt") == ["p1", "p2", "p3"])
    #expect(try figure(outcome, "negative") == 1)
    let empty = try run(["{kind: split, name: part, data: s.jsonl, above: 3}"])
    #expect(
      empty.code == 65 && empty.errors.contains("no row's rewards is above the threshold 3.0"))
  }

  /// policy-objectives §7.6: at −15° the third candidate is best, at 90° the second; §7.7's example over rows.
  @Test func directions() throws {
    let head =
      #"{"prompt": "x", "completions": ["a", "b", "c"], "help": [60, 70, 65], "verbose": [20, 60, 35], "#
    try folder.write(
      "s.jsonl",
      head + #""direction": [0.9659258263, -0.2588190451]}"# + "\n" + head
        + #""direction": [0, 1]}"# + "\n")
    let outcome = try run([
      "{kind: select, name: best, data: s.jsonl, rewards: [help, verbose]}"
    ])
    try #require(outcome.code == 0, "\(outcome)")
    #expect(try texts("best", "completion") == ["c", "b"])
    #expect(abs(try numbers("best", "score")[0] - 53.7265121302) < 1e-8)

    let candidates = [("a", 1.0, 0.0), ("b", 0.5, 0.9), ("c", 0.0, 1.2)]
    try folder.write(
      "n.jsonl",
      candidates.map {
        #"{"prompt": "near", "completion": "\#($0.0)", "help": [\#($0.1)], "verbose": [\#($0.2)], "direction": [0.8, 0.6], "wanted": 0}"#
      }.joined(separator: "\n"))
    try #require(
      try run([
        "{kind: select, name: best, data: n.jsonl, rewards: [help, verbose], group: wanted}"
      ]).code == 0)
    #expect(try texts("best", "completion") == ["b"])
    #expect(abs(try numbers("best", "score")[0] - 0.94) < 1e-12)
  }

  /// policy-objectives §7.3: a fresh sample that is what was logged makes no pair; if all are, there is nothing to train on.
  @Test func joinSkipsWhatIsTheSame() throws {
    try folder.write(
      "logged.jsonl",
      #"{"prompt": "x", "completion": "c"}"# + "\n" + #"{"prompt": "y", "completion": "c"}"#)
    try folder.write(
      "fresh.jsonl",
      #"{"prompt": "x", "completion": "a"}"# + "\n" + #"{"prompt": "y", "completion": "c"}"#)
    let stage =
      "{kind: join, name: pairs, data: [fresh.jsonl, logged.jsonl], columns: [chosen, rejected]}"
    let outcome = try run([stage])
    try #require(outcome.code == 0, "\(outcome)")
    #expect(try texts("pairs", "chosen") == ["a"] && texts("pairs", "rejected") == ["c"])
    #expect(try figure(outcome, "skipped") == 0.5)
    try folder.write(
      "fresh.jsonl",
      #"{"prompt": "x", "completion": "c"}"# + "\n" + #"{"prompt": "y", "completion": "c"}"#)
    let none = try run([stage])
    #expect(none.code == 65 && none.errors.contains("no usable pairs"))
    try folder.write(
      "fresh.jsonl",
      #"{"prompt": "x", "completion": "c"}"# + "\n" + #"{"prompt": "z", "completion": "a"}"#)
    let other = try run([stage])
    #expect(other.code == 65 && other.errors.contains("has another prompt"))
  }

  /// What people pick has odds e^reward: of two with a gap of 1 the better one in 73 %.
  @Test func drawing() throws {
    let row = #"{"prompt": "x", "completions": ["a", "b"], "rewards": [1, 0]}"#
    try folder.write("s.jsonl", [String](repeating: row, count: 4000).joined(separator: "\n"))
    try #require(
      try run(["{kind: select, name: kept, data: s.jsonl, rule: draw}"]).code == 0)
    let share = Double(try texts("kept", "completion").count { $0 == "a" }) / 4000
    // Four standard errors of 0.007.
    #expect(abs(share - 1 / (1 + exp(-1.0))) < 0.028)
    try #require(
      try run(["{kind: pairs, name: kept, data: s.jsonl, judge: bradley_terry}"]).code == 0)
    let won = Double(try texts("kept", "chosen").count { $0 == "a" }) / 4000
    #expect(abs(won - 1 / (1 + exp(-1.0))) < 0.028)
  }

  /// Of pairs with three in ten turned, curation leaves more right ones than there were.
  @Test func curate() throws {
    let outcome = try Program.run(
      [
        "curate", Program.root + "/Configs/curation/noisy-pairs.yaml", "--output", "kept.jsonl",
        "--work",
        "out", "--json",
      ], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let lines = try folder.text("kept.jsonl").split(separator: "\n").map {
      try JSON.parse(Array($0.utf8))
    }
    func isTrue(_ row: ConfigNode, _ key: String) -> Bool { row[key]?.value == .bool(true) }
    let right = lines.count { isTrue($0, "right") != isTrue($0, "turned") }
    #expect(
      lines.count > 60 && Double(right) / Double(lines.count) > 0.85, "\(right) of \(lines.count)")
    #expect(lines.contains { $0["curation"]?.value == .string("gold") })
    let refused = try Program.run(
      [
        "curate", Program.root + "/Configs/curation/noisy-pairs.yaml", "--output", "kept.jsonl",
        "--work",
        "other", "--data", Program.root + "/Examples/pairs.jsonl",
      ], in: folder)
    #expect(refused.code == 65 && refused.errors.contains("some must be trusted"), "\(refused)")
  }

  /// A linear model that begins at 0, moved as far again, has twice its rewards; moved no further it is itself.
  @Test func extrapolation() throws {
    try folder.write(
      "p.jsonl",
      (0..<6).map { row in
        #"{"prompt": "p\#(row)", "chosen": "long and more \#(row)", "rejected": "short \#(row)"}"#
          + "\n"
      }.joined())
    let model = "{kind: text_hash, bucket_bits: 8}"
    let train = """
      {kind: train, name: t, recipe: {model: \(model), data: {train: p.jsonl}, \
      objective: {name: bradley_terry}, trainer: {max_steps: 5, batch_size: 3}}}
      """
    func score(_ name: String) -> String {
      "{kind: score, name: of-\(name), data: p.jsonl, rewards: "
        + "[{kind: reward_model, name: reward, model: $\(name)}]}"
    }
    let outcome = try run([
      "{kind: start, name: base, use: reward, model: \(model)}", train,
      "{kind: extrapolate, name: far, model: $t, from: $base, expo_alpha: 1}",
      "{kind: extrapolate, name: same, model: $t, from: $base, expo_alpha: 0}", score("t"),
      score("far"), score("same"),
    ])
    try #require(outcome.code == 0, "\(outcome)")
    func rewards(_ name: String) throws -> [Double] {
      try rows("of-\(name)").flatMap { row -> [Double] in
        guard case .list(let values)? = row["reward"]?.value else { return [] }
        return try values.map { try Double.read($0) }
      }
    }
    let once = try rewards("t")
    #expect(once.count == 12 && once.contains { abs($0) > 0.01 })
    #expect(try rewards("same") == once)
    for (twice, once) in zip(try rewards("far"), once) { #expect(abs(twice - 2 * once) < 1e-5) }
    let other = try run([
      "{kind: start, name: base, use: reward, model: {kind: text_hash, bucket_bits: 9}}", train,
      "{kind: extrapolate, name: far, model: $t, from: $base, expo_alpha: 1}",
    ])
    #expect(other.code == 65 && other.errors.contains("expected the parameters of"), "\(other)")
    // How fast a part of it learned is not what a model is.
    func mixed(_ name: String, _ keys: String, _ start: String = "") -> String {
      "{kind: train, name: \(name), recipe: {model: {kind: text_hash, bucket_bits: 8, head: {kind: mixture, heads: 2\(keys)}"
        + "\(start)}, data: {train: p.jsonl}, objective: {name: mixture_bt}, trainer: {max_steps: 1, batch_size: 3}}}"
    }
    let rates = try run([
      mixed("slow", ""), mixed("fast", ", router_learning_rate: 0.5", ", path: $slow"),
      "{kind: extrapolate, name: far, model: $fast, from: $slow, expo_alpha: 1}",
    ])
    #expect(rates.code == 0, "\(rates)")
  }

  /// Members of an ensemble differ in what they are said to, and in nothing else: where a recipe leaves that no role, the
  /// stage says so.
  @Test func diversity() throws {
    try folder.write(
      "pairs.jsonl",
      (0..<24).map { row in
        let (long, short) = ("one two three four \(row)", "one \(row)")
        return "{\"prompt\": \"p\(row)\", \"chosen\": \"\(row % 5 == 0 ? short : long)\", "
          + "\"rejected\": \"\(row % 5 == 0 ? long : short)\"}\n"
      }.joined())
    func stage(_ diversity: String, _ trainer: String = "", hidden: String = "[4]") -> String {
      "{kind: strength, name: weighed, data: pairs.jsonl, members: 2, diversity: \(diversity), recipe: "
        + "{model: {kind: text_hash, bucket_bits: 8, hidden_sizes: \(hidden)}, data: {train: x}, "
        + "objective: {name: bradley_terry}, "
        + "trainer: {num_train_epochs: 1, batch_size: 4, save_steps: 1000000\(trainer)}}}"
    }
    var deviations: [String: [Double]] = [:]
    for kind in ["bootstrap", "order", "init", "order_init"] {
      let outcome = try run([stage(kind)])
      try #require(outcome.code == 0, "\(outcome)")
      let found = try numbers("weighed", "strength_std")
      #expect(found.count == 24 && found.contains { $0 > 0 })
      deviations[kind] = found
      let second = try folder.text("out/p/weighed-2/config.yaml")
      #expect(second.contains("\n  seed: \(kind.contains("init") ? 2 : 0)\n"), "\(second)")
      let order = ["bootstrap": "null", "order": "2", "init": "0", "order_init": "2"][kind] ?? ""
      #expect(second.contains("data_seed: \(order)\n"), "\(second)")
    }
    #expect(Set(deviations.values).count == 4)
    // Every batch all pairs as they lie: there is no order to differ in.
    let same = try run([stage("order", ", shuffle: false")])
    #expect(same.code != 0)
    #expect(
      same.errors.contains(
        "weighed: all 2 models came out the same, so diversity: order changes nothing of this recipe"
      ),
      "\(same)")
  }
}

extension Double {
  /// Sign(x)·√base where x is ±base, 0 where it is 0.
  fileprivate func squareRoot(of base: Double) -> Double {
    self == 0 ? 0 : (self < 0 ? -1 : 1) * base.squareRoot()
  }
}
