import ArgumentParser
import Pairwise

struct CurateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curate",
    abstract: "Keep of noisy pairs what two reward models and an oracle agree with.",
    discussion: """
      Some pairs are trusted (a column that is true of them). In rounds a model is trained, pairs near trusted ones that it \
      gets wrong are shown to the oracle, and what no round asked about is filtered by the best model and one of trusted \
      pairs alone. The config names the oracle (a column, a reward model, a policy) and how models are trained; it is \
      that of a stage of kind curate (Configs/curation/noisy-pairs.yaml).
      """)

  @Argument(help: "The config (YAML): the keys of a stage of kind curate.")
  var config: String

  @Option(help: "The pairs, in place of the config's.")
  var data: String?

  @Option(help: "The JSONL file to write: pairs with the columns curation and turned.")
  var output: String

  @Option(help: "Folder for the models that are trained on the way.")
  var work = "Checkpoints"

  @Option(help: "Start of what is drawn.")
  var seed = 0

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func run() throws {
    let (section, resolved) = try ConfigReader.read(
      PipelineConfig.self, from: try pipeline(), file: config)
    StopSignal.listen()
    TensorMemory.keepFreedBlocks()
    let view = PipelineView()
    let records = try Pipeline(section, resolved: resolved, file: config, notify: view.show).run()
    view.end()
    guard let product = records.first?.products.first else { return }
    try FileAccess.replace(output, with: try FileAccess.read(product.path, limit: 1 << 40))
    if json { return Terminal.result(json: Pipeline.node(records)) }
    Terminal.result(PipelineView.table(records))
    Terminal.result("pairs  \(output)")
  }

  private func pipeline() throws -> ConfigNode {
    var document = try ConfigFile.load(config)
    if let data, case .table(let entries) = document.value {
      let own = ConfigNode.Entry(key: "data", value: data.configNode)
      document.value = .table(entries.filter { $0.key != "data" } + [own])
    }
    return Self.pipeline(document, output: work, seed: seed)
  }

  /// A config of a curation as a pipeline of one stage.
  static func pipeline(
    _ document: ConfigNode, output: String = "Checkpoints", seed: Int = 0
  ) -> ConfigNode {
    var stage = [ConfigNode.Entry(key: "kind", value: CurateStage.kind.configNode)]
    if case .table(let entries) = document.value { stage += entries }
    if !stage.contains(where: { $0.key == "name" }) {
      stage.append(.init(key: "name", value: "curated".configNode))
    }
    return ConfigNode(
      .table([
        .init(key: "name", value: "curate".configNode),
        .init(key: "output", value: output.configNode), .init(key: "seed", value: seed.configNode),
        .init(key: "stages", value: ConfigNode(.list([ConfigNode(.table(stage))]))),
      ]))
  }
}
