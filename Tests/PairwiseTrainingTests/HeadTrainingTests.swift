import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Heads of reward models and numbers of objectives, through the trainer.
@Suite("Heads of reward models")
struct HeadTrainingTests {
  private let folder = TemporaryFolder()

  /// Heads with the objectives that they are made for.
  static let cases: [(head: String, objective: String)] = [
    ("{kind: scalar}", "{name: bradley_terry}"),
    ("{kind: scalar}", "{name: rao_kupper}"),
    ("{kind: scalar}", "{name: rao_kupper, tie_param_lr: 3}"),
    ("{kind: scalar}", "{name: davidson}"),
    ("{kind: scalar}", "{name: davidson, learn_tie_param: false}"),
    ("{kind: scalar}", "{name: ordinal_bt}"),
    ("{kind: scalar}", "{name: scaled_bt, scaled_normalise: true}"),
    ("{kind: attributes, names: [good, long], direction: [1, -0.5]}", "{name: regression}"),
    ("{kind: attributes, names: [good, long], fit_intercept: true}", "{name: regression}"),
    ("{kind: distribution}", "{name: distributional, kind: mean_and_variance}"),
    (
      "{kind: distribution, form: categorical, atoms: 4}",
      "{name: distributional, kind: categorical}"
    ),
    (
      "{kind: joint, dimension: 3, hidden_size: 2}",
      "{name: graded_difference_regression, symmetry: antisymmetrised}"
    ),
    (
      "{kind: joint, dimension: 3, hidden_size: 2}",
      "{name: graded_difference_regression, symmetry: augment, clip_to_scale: 3}"
    ),
    ("{kind: mixture, heads: 3, router: static}", "{name: mixture_bt}"),
    ("{kind: mixture, heads: 2, router: annotator}", "{name: mixture_bt}"),
    ("{kind: mixture, heads: 2, router: inferred, context_length: 3}", "{name: mixture_bt}"),
    ("{kind: mixture, heads: 2, router: topic, router_hidden_size: 3}", "{name: mixture_bt}"),
    ("{kind: context, by: group}", "{name: bradley_terry}"),
    ("{kind: context, by: topic, shared: false}", "{name: bradley_terry}"),
    ("{kind: ideal_point, dimension: 3}", "{name: pal, loss: logistic}"),
    ("{kind: ideal_point, form: cosine, dimension: 3}", "{name: pal, loss: hinge}"),
    ("{kind: ideal_point, form: linear}", "{name: pal, loss: logistic}"),
    ("{kind: variational, latent_size: 2, hidden_size: 4}", "{name: vpl, kl_weight: 0.01}"),
    (
      "{kind: variational, latent_size: 2, encoder: linear, decoder: linear, min_context_length: 3}",
      "{name: vpl, kl_weight: 0.01}"
    ),
    (
      "{kind: variational, latent_size: 2, hidden_size: 4, encoder: linear}",
      "{name: vpl, kl_weight: 0.01}"
    ),
  ]

  private func rows(_ count: Int = 24) -> [String] {
    var random = CounterRandom(seed: 5, stream: "rows")
    func numbers(_ count: Int) -> String {
      "[" + (0..<count).map { _ in "\(Float(random.normal()))" }.joined(separator: ", ") + "]"
    }
    return (0..<count).map { row in
      """
      {"chosen": \(numbers(4)), "rejected": \(numbers(4)), "annotator": "u\(row % 4)", \
      "group": "\(row % 2 == 0 ? "a" : "b")", "topic": \(numbers(2)), \
      "chosen_ratings": \(numbers(2)), "rejected_ratings": \(numbers(2)), \
      "strength": \(row % 3 + 1), "category": \(row % 3 + 1), "annotator_scores": \(numbers(2))}
      """
    }
  }

  private func run(
    _ head: String, _ objective: String, microbatch: Int = 6, hidden: String = "5",
    stopAt: Int? = nil, resume: Bool = false
  ) throws -> (steps: [StepResult], model: any Model) {
    let path = folder.path + "/rows.jsonl"
    try FileAccess.write(Array((rows().joined(separator: "\n") + "\n").utf8), to: path)
    let yaml = """
      run: {name: run}
      model: {kind: features, hidden_sizes: [\(hidden)], head: \(head)}
      data: {train: \(path)}
      objective: \(objective)
      optimizer: {learning_rate: 0.01}
      schedule: {name: constant}
      trainer: {max_steps: \(stopAt ?? 8), batch_size: 6, microbatch_size: \(microbatch), save_steps: 4, report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    var steps: [StepResult] = []
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".", output: folder.path + "/out"
    ) { event in
      if case .step(_, let result) = event { steps.append(result) }
    }
    try run.run(existing: resume ? .resume : .overwrite)
    return (steps, try ModelDirectory.load(folder.path + "/out/run/final").model)
  }

  @Test("train to the same bits whatever the microbatches", arguments: cases.indices)
  func microbatches(_ index: Int) throws {
    let (head, objective) = Self.cases[index]
    let whole = try run(head, objective)
    #expect(whole.steps.count == 8)
    #expect(whole.steps.allSatisfy { $0.loss.isFinite && $0.gradientNorm > 0 })
    for size in [1, 4] {
      let split = try run(head, objective, microbatch: size)
      #expect(split.steps.map(\.loss) == whole.steps.map(\.loss), "microbatches of \(size)")
      #expect(split.model.store.values == whole.model.store.values, "microbatches of \(size)")
    }
  }

  @Test(
    "go on from a checkpoint to the same bits",
    arguments: cases.indices.filter {
      cases[$0].objective.contains("rao") || cases[$0].head.contains("variational")
        || cases[$0].objective.contains("ordinal")
    })
  func resume(_ index: Int) throws {
    let (head, objective) = Self.cases[index]
    let whole = try run(head, objective)
    FileAccess.remove(folder.path + "/out/run/checkpoint-000008")
    let resumed = try run(head, objective, resume: true)
    #expect(resumed.steps.map(\.loss) == whole.steps.suffix(4).map(\.loss))
    #expect(resumed.model.store.values == whole.model.store.values)
  }

  @Test("refuse what they cannot be fed, in one sentence")
  func refusals() throws {
    func sentence(_ head: String, _ objective: String) -> String? {
      do {
        _ = try run(head, objective)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(
      sentence("{kind: scalar}", "{name: mixture_bt}")
        == "objective mixture_bt reads chosen_head_scores, which this model does not give; model.head kind mixture does"
    )
    // What judges two together has no scores of single completions, and the other way round.
    #expect(
      sentence("{kind: joint}", "{name: bradley_terry}")
        == "objective bradley_terry reads chosen_scores, which this model does not give")
    #expect(
      sentence("{kind: scalar}", "{name: graded_difference_regression, symmetry: augment}")
        == "objective graded_difference_regression reads a_joint_scores, which this model does not give; "
        + "model.head kind joint does")
    // One number for two ratings would learn their mean.
    for names in ["good", "good, long, kind"] {
      #expect(
        sentence("{kind: attributes, names: [\(names)]}", "{name: regression}")?.contains(
          "model.head kind attributes: expected a name for each of the 2 ratings in chosen_ratings, "
            + "found \(names.count { $0 == "," } + 1)") == true)
    }
    // Least above most.
    let context = sentence(
      "{kind: variational, context_length: 4, min_context_length: 5}", "{name: vpl, kl_weight: 0}")
    #expect(
      context?.contains("min_context_length") == true && context?.contains("1 ... 4") == true,
      "\(context ?? "no refusal")")
    let missing = sentence("{kind: mixture, router: mood}", "{name: mixture_bt}")
    #expect(missing?.contains("mood") == true, "\(missing ?? "no refusal")")
  }

  /// §5.2 of the methods reference: heads receive nothing while the router is adapted.
  @Test("stay as they are to the last bit where only their router learns")
  func hedging() throws {
    let head = "{kind: mixture, heads: 2, router: annotator}"
    let begun = try run(head, "{name: hedge_router, recompute: step}", stopAt: 1)
    let later = try run(head, "{name: hedge_router, recompute: step}")
    func values(_ model: any Model, _ isRouter: Bool) -> [[Float]] {
      model.store.parameters.filter { $0.name.contains("router") == isRouter }
        .map { model.store.value($0).array }
    }
    #expect(values(begun.model, false) == values(later.model, false))
    #expect(values(begun.model, true) != values(later.model, true))
  }

  @Test("know annotators by name, whatever their numbers in a file")
  func names() throws {
    let (_, model) = try run(
      "{kind: mixture, heads: 2, router: annotator, new_user: mean}", "{name: mixture_bt}")
    let scorer = PairScorer(model)
    let source = try PairScorerSource.read(rows(), folder)
    let reversed = try PairScorerSource.read(rows().reversed(), folder)
    #expect(source.annotatorNames != reversed.annotatorNames)
    let (first, second) = (try scorer.score(source), try scorer.score(reversed))
    #expect(first.chosen == second.chosen.reversed())
    #expect(first.logOdds == second.logOdds?.reversed())
    // Somebody new gets the mean of everybody's router, and so a score of their own.
    let strangers = rows().map { $0.replacing("\"u", with: "\"new") }
    let third = try scorer.score(try PairScorerSource.read(strangers, folder))
    #expect(third.chosen != first.chosen && third.chosen.allSatisfy(\.isFinite))
    for (head, objective) in [
      ("{kind: mixture, heads: 2, router: annotator}", "{name: mixture_bt}"),
      ("{kind: ideal_point, dimension: 3}", "{name: pal, loss: logistic}"),
      ("{kind: context, by: annotator}", "{name: bradley_terry}"),
    ] {
      let strict = PairScorer(try run(head, objective).model)
      #expect(throws: DataError.self, "\(head)") {
        try strict.score(try PairScorerSource.read(strangers, folder))
      }
      #expect(try strict.score(source).chosen.count == source.count, "\(head)")
    }
  }
}

extension HeadTrainingTests {
  /// Half of the prompts ask for the longer completion, half for the shorter one: what a single reward cannot
  /// serve, and a router that reads prompts can.
  @Test("route by what the prompt asks for, with the same bits whatever the microbatches")
  func promptRouter() throws {
    let rows = (0..<80).map { row in
      let (long, short) = ("A long answer, with more. And more.", "Short.")
      let isLong = row % 2 == 0
      return """
        {"prompt": "\(isLong ? "explain at length" : "be brief") \(row)", \
        "chosen": "\(isLong ? long : short)", "rejected": "\(isLong ? short : long)"}
        """
    }
    let path = folder.path + "/prompts.jsonl"
    try FileAccess.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: path)
    func trained(
      _ head: String, _ objective: String, _ microbatch: Int, _ style: String = "bucket_bits: 12"
    ) throws -> any Model {
      let yaml = """
        run: {name: run}
        model: {kind: text_hash, \(style), head: \(head)}
        data: {train: \(path)}
        objective: \(objective)
        optimizer: {learning_rate: 0.05, max_grad_norm: 0}
        trainer: {num_train_epochs: 40, batch_size: 20, microbatch_size: \(microbatch), report: false}
        """
      let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
      let (config, resolved) = try ConfigReader.read(
        RunConfig.self, from: document, file: "a.yaml")
      try TrainRun(config, resolved: resolved, configFolder: ".", output: folder.path + "/out")
        .run(existing: .overwrite)
      return try ModelDirectory.load(folder.path + "/out/run/final").model
    }
    let source = try PairScorerSource.read(rows, folder)
    func right(_ model: any Model) throws -> Int {
      try PairScorer(model).score(source).margins.filter { $0 > 0 }.count
    }
    for hidden in [0, 4] {
      let head = "{kind: mixture, heads: 2, router: prompt, router_hidden_size: \(hidden)}"
      let model = try trained(head, "{name: mixture_bt, alpha: 0}", 20)
      let count = try right(model)
      #expect(count == 80, "hidden layer of \(hidden): \(count)")
      let split = try trained(head, "{name: mixture_bt, alpha: 0}", 7)
      #expect(split.store.values == model.store.values, "hidden layer of \(hidden)")
    }
    // Completions by their length alone; what tells the prompts apart are their words.
    let bare =
      "bucket_bits: 8, char_weight: 0, char_gram_min: 2, char_gram_max: 1, word_weight: 0, word_pair_weight: 0"
    let head = "{kind: mixture, heads: 2, router: prompt}"
    let words = try trained(
      head, "{name: mixture_bt, alpha: 0}", 20,
      "\(bare), prompt_hashing: {own: true, bucket_bits: 10, char_gram_max: 4}")
    #expect(try right(words) == 80)
    #expect((words as? TextHashModel)?.options.promptHashing?.characterGramMaximum == 4)
    let single = try trained("{kind: scalar}", "{name: bradley_terry}", 20)
    #expect(try right(single) <= 44)
  }

  @Test("with labelled pairs refuse layers with dropout below")
  func dropout() throws {
    let options = FeatureModelOptions(dropout: 0.1, head: HeadSection(VariationalHeadOptions()))
    var data = DataFacts(featureWidth: 4, hasTexts: false)
    data.names[.annotator] = ["a"]
    #expect(
      options.problem(with: data)
        == "model.dropout: model.head kind variational needs layers without dropout")
  }
}

/// Rows of JSON Lines as a source of pairs.
enum PairScorerSource {
  static func read(_ lines: [String], _ folder: TemporaryFolder) throws -> any PairSource {
    let path = folder.path + "/source.jsonl"
    try FileAccess.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path)
    return try DataFile.open(path, dropInvalid: false, cache: nil).source
  }
}
