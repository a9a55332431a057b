import Pairwise

/// What each objective costs: one whole update of a tiny language model, next to DPO's.
///
/// Of the registry, those objectives are measured whose inputs are summed log-probs of pairs, columns and
/// lengths. Steps of both kinds are taken in turns in the same process, on one thread and its CPU time.
enum ObjectiveSteps {
  static func run() {
    print("### A step of a tiny language model by objective, one thread, CPU time\n")
    let bench: Bench
    do {
      bench = try Bench()
    } catch {
      return print("not measured: \(error)\n")
    }
    var table = Table("objective", "step ms", "dpo ms", "ratio", "cut into 4: ratio")
    for type in objectives {
      let objective = ObjectiveRegistry.standard(type)
      guard let columns = bench.columns(for: objective) else { continue }
      let whole = bench.compare(objective, columns, microbatch: nil)
      let cut =
        objective.isBatchDependent
        ? decimals(1 / bench.compare(objective, columns, microbatch: bench.pairs / 4).ratio, 3) : ""
      table.add(
        type.name, decimals(whole.ours * 1e3, 2), decimals(whole.peer * 1e3, 2),
        decimals(1 / whole.ratio, 3), cut)
    }
    table.printed()
  }
}

/// The model and the batch that all objectives share.
private struct Bench {
  let pairs = 16
  private let model: any Model
  private let tokens: TokenPairs

  init() throws {
    let yaml = """
      run: {name: bench}
      data: {train: none}
      objective: {name: dpo}
      model:
        kind: causal_lm
        architecture: {model_type: llama, hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "bench.yaml")
    let config = try ConfigReader.read(RunConfig.self, from: document, file: "bench.yaml").value
    model = try config.model.options.blueprint(
      ModelRequest(
        use: .logps(chosenOnly: false), path: nil, tokens: TokenOptions(), locate: { $0 })
    ).build(DataFacts(featureWidth: nil, hasTexts: true), seed: 1)
    var random = CounterRandom(seed: 2, stream: "tokens")
    func completion(_ count: Int) -> [Int32] {
      (0..<count).map { _ in Int32(random.below(256)) }
    }
    tokens = TokenPairs(
      (0..<pairs).map { _ in
        TokenPair(prompt: completion(16), chosen: completion(24), rejected: completion(24))
      })
  }

  /// Columns for what an objective reads beside the policy's log-probs; nil if it reads anything else
  /// than numbers of pairs.
  func columns(for objective: any Objective) -> [PairColumn: [Float]]? {
    let given: Set<InputName> = [
      .policyChosenLogps, .policyRejectedLogps, .chosenLength, .rejectedLength,
    ]
    var columns: [PairColumn: [Float]] = [:]
    for spec in objective.inputs where !given.contains(spec.name) && !spec.isOptional {
      guard spec.shape == [.symbol("B")], spec.source == .reference || spec.source == .data else {
        return nil
      }
      // A random model gives each of 24 tokens about the log-prob −ln 260.
      let isLogp = spec.values == .logProbability
      let raised: Float = spec.name == .chosenScore ? 2 : 0
      columns[PairColumn(spec.name.text)] = (0..<pairs).map { pair in
        let step = Float(pair % 5) * 0.125
        return isLogp ? -133 - step : step + raised
      }
    }
    guard objective.inputs.contains(where: { $0.name == .policyChosenLogps }) else { return nil }
    return columns
  }

  /// Steps with the objective against steps with DPO, both with a learning rate of 0.
  func compare(_ objective: any Objective, _ columns: [PairColumn: [Float]], microbatch: Int?)
    -> Comparison
  {
    let baseline = DPO()
    var (ours, peer) = (
      step(objective, microbatch), step(baseline, microbatch)
    )
    let batch = batch(columns)
    let plain = self.batch(self.columns(for: baseline) ?? [:])
    return Comparison(
      .thread, samples: 15,
      ours: { _ = try? ours.run(batch, step: 1, learningRate: 0) },
      peer: { _ = try? peer.run(plain, step: 1, learningRate: 0) })
  }

  private func batch(_ columns: [PairColumn: [Float]]) -> Batch {
    Batch(input: .tokens(tokens), columns: columns, rows: Array(0..<pairs))
  }

  private func step(_ objective: any Objective, _ microbatch: Int?) -> TrainStep {
    TrainStep(
      model: model, optimizer: AdamW(parameterCount: model.store.count), objective: objective,
      segments: [ParameterSegment(range: 0..<model.store.count, decays: true)],
      options: StepOptions(microbatchSize: microbatch))
  }
}
