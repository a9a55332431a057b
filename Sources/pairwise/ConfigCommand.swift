import ArgumentParser
import Pairwise

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check configs, show them in full, print their schema.",
    subcommands: [Check.self, Show.self, Schema.self])

  /// A config file with replaced values, decoded.
  struct Source: ParsableArguments {
    @Argument(help: "The config file (YAML).")
    var file: String

    @Option(name: .customLong("set"), help: "Replace a config value, as in run.seed=1.")
    var overrides: [String] = []

    /// The config with every default filled in.
    func resolved() throws -> ConfigNode {
      try ConfigKind.read(try ConfigFile.load(file, overrides: overrides), file: file)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Report every problem of config files, with lines.")

    @Argument(help: "Config files (YAML).")
    var files: [String]

    func run() throws {
      var failure: (any Error)?
      for file in files {
        do {
          let document = try ConfigFile.load(file, overrides: [])
          _ = try ConfigKind.read(document, file: file)
          Terminal.result("\(file): ok")
        } catch {
          if let earlier = failure { Failure.report(earlier) }
          failure = error
        }
      }
      if let failure { throw failure }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the config with every default filled in.")

    @OptionGroup var source: Source

    @Flag(help: "Print JSON instead of YAML.")
    var json = false

    func run() throws {
      let resolved = try source.resolved()
      if json { return Terminal.result(json: resolved) }
      Terminal.write(ConfigFile.yaml(from: resolved), to: 1)
    }
  }

  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the JSON Schema of configs, for editors.")

    @Option(help: "Which configs: train, compare, sweep, pipeline or curate.")
    var of = ConfigKind.train

    func run() throws { Terminal.result(json: of.schema) }
  }
}
