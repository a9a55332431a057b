import ArgumentParser
import Pairwise

struct ProblemCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "problem",
    abstract: "List and describe the toy problems that objectives are compared on.",
    subcommands: [List.self, Describe.self])

  private static var comparable: [any ComparableProblem.Type] {
    toyProblems.compactMap { $0 as? any ComparableProblem.Type }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the problems that `compare` takes.")

    func run() throws {
      let rows = comparable.map { type in
        [type.name, type.measures.first?.name ?? "", type.summary]
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
      guard let type = comparable.first(where: { $0.name == name }) else {
        let known = comparable.map { $0.name }.joined(separator: ", ")
        throw ValidationError("no problem '\(name)'; there are \(known)")
      }
      let options = ProblemRegistry.options().filter { $0.name == name }
      let keys = options.flatMap { ConfigReader.keys(of: $0, discriminator: "name") }
      let parameters = keys.map { key in
        [key.key, key.defaultValue?.inline ?? "", key.allowed, key.doc]
      }
      let measures = type.measures.map { measure in
        [measure.name, Self.words(measure.better), measure.summary]
      }
      Terminal.result(
        "\(type.name): \(type.summary)\nsource: \(type.source)\n\n"
          + Terminal.table(
            ["parameter", "default", "allowed", ""], parameters, left: [0, 1, 2, 3])
          + "\n" + Terminal.table(["measure", "better", ""], measures, left: [0, 1, 2]))
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
