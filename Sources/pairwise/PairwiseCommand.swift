import ArgumentParser

@main
struct PairwiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pairwise", abstract: "Train, compare and score on preference pairs, on a CPU.")
}
