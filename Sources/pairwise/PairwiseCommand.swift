import ArgumentParser
import Glibc
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
      GenerateCommand.self, EmbedCommand.self, SweepCommand.self, PipelineCommand.self,
      RateCommand.self, SelectCommand.self, CurateCommand.self, CompareCommand.self,
      ProblemCommand.self, ClaimsCommand.self,
    ])

  /// Runs the command and turns whatever it throws into one message and an exit code.
  static func main() {
    // A file that may not grow is an error to report, not a reason to die in the middle of a step.
    _ = signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.exit(error, from: self)
    }
  }
}
