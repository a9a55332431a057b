import PairwiseConfig
import PairwiseData
import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Shares of groups through the trainer.
@Suite("Trained shares of groups")
struct TrainedGroupsTests {
  private let folder = TemporaryFolder()

  private struct Setting {
    var mixture = "{method: aioli, update_steps: 15, lp_rounds: 2, lp_steps: 2}"
    var model = "kind: features"
    var objective = "{name: bradley_terry}"
    var steps = 30
    var batch = 12
    var microbatch = "null"
    var threads = 0
    var resume = false
    var name = "run"
    var train = "train.jsonl"
    var validation = "validation.jsonl"
    var optimizer = "{name: sgd, learning_rate: 0.5, max_grad_norm: 0}"
  }

  /// What decides about the labels of each group.
  private static let tastes: [(name: String, theta: [Double])] = [
    ("guess", [0, 0, 0]), ("like", [2, -1, 1]), ("other", [-1, 2, 0]),
  ]

  private func differences(_ theta: [Double], _ count: Int, seed: UInt64) -> [[Double]] {
    var random = CounterRandom(seed: seed, stream: "rows")
    return (0..<count).map { _ in
      let row = theta.map { _ in Double(Float(random.normal())) }
      let margin = zip(row, theta).reduce(0) { $0 + $1.0 * $1.1 }
      return random.uniform() < Logistic.sigmoid(margin) ? row : row.map { -$0 }
    }
  }

  private func train(_ group: Int) -> [[Double]] {
    differences(Self.tastes[group].theta, [50, 20, 40][group], seed: UInt64(group))
  }

  private var validation: [[Double]] { differences(Self.tastes[1].theta, 60, seed: 9) }

  private func write(_ name: String, _ groups: [(name: String?, rows: [[Double]])]) throws {
    let lines = groups.flatMap { group in
      group.rows.map { row in
        "{\"chosen\": \(row.map { Float($0) }), \"rejected\": [0, 0, 0]"
          + (group.name.map { ", \"group\": \"\($0)\"" } ?? "") + "}"
      }
    }
    try FileAccess.write(
      Array((lines.joined(separator: "\n") + "\n").utf8), to: folder.path + "/" + name)
  }

  private func prepare() throws {
    try write("train.jsonl", (0..<3).map { (Self.tastes[$0].name, train($0)) })
    // All groups are held out for Aioli.
    try write(
      "validation.jsonl",
      (0..<3).map { (Self.tastes[$0].name, differences(Self.tastes[$0].theta, 30, seed: 20)) })
    try write("liked.jsonl", [("like", validation)])
    try write("only.jsonl", [("like", train(1))])
  }

  private func run(_ setting: Setting) throws -> (steps: [StepResult], values: Tensor) {
    if !FileAccess.exists(folder.path + "/train.jsonl") { try prepare() }
    let yaml = """
      run: {name: \(setting.name), threads: \(setting.threads)}
      model: {\(setting.model)}
      data: {train: \(folder.path)/\(setting.train), validation: \(folder.path)/\(setting.validation)}
      objective: \(setting.objective)
      optimizer: \(setting.optimizer)
      schedule: {name: constant}
      trainer: {max_steps: \(setting.steps), batch_size: \(setting.batch), microbatch_size: \(setting.microbatch), save_steps: 5, report: false}
      mixture: \(setting.mixture)
      """
    return try trained(yaml, named: setting.name, in: folder.path, resume: setting.resume)
  }

  private func shares(_ step: StepResult) -> [Double] {
    Self.tastes.map { step.metrics["mixture/share/\($0.name)"] ?? .nan }
  }

  /// Reward models §7.4: what the trainer logs is one update of the document's formula.
  @Test("Aioli moves the shares by what its trials did")
  func aioli() throws {
    let steps = try run(Setting()).steps
    #expect(shares(steps[0]).allSatisfy { abs($0 - 1 / 3.0) < 1e-12 })
    #expect(steps[11].metrics["mixture/effect/like/on/other"] == nil)
    // Twelve steps of trials, then the shares of the first round.
    let names = Self.tastes.map(\.name)
    let effects = names.map { on in
      names.map { steps[12].metrics["mixture/effect/\($0)/on/\(on)"] ?? .nan }
    }
    let low = min(0, effects.joined().min() ?? 0)
    let total = effects.joined().reduce(0) { $0 + $1 - low }
    let weights = (0..<3).map { group in
      exp(0.2 * effects.reduce(0) { $0 + $1[group] - low } / total)
    }
    for (share, weight) in zip(shares(steps[12]), weights) {
      #expect(abs(share - weight / weights.reduce(0, +)) < 1e-9)
    }
    #expect(shares(steps[12]) == shares(steps[26]) && shares(steps[27]) != shares(steps[12]))
    // The group without a taste teaches nothing about the others.
    #expect(shares(steps[29])[0] < shares(steps[29])[1], "\(shares(steps[29]))")
    let still = try run(
      Setting(mixture: "{method: aioli, update_steps: 15, lp_rounds: 2, lp_steps: 2, eta: 0}"))
    #expect(still.steps.allSatisfy { shares($0).allSatisfy { abs($0 - 1 / 3.0) < 1e-12 } })
  }

  private func exp(_ x: Double) -> Double { 1 / (1 / Logistic.sigmoid(x) - 1) }

  /// Reward models §7.5 at the weights of the start, in double precision.
  @Test("influences are those of the formula", arguments: ["identity", "hessian"])
  func influence(curvature: String) throws {
    var setting = Setting(
      mixture: "{method: influence, update_steps: 10, curvature: \(curvature)}")
    setting.validation = "liked.jsonl"
    let start = folder.path + "/start.safetensors"
    try SafeTensorsFile.write(
      [(name: "weight", tensor: Tensor([1, 3], [0.25, -0.5, 0.125]))], to: start)
    setting.model = "kind: features, path: \(start)"
    let steps = try run(setting).steps
    let theta = [0.25, -0.5, 0.125]
    func slope(_ rows: [[Double]]) -> [Double] {
      var sum = [0.0, 0, 0]
      for row in rows {
        let pull = -Logistic.sigmoid(-zip(row, theta).reduce(0) { $0 + $1.0 * $1.1 })
        for axis in 0..<3 { sum[axis] += pull * row[axis] / Double(rows.count) }
      }
      return sum
    }
    let all = (0..<3).flatMap { train($0) }
    var hessian = [Double](repeating: 0, count: 9)
    for row in all {
      let margin = zip(row, theta).reduce(0) { $0 + $1.0 * $1.1 }
      let weight = Logistic.sigmoid(margin) * Logistic.sigmoid(-margin) / Double(all.count)
      for i in 0..<3 { for j in 0..<3 { hessian[3 * i + j] += weight * row[i] * row[j] } }
    }
    let expected = try GroupInfluence(
      validation: slope(validation), groups: (0..<3).map { slope(train($0)) },
      hessian: curvature == "hessian" ? hessian : nil)
    for (group, taste) in Self.tastes.enumerated() {
      let found = steps[0].metrics["mixture/influence/\(taste.name)"] ?? .nan
      #expect(abs(found - expected.influences[group]) < 1e-6, "\(taste.name): \(found)")
      #expect(abs(shares(steps[0])[group] - expected.mixture()[group]) < 1e-5)
    }
    #expect(shares(steps[0])[1] > 0.5, "\(shares(steps[0]))")
    #expect(shares(steps[9]) == shares(steps[0]) && shares(steps[10]) != shares(steps[0]))
  }

  @Test("fixed shares draw what they say")
  func fixed() throws {
    // All of one group: the same updates as on that group alone, up to the order of sums.
    var setting = Setting(
      mixture: "{method: fixed, groups: [like, guess, other], shares: [2, 0, 0]}", steps: 20,
      batch: 20)
    let mixed = try run(setting)
    (setting.mixture, setting.train, setting.name) = ("{method: none}", "only.jsonl", "only")
    let only = try run(setting)
    for (a, b) in zip(mixed.values.array, only.values.array) { #expect(abs(a - b) < 1e-5) }
  }

  @Test(
    "give the same bits for any threads and microbatches, and after an interruption",
    arguments: [
      (
        "kind: features, hidden_sizes: [4], dropout: 0.1",
        "{method: aioli, update_steps: 15, lp_rounds: 2, lp_steps: 2, ema: 0.5}", "000020"
      ),
      (
        "kind: features, hidden_sizes: [4]",
        "{method: influence, update_steps: 7, accumulate: true}",
        "000025"
      ),
      ("kind: features", "{method: fixed}", "000015"),
    ])
  func bits(model: String, mixture: String, last: String) throws {
    var setting = Setting(mixture: mixture, model: model)
    let whole = try run(setting)
    setting.name = "split"
    (setting.threads, setting.microbatch) = (1, "5")
    let split = try run(setting)
    #expect(split.values == whole.values)
    for step in 0...30 / 5
    where "0000\(step * 5)".suffix(6) > last.suffix(6) || step * 5 > (Int(last) ?? 0) {
      let digits = String(step * 5)
      let name = String(repeating: "0", count: 6 - digits.count) + digits
      FileAccess.remove(folder.path + "/out/split/checkpoint-" + name)
    }
    setting.resume = true
    let resumed = try run(setting)
    #expect(resumed.steps.count == 30 - (Int(last) ?? 0) && resumed.values == whole.values)
    #expect(shares(resumed.steps[resumed.steps.count - 1]) == shares(whole.steps[29]))
  }

  @Test("say in one sentence what is wrong with the groups")
  func refusals() throws {
    try prepare()
    try write("nobody.jsonl", [("like", train(1)), (nil, train(0))])
    func sentence(
      _ mixture: String, train: String = "train.jsonl", validation: String = "validation.jsonl",
      model: String = "kind: features"
    ) -> String {
      var setting = Setting(mixture: mixture, model: model, steps: 1)
      (setting.train, setting.validation) = (train, validation)
      do {
        _ = try run(setting)
        return "no refusal"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      sentence("{method: aioli}", validation: "liked.jsonl")
        == "mixture: group guess has no validation pairs")
    #expect(
      sentence("{method: aioli, one_hot_factor: 0.3}").contains(
        "mixture.one_hot_factor: expected above 1/3, as there are 3 groups, found 0.3"))
    #expect(
      sentence("{method: aioli, update_steps: 48}").contains(
        "mixture.update_steps: expected above 48, the steps of the trials on 3 groups, found 48"))
    #expect(
      sentence("{method: fixed}", train: "nobody.jsonl").contains("training row 20 has no group"))
    #expect(
      sentence("{method: fixed, groups: [like, mood]}").contains("the training pairs have no mood"))
    #expect(
      sentence("{method: fixed, groups: [like]}").contains("mixture.groups: guess is missing"))
    #expect(sentence("{method: fixed, shares: [1]}").contains("shares"))
    #expect(
      sentence(
        "{method: influence, curvature: hessian}", model: "kind: features, hidden_sizes: [3]"
      )
      .contains("hessian is for model kind features without hidden_sizes"))
  }
}
