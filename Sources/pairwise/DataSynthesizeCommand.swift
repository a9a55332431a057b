import ArgumentParser
import Pairwise

struct DataSynthesizeCommand: ParsableCommand {
  enum RewardKind: String, ExpressibleByArgument, CaseIterable {
    case linear, mlp
  }

  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract: "Draw pairs whose true reward is known, so that it is known how good a model can be.",
    discussion: """
      Features are standard normal; the first of a pair wins with probability 1 / (1 + exp(-(r(a) - r(b)) / \
      temperature)). The file holds the true rewards of all sides and, as the attribute truth, the parameters \
      and the accuracy of the best possible model.
      """)

  @Option(help: "The HDF5 file to write.")
  var output: String

  @Option(help: "The true reward: linear in the features, or a small network (mlp).")
  var reward = RewardKind.linear

  @Option(help: "Training pairs.")
  var pairs = 10_000

  @Option(help: "Validation pairs, drawn like the training pairs.")
  var validationPairs = 0

  @Option(help: "Test pairs, with clean labels.")
  var testPairs = 2_000

  @Option(help: "Features the true reward sees.")
  var features = 16

  @Option(help: "Units of the network, with --reward mlp.")
  var hidden = 32

  @Option(help: "Start of the random numbers.")
  var seed: UInt64 = 0

  @Option(help: "Noise of the judgements, > 0: the larger, the closer to coin tosses.")
  var temperature = 1.0

  @Option(help: "Share of training and validation labels that are turned around, below 0.5.")
  var flipRate = 0.0

  @Option(help: "Adds a length feature by which chosen and rejected differ, on test pairs not.")
  var lengthBias = 0.0

  @Flag(help: "Two groups of annotators who disagree on half of the features.")
  var groups = false

  @Flag(help: "Replace the output if it exists.")
  var overwrite = false

  @Flag(help: "Print the truth as JSON.")
  var json = false

  func validate() throws {
    if groups && reward != .linear {
      throw ValidationError("--groups needs --reward linear")
    }
    do throws(DataError) { try options.check() } catch {
      let flags = [
        "train_rows": "pairs", "validation_rows": "validation-pairs", "test_rows": "test-pairs",
        "width": "features", "flip_rate": "flip-rate", "length_bias": "length-bias",
      ]
      let name = error.place ?? ""
      throw ValidationError("--\(flags[name] ?? name): \(error.message)")
    }
  }

  func run() throws {
    let info = PreferenceFileInfo.made(
      by: "data synthesize --seed \(seed)", from: "synthetic", license: "CC0-1.0")
    let result = try Synthesizer.write(options, to: output, info: info, overwrite: overwrite)
    if json { return Terminal.result(json: result.truth) }
    Terminal.result(DataView.synthesis(result))
    Terminal.result(DataView.written(output))
  }

  private var options: SynthesisOptions {
    var options = SynthesisOptions()
    options.reward =
      groups ? .twoGroups() : reward == .linear ? .linear() : .mlp(hidden: hidden)
    options.width = features
    (options.trainRows, options.validationRows) = (pairs, validationPairs)
    options.testRows = testPairs
    options.seed = seed
    options.temperature = temperature
    options.flipRate = flipRate
    options.lengthBias = lengthBias
    return options
  }
}
