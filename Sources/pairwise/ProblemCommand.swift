import ArgumentParser
import Pairwise

struct ProblemCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "problem",
    abstract: "List and describe the toy problems that objectives are compared on.",
    subcommands: [List.self, Describe.self])

  private static func measures(of type: any ToyProblem.Type) -> [Measure] {
    (type as? any ComparableProblem.Type)?.measures
      ?? (type as? any StudiedProblem.Type)?.measures ?? []
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the problems that `compare` takes.")

    func run() throws {
      let rows = ProblemRegistry.compared.map { type in
        [type.name, ProblemCommand.measures(of: type).first?.name ?? "", type.summary]
      }
      Terminal.result(Terminal.table(["name", "measured by", ""], rows, left: [0, 1, 2]))
    }
  }

  struct Describe: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a problem's parameters, measures and source.")

    @Argument(help: "Name of the problem.")
    var name: String

    func run() throws {
      guard let type = ProblemRegistry.compared.first(where: { $0.name == name }) else {
        let known = ProblemRegistry.compared.map { $0.name }.joined(separator: ", ")
        throw ValidationError("no problem '\(name)'; there are \(known)")
      }
      let options = ProblemRegistry.options().filter { $0.name == name }
      let keys = options.flatMap { ConfigReader.keys(of: $0, discriminator: "name") }
      let parameters = keys.map { key in
        [key.key, key.defaultValue?.inline ?? "", key.allowed, key.doc]
      }
      let measures = ProblemCommand.measures(of: type).map { measure in
        [measure.name, Self.words(measure.better), measure.summary]
      }
      Terminal.result(
        "\(type.name): \(type.summary)\nsource: \(type.source)\n\n"
          + Terminal.table(
            ["parameter", "default", "allowed", ""], parameters, left: [0, 1, 2, 3])
          + "\n\n" + Terminal.table(["measure", "better", ""], measures, left: [0, 1, 2])
          + variants(type))
    }

    private func variants(_ type: any ToyProblem.Type) -> String {
      guard let studied = type as? any StudiedProblem.Type else { return "" }
      let rows = studied.variants.map { [$0.name, $0.summary] }
      return "\n\n" + Terminal.table(["variant", ""], rows, left: [0, 1])
    }

    private static func words(_ direction: Measure.Direction) -> String {
      switch direction {
      case .higher: "higher"
      case .lower: "lower"
      case .neither: ""
      }
    }
  }
}
