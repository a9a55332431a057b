import ArgumentParser
import Pairwise

@main
struct PairwiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pairwise",
    abstract: "Train, compare and score on preference pairs, on a CPU.",
    version: RunEnvironment.version,
    subcommands: [
      TrainCommand.self, ScoreCommand.self, EvaluateCommand.self, ObjectiveCommand.self,
      ConfigCommand.self, DataCommand.self, ModelCommand.self, ReportCommand.self,
    ])

  /// Runs the command and turns whatever it throws into one message and an exit code.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.exit(error, from: self)
    }
  }
}
