import PairwiseConfig
import PairwiseData
import PairwiseLaboratory
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// MetaRM through the trainer against the steps in double precision.
@Suite("Trained MetaRM")
struct TrainedMetaTests {
  private let folder = TemporaryFolder()

  private struct Setting {
    var meta = "meta_lr: 1"
    var steps = 300
    var rate = 0.5
    var start: [Float] = [0.01, 0.01, 0.01]
    var stopAt: Int?
    var resume = false
    var threads = 0
    var microbatch = "null"
    var batch: Int?
    var model = "kind: features"
    var name = "run"
  }

  private struct Outcome {
    var theta: [Double]
    var steps: [StepResult]
    var store: Tensor
  }

  private func write(_ name: String, _ rows: [String]) throws -> String {
    let path = folder.path + "/" + name
    try FileAccess.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: path)
    return path
  }

  private func candidates(_ responses: [[[Double]]]) -> [String] {
    responses.map { rows in
      // The order means nothing here.
      "{\"candidates\": \(rows.map { $0.map { Float($0) } }), "
        + "\"ranks\": \(Array(1...rows.count))}"
    }
  }

  private func run(
    _ pairs: [(chosen: [Double], rejected: [Double])], _ responses: [[[Double]]],
    _ setting: Setting
  ) throws -> Outcome {
    let train = try write(
      "pairs.jsonl",
      pairs.map {
        "{\"chosen\": \($0.chosen.map { Float($0) }), \"rejected\": \($0.rejected.map { Float($0) })}"
      })
    let meta = try write("meta.jsonl", candidates(responses))
    let start = folder.path + "/start.safetensors"
    try SafeTensorsFile.write(
      [(name: "weight", tensor: Tensor([1, setting.start.count], setting.start))], to: start)
    let path = setting.model == "kind: features" ? ", path: \(start)" : ""
    let batch = setting.batch ?? pairs.count
    let yaml = """
      run: {name: \(setting.name), threads: \(setting.threads)}
      model: {\(setting.model)\(path)}
      data: {train: \(train)}
      objective: {name: bradley_terry}
      optimizer: {name: sgd, learning_rate: \(setting.rate), max_grad_norm: 0}
      schedule: {name: constant}
      trainer: {max_steps: \(setting.stopAt ?? setting.steps), batch_size: \(batch), microbatch_size: \(setting.microbatch), save_steps: 5, report: false}
      meta: {data: \(meta), batch_size: \(min(responses.count, batch)), \(setting.meta)}
      """
    let (steps, values) = try trained(
      yaml, named: setting.name, in: folder.path, resume: setting.resume)
    return Outcome(theta: values.array.map { Double($0) }, steps: steps, store: values)
  }

  /// Reward models §3.4, worked example. Data and weights are float32: 1e-6.
  @Test("does one step as the document says")
  func workedExample() throws {
    var setting = Setting(meta: "meta_lr: 0.1", steps: 1, rate: 0.05, start: [0.5, -0.2])
    let pairs: [(chosen: [Double], rejected: [Double])] = [
      ([1, 0.2], [0.1, 0.5]), ([0.3, -0.4], [0.8, 0.1]),
    ]
    let responses = [[[1, 0], [0.2, 0.5], [-0.5, 1.0]]]
    let outcome = try run(pairs, responses, setting)
    for (value, expected) in zip(outcome.theta, [0.5016320092, -0.2095112302]) {
      #expect(abs(value - expected) < 1e-6, "\(value)")
    }
    let step = try #require(outcome.steps.first)
    #expect(abs(step.loss - 0.6182945291) < 1e-6)
    #expect(abs((step.metrics["meta/spread"] ?? 0) - 0.4342697207) < 1e-6)
    let cosine = try #require(step.metrics["meta/cosine"])
    // ∇J (0.1457991908, −0.0972198698) and −∇L (0.0326401835, −0.1902246041).
    #expect(abs(cosine - 0.6874938) < 1e-5, "\(cosine)")
    setting.meta = "meta_lr: 0"
    let plain = try run(pairs, responses, setting)
    for (value, expected) in zip(plain.theta, [0.5017239813, -0.2095318245]) {
      #expect(abs(value - expected) < 1e-6, "\(value)")
    }
    #expect(plain.steps[0].loss == plain.steps[0].metrics["meta/loss"])
  }

  private func shift() -> (pairs: [(chosen: [Double], rejected: [Double])], meta: [[[Double]]]) {
    let data = MetaShift().draw()
    let pairs = (0..<data.train.count).map {
      (chosen: Array(data.train.x[$0 * 3..<($0 + 1) * 3]), rejected: [0.0, 0, 0])
    }
    return (pairs, data.meta)
  }

  /// T14: η = 1 with either sign, and none. 300 float32 steps stay within 1e-4.
  @Test(
    "comes to the weights of the toy",
    arguments: [
      ("meta_lr: 0", [0.9932278214, -0.0765749382, 1.1065127149], 0.5542698060),
      ("meta_lr: 1", [0.9923583543, -0.0765264472, 0.9858007502], 0.5411655517),
      ("meta_lr: 1, meta_sign: descent", [.nan, .nan, 1.2085377310], 0.5643584770),
    ])
  func metaShift(meta: String, theta: [Double], spread: Double) throws {
    let (pairs, responses) = shift()
    let outcome = try run(pairs, responses, Setting(meta: meta))
    for (value, expected) in zip(outcome.theta, theta) where expected.isFinite {
      #expect(abs(value - expected) < 1e-4, "\(value) for \(expected)")
    }
    // The last step's is one step before the end.
    let last = try #require(outcome.steps.last?.metrics["meta/spread"])
    #expect(abs(last - spread) < 1e-4, "\(last) for \(spread)")
  }

  @Test("gives the same bits for any threads and microbatches, and after an interruption")
  func bits() throws {
    let (pairs, responses) = shift()
    var setting = Setting(steps: 10, batch: 40, model: "kind: features, hidden_sizes: [4]")
    let whole = try run(Array(pairs.prefix(200)), responses, setting)
    setting.name = "split"
    (setting.threads, setting.microbatch) = (1, "7")
    let split = try run(Array(pairs.prefix(200)), responses, setting)
    #expect(split.store == whole.store)
    #expect(split.steps.map(\.loss) == whole.steps.map(\.loss))
    FileAccess.remove(folder.path + "/out/split/checkpoint-000010")
    setting.resume = true
    let resumed = try run(Array(pairs.prefix(200)), responses, setting)
    #expect(resumed.steps.count == 5 && resumed.store == whole.store)
    // Other responses are other data.
    FileAccess.remove(folder.path + "/out/split/checkpoint-000010")
    #expect(throws: RunError.self) {
      try run(Array(pairs.prefix(200)), Array(responses.dropLast()), setting)
    }
  }

  @Test("says in one sentence what is wrong with the responses")
  func refusals() throws {
    let (pairs, responses) = shift()
    func sentence(_ setting: Setting, _ responses: [[[Double]]]) -> String {
      do {
        _ = try run(Array(pairs.prefix(20)), responses, setting)
        return "no refusal"
      } catch {
        return "\(error)"
      }
    }
    let few = Array(responses.prefix(4))
    #expect(
      sentence(Setting(meta: "meta_k: 5", steps: 1), few)
        .contains("meta.meta_k is 5, the rows have 4 responses"))
    #expect(
      sentence(Setting(meta: "meta_k: 1", steps: 1), few).contains("meta_k"))
    #expect(
      sentence(
        Setting(
          steps: 1, model: "kind: features, head: {kind: context, by: group}"), few
      ).contains("group"))
    let shorter = few + [[[1, 2, 3], [3, 2, 1]]]
    #expect(sentence(Setting(steps: 1), shorter).contains("row 4 has no rejected_2"))
  }
}
