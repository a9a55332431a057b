import ArgumentParser
import Pairwise

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look into saved models.", subcommands: [Info.self])

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a model folder holds.")

    @Argument(help: "A model folder: final/ or a checkpoint of a run.")
    var model: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let loaded = try ModelDirectory.load(model)
      let store = loaded.model.store
      if json {
        var entries: [ConfigNode.Entry] = [
          .init(key: "model_type", value: type(of: loaded.model).modelType.configNode)
        ]
        entries += loaded.model.configuration
        entries.append(.init(key: "temperature", value: loaded.temperature.configNode))
        entries.append(.init(key: "parameters", value: store.count.configNode))
        return Terminal.result(json: ConfigNode(.table(entries)))
      }
      Terminal.result("kind         \(type(of: loaded.model).modelType)")
      Terminal.result("temperature  \(loaded.temperature)")
      Terminal.result("parameters   \(Terminal.grouped(store.count))\n")
      Terminal.result(
        Terminal.table(
          ["tensor", "shape", "elements"],
          store.parameters.map { ["\($0.name)", "\($0.shape)", Terminal.grouped($0.shape.count)] }))
    }
  }
}
