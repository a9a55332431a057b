import ArgumentParser
import Pairwise

struct ObjectiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "objective",
    abstract: "List and describe the training objectives, or evaluate them on given numbers.",
    subcommands: [List.self, Describe.self, Evaluate.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the objectives.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      if json { return Terminal.result(json: ConfigNode(.list(objectives.map(Self.node)))) }
      let rows = objectives.map { type in
        [
          type.name, type.aliases.joined(separator: ", "),
          ObjectiveRequirements(ObjectiveRegistry.standard(type)).words, type.summary,
        ]
      }
      Terminal.result(Terminal.table(["name", "also", "needs", ""], rows, left: [0, 1, 2, 3]))
    }

    private static func node(_ type: any Objective.Type) -> ConfigNode {
      let needs = ObjectiveRequirements(ObjectiveRegistry.standard(type))
      return ConfigNode(
        .table([
          .init(key: "name", value: type.name.configNode),
          .init(key: "aliases", value: type.aliases.configNode),
          .init(key: "summary", value: type.summary.configNode),
          .init(key: "trains", value: (needs.trainsPolicy ? "policy" : "reward model").configNode),
          .init(key: "reference", value: needs.reference.rawValue.configNode),
          .init(key: "tokens", value: needs.readsTokens.configNode),
          .init(key: "columns", value: needs.columns.map(\.text).configNode),
          .init(key: "optional_columns", value: needs.optionalColumns.map(\.text).configNode),
          .init(key: "whole_batch", value: needs.seesBatch.configNode),
          .init(key: "state", value: needs.hasState.configNode),
        ]))
    }
  }

  struct Describe: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an objective's formula, parameters and inputs.")

    @Argument(help: "Name or alias of the objective.")
    var name: String

    func run() throws {
      guard let type = ObjectiveRegistry.find(name) else {
        let known = objectives.map { $0.name }.joined(separator: ", ")
        throw ValidationError("no objective '\(name)'; there are \(known)")
      }
      Terminal.result(ObjectiveDescription(type).text)
    }
  }

  struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Losses, gradients and metrics for given scores or log-probs.",
      discussion: """
        Reads {"cases": [{"id", "objective": {"name", ...}, "inputs": {name: [...]}}]} and writes \
        {"cases": [{"id", "losses", "loss", "gradients", "metrics"}]}. Gradients are of the loss.
        """)

    @Option(help: "The cases (JSON).")
    var input: String

    @Option(help: "Write here instead of standard output.")
    var output: String?

    func run() throws {
      let bytes = try FileAccess.read(input, limit: 1 << 30)
      let document: ConfigNode
      do throws(JSONError) {
        document = try JSON.parse(bytes, limits: JSONLimits(maxDepth: 16, allowsOverflow: true))
      } catch {
        throw DataError(
          .invalid, file: input, place: "line \(error.line), column \(error.column)", error.message)
      }
      let result = try ObjectiveFile.evaluate(document, file: input)
      var writer = JSONWriter()
      writer.write(result)
      writer.endLine()
      guard let output else { return Terminal.write(writer.string, to: 1) }
      try FileAccess.replace(output, with: writer.bytes)
    }
  }
}
