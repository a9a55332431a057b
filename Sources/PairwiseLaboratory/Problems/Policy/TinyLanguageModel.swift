internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseTensor
internal import PairwiseTraining

/// A language model of one layer and 32 numbers over bytes, trained in memory: what problems about tokens start from.
struct TinyLanguageModel {
  let options: any ModelOptions
  let model: CausalLM

  /// Trains on some pairs.
  ///
  /// - Parameters:
  ///   - start: what to start from; nil: drawn parameters.
  ///   - objective: as JSON.
  ///   - steps: updates; 0: the start as the objective reads pairs.
  ///   - name: what messages call the run.
  init(
    _ texts: PairTexts, from start: TinyLanguageModel? = nil, objective: String, steps: Int,
    batchSize: Int = 32, learningRate: Double, seed: Int, name: String
  ) throws {
    let node = try JSON.parse(
      """
      {"run": {"name": "\(name)", "seed": \(seed), "threads": \(WorkerPool.shared.threads)},
       "model": {"kind": "causal_lm", "architecture": {"model_type": "llama", "hidden_size": 32,
         "num_hidden_layers": 1, "num_attention_heads": 2}},
       "data": {"train": "completions"}, "objective": \(objective),
       "optimizer": {"name": "adamw", "learning_rate": \(learningRate)},
       "schedule": {"name": "cosine"},
       "trainer": {"max_steps": \(max(1, steps)), "batch_size": \(batchSize), "report": false}}
      """)
    var (config, resolved) = try ConfigReader.read(RunConfig.self, from: node, file: name)
    options = config.model.options
    if let start { config.model = ModelSection(options: start.started) }
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".",
      known: DataFile("completions", holding: InMemoryPairs(texts: texts)))
    let ready = start == nil ? run : try run.prepared(sharing: ReferenceShelf())
    guard
      let model = try ready.runInMemory(watch: { done, _, _ in done < steps }).model as? CausalLM
    else {
      throw DataError(.invalid, file: name, "expected a language model")
    }
    self.model = model
  }

  /// For runs that start from this model.
  var started: StartedModel { StartedModel(options, start: model) }
}
